"""The way to energy and back: its steps, and what must hold whatever breaks on the way."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import V201, Version
from simulator import facts, faults
from simulator.ev import EV
from simulator.evmodel import Wake, load_ev_model
from simulator.hardware.place import Place
from simulator.hardware.timing import USUAL
from simulator.hookup import Stage
from simulator.physics.sequences import CLOSE_S, EV_STOPS_S, OPEN_S
from tests.simulator.csms import BOTH, World, car
from tests.simulator.ledger import check


def pilot(world: World) -> list[str]:
    return [fact.state for fact in world.told(facts.PilotChanged)]


async def test_an_ac_visit_step_by_step():
    """IEC 61851-1 annex A: A1 B1 (lock) B2 C2 (contactor) C1 B1 (contactor) A1, each within its time."""
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(world.station.unplug, 10)
    assert pilot(world) == ["B1", "B2", "C2", "C1", "B1", "A1"]
    duties = [fact.duty_percent for fact in world.told(facts.PilotChanged)]
    assert duties == [100.0, pytest.approx(32 / 0.6, abs=0.05), pytest.approx(32 / 0.6, abs=0.05), 100.0, 100.0, 100.0]
    order = [
        fact.name
        for _, fact in world.facts
        if isinstance(fact, facts.CableLocked | facts.CableUnlocked | facts.ContactorClosed | facts.ContactorOpened)
    ]
    assert order == ["CableLocked", "ContactorClosed", "ContactorOpened", "CableUnlocked"]
    times = {fact.state: at for at, fact in world.facts if isinstance(fact, facts.PilotChanged)}
    closed_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorClosed))
    opened_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorOpened))
    assert 0 < closed_s - times["C2"] <= CLOSE_S
    c1_s = times["C1"]
    assert 0 < opened_s - c1_s <= EV_STOPS_S + 0.1  # without load


async def test_the_transaction_ends_when_nothing_flows_any_more():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    begun = world.clock.now
    await world.do(lambda: world.station.present("A"), 10)
    opened_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorOpened))
    ended_s = next(at for at, fact in world.facts if isinstance(fact, facts.TransactionEnded))
    assert begun + 0.5 < opened_s == ended_s < begun + 3
    ended = world.events()[-1]["meterValue"][-1]["sampledValue"]
    power = [value["value"] for value in ended if value["measurand"] == "Power.Active.Import"]
    assert power in ([], [0])


async def test_a_dc_charge_checks_its_cable_first():
    world = World(name="dc-50kw")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 7)
    assert world.station.evse(1).circuit.hookup.stage is Stage.CHECKING
    assert world.told(facts.PilotChanged)[-1].duty_percent == 5  # digital communication
    await world.run(world.clock.now + 20)
    assert world.station.evse(1).state == "Charging"


async def test_a_dc_output_with_poor_insulation_never_closes():
    world = World(name="dc-50kw")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 3)
    faults.inject(world.station, "insulation fault")
    await world.run(world.clock.now + 30)
    assert not world.told(facts.ContactorClosed)
    assert [raised.name for raised in world.station.troubles] == ["insulation fault"]
    assert world.told(facts.TransactionEnded)[0].reason == "GroundFault"


@pytest.mark.parametrize(("model", "insulation_ohm"), [("truck-540kwh", 1e6), ("sedan-77kwh", 20_000.0)])
async def test_a_check_that_failed_is_made_anew_with_the_next_ev(model, insulation_ohm):
    """An output of 500 V cannot pre-charge to the 650 V of a truck's battery; or the EV itself has poor insulation."""
    world = World(name="dc-50kw")
    await world.boot()
    world.station.rig.part("GroundIsolationProtection", Place(1)).insulation_ohm = insulation_ohm
    world.station.plug(car(model=model))
    await world.do(lambda: world.station.present("A"), 60)
    assert world.statuses()[-1] == "Faulted"
    world.station.rig.part("GroundIsolationProtection", Place(1)).insulation_ohm = 1e6
    await world.do(world.station.unplug, 60)
    assert not world.station.troubles
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).state == "Charging"


async def test_an_ev_follows_a_lower_offer_after_its_reaction():
    """Sequence 6 leaves it 5 s; this one needs one."""
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    circuit = world.station.evse(1).circuit
    circuit.restrict("heat", 10.0)
    assert circuit.offered_a == 10
    last = world.told(facts.PilotChanged)[-1]
    assert (last.state, last.duty_percent) == ("C2", pytest.approx(10 / 0.6, abs=0.05))
    assert circuit.current_a == pytest.approx(16, abs=0.1)
    await world.run(world.clock.now + circuit.ev.model.ac_reaction_s)
    assert circuit.current_a == pytest.approx(10)
    circuit.restrict("heat", float("inf"))
    await world.run(world.clock.now + 5)
    assert circuit.current_a == pytest.approx(16, abs=0.1)
    circuit.restrict("heat", 5.0)  # less than a duty cycle can say
    assert world.told(facts.PilotChanged)[-1].state == "C1"
    await world.run(world.clock.now + 5)
    assert circuit.current_a == 0


@pytest.mark.parametrize("model", ["sedan-77kwh", "plugin-hybrid-13kwh"])
async def test_no_more_flows_than_the_pulses_say_where_power_is_limited(model):
    """The current that a limit in W leaves is that of the phases that the EV uses, at the voltage that they have."""
    world = World()
    await world.boot()
    world.station.plug(car(model=model))
    await world.do(lambda: world.station.present("A"), 30)
    circuit = world.station.evse(1).circuit
    await world.do(lambda: circuit.limit(5_000), 10)
    assert circuit.current_a == pytest.approx(min(circuit.offered_a, circuit.ev.model.ac_max_a))
    await world.do(lambda: world.station.surround(grid=(0.9, 0.9, 0.9)), 10)
    assert 6 < circuit.current_a <= circuit.offered_a + 1e-9


async def test_parts_feel_that_charging_is_held_back():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    contact = world.station.kept("TemperatureSensor", 1, 1).point("Connector")
    assert contact.load.loss.loss_w > 0
    world.station.evse(1).circuit.hold_back(True)
    assert contact.load.loss.loss_w == 0


# -- an EV that pauses, sleeps, or goes by the clock

OPENING = replace(load_ev_model("sedan-77kwh"), ac_opens_s2=True)
SLEEPY = replace(OPENING, sleeps_after_s=600.0, wakes_by=Wake.FEIGNED)


async def charged(version: Version, ev: EV, *, name: str = "ac-22kw", wake_s: float = 0.0) -> World:
    world = World(version, name=name)
    if wake_s:
        profile = world.station.profile
        world.station.profile = replace(profile, fittings=tuple(_waking(each, wake_s) for each in profile.fittings))
    await world.boot()
    world.station.plug(ev)
    await world.do(lambda: world.station.present("A"), 60)
    return world


def _waking(fitting: Any, wake_s: float) -> Any:
    component = fitting.component
    wakes = "wake_s" in getattr(component, "times", ())
    return fitting._replace(component=replace(component, wake_s=wake_s)) if wakes else fitting


def states(world: World) -> list[str]:
    return [fact.state for fact in world.told(facts.ChargingStateChanged)]


@pytest.mark.parametrize("version", BOTH)
async def test_a_full_ev_that_opens_s2_is_suspended_and_parted_without_load(version):
    """IEC 61851-1 annex A, sequence 8.1: C2 to B2, and no voltage after 100 ms."""
    world = await charged(version, EV(OPENING, 0.5, 0.51))
    await world.run(world.clock.now + 1200)
    assert pilot(world) == ["B1", "B2", "C2", "B2"]
    assert not world.station.evse(1).contactor_closed
    b2_s = next(at for at, fact in reversed(world.facts) if isinstance(fact, facts.PilotChanged))
    opened_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorOpened))
    assert 0 < opened_s - b2_s <= OPEN_S
    assert states(world)[-1] == "SuspendedEV"
    assert not world.told(facts.TransactionEnded)
    if version is V201:
        assert world.events()[-1]["transactionInfo"]["chargingState"] == "SuspendedEV"
    else:
        assert world.statuses()[-2:] == ["Charging", "SuspendedEV"]
    await world.do(lambda: world.station.present("A"), 10)
    assert [fact.reason for fact in world.told(facts.TransactionEnded)] == ["Local"]


@pytest.mark.parametrize("opens", [False, True])
@pytest.mark.parametrize("version", BOTH)
async def test_a_full_ev_warms_itself_before_it_departs(version, opens):
    """SuspendedEV, Charging from half an hour before the departure until then, SuspendedEV: 2.25 kWh of 4.5 kW."""
    model = replace(OPENING, ac_opens_s2=opens)
    world = await charged(version, EV(model, 0.5, 0.51, departs_s=7200.0))
    evse = world.station.evse(1)
    await world.run(5300)
    assert states(world)[-1] == "SuspendedEV"
    full_wh = evse.circuit.meter.import_wh
    await world.run(5500)
    assert evse.state == "Charging"
    assert evse.reading().power_w == pytest.approx(4500)
    await world.run(7300)
    assert states(world)[-3:] == ["SuspendedEV", "Charging", "SuspendedEV"]
    late_s = USUAL.close_s if opens else 0.0
    assert evse.circuit.meter.import_wh - full_wh == pytest.approx(4500 * (1800 - late_s) / 3600, rel=1e-6)
    assert evse.ev.soc == pytest.approx(0.51)
    assert len(world.told(facts.TransactionStarted)) == 1
    if version is not V201:
        assert world.statuses()[-4:] == ["Charging", "SuspendedEV", "Charging", "SuspendedEV"]


async def test_a_pause_ends_by_the_clock():
    world = await charged(V201, EV(OPENING, 0.2, paused=True, resumes_s=1800.0))
    assert pilot(world) == ["B1", "B2"]
    assert states(world)[-1] == "SuspendedEV"
    await world.run(1810)
    assert pilot(world) == ["B1", "B2", "C2"]
    assert states(world)[-1] == "Charging"


async def test_a_battery_that_gets_warm_goes_on_without_heating():
    """The instant is known from the heat: 4.5 kW warm 77 kWh (0.134 kWh/K) from 0 to 5 °C in 535 s."""
    world = await charged(V201, EV(replace(OPENING, ac_max_w=11000.0), 0.3, battery_c=0.0))
    evse = world.station.evse(1)
    begun_s = next(at for at, fact in world.facts if isinstance(fact, facts.ContactorClosed))
    warming_s = 5 * evse.ev.model.heat_wh_per_k * 3600 / 4500
    await world.run(begun_s + warming_s + 1)
    assert evse.ev.battery_c == pytest.approx(5.0)  # an alarm has brought it up to then, nobody has looked


@pytest.mark.parametrize(("wakes_by", "wakes"), [(Wake.OFFER, True), (Wake.FEIGNED, False), (Wake.REPLUG, False)])
async def test_an_ev_without_an_offer_falls_asleep(wakes_by, wakes):
    world = await charged(V201, EV(replace(SLEEPY, wakes_by=wakes_by), 0.2))
    evse = world.station.evse(1)
    evse.circuit.restrict("schedule", 0.0)
    await world.run(world.clock.now + 590)
    assert not evse.ev.asleep
    await world.run(world.clock.now + 20)
    assert evse.ev.asleep
    assert not evse.contactor_closed
    evse.circuit.restrict("schedule", float("inf"))
    await world.run(world.clock.now + 60)
    assert (evse.state, evse.contactor_closed) == (("Charging", True) if wakes else ("SuspendedEV", False))
    await world.do(world.station.unplug, 5)
    assert evse.state == "Idle"


async def test_a_station_wakes_an_ev_by_feigning_to_unplug_it():
    """B2, pulses withheld for 3 s (B1), then state F for 4 s, of which an EV thinks that it was unplugged."""
    world = await charged(V201, EV(SLEEPY, 0.2), wake_s=20.0)
    evse = world.station.evse(1)
    evse.circuit.restrict("schedule", 0.0)
    await world.run(world.clock.now + 700)
    world.facts.clear()
    evse.circuit.restrict("schedule", float("inf"))
    await world.run(world.clock.now + 200)
    assert pilot(world) == ["B2", "B1", "B2", "F", "B2", "C2"]
    assert evse.state == "Charging"
    assert not world.station.troubles  # state F is the station's own


async def test_an_ev_that_needs_a_hand_is_left_alone_after_both_attempts():
    world = await charged(V201, EV(replace(SLEEPY, wakes_by=Wake.REPLUG), 0.2, asleep=True), wake_s=20.0)
    assert pilot(world) == ["B1", "B2", "C2"]  # plugged in: awake
    evse = world.station.evse(1)
    evse.circuit.restrict("schedule", 0.0)
    await world.run(world.clock.now + 700)
    evse.circuit.restrict("schedule", float("inf"))
    await world.run(world.clock.now + 3600)
    assert (pilot(world).count("F"), evse.state) == (1, "SuspendedEV")


# -- whatever breaks

BREAKS = (
    "ground fault", "DC leakage", "leakage in the station", "over-current", "short circuit", "control pilot shorted",
    "control pilot broken", "diode missing", "contactor welded", "contactor does not close", "lock jammed",
    "cable resistor missing", "cable resistor wrong",
)  # fmt: skip
GRIDS = ((1.0, 1.0, 1.0), (0.7, 0.7, 0.7), (0.0, 1.0, 1.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.3, 1.0, 1.0))
steps = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(["plug", "unplug", "A", "A", "B", "cut", "power", "limit"]),
            st.sampled_from(BREAKS),
            st.sampled_from(GRIDS),
        ),
        st.sampled_from([0.0, 0.05, 0.5, 3.0, 20.0, 130.0, 700.0]),
    ),
    max_size=16,
)


def act(world: World, step: Any, broken: set[str]) -> None:
    station, evse = world.station, world.station.evse(1)
    match step:
        case "plug":
            if evse.ev is None:
                station.plug(car(0.4, 0.42), cable_a=(13, 32)[int(world.clock.now) % 2])
        case "unplug":
            if evse.ev is not None:
                station.unplug()
        case "A" | "B":
            station.present(step)
        case "cut":
            station.power_off()
        case "power":
            station.power_on()
        case "limit":
            evse.limit(4_000 if evse.circuit.limit_w > 5_000 else 7_000)
        case tuple():
            station.surround(grid=step)
        case _ if step in broken:
            faults.clear(station, step)
            broken.remove(step)
        case _:
            faults.inject(station, step)
            broken.add(step)


def holds(world: World) -> None:
    """No energy without voltage, closed contactor and state C or D; no more current than the least of the limits."""
    circuit = world.station.evse(1).circuit
    if not circuit.flowing:
        assert circuit.current_a == 0
        return
    assert circuit.contactor_closed
    assert circuit.hookup.ready
    assert max(world.station.environment.grid) > 0
    least_a = min(circuit.hookup.cable_a, circuit.supply.max_a, circuit.allowed_a, circuit.ev.model.ac_max_a)
    assert circuit.current_a <= least_a + 1e-6
    draw = circuit.draw()
    each = zip(draw.phase_voltage_v, draw.current_a, strict=True)
    assert draw.power_w == pytest.approx(sum(volts * amps for volts, amps in each) * draw.power_factor)


async def live(version: Version, script: list[tuple[Any, float]]) -> World:
    world = World(version)
    circuit = world.station.evse(1).circuit
    await world.boot()
    broken: set[str] = set()
    shown_wh = circuit.meter.import_wh
    for step, wait_s in script:
        was_closed, count = circuit.contactor_closed, len(world.facts)
        act(world, step, broken)
        holds(world)
        await world.run(world.clock.now + wait_s)
        holds(world)
        circuit.settle()
        closed = was_closed or any(isinstance(fact, facts.ContactorClosed) for _, fact in world.facts[count:])
        assert circuit.meter.import_wh >= shown_wh
        assert closed or circuit.meter.import_wh == shown_wh
        shown_wh = circuit.meter.import_wh
    world.station.surround(grid=(1.0, 1.0, 1.0))
    world.station.power_on()
    for fault in sorted(broken):
        faults.clear(world.station, fault)
    await world.run(world.clock.now + 60)
    act(world, "unplug", broken)
    await world.run(world.clock.now + 9_000)
    return world


@given(script=steps, version=st.sampled_from(BOTH))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_breaks(script, version):
    world = asyncio.run(live(version, script))
    check(world)
    assert not world.station.troubles
    assert world.station.evse(1).plugged is None
    assert world.statuses()[-1] == "Available"


def test_the_same_seed_breaks_in_the_same_way():
    """Whole scripts of all faults, twice."""
    script = [(step, 20.0) for step in itertools.chain.from_iterable(("plug", "A", fault, fault) for fault in BREAKS)]
    once, again = (asyncio.run(live(BOTH[1], script)) for _ in range(2))
    assert once.facts == again.facts
    assert [frame.text for frame in once.frames] == [frame.text for frame in again.frames]


@pytest.mark.parametrize("name", ["ac-22kw", "dc-50kw"])
async def test_pulled_at_the_ev_while_it_charges(name):
    """1.6 §4.9, C1: no further action of the user is required; the socket has let go of the plug before."""
    world = World(BOTH[0], name=name)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.clear()
    await world.do(world.station.unplug, 5)
    assert world.statuses() == ["Available"]
    assert world.station.evse(1).plugged is None
    assert pilot(world) == ["A1"]
