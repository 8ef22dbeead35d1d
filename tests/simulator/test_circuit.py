"""Power at one EVSE."""

import asyncio
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import facts
from simulator.circuit import OPEN, Ceiling
from simulator.ev import EV
from simulator.evmodel import Wake, load_ev_model
from simulator.hardware.timing import USUAL
from tests.simulator.csms import World, car


async def charging(name: str = "ac-22kw", **ev: float) -> World:
    world = World(name=name)
    await world.boot()
    world.station.plug(car(**ev))
    await world.do(lambda: world.station.present("A"), 60)
    return world


@pytest.mark.parametrize("name", ["ac-22kw", "dc-50kw"])
async def test_contactor_closes_after_the_handshake(name):
    world = World(name=name)
    await world.boot()
    world.station.plug(car())
    begun = world.clock.now
    await world.do(lambda: world.station.present("A"), 60)
    [closed] = [at for at, fact in world.facts if isinstance(fact, facts.ContactorClosed)]
    model = world.station.evse(1).ev.model
    if name == "ac-22kw":
        assert closed == pytest.approx(begun + USUAL.lock_s + model.ac_pilot_s + USUAL.close_s)
    else:  # talk, cable check, pre-charge: a dozen seconds
        assert begun + model.dc_talk_s + 4 < closed < begun + 20


@pytest.mark.parametrize("name", ["ac-22kw", "dc-50kw"])
async def test_register_is_power_times_time(name):
    world = await charging(name, soc=0.3)
    power_w = world.station.evse(1).reading().power_w
    before = world.station.evse(1).circuit.meter.import_wh
    await world.run(world.clock.now + 60)
    counted = world.station.evse(1).circuit
    counted.settle()
    assert counted.meter.import_wh - before == pytest.approx(power_w / 60, rel=0.02)


async def test_looking_often_changes_nothing():
    calm, watched = await charging(), await charging()
    until = calm.clock.now + 3000
    while watched.clock.now < until:
        await watched.run(watched.clock.now + 7.3)
        watched.station.snapshot()
    await calm.run(watched.clock.now)
    one, other = calm.station.evse(1), watched.station.evse(1)
    one.circuit.settle()
    other.circuit.settle()
    assert one.meter.import_wh == pytest.approx(other.meter.import_wh)
    assert one.ev.soc == pytest.approx(other.ev.soc)


async def test_limit_and_hold_back():
    world = await charging()
    circuit = world.station.evse(1).circuit
    assert circuit.phases_used == 3
    world.station.evse(1).limit(6_000)
    assert circuit.reading().power_w == pytest.approx(11_000, rel=0.01)  # the EV has not reacted yet
    await world.run(world.clock.now + 1)
    assert circuit.reading().power_w == pytest.approx(6_000, rel=0.01)
    assert not circuit.limit(6_000)
    world.station.evse(1).limit(500)  # less than 6 A: the EVSE has to pause
    assert world.station.evse(1).state == "SuspendedEVSE"
    circuit.hold_back(True)
    assert circuit.wanted_w() == 0
    assert circuit.phases_used == 0


async def test_unplug_during_the_handshake_never_closes():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 1)
    await world.do(world.station.unplug, 10)
    assert not world.told(facts.ContactorClosed)


async def test_ev_full_at_once():
    world = await charging(soc=0.9, target=0.8)
    assert world.station.evse(1).state == "SuspendedEV"
    assert world.station.evse(1).reading().power_w == 0


async def test_ev_stops_at_its_target_to_the_second():
    world = await charging(soc=0.5, target=0.51)
    await world.run(world.clock.now + 3600)
    assert world.station.evse(1).ev.soc == pytest.approx(0.51, abs=1e-6)
    [finished] = world.told(facts.EvFinished)
    assert finished.soc_percent == 51.0


async def test_a_meter_at_the_grid_counts_the_losses_too():
    world = World(name="dc-50kw", config={"TxCtrlr.StopTxOnInvalidId": False, "TxCtrlr.MaxEnergyOnInvalidId": 500})
    meter = replace(world.station.profile.meter, location="Inlet")
    world.station.profile = replace(world.station.profile, meter=meter)
    world.csms.answers["TransactionEvent"] = lambda ask: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in ask else {}
    )
    await world.boot()
    before_wh = world.station.evse(1).meter.import_wh
    ev = car(0.2)
    had_wh = ev.battery_wh
    world.station.plug(ev)
    await world.do(lambda: world.station.present("A"), 3600)
    counted_wh = world.station.evse(1).meter.import_wh - before_wh
    assert counted_wh == pytest.approx(500, abs=0.1)
    supply = world.station.evse(1).outlet.supply
    assert ev.battery_wh - had_wh == pytest.approx(counted_wh * supply.efficiency * ev.model.efficiency(supply.kind))


# -- the energy of a visit

EVENTS = st.one_of(
    st.tuples(st.just("limit"), st.sampled_from([0.0, 5.0, 6.0, 9.5, 16.0, math.inf])),
    st.tuples(st.just("pause"), st.sampled_from([0.0, 300.0, math.inf])),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("target"), st.sampled_from([0.25, 0.6, 1.0])),
    st.tuples(st.just("card"), st.just(0.0)),
)
CARS = st.builds(
    replace,
    st.sampled_from([load_ev_model(name) for name in ("sedan-77kwh", "compact-50kwh", "plugin-hybrid-13kwh")]),
    ac_opens_s2=st.booleans(),
    sleeps_after_s=st.sampled_from([300.0, math.inf]),
    wakes_by=st.sampled_from(list(Wake)),
)
EVS = st.builds(
    EV,
    CARS,
    soc=st.floats(0.0, 0.98),
    battery_c=st.sampled_from([-20.0, 3.0, 20.0]),
    departs_s=st.sampled_from([math.inf, 3000.0, 6000.0]),
)
VISITS = st.lists(st.tuples(st.sampled_from([0.0, 1.5, 90.0, 1200.0]), EVENTS), max_size=12)


async def _visit(ev: EV, cable_a: float, events: list[tuple[float, tuple[str, float]]]) -> tuple[World, float]:
    world = World()
    await world.boot()
    before_wh = world.station.evse(1).circuit.meter.import_wh
    world.station.plug(ev, cable_a=cable_a)
    await world.do(lambda: world.station.present("A"), 30)
    circuit = world.station.evse(1).circuit
    for wait_s, (what, value) in events:
        match what:
            case "limit":
                circuit.restrict("schedule", value)
            case "pause":
                ev.paused, ev.resumes_s = value > 0, world.clock.now + value
                circuit.ev_changed()
            case "hold":
                circuit.hold_back(bool(value))
            case "target":
                circuit.settle()
                ev.target_soc = max(value, ev.soc)
                circuit.ev_changed()
            case "card":
                world.station.present("A")
        await world.run(world.clock.now + wait_s)
    await world.run(world.clock.now + 600)
    await world.do(world.station.unplug, 30)
    return world, world.station.evse(1).circuit.meter.import_wh - before_wh


@given(EVS, st.sampled_from([13.0, 20.0, math.inf]), VISITS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_meter_counts_is_in_the_battery_or_was_heat(ev, cable_a, events):
    """Energy is kept: register = rise of the battery / efficiency of the on-board charger + what warmed the car."""
    soc, cold_c = ev.soc, ev.battery_c
    world, counted_wh = asyncio.run(_visit(ev, cable_a, events))
    circuit, model = world.station.evse(1).circuit, ev.model
    charged_wh = (ev.soc - soc) * model.battery_capacity_wh / model.ac_efficiency
    warmed_wh = (ev.battery_c - cold_c) * model.heat_wh_per_k
    beside_wh = counted_wh - charged_wh - warmed_wh
    most_wh = model.conditioning_power_w * model.conditioning_before_s / 3600 if ev.departs_s < math.inf else 0.0
    assert -1e-3 <= beside_wh <= most_wh + 1e-3
    assert (charged_wh >= 0) & (warmed_wh >= 0) & (ev.battery_c <= max(cold_c, model.conditioning_below_c))
    assert not circuit.contactor_closed
    assert len(world.told(facts.TransactionStarted)) == len(world.told(facts.TransactionEnded))


@pytest.mark.parametrize("cap_wh", [50.0, 400.0, 900.0])
async def test_a_cap_is_kept_to_while_the_car_warms_itself(cap_wh):
    world = World()
    await world.boot()
    world.station.plug(EV.of("sedan-77kwh", 0.3))
    world.station.evse(1).ev.battery_c = -5.0
    await world.do(lambda: world.station.present("A"), 60)
    circuit = world.station.evse(1).circuit
    circuit.settle()
    before_wh = circuit.meter.import_wh
    circuit.cap(cap_wh)
    await world.run(world.clock.now + 3600)
    assert circuit.held_back
    assert circuit.meter.import_wh - before_wh == pytest.approx(cap_wh, abs=0.01)


async def test_ceilings_of_several_causes_leave_what_all_allow():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    circuit = world.station.evse(1).circuit
    assert circuit.restrict("heat", 14.0)
    assert circuit.restrict("profiles", 12.0, phases=1)
    assert not circuit.restrict("profiles", 12.0, phases=1)
    assert circuit.restrict("share", limit_w=2_300.0)
    assert circuit.ceiling() == Ceiling(12.0, 2_300.0, 1)
    assert circuit.ceiling("profiles", "share") == Ceiling(14.0)
    await world.run(world.clock.now + 5)
    assert circuit.phases_used == 1
    assert circuit.current_a == pytest.approx(10.0, rel=0.02)
    assert circuit.wanted_a() == pytest.approx(12.0)  # were it alone
    for cause in ("heat", "profiles", "share"):
        assert circuit.restrict(cause)
    assert circuit.ceiling() == OPEN
