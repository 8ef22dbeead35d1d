"""A meter's registers rise and only rise; what it shows is cut to its resolution; what can be wrong with it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.electrical import Draw, Kind, Request, Supply, at_rest, flowing
from simulator.meter import Meter
from simulator.physics.metering import ACTIVE, Metrology
from simulator.profile import MeterProfile, load_profile
from tests.simulator.csms import World, car

POLE = Supply(Kind.AC, 3, 230.0, 32.0)


def test_a_used_meter_goes_on_from_where_it_stood() -> None:
    meter = Meter(import_wh=123_456.7)
    meter.count(1_000)
    assert meter.energy_wh == 124_456


@given(st.floats(0, 1e8), st.lists(st.floats(0, 1e5), max_size=30), st.sampled_from([0.1, 1.0, 10.0, 100.0]))
def test_register_never_falls_and_never_shows_more_than_flowed(
    start_wh: float, flows: list[float], resolution_wh: float
) -> None:
    meter = Meter(start_wh, resolution_wh=resolution_wh)
    shown = [meter.energy_wh]
    for energy_wh in flows:
        meter.count(energy_wh)
        shown.append(meter.energy_wh)
    assert shown == sorted(shown)
    assert start_wh + math.fsum(flows) - resolution_wh - 1e-3 <= shown[-1] <= meter.import_wh + resolution_wh * 1e-6


def test_resolution_cuts_the_reading_not_the_register() -> None:
    meter = Meter(resolution_wh=1.0)
    for _ in range(10):
        meter.count(0.19)
    assert meter.energy_wh == 1


def test_a_step_is_not_lost_to_rounding() -> None:
    assert Meter(0.1 + 0.2, resolution_wh=0.1).energy_wh == 0.3
    assert Meter(0.29999999, resolution_wh=0.1).energy_wh == 0.3
    assert Meter(0.2999, resolution_wh=0.1).energy_wh == 0.2


@pytest.mark.parametrize("energy_wh", [-0.001, math.nan, math.inf])
def test_no_negative_and_no_endless_energy(energy_wh: float) -> None:
    meter = Meter(100)
    for count in (meter.count, meter.count_export):
        with pytest.raises(ValueError, match="register"):
            count(energy_wh)
    with pytest.raises(ValueError, match="register"):
        Meter(energy_wh)
    assert meter.import_wh == 100


@pytest.mark.parametrize("resolution_wh", [0, -1, math.inf])
def test_resolution_must_be_one(resolution_wh: float) -> None:
    with pytest.raises(ValueError, match="resolution"):
        Meter(resolution_wh=resolution_wh)


def test_export_has_its_own_register() -> None:
    meter = Meter(100, 7)
    meter.count_export(5.5)
    reading = meter.reading(at_rest(POLE))
    assert (reading.energy_wh, reading.export_wh) == (100, 12)


def test_reading_shows_what_flows() -> None:
    offer = POLE.offer(16)
    draw = flowing(offer, Request(10.0, math.inf, phases=2, min_a=6.0))
    reading = Meter(42).reading(draw, soc_percent=55.5, offer=offer)
    assert list(reading.phase_current_a) == [10, 10, 0]
    assert list(reading.phase_power_w) == [2300, 2300, 0]
    assert (reading.power_w, reading.current_a, reading.voltage_v, reading.frequency_hz) == (4600, 20, 230, 50)
    assert (reading.soc_percent, reading.offered_a, reading.offered_w) == (55.5, 16, 11_040)


def drawn(max_a: float = 16.0, phases: int = 3, power_factor: float = 1.0, grid: tuple[float, ...] = (1, 1, 1)) -> Draw:
    supply = POLE.under((grid[0], grid[1], grid[2]))
    return flowing(supply.offer(), Request(max_a, math.inf, phases=phases, min_a=6.0, power_factor=power_factor))


DRAWS = st.builds(
    drawn,
    st.floats(6, 32),
    st.integers(1, 3),
    st.floats(0.5, 1),
    st.tuples(*[st.sampled_from([0.0, 0.9, 1.0])] * 3),
)


@given(DRAWS, st.sampled_from([None, *ACTIVE]), st.floats(-1, 1))
def test_power_is_voltage_times_current_times_cos_phi_on_each_phase(
    draw: Draw, accuracy: str | None, bias: float
) -> None:
    reading = Meter(metrology=Metrology(accuracy=accuracy), bias=bias).reading(draw)
    phases = zip(reading.phase_voltage_v, reading.phase_current_a, reading.phase_power_w, strict=True)
    for voltage_v, current_a, power_w in phases:
        assert power_w == pytest.approx(voltage_v * current_a * reading.power_factor)
    assert sum(reading.phase_power_w) == pytest.approx(reading.power_w)
    assert reading.voltage_v * reading.current_a * reading.power_factor == pytest.approx(reading.power_w)
    assert math.hypot(reading.power_w, reading.reactive_var) == pytest.approx(reading.apparent_va)


def test_a_single_phase_ev_shows_on_l1_only() -> None:
    reading = Meter().reading(drawn(16, phases=1))
    assert (reading.phase_current_a, reading.phase_power_w) == ((16, 0, 0), (3680, 0, 0))
    assert reading.phase_voltage_v == (230, 230, 230)


def test_a_lost_phase_shows() -> None:
    reading = Meter().reading(drawn(16, grid=(1, 0, 1)))
    assert (reading.phase_voltage_v, reading.phase_current_a) == ((230, 0, 230), (16, 0, 16))


@given(st.sampled_from(sorted(ACTIVE)), st.floats(-1, 1), st.lists(st.tuples(DRAWS, st.floats(1, 3600)), max_size=10))
def test_a_register_is_within_its_class_and_never_falls(
    accuracy: str, bias: float, flows: list[tuple[Draw, float]]
) -> None:
    meter = Meter(5_000, metrology=Metrology(accuracy=accuracy, per_phase=True), bias=bias)
    flowed_wh, worst = 0.0, ACTIVE[accuracy].one_phase_percent / 100
    for draw, seconds in flows:
        before = meter.reading(draw)
        meter.count(draw.power_w * seconds / 3600, draw, seconds)
        after = meter.reading(draw)
        flowed_wh += draw.power_w * seconds / 3600
        assert after.energy_wh >= before.energy_wh
        assert all(now >= then for now, then in zip(after.registers, before.registers, strict=True))
    assert abs(meter.import_wh - 5_000 - flowed_wh) <= worst * flowed_wh + 1e-6


def test_the_error_depends_on_the_load() -> None:
    meter = Meter(metrology=Metrology(accuracy="C"), bias=1.0)
    balanced, on_one = drawn(16), drawn(16, phases=1)
    meter.count(1_000, balanced, 1_000 * 3600 / balanced.power_w)
    assert meter.import_wh == pytest.approx(1_007)
    meter.count(1_000, on_one, 1_000 * 3600 / on_one.power_w)
    assert meter.import_wh == pytest.approx(2_017)
    assert meter.reading(on_one).current_a == pytest.approx(16 * 1.01)


def test_reactive_and_apparent_energy_are_counted() -> None:
    meter = Meter(10_000, metrology=Metrology(0.01))
    draw = drawn(16, power_factor=0.8)
    meter.count(800, draw, 3600)
    registers = meter.reading(draw).registers
    assert registers == pytest.approx((10_800, 0, 600, 11_000))


def test_phase_registers_add_up() -> None:
    meter = Meter(9_000, metrology=Metrology(0.01, per_phase=True))
    draw = drawn(16, phases=2)
    meter.count(1_000, draw, 3600)
    details = meter.reading(draw).details
    assert details is not None
    assert details.phases_wh == pytest.approx((3_500, 3_500, 3_000))


def test_a_dead_meter_neither_counts_nor_answers() -> None:
    meter = Meter(100)
    meter.faults.dead = True
    meter.count(50, drawn(), 60)
    reading = meter.reading(drawn())
    assert (reading.dead, reading.energy_wh, reading.power_w, reading.voltage_v) == (True, 100, 0, 0)
    meter.faults.dead = False
    meter.count(50, drawn(), 60)
    assert (meter.reading(drawn()).dead, meter.energy_wh) == (False, 150)


def test_a_stuck_register_shows_power_without_energy() -> None:
    meter = Meter(100)
    meter.faults.stuck = True
    meter.count(50, drawn(), 60)
    assert (meter.energy_wh, meter.reading(drawn()).power_w) == (100, 11_040)


def test_a_reversed_transformer_counts_as_export() -> None:
    meter = Meter(100)
    meter.faults.reversed = True
    meter.count(50, drawn(), 60)
    reading = meter.reading(drawn())
    assert (reading.energy_wh, reading.export_wh, reading.power_w) == (100, 50, -11_040)


def test_a_jump_and_a_drift() -> None:
    meter = Meter(100)
    meter.faults.jump_wh = 70_000
    assert meter.energy_wh == meter.reading(drawn()).energy_wh == 70_100
    meter.faults.jump_wh, meter.faults.drift = 0, -0.2
    meter.count(1_000, drawn(), 60)
    assert meter.energy_wh == 900
    assert meter.reading(drawn()).power_w == pytest.approx(11_040 * 0.8)


def test_intervals_follow_each_other() -> None:
    meter = Meter(100)
    spans = []
    for energy_wh in (0, 30, 12):
        meter.count(energy_wh)
        reading = meter.spanned(meter.reading(drawn()), "series")
        assert reading.details is not None
        assert reading.details.since is not None
        spans.append(reading.energy_wh - reading.details.since.import_wh)
    assert spans == [0, 30, 12]


def test_pages_are_counted_for_transactions_and_others_apart() -> None:
    meter = Meter(100)
    reading = meter.reading(drawn())
    assert meter.page(reading, "08:00", "Transaction.Begin", transaction="a") == ("T1", True)
    assert meter.page(reading, "08:00", "Transaction.Begin", transaction="a") == ("T1", False)  # the same once more
    assert meter.page(reading, "08:15", "Sample.Clock", transaction=None) == ("F1", False)
    assert meter.page(reading, "08:20", "Transaction.End", transaction="a") == ("T2", False)
    assert meter.page(reading, "09:00", "Transaction.Begin", transaction="b") == ("T3", True)


def test_a_plain_meter_holds_no_more_than_two_registers() -> None:
    meter = Meter(100)
    meter.count(10, drawn(), 60)
    assert meter.reading(drawn()).details is None
    assert meter._rest is None


def test_a_profile_says_what_its_meters_are_like() -> None:
    world = World(name=replace(load_profile("ac-22kw"), meter=MeterProfile(accuracy="B", per_phase=True)))
    meter = world.station.evse(1).meter
    assert meter.metrology == Metrology(accuracy="B", per_phase=True)
    assert -1 <= meter.bias <= 1
    assert meter.bias != 0
    assert World().station.evse(1).meter.bias == 0


async def test_a_station_counts_with_its_meters_error() -> None:
    registers = []
    for accuracy in (None, "A"):
        world = World(name=replace(load_profile("ac-22kw"), meter=MeterProfile(accuracy=accuracy)))
        await world.boot()
        meter = world.station.evse(1).meter
        before_wh = meter.import_wh
        world.station.plug(car())
        await world.do(lambda world=world: world.station.present("A"), 3_600)
        registers.append(meter.import_wh - before_wh)
    assert registers[1] == pytest.approx(registers[0] * (1 + 0.035 * meter.bias))
    assert registers[1] != registers[0]
