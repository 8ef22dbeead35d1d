"""Whole fleets over arrays agree with the single components, event by event."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.electrical import Kind, Supply
from simulator.ev import EV
from simulator.evmodel import EvModel, ev_model_names, load_ev_model
from simulator.meter import Meter
from simulator.physics.metering import Metrology
from simulator.physics.thermal import Air, Body, body, joule_w
from simulator.physics.vectors import Bodies, Charge, Fleet

MODELS = [replace(load_ev_model(name), conditioning_power_w=0.0) for name in ev_model_names()]
SUPPLIES = [
    Supply(Kind.AC, 3, 230.0, 32.0),
    Supply(Kind.AC, 1, 230.0, 16.0, 3_000.0),
    Supply(Kind.AC, 3, 230.0, 32.0).under((1.0, 0.0, 0.93)),
    Supply(Kind.DC, 0, 920.0, 400.0, 150_000.0, 150.0, 0.95),
    Supply(Kind.DC, 0, 500.0, 125.0, 50_000.0, 150.0, 0.93),
]
EVENTS = 12


def charges() -> list[tuple[EvModel, Supply, float]]:
    return [(model, supply, target) for model in MODELS for supply in SUPPLIES for target in (0.8, 1.0)]


KINDS = [Charge.of(*kind) for kind in charges()]

LIMITS_W = st.one_of(st.just(math.inf), st.just(0.0), st.floats(100, 200_000))
LIMITS_A = st.one_of(st.just(math.inf), st.just(0.0), st.floats(1, 400), st.sampled_from([6.0, 16.0]))
STATION = st.tuples(
    st.integers(0, len(KINDS) - 1),
    st.floats(0, 1),
    st.lists(
        st.tuples(LIMITS_A, LIMITS_W, st.one_of(st.just(0.0), st.floats(0.1, 20_000))), min_size=EVENTS, max_size=EVENTS
    ),
)


@settings(max_examples=60)
@given(st.lists(STATION, min_size=1, max_size=8))
def test_every_station_agrees_with_its_single_components(
    stations: list[tuple[int, float, list[tuple[float, float, float]]]],
) -> None:
    """The issue's bound: 1e-6 over random schedules, each station's own."""
    fleet = Fleet(KINDS, [kind for kind, _, _ in stations], [soc for _, soc, _ in stations])
    evs = [EV(charges()[kind][0], soc, charges()[kind][2]) for kind, soc, _ in stations]
    meters = [Meter() for _ in stations]
    for event in range(EVENTS):
        limit_a, limit_w, seconds = np.array([schedule[event] for _, _, schedule in stations]).T
        fleet.offer(limit_a, limit_w)
        flowed_wh = fleet.advance(seconds)
        for number, (kind, _, schedule) in enumerate(stations):
            offer = charges()[kind][1].offer(schedule[event][0], schedule[event][1])
            energy_wh = evs[number].advance(schedule[event][2], offer)
            meters[number].count(energy_wh)
            assert fleet.soc[number] == pytest.approx(evs[number].soc, rel=1e-6, abs=2e-9)
            assert flowed_wh[number] == pytest.approx(energy_wh, rel=1e-6, abs=2e-4)
            assert fleet.power_w[number] == pytest.approx(evs[number].power_w(offer), rel=1e-6, abs=1e-3)
    assert fleet.register_wh == pytest.approx([meter.import_wh for meter in meters], rel=1e-6, abs=2e-4)


def test_a_seeded_fleet_agrees() -> None:
    """More stations than a property test bears, with no tolerance but the issue's."""
    chance, count = random.Random(4), 400
    kinds = [chance.randrange(len(KINDS)) for _ in range(count)]
    socs = [chance.uniform(0.05, 0.6) for _ in range(count)]
    fleet = Fleet(KINDS, kinds, socs)
    evs = [EV(charges()[kind][0], soc, charges()[kind][2]) for kind, soc in zip(kinds, socs, strict=True)]
    registers_wh = [0.0] * count
    for _ in range(EVENTS):
        limits_w = [chance.choice([math.inf, chance.uniform(1_000, 120_000)]) for _ in range(count)]
        seconds = [chance.uniform(1, 3_600) for _ in range(count)]
        fleet.offer(limit_w=limits_w)
        fleet.advance(seconds)
        for number, (ev, kind) in enumerate(zip(evs, kinds, strict=True)):
            registers_wh[number] += ev.advance(seconds[number], charges()[kind][1].offer(limit_w=limits_w[number]))
    assert max(registers_wh) > 10_000
    assert fleet.register_wh == pytest.approx(registers_wh, rel=1e-6)
    assert fleet.soc == pytest.approx([ev.soc for ev in evs], rel=1e-6)


@pytest.mark.parametrize("limit_w", [30_000, 34_000, 36_000, 38_000, 40_000, 44_000])
def test_limits_in_a_and_in_w_may_change_places(limit_w: float) -> None:
    """As a battery's voltage rises, a limit in A lets more and more flow, until one in W is the lower."""
    supply = SUPPLIES[3]
    for model in MODELS:
        fleet, ev, offer = Fleet([Charge.of(model, supply)], [0], [0.05]), EV(model, 0.05), supply.offer(100, limit_w)
        fleet.offer(100, limit_w)
        for seconds in (1_000, 3_000, 5_000):
            assert fleet.advance(seconds)[0] == pytest.approx(ev.advance(seconds, offer), rel=1e-9)
            assert fleet.power_w[0] == pytest.approx(ev.power_w(offer), rel=1e-6)


def test_time_in_parts_is_time_in_one() -> None:
    whole, parts = (
        Fleet(KINDS, range(len(KINDS)), [0.2] * len(KINDS)),
        Fleet(KINDS, range(len(KINDS)), [0.2] * len(KINDS)),
    )
    whole.advance(7_200)
    for _ in range(72):
        parts.advance(100)
    assert parts.soc == pytest.approx(whole.soc, rel=1e-9)
    assert parts.register_wh == pytest.approx(whole.register_wh, rel=1e-9)


def test_registers_count_losses_and_show_steps() -> None:
    fleet = Fleet(KINDS, [0, 0], [0.2, 0.2], counted=[1.0, 1 / 0.95])
    fleet.advance(1_000)
    one, other = fleet.register_wh
    meter = Meter(one, metrology=Metrology(10))
    assert other == pytest.approx(one / 0.95)
    assert fleet.shown_wh(10)[0] == meter.energy_wh


BODIES = st.builds(Body, st.floats(0.05, 5), st.floats(10, 20_000))


@given(
    st.lists(st.tuples(BODIES, st.floats(-20, 90), st.floats(0, 500), st.floats(-1e-3, 1e-3)), min_size=1, max_size=8),
    st.lists(st.floats(0, 5_000), min_size=1, max_size=5),
    st.floats(-20, 50),
)
def test_bodies_agree_with_the_single_one(
    bodies: list[tuple[Body, float, float, float]], times: list[float], ambient_c: float
) -> None:
    kinds, values_c, losses_w, growth = zip(*bodies, strict=True)
    many = Bodies([kind.resistance_k_w for kind in kinds], [kind.tau_s for kind in kinds], values_c)
    air, now_s = Air(ambient_c), 0.0
    for seconds in times:
        traces = [
            kind.driven(now_s, value_c, air, loss_w, growth_per_s=grows)
            for kind, value_c, loss_w, grows in zip(kinds, many.value_c, losses_w, growth, strict=True)
        ]
        many.advance(seconds, losses_w, ambient_c=ambient_c, growth_per_s=growth)
        now_s += seconds
        assert many.value_c == pytest.approx([trace.at(now_s) for trace in traces], rel=1e-6, abs=1e-6)


def test_a_constant_loss_settles() -> None:
    one = Body(0.5, 600)
    many = Bodies([0.5], [600], [20.0])
    many.advance(300, 80)
    assert many.value_c[0] == pytest.approx(one.warming(0, 20.0, Air(20), 80).at(300))
    many.advance(1e6, 80)
    assert many.value_c[0] == pytest.approx(60)


def warmed(contact: Body, value_c: float, ev: EV, volts: float, seconds: float) -> float:
    """The single component's way through a charge: one exponential after the other."""
    way = ev.course(SUPPLIES[0].offer())
    for leg in way.legs(ev.soc, way.stop_soc):
        begin, power_w, end, end_w = leg
        part_s = min(way.leg_s(*leg), seconds)
        growth = (end_w - power_w) / (end - begin) * way.gain
        loss_w = joule_w(power_w / volts, 0.002)
        value_c = contact.driven(0, value_c, Air(25), loss_w, growth_per_s=2 * growth).at(part_s)
        seconds -= part_s
    return contact.warming(0, value_c, Air(25), 0).at(seconds)


def test_contacts_warm_by_the_square_of_the_current() -> None:
    """Leg by leg over the taper, against the single component on the same charge."""
    contact = body(50, 32, 0.002, 900)
    model, supply = MODELS[0], SUPPLIES[0]
    fleet = Fleet([Charge.of(model, supply, 0.95)], [0], [0.9])
    volts = Charge.of(model, supply).volts.at(0)
    warm, single_c, ev = Bodies([contact.resistance_k_w], [contact.tau_s], [25.0]), 25.0, EV(model, 0.9, 0.95)
    for seconds in (600, 1_800, 20_000):
        for part in fleet.stretches(seconds):
            loss_w = 0.002 * (part.power_w / volts) ** 2
            warm.advance(part.seconds, loss_w, ambient_c=25.0, growth_per_s=2 * part.growth_per_s)
        fleet.advance(seconds)
        single_c = warmed(contact, single_c, ev, volts, seconds)
        ev.advance(seconds, supply.offer())
        assert warm.value_c[0] == pytest.approx(single_c, rel=1e-6)
        assert fleet.soc[0] == pytest.approx(ev.soc, rel=1e-6)
