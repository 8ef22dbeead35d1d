"""A simulated station moves from one reference CSMS to another, over commands, and comes back when that is gone."""

import asyncio
import itertools
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from csms_reference.csms import Csms
from csms_reference.services import addresses
from csms_reference.services.authorization import Token, put
from csms_reference.settings import Settings
from csms_reference.store import Store
from csms_reference.store.tables import stations, transactions
from protocol.link import Receiver, Target
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V21, V201, Version
from simulator.clock import VIRTUAL, Clock
from simulator.ev import EV
from simulator.profile import load_profile
from simulator.station import Station

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
PASSWORD = "0123456789abcdef"


class Operator:
    """A CSMS with its network and its database."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.store = Store.open(inline=True)
        self.network = MemoryNetwork(clock.soon, clock.busy)
        ids = itertools.count()
        self.csms = Csms(
            self.store,
            now=lambda: clock.utc,
            busy=clock.busy,
            settings=Settings(),
            ids=lambda: f"{name}-{next(ids)}",
            monotonic=lambda: clock.now,
            call_at=lambda at_s, fn: clock.at(at_s, fn).cancel,
        )
        self.network.serve(self.csms)

    async def command(self, name: str, **fields: object) -> str:
        ordered = asyncio.ensure_future(self.csms.command("CP-1", name, **fields))
        while not ordered.done():
            await asyncio.sleep(0)
            await self.clock.run(self.clock.now + 0.1)
        return (await ordered).status

    async def rows(self, table):
        return await self.store.read(lambda database: list(database.execute(table.select()).mappings()))


class Move:
    """Two operators and a station that is commissioned at the first."""

    remote = False

    def __init__(self, version: Version) -> None:
        self.clock = Clock(START, VIRTUAL)
        self.old, self.new = Operator("old", self.clock), Operator("new", self.clock)
        self.frames: list[str] = []
        self.station = Station(
            "CP-1", load_profile("ac-22kw"), version, self.clock, self, url="ws://old/ocpp", seed=1,
            tap=lambda _station, _direction, text: self.frames.append(text),
        )  # fmt: skip

    def dial(self, target: Target, receiver: Receiver) -> None:
        operator = self.old if urlsplit(target.url).hostname == "old" else self.new
        operator.network.dialer().dial(target, receiver)

    async def run(self, seconds: float) -> None:
        await self.clock.run(self.clock.now + seconds)

    async def begin(self) -> None:
        for operator in (self.old, self.new):
            await operator.store.write(lambda database: put(database, Token("CARD-1")))
        self.station.power_on()
        await self.run(20)

    async def charge(self) -> None:
        self.station.plug(EV.of("sedan-77kwh", soc=0.5))
        self.station.present("CARD-1")
        await self.run(300)


@pytest.fixture(params=[V201, V21], ids=str)
async def move(request):
    it = Move(request.param)
    await it.begin()
    yield it
    for operator in (it.old, it.new):
        operator.store.close()


@pytest.mark.proves("csms", "SetNetworkProfile SetVariables Reset BootNotification", "2.0.1 2.1")
@pytest.mark.proves("station", "SetNetworkProfile SetVariables Reset BootNotification", "2.0.1 2.1")
async def test_with_a_transaction_that_ends_first(move):
    """B09, B10: the old CSMS has all of the transaction, the new one gets the station."""
    await move.charge()
    old, new = move.old, move.new
    assert await old.command("set_network_profile", slot=2, url="ws://new/ocpp", security_profile=0) == "Accepted"
    (address,) = await old.store.read(lambda database: addresses.of(database, "CP-1"))
    assert (address.slot, address.url) == (2, "ws://new/ocpp")
    assert await old.command("set_variables", values={PRIORITY: "3,1"}) == "Rejected"
    assert await old.command("set_variables", values={PRIORITY: "2,1"}) == "RebootRequired"
    assert await old.command("reset", kind="OnIdle") == "Scheduled"
    await move.run(600)
    assert await new.rows(stations) == []
    move.station.present("CARD-1")
    await move.run(60)
    (transaction,) = await old.rows(transactions)
    assert (transaction["state"], transaction["complete"]) == ("Ended", True)
    (row,) = await new.rows(stations)
    assert (row["told"], row["boot_reason"]) == ("Accepted", "ScheduledReset")
    assert await new.command("get_variables", names=["OCPPCommCtrlr.ActiveNetworkProfile"]) == "Accepted"
    assert await old.command("get_local_list_version") != "Accepted"
    move.station.unplug()
    await move.charge()
    assert [row["state"] for row in await new.rows(transactions)] == ["Active"]
    assert len(await old.rows(transactions)) == 1


async def test_a_new_csms_that_dies_sends_its_stations_home(move):
    """B10.FR.03, B10.FR.10."""
    old, new = move.old, move.new
    await old.command("set_network_profile", slot=2, url="ws://new/ocpp", security_profile=0)
    await old.command("set_variables", values={PRIORITY: "2,1"})
    await old.command("reset", kind="Immediate")
    await move.run(30)
    assert new.csms.connections.get("CP-1") is not None
    new.network.down()
    await move.run(900)
    assert move.station.online
    (row,) = await old.rows(stations)
    assert row["boot_reason"] == "Unknown"
    assert await old.command("trigger", message="Heartbeat") == "Accepted"


async def test_a_rejected_profile_leaves_nothing(move):
    old = move.old
    assert await old.command("set_network_profile", slot=9, url="ws://new", security_profile=0) == "Rejected"
    assert await old.command("set_network_profile", slot=2, url="wss://new", security_profile=1) == "Rejected"
    assert await old.store.read(lambda database: addresses.of(database, "CP-1")) == []
