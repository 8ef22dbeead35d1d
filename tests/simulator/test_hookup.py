"""The way to energy and back: its steps, and what must hold whatever breaks on the way."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import Version
from simulator import facts, faults
from simulator.hardware.place import Place
from simulator.hookup import Stage
from simulator.physics.sequences import CLOSE_S, EV_STOPS_S
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
