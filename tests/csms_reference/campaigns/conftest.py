"""Campaigns in virtual time, at stations that do what they are told and remember it."""

import json

import pytest
from sqlalchemy import select

from csms_reference.campaigns import rows
from csms_reference.campaigns.engine import Campaigns
from csms_reference.campaigns.orders import pins_of
from csms_reference.campaigns.plan import Plan
from csms_reference.store.campaign_tables import campaign_stations, campaigns
from csms_reference.store.errors import StoreError

RESET = {"command": "reset", "fields": {"kind": "OnIdle"}}
UPDATE = {"command": "update_firmware", "fields": {"location": "http://files.example/2.0.bin"}}
BUSY = ("Downloading", "Downloaded", "Installing", "Installed")


class Machine:
    """A station that updates its firmware, reboots and reconnects. ``updates``: the requests that it took."""

    def __init__(self, name, version="2.0.1", *, firmware="1.0", vendor="Acme", model="One"):
        self.name, self.version, self.firmware, self.vendor, self.model = name, version, firmware, vendor, model
        self.new_firmware, self.fails, self.resets = "2.0", "", 0
        self.updates, self.stage, self.request_id = [], None, None
        self.station, self._heard, self._due = None, 0, []

    async def connect(self, it):
        if self.station is not None:
            self.hear()
        self.station = await it.dial(self.name, self.version)
        yes = {"status": "Accepted"}
        self.station.replies = {
            "Reset": yes, "TriggerMessage": yes, "SignedUpdateFirmware": yes, "ChangeConfiguration": yes,
            "UpdateFirmware": {} if self.version == "1.6" else yes, "ClearCache": yes,
        }  # fmt: skip
        self._heard = 0
        await self.boot()

    async def boot(self):
        if self.version == "1.6":
            await self.station.ask(
                "BootNotification",
                {"chargePointVendor": self.vendor, "chargePointModel": self.model, "firmwareVersion": self.firmware},
            )
            return
        said = {"vendorName": self.vendor, "model": self.model, "firmwareVersion": self.firmware}
        await self.station.ask("BootNotification", {"reason": "PowerUp", "chargingStation": said})

    def hear(self):
        """Note what has been asked since."""
        calls, self._heard = self.station.calls[self._heard :], len(self.station.calls)
        for action, payload in calls:
            if action in ("UpdateFirmware", "SignedUpdateFirmware"):
                self.updates.append(payload)
                self.request_id = payload.get("requestId")
                self._due = list(BUSY)
            elif action == "Reset":
                self.resets += 1
                self._due = ["boot"]
            elif action == "TriggerMessage":
                self._due.insert(0, "tell")
        return calls

    async def act(self):
        """Do the next thing; whether there was one."""
        self.hear()
        if not self._due:
            return False
        step = self._due.pop(0)
        if step == "boot":
            await self.boot()
        elif step == "tell":
            await self.say(self.stage or "Idle")
        elif step == "Installing" and self.fails:
            self._due, self.stage = [], None
            await self.say(self.fails)
        else:
            self.stage = step
            if step == "Installed":
                self.stage, self.firmware, self._due = None, self.new_firmware, ["boot"]
            await self.say(step)
        return True

    async def say(self, status):
        payload = {"status": status}
        if self.request_id is not None and status != "Idle" and self.version != "1.6":
            payload["requestId"] = self.request_id
        await self.station.ask("FirmwareStatusNotification", payload)


class Yard:
    """A bench with machines and the engine of campaigns."""

    def __init__(self, it, front=None):
        self.it, self.machines = it, {}
        self.engine = Campaigns(front or it.front, it.csms)

    async def fleet(self, count, *, prefix="S", **more):
        """Machines, every third of OCPP 1.6."""
        for number in range(count):
            await self.machine(f"{prefix}-{number:02}", "1.6" if number % 3 == 2 else "2.0.1", **more)

    async def machine(self, name, version="2.0.1", *, owner=None, connected=True, **more):
        machine = self.machines[name] = Machine(name, version, **more)
        await self.it.csms.register(name, **({} if owner is None else {"owner": owner}))
        if connected:
            await machine.connect(self.it)
        return machine

    async def start(self, *actions, owner=None, **plan):
        """Make a campaign and start it; its number."""
        made = Plan.model_validate({"actions": list(actions) or [RESET], **plan})

        def write(database):
            row = rows.add(database, "test", made.model_dump_json(), owner=owner, client="me", now_ms=0)
            rows.move(database, row.id, "start", None, pins=json.dumps(pins_of(database, made)))
            return row.id

        number = await self.it.store.write(write)
        await self.settle()
        return number

    async def move(self, number, what, why=None):
        await self.it.store.write(lambda database: rows.move(database, number, what, why))
        await self.settle()

    async def settle(self):
        """Let the engine see what there is to be done."""
        self.engine._beats_ms = 0
        self.engine._due = dict.fromkeys(self.engine._due, 0)
        self.engine.wake()
        await self.it.quiet()

    async def pass_time(self, seconds, every=1.0):
        """Let time pass, machines doing what they have to do."""
        left = seconds
        while left > 0:
            self.it.forward(min(every, left))
            left -= every
            await self.it.quiet()
            for machine in self.machines.values():
                if machine.station is not None:
                    await machine.act()
            await self.it.quiet()

    async def states(self, number):
        """How far each station is."""
        found = await self.rows(campaign_stations)
        return {row["station"]: row["state"] for row in found if row["campaign"] == number}

    async def whys(self, number):
        found = await self.rows(campaign_stations)
        return {row["station"]: row["why"] for row in found if row["campaign"] == number}

    async def campaign(self, number):
        return next(row for row in await self.rows(campaigns) if row["id"] == number)

    async def rows(self, table):
        """Every row, also behind a store that may die."""
        store = getattr(self.it.store, "_store", self.it.store)
        return await store.read(lambda database: list(database.execute(select(table)).mappings()))


class Mortal:
    """A store whose process dies at one of its operations: before it is done, or just after. Then nothing works."""

    def __init__(self, store):
        self._store = store
        self.left, self.after, self.dead = None, False, False
        self.died = lambda: None

    def __getattr__(self, name):
        return getattr(self._store, name)

    def kill(self, left, *, after):
        """Die at the next operation but ``left``."""
        self.left, self.after = left, after

    async def write(self, fn):
        return await self._do(self._store.write, fn)

    async def read(self, fn):
        return await self._do(self._store.read, fn)

    async def glance(self, fn):
        return await self._do(self._store.glance, fn)

    async def _do(self, how, fn):
        if self.dead:
            self.died()
            raise StoreError("this process is dead")
        if self.left is None:
            return await how(fn)
        if self.left:
            self.left -= 1
            return await how(fn)
        self.dead = True
        if self.after:
            await how(fn)
        self.died()
        raise StoreError("killed")


@pytest.fixture
def yard(bench):
    """Makes yards."""
    made = []

    def make(it=None, **settings):
        made.append(Yard(it or bench(**settings)))
        return made[-1]

    yield make
    for each in made:
        each.engine._closed = True
        each.engine._cancel()
