"""A simulated station and the reference CSMS, from the quantity that crosses a line to the CSMS's tables and back."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from csms_reference.csms import Csms
from csms_reference.services.authorization import Token, put
from csms_reference.settings import Settings
from csms_reference.store import Store
from csms_reference.store.tables import customer_information, events, monitors, variables
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V201
from simulator.clock import VIRTUAL, Clock
from simulator.ev import EV
from simulator.profile import load_profile
from simulator.station import Station

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Site:
    """One station at one CSMS, in virtual time."""

    def __init__(self, store: Store, profile: str) -> None:
        self.store = store
        self.clock = clock = Clock(START, VIRTUAL)
        network = MemoryNetwork(clock.soon, clock.busy)
        ids = itertools.count()
        self.csms = Csms(
            store,
            now=lambda: clock.utc,
            busy=clock.busy,
            settings=Settings(),
            ids=lambda: f"csms-{next(ids)}",
            monotonic=lambda: clock.now,
            call_at=lambda at_s, fn: clock.at(at_s, fn).cancel,
        )
        network.serve(self.csms)
        self.station = Station("CP-1", load_profile(profile), V201, clock, network.dialer(), url="ws://csms", seed=1)

    async def boot(self) -> None:
        await self.store.write(lambda database: put(database, Token("CARD-1")))
        self.station.power_on()
        await self.run(20)

    async def run(self, seconds: float) -> None:
        await self.clock.run(self.clock.now + seconds)

    async def command(self, name: str, **fields: object) -> str:
        """Give a command, and let the simulation go on until it has ended."""
        ordered = asyncio.ensure_future(self.csms.command("CP-1", name, **fields))
        while not ordered.done():
            await asyncio.sleep(0)
            await self.run(0.1)
        return (await ordered).status

    async def rows(self, table):
        return await self.store.read(lambda database: list(database.execute(table.select()).mappings()))


@pytest.fixture
async def site():
    store = Store.open(inline=True)
    yield lambda profile: Site(store, profile)
    store.close()


@pytest.mark.parametrize("profile", ["ac-22kw", "lab-ac", "lab-dc"])
async def test_the_whole_device_model_reaches_the_csms(site, profile):
    """B07.FR.10: every variable of the full inventory, with its value."""
    it = site(profile)
    await it.boot()
    assert await it.command("get_base_report", base="FullInventory") == "Accepted"
    await it.run(60)
    model = it.station.variables.model
    rows = [row for row in await it.rows(variables) if row["attribute"] == "Actual"]
    assert len(rows) == len(model)
    assert {row["monitored"] for row in rows} == {True, False}
    told = {(row["component"], row["component_instance"], row["evse"], row["connector"],
             row["variable"], row["variable_instance"]) for row in rows}  # fmt: skip
    assert told == {(v.component, v.component_instance, *v.place, v.name, v.instance) for v in model.values()}


async def test_a_charge_fires_the_monitor_that_the_csms_has_set(site):
    """N04, N07: set over the CSMS, fired by physics, in the CSMS's table with the id that it knows."""
    it = site("ac-22kw")
    await it.boot()
    wish = {"name": "EVSE(1).Power", "type": "UpperThreshold", "value": 100, "severity": 4}
    assert await it.command("set_variable_monitoring", monitors=[wish]) == "Accepted"
    (monitor,) = await it.rows(monitors)
    it.station.plug(EV.of("sedan-77kwh", soc=0.5))
    it.station.present("CARD-1")
    await it.run(300)
    (event,) = [row for row in await it.rows(events) if row["monitor"] == monitor["id"]]
    assert (event["component"], event["variable"], event["evse"]) == ("EVSE", "Power", 1)
    assert (event["trigger"], event["notification_type"], event["cleared"]) == ("Alerting", "CustomMonitor", False)
    assert float(event["value"]) > 100
    assert event["transaction_id"]
    it.station.unplug()
    await it.run(60)
    *_, back = [row for row in await it.rows(events) if row["monitor"] == monitor["id"]]
    assert back["cleared"]
    assert await it.command("get_monitoring_report") == "Accepted"
    await it.run(5)
    assert [row["id"] for row in await it.rows(monitors)] == [monitor["id"]]
    assert await it.command("clear_variable_monitoring", ids=[monitor["id"]]) == "Accepted"
    assert await it.rows(monitors) == []
    assert await it.command("get_monitoring_report") == "EmptyResultSet"


async def test_a_customer_is_told_of_and_forgotten(site):
    """N10.FR.02, N10.FR.03: cache and local list are empty afterwards."""
    it = site("ac-22kw")
    await it.boot()
    entries = [{"id_token": "CARD-1"}]
    assert await it.command("send_local_list", version=1, entries=entries) == "Accepted"
    it.station.plug(EV.of("sedan-77kwh", soc=0.5))
    it.station.present("CARD-1")
    await it.run(60)
    it.station.unplug()
    await it.run(60)
    assert await it.command("customer_information", id_token="CARD-1", token_type="ISO14443", clear=True) == "Accepted"
    await it.run(5)
    (told,) = await it.rows(customer_information)
    assert "local authorization list: card-1: Accepted" in told["data"]
    assert it.station.flash.local_list.entries == {}
    assert it.station.flash.local_list.version == 2
    assert await it.command("customer_information", id_token="CARD-1", token_type="ISO14443") == "Accepted"
    await it.run(5)
    *_, told = await it.rows(customer_information)
    assert told["data"] == "No data found"


async def test_a_station_that_knows_levels_tells_no_less_severe_events(site):
    """N05.FR.03."""
    it = site("ac-22kw")
    await it.boot()
    assert await it.command("set_monitoring_level", severity=3) == "Accepted"
    wish = {"name": "EVSE(1).AvailabilityState", "type": "Delta", "value": 1, "severity": 4}
    assert await it.command("set_variable_monitoring", monitors=[wish, wish | {"severity": 3}]) == "Accepted"
    it.station.plug(EV.of("sedan-77kwh", soc=0.5))
    await it.run(60)
    (event,) = await it.rows(events)
    assert (event["value"], event["trigger"]) == ("Occupied", "Delta")
    severe = next(row["id"] for row in await it.rows(monitors) if row["severity"] == 3)
    assert event["monitor"] == severe
