"""Monitors on what an EVSE delivers: they fire where the charge's own course takes it."""

import math
from dataclasses import replace

import pytest

from simulator.monitoring.charge import charge_trace
from simulator.monitoring.watch import Delta
from simulator.profile import Profile
from tests.simulator.csms import World, car, profile

POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}


def told(world: World) -> list[dict[str, object]]:
    got = world.csms.got
    return [data | {"at": at} for at, action, ask in got if action == "NotifyEvent" for data in ask["eventData"]]


async def charging(kind: str | Profile, soc: float) -> World:
    world = World(name=kind)
    await world.boot()
    world.station.plug(car(soc=soc))
    world.station.present("CARD-1")
    await world.run(world.clock.now + 100)
    assert world.station.evses[0].reading().power_w > 1000
    return world


async def watch(world: World, **wish: object) -> None:
    answer = await world.ask("SetVariableMonitoring", {"setMonitoringData": [{**POWER, "severity": 5, **wish}]})
    assert answer["setMonitoringResult"][0]["status"] == "Accepted"


async def test_the_taper_of_a_battery_undercuts_a_threshold_at_its_instant():
    """TC_N_20: the value is beyond the threshold, and belongs to the transaction."""
    world = await charging("dc-150kw", 0.5)
    begin_w = world.station.evses[0].reading().power_w
    limit_w = round(begin_w * 0.6)
    await watch(world, type="LowerThreshold", value=limit_w)
    await world.run(world.clock.now + 2 * 3600)
    first = told(world)[0]
    assert limit_w - 1 < float(str(first["actualValue"])) < limit_w
    assert "cleared" not in first
    assert first["transactionId"] == world.events()[0]["transactionInfo"]["transactionId"]


@pytest.mark.parametrize("location", ["Inlet", "Outlet"])
async def test_the_trace_says_what_the_meter_will_show(location):
    plain = profile("dc-150kw")
    world = await charging(replace(plain, meter=replace(plain.meter, location=location)), 0.5)
    station = world.station
    for key in ("EVSE(1).Power", "EVSE(1).DCCurrent", "EVSE(1).DCVoltage"):
        trace = charge_trace(station, station.variables.model[key])
        assert trace is not None
        later = world.clock.now + 300
        foreseen = trace.at(later)
        await world.run(later)
        assert float(station.variables.text(key)) == pytest.approx(foreseen, rel=2e-3)


async def test_the_trace_finds_each_level_on_its_way():
    world = await charging("dc-150kw", 0.3)
    station, now = world.station, world.clock.now
    trace = charge_trace(station, station.variables.model["EVSE(1).Power"])
    assert trace is not None
    begin_w = trace.at(now)
    assert trace.reaches(begin_w * 3, now) == math.inf
    for share in (0.9, 0.7, 0.5, 0.3):
        instant_s = trace.reaches(begin_w * share, now)
        assert trace.at(instant_s) == pytest.approx(begin_w * share, rel=1e-4)
        assert trace.at(instant_s - 60) > begin_w * share
        assert trace.reaches(begin_w * share, instant_s - 60) == pytest.approx(instant_s, abs=0.1)


async def test_begin_and_end_of_a_charge_are_jumps():
    """TC_N_20: above the upper threshold with the charge, below both when it ends."""
    world = World()
    await world.boot()
    await watch(world, type="UpperThreshold", value=100)
    world.station.plug(car())
    world.station.present("CARD-1")
    await world.run(world.clock.now + 200)
    (over,) = told(world)
    assert float(str(over["actualValue"])) > 100
    assert "transactionId" in over
    await watch(world, type="LowerThreshold", value=10)
    world.station.present("CARD-1")
    await world.run(world.clock.now + 60)
    _, *ended = told(world)
    assert {(event.get("cleared", False), event["variableMonitoringId"]) for event in ended} == {(True, 1), (False, 2)}
    assert all(float(str(event["actualValue"])) < 10 for event in ended)
    assert {event["transactionId"] for event in ended} == {over["transactionId"]}


async def test_without_a_charge_there_is_nothing_to_foresee():
    world = World()
    await world.boot()
    model = world.station.variables.model
    assert charge_trace(world.station, model["EVSE(1).Power"]) is None
    assert charge_trace(world.station, model["TxCtrlr.TxStartPoint"]) is None


@pytest.mark.parametrize(("name", "value"), [("Power", 1.0), ("DCVoltage", 0.5)])
async def test_a_number_that_is_shown_in_steps_is_looked_at_a_few_times_for_each_event(monkeypatch, name, value):
    """From a level to where what is written turns it is foreseen as well, and no turn is missed."""
    world = await charging("dc-150kw", 0.75)
    looks: list[float] = []
    look = Delta.look
    monkeypatch.setattr(Delta, "look", lambda self: (looks.append(world.clock.now), look(self)))
    await watch(world, type="Delta", value=value, variable={"name": name})
    await world.run(world.clock.now + 600)
    events = [float(str(event["actualValue"])) for event in told(world)]
    assert len(events) > 4
    assert len(looks) < 10 * len(events) + 20
    text = world.station.variables.text(f"EVSE(1).{name}")
    assert abs(float(text) - events[-1]) <= max(value, 0.01 * abs(float(text)))


async def test_of_a_meter_that_is_dead_nothing_is_foreseen():
    world = await charging("dc-150kw", 0.5)
    world.station.evse(1).meter.faults.dead = True
    assert charge_trace(world.station, world.station.variables.model["EVSE(1).Power"]) is None


@pytest.mark.parametrize(
    ("component", "name", "limit"),
    [
        ("EVChargingSession", "Energy", 5_000.0),
        ("FiscalMetering", "EnergyImport", 5_000.0),
        ("EVChargingSession", "ConnectedTime", 700.0),
        ("EVConnection", "ConnectedTime", 700.0),
    ],
)
async def test_what_only_rises_passes_a_threshold_at_its_instant(component, name, limit):
    world = await charging("lab-ac", 0.3)
    subject = {"component": {"name": component, "evse": {"id": 1}}, "variable": {"name": name}}
    await watch(world, type="UpperThreshold", value=limit, **subject)
    await world.run(world.clock.now + 3600)
    (event,) = told(world)
    assert limit < float(str(event["actualValue"])) <= limit + 1
    per_s = 11_000 / 3600 if name != "ConnectedTime" else 1.0
    assert float(str(event["at"])) == pytest.approx(20 + (0 if per_s == 1.0 else 2.4) + limit / per_s, abs=2)
