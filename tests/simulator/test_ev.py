"""An EV's charge: exact between events, conserving energy, tapering, and ending when it should."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.curve import Curve
from simulator.electrical import Kind, Offer, Supply
from simulator.ev import EV, Flow, Wake
from simulator.evmodel import EvModel, ev_model_names, load_ev_model
from simulator.physics.converter import Converter
from simulator.physics.pilot import Letter

POLE = Supply(Kind.AC, 3, 230.0, 32.0)
FAST = Supply(Kind.DC, 0, 920.0, 400.0, 150_000.0, 150.0, 0.95)
OLD = Supply(Kind.DC, 0, 500.0, 125.0, 50_000.0, 150.0, 0.93)

models = st.sampled_from(ev_model_names()).map(load_ev_model)
offers = st.one_of(
    st.builds(POLE.offer, st.floats(6, 32), st.floats(5_000, 22_080), st.sampled_from([1, 3])),
    st.builds(FAST.offer, st.floats(5, 400), st.floats(1_000, 150_000)),
    st.builds(OLD.offer, st.floats(5, 125), st.floats(1_000, 50_000)),
)
socs = st.floats(0, 1)


def test_what_is_drawn_follows_whatever_changes() -> None:
    ev, wide, narrow = EV.of("compact-50kwh", 0.5), POLE.offer(), POLE.offer(limit_a=8)
    drawn = [ev.power_w(wide), ev.power_w(narrow), ev.power_w(wide)]
    ev.paused = True
    drawn.append(ev.power_w(wide))
    ev.paused, ev.target_soc = False, 0.5
    drawn.append(ev.power_w(wide))
    ev.target_soc = 1.0
    drawn.append(ev.power_w(wide))
    ev.soc = 1.0
    drawn.append(ev.power_w(wide))
    assert drawn[1] == pytest.approx(8 * 230 * 3)
    assert [power_w > 0 for power_w in drawn] == [True, True, True, False, False, True, False]
    assert drawn[0] == drawn[2] == drawn[5] > drawn[1]


def stored_wh(ev: EV, offer: Offer, energy_wh: float) -> float:
    return energy_wh * ev.model.efficiency(offer.supply.kind)


def stepped(model: EvModel, soc: float, offer: Offer, seconds: float, steps: int) -> tuple[float, float]:
    """The reference: the midpoint rule in small steps, straight from the electrical model."""
    ev, step_s, energy_wh = EV(model, soc), seconds / steps, 0.0
    gain = model.efficiency(offer.supply.kind) / model.battery_capacity_wh
    for _ in range(steps):
        half = EV(model, min(1.0, ev.soc + ev.power_w(offer) * step_s / 7200 * gain))
        part_wh = half.power_w(offer) * step_s / 3600
        energy_wh, ev.soc = energy_wh + part_wh, min(1.0, ev.soc + part_wh * gain)
    return ev.soc, energy_wh


@given(models, offers, socs, st.floats(0, 40_000))
def test_energy_is_conserved(model: EvModel, offer: Offer, soc: float, seconds: float) -> None:
    ev = EV(model, soc)
    energy_wh = ev.advance(seconds, offer)
    assert energy_wh >= 0
    assert ev.battery_wh == pytest.approx(soc * model.battery_capacity_wh + stored_wh(ev, offer, energy_wh), rel=1e-9)
    assert soc <= ev.soc <= 1


@given(models, offers, socs, st.floats(1, 40_000), st.integers(2, 40))
def test_splitting_the_time_changes_nothing(
    model: EvModel, offer: Offer, soc: float, seconds: float, parts: int
) -> None:
    whole, split = EV(model, soc), EV(model, soc)
    at_once_wh = whole.advance(seconds, offer)
    in_parts_wh = math.fsum(split.advance(seconds / parts, offer) for _ in range(parts))
    assert in_parts_wh == pytest.approx(at_once_wh, rel=1e-9, abs=1e-6)
    assert split.soc == pytest.approx(whole.soc, rel=1e-9)


@pytest.mark.parametrize("name", ev_model_names())
@pytest.mark.parametrize(
    ("offer", "seconds"), [(POLE.offer(16), 20_000.0), (FAST.offer(), 2_400.0), (OLD.offer(90), 4_000.0)]
)
def test_agrees_with_small_steps(name: str, offer: Offer, seconds: float) -> None:
    model = load_ev_model(name)
    ev = EV(model, 0.3)
    energy_wh = ev.advance(seconds, offer)
    soc, stepped_wh = stepped(model, 0.3, offer, seconds, 1_000)
    assert energy_wh == pytest.approx(stepped_wh, rel=2e-4, abs=1e-3)
    assert ev.soc == pytest.approx(soc, rel=2e-4)


@given(models, offers, socs)
def test_course_and_electrical_model_agree(model: EvModel, offer: Offer, soc: float) -> None:
    ev = EV(model, soc)
    assume(ev.flow(offer) is Flow.CHARGING)
    assert ev.power_w(offer) == pytest.approx(ev.course(offer).power_w.at(soc), rel=1e-9)


@given(models, offers, socs)
def test_time_until_full_is_exact(model: EvModel, offer: Offer, soc: float) -> None:
    ev = EV(model, soc)
    needed_s = ev.seconds_until_full(offer)
    assume(0 < needed_s < math.inf)
    early = EV(model, soc)
    early.advance(needed_s * 0.999, offer)
    assert not early.is_full(offer) or needed_s < 1
    ev.advance(needed_s, offer)
    assert ev.is_full(offer)
    assert ev.soc == ev.course(offer).stop_soc
    assert ev.flow(offer) is Flow.SUSPENDED_EV
    assert (ev.seconds_until_full(offer), ev.power_w(offer), ev.advance(3600, offer)) == (0, 0, 0)


@given(models, offers, socs, st.floats(0.001, 1))
def test_time_until_a_state_of_charge_is_exact(model: EvModel, offer: Offer, soc: float, part: float) -> None:
    ev = EV(model, soc)
    wanted = soc + (ev.course(offer).stop_soc - soc) * part
    needed_s = ev.seconds_until(wanted, offer)
    assume(0 < needed_s < math.inf)
    ev.advance(needed_s, offer)
    assert ev.soc == pytest.approx(wanted, abs=2e-9)
    assert ev.seconds_until(wanted, offer) == 0


@pytest.mark.parametrize("name", ev_model_names())
def test_every_model_tapers_at_the_end(name: str) -> None:
    ev = EV.of(name)
    offer = POLE.offer() if ev.model.dc_max_w == 0 else FAST.offer()
    powers = []
    for percent in range(80, 100):
        ev.soc = percent / 100
        powers.append(ev.power_w(offer))
    assert powers == sorted(powers, reverse=True)
    assert 0 < powers[-1] < powers[0]


@given(models, offers)
def test_never_beyond_capacity(model: EvModel, offer: Offer) -> None:
    ev = EV(model, 0.0)
    energy_wh = ev.advance(10**9, offer)
    assert ev.soc <= 1
    assert stored_wh(ev, offer, energy_wh) <= model.battery_capacity_wh * (1 + 1e-9)


def test_endless_time_ends_at_the_end() -> None:
    ev = EV.of("sedan-77kwh", soc=0.5)
    assert ev.advance(math.inf, FAST.offer()) == pytest.approx(77_000 * 0.5 / 0.97)


def test_target_stops_the_charge() -> None:
    ev = EV.of("sedan-77kwh", soc=0.2, target_soc=0.8)
    needed_s = ev.seconds_until_full(POLE.offer())
    assert needed_s == pytest.approx(0.6 * 77_000 / 0.9 / 11_000 * 3600)
    assert ev.seconds_until(0.9, POLE.offer()) == math.inf
    assert ev.advance(needed_s + 999, POLE.offer()) == pytest.approx(0.6 * 77_000 / 0.9)
    assert ev.soc == pytest.approx(0.8)


def test_target_may_be_raised_later() -> None:
    ev = EV.of("sedan-77kwh", soc=0.8, target_soc=0.8)
    assert ev.flow(POLE.offer()) is Flow.SUSPENDED_EV
    ev.target_soc = 0.9
    assert ev.flow(POLE.offer()) is Flow.CHARGING


def test_exponential_taper_in_closed_form() -> None:
    """From 10 kW at 0 straight to 0 at 1, a battery of 10 kWh: soc(t) = 1 - exp(-t/1 h)."""
    model = EvModel(
        "t", 10_000, Curve(((0, 10_000), (1, 0))), Curve.level(400), dc_max_w=1e6, dc_max_a=1e3, dc_efficiency=1.0
    )
    ev = EV(model, 0.0)
    assert ev.advance(3600, FAST.offer()) == pytest.approx(10_000 * (1 - math.exp(-1)))
    assert ev.soc == pytest.approx(1 - math.exp(-1))
    assert ev.seconds_until_full(FAST.offer()) < math.inf  # power goes to 0, but 1 A is where it stops
    ev.advance(math.inf, FAST.offer())
    assert ev.soc == pytest.approx(1 - 400 / 10_000)


def test_current_limit_makes_power_rise_with_voltage() -> None:
    ev = EV.of("sedan-77kwh", soc=0.1)
    offer = FAST.offer(limit_a=100)
    before_w = ev.power_w(offer)
    ev.advance(600, offer)
    assert before_w == pytest.approx(100 * 350)
    assert before_w < ev.power_w(offer)
    assert ev.draw(offer).current_a == pytest.approx((100,))


def test_offer_below_minimum_is_the_evses_doing() -> None:
    ev = EV.of("sedan-77kwh", soc=0.5)
    offer = POLE.offer(5)
    assert ev.flow(offer) is Flow.SUSPENDED_EVSE
    assert (ev.advance(3600, offer), ev.soc, ev.seconds_until_full(offer)) == (0, 0.5, math.inf)


def test_paused_by_the_driver() -> None:
    ev = EV.of("sedan-77kwh", soc=0.5)
    ev.paused = True
    assert ev.flow(POLE.offer()) is Flow.SUSPENDED_EV
    assert (ev.advance(3600, POLE.offer()), ev.power_w(POLE.offer())) == (0, 0)
    assert ev.seconds_until_full(POLE.offer()) == math.inf
    ev.paused = False
    assert ev.power_w(POLE.offer()) == pytest.approx(11_000)


@pytest.mark.parametrize(
    ("name", "supply"), [("plugin-hybrid-13kwh", FAST), ("sedan-800v-90kwh", OLD), ("truck-540kwh", OLD)]
)
def test_an_ev_that_does_not_fit_takes_nothing(name: str, supply: Supply) -> None:
    ev = EV.of(name, soc=0.3)
    assert ev.flow(supply.offer()) is Flow.SUSPENDED_EV
    assert (ev.power_w(supply.offer()), ev.advance(60, supply.offer()), ev.soc) == (0, 0, 0.3)


def test_battery_leaves_the_converters_range_while_charging() -> None:
    model = EvModel("t", 50_000, Curve.level(50_000), Curve(((0, 450), (1, 550))), dc_max_w=1e5, dc_max_a=500)
    ev = EV(model, 0.2)
    ev.advance(math.inf, OLD.offer())
    assert ev.soc == pytest.approx(0.5)
    assert ev.flow(OLD.offer()) is Flow.SUSPENDED_EV


def test_single_phase_ev_draws_on_one_phase() -> None:
    draw = EV.of("plugin-hybrid-13kwh", soc=0.3).draw(POLE.offer())
    assert draw.current_a == pytest.approx((16, 0, 0))


def test_changed_offer_is_noticed() -> None:
    ev = EV.of("sedan-77kwh", soc=0.5)
    one_s, other_s = (ev.seconds_until(0.6, POLE.offer(limit)) for limit in (16, 8))
    assert other_s > 1.9 * one_s


@pytest.mark.parametrize("seconds", [-1.0, math.nan])
def test_time_does_not_run_backwards(seconds: float) -> None:
    with pytest.raises(ValueError, match="time cannot pass"):
        EV.of("van-75kwh").advance(seconds, POLE.offer())


@pytest.mark.parametrize(("soc", "target_soc"), [(1.1, 1.0), (-0.1, 1.0), (0.5, 2.0), (math.nan, 1.0)])
def test_state_of_charge_is_a_share(soc: float, target_soc: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        EV.of("van-75kwh", soc, target_soc)


def test_rounding_of_a_late_clock_cannot_keep_an_ev_from_its_end() -> None:
    """After a year of seconds a float clock is off by 4e-9 s; the EV must still be full at the scheduled moment."""
    ev, offer, now = EV.of("sedan-77kwh", soc=0.37), FAST.offer(), 31_536_000.123
    then = now + ev.seconds_until_full(offer)
    ev.advance(then - now, offer)
    assert ev.is_full(offer)


def test_the_course_knows_a_lagging_current_and_a_lost_phase() -> None:
    lagging = replace(load_ev_model("compact-50kwh"), ac_power_factor=0.8)
    for supply in (POLE, POLE.under((1.0, 0.0, 0.95))):
        offer = supply.offer(10)
        ev = EV(lagging, 0.3)
        assert ev.course(offer).power_w.at(0.3) == pytest.approx(ev.power_w(offer), rel=1e-12)
        assert ev.power_w(offer) == pytest.approx(10 * sum(supply.phase_voltage_v) * 0.8)


# -- warming, habits, sleep, losses ---------------------------------------------------------------------------------

WARM = EvModel(
    "warm", 50_000, Curve(((0, 90_000), (0.8, 60_000), (1, 3_000))), Curve(((0, 320), (1, 400))), ac_max_w=11_000,
    dc_max_w=100_000, dc_max_a=300, conditioning_power_w=3_000, conditioning_heat_wh_per_k=100,
)  # fmt: skip


def cold(soc: float, battery_c: float = -10.0, *, conditioning: bool = False) -> EV:
    return EV(WARM, soc, battery_c=battery_c, conditioning=conditioning)


@given(
    st.sampled_from([POLE.offer(), POLE.offer(8), POLE.offer(6, phases=1), FAST.offer(), FAST.offer(limit_a=20)]),
    socs, st.floats(-20, 10), st.booleans(), st.floats(0, 30_000), st.integers(1, 20),
)  # fmt: skip
def test_energy_is_charge_and_heat(
    offer: Offer, soc: float, battery_c: float, conditioning: bool, seconds: float, parts: int
) -> None:
    """What came through the inlet is in the battery, was lost in the charger, or became heat: however time is split."""
    whole, split = (cold(soc, battery_c, conditioning=conditioning) for _ in range(2))
    heats = whole.beside_w > 0
    energy_wh = whole.advance(seconds, offer)
    in_parts_wh = math.fsum(split.advance(seconds / parts, offer) for _ in range(parts))
    assert in_parts_wh == pytest.approx(energy_wh, rel=1e-6, abs=1e-3)
    assert (split.soc, split.battery_c) == pytest.approx((whole.soc, whole.battery_c), rel=1e-6, abs=1e-6)
    charged_wh = (whole.soc - soc) * 50_000 / WARM.efficiency(offer.supply.kind)
    assert charged_wh <= energy_wh + 1e-6
    assert energy_wh - charged_wh <= (3_000 * seconds / 3600 if heats else 0) + 1e-3
    assert whole.battery_c <= max(battery_c, WARM.conditioning_below_c)


def test_a_cold_battery_is_warmed_first_and_beside() -> None:
    """15 K of 100 Wh/K at 3 kW: half an hour, in which the charger has 8 kW left for the battery."""
    ev, offer = cold(0.2), POLE.offer()
    assert ev.warming_s(offer) == pytest.approx(1800)
    assert ev.power_w(offer) == pytest.approx(11_000)
    assert ev.seconds_until_turn(offer) == pytest.approx(1800)
    energy_wh = ev.advance(1800, offer)
    assert energy_wh == pytest.approx(5_500)
    assert ev.soc == pytest.approx(0.2 + 0.9 * 4_000 / 50_000)
    assert ev.battery_c == pytest.approx(5)
    assert ev.warming_s(offer) == 0
    assert ev.advance(1800, offer) == pytest.approx(5_500)
    assert ev.soc == pytest.approx(0.2 + 0.9 * (4_000 + 5_500) / 50_000)


def test_with_little_on_offer_all_of_it_is_heat() -> None:
    ev, offer = cold(0.2), POLE.offer(6, phases=1)
    assert ev.power_w(offer) == pytest.approx(1_380)
    assert ev.warming_s(offer) == pytest.approx(1_500 / 1_380 * 3600)
    assert ev.advance(1800, offer) == pytest.approx(690)
    assert ev.soc == 0.2
    assert ev.battery_c == pytest.approx(-10 + 690 / 100)


def test_a_full_ev_goes_on_warming_before_departure() -> None:
    ev, offer = EV(WARM, 1.0, departs_s=10_000), POLE.offer()
    assert ev.keep_time(0) == 8_200
    assert ev.power_w(offer) == 0
    assert ev.keep_time(8_200) == 10_000
    assert ev.power_w(offer) == pytest.approx(3_000)
    assert ev.advance(600, offer) == pytest.approx(500)
    assert (ev.soc, ev.seconds_until_full(offer)) == (1.0, math.inf)
    assert ev.keep_time(10_000) == math.inf
    assert ev.flow(offer) is Flow.SUSPENDED_EV


def test_a_pause_ends_by_the_clock() -> None:
    ev = EV.of("sedan-77kwh", 0.3)
    ev.paused, ev.resumes_s = True, 500.0
    assert ev.keep_time(100) == 500
    assert ev.flow(POLE.offer()) is Flow.SUSPENDED_EV
    assert ev.keep_time(500) == math.inf
    assert ev.flow(POLE.offer()) is Flow.CHARGING


@given(
    st.sampled_from([POLE.offer(), POLE.offer(8), FAST.offer(), FAST.offer(limit_a=30)]),
    st.floats(0, 0.95), st.floats(-20, 10), st.floats(1, 20_000),
)  # fmt: skip
def test_time_until_an_amount_of_energy_is_exact(offer: Offer, soc: float, battery_c: float, wanted_wh: float) -> None:
    ev = cold(soc, battery_c)
    needed_s = ev.seconds_until_energy(wanted_wh, offer)
    assume(needed_s < math.inf)
    assert ev.advance(needed_s, offer) == pytest.approx(wanted_wh, rel=1e-6, abs=0.1)


def test_no_time_brings_more_than_it_takes() -> None:
    ev = cold(0.99, 20)
    assert ev.seconds_until_energy(5_000, POLE.offer()) == math.inf
    ev.battery_c = 4.0
    assert ev.seconds_until_energy(5_000, POLE.offer()) == math.inf
    assert ev.seconds_until_energy(100, POLE.offer(0)) == math.inf
    ev.conditioning = True
    needed_s = ev.seconds_until_energy(5_000, POLE.offer())
    assert ev.advance(needed_s, POLE.offer()) == pytest.approx(5_000)


@given(
    st.sampled_from([POLE.offer(), POLE.offer(8), FAST.offer(), FAST.offer(limit_a=30)]),
    st.floats(0, 1), st.floats(-20, 10),
)  # fmt: skip
def test_time_until_a_cold_ev_is_full_is_exact(offer: Offer, soc: float, battery_c: float) -> None:
    ev, early = cold(soc, battery_c), cold(soc, battery_c)
    needed_s = ev.seconds_until_full(offer)
    assume(needed_s < math.inf)
    early.advance(needed_s * 0.999, offer)
    assert not early.is_full(offer) or needed_s < 10
    ev.advance(needed_s, offer)
    assert ev.is_full(offer)
    assert ev.seconds_until_full(offer) == 0


@pytest.mark.parametrize(
    ("by", "still"), [(Wake.OFFER, True), (Wake.FEIGNED, False), (Wake.REPLUG, False)]
)  # fmt: skip
def test_an_ev_falls_asleep_and_is_woken(by: Wake, still: bool) -> None:
    ev = EV(replace(WARM, sleeps_after_s=600, wakes_by=Wake.FEIGNED), 0.3)
    assert not ev.doze(599)
    assert ev.doze(600)
    assert (ev.flow(POLE.offer()), ev.power_w(POLE.offer())) == (Flow.SUSPENDED_EV, 0)
    assert ev.asks(POLE.offer()) is Letter.B
    assert ev.wake(by) is not still
    assert ev.asleep is still


def test_what_it_asks_for_by_the_pilot() -> None:
    ev, offer = EV(WARM, 0.3), POLE.offer()
    assert ev.asks(offer) is Letter.C
    ev.paused = True
    assert ev.asks(offer) is Letter.B
    ev.paused, ev.soc = False, 1.0
    assert ev.asks(offer) is Letter.B
    vented = EV(replace(WARM, ac_ventilation=True), 0.3)
    assert (vented.asks(offer), vented.asks(FAST.offer())) == (Letter.D, Letter.C)


@given(
    st.sampled_from([POLE.offer(), POLE.offer(8), POLE.offer(3), FAST.offer(), FAST.offer(limit_a=30)]),
    st.floats(0, 1), st.floats(-20, 10), st.booleans(), st.floats(0, 10_000),
)  # fmt: skip
def test_stretches_are_what_flows(
    offer: Offer, soc: float, battery_c: float, conditioning: bool, seconds: float
) -> None:
    ev = cold(soc, battery_c, conditioning=conditioning)
    stretches = list(ev.stretches(seconds, offer))
    assert math.fsum(stretch.seconds for stretch in stretches) == pytest.approx(seconds, abs=1e-6)
    energy_wh = ev.advance(seconds, offer)
    assert math.fsum(stretch.energy_ws for stretch in stretches) / 3600 == pytest.approx(energy_wh, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("battery_c", [20.0, -10.0])
def test_energy_balance_from_grid_to_battery(battery_c: float) -> None:
    """The converter's losses over a charge that tapers, in closed form, against small steps."""
    converter, offer = Converter(150_000, full=0.95, peak=0.96, standby_w=120), FAST.offer()
    ev, stepped = cold(0.5, battery_c), cold(0.5, battery_c)
    lost_ws = converter.lost_ws(ev.stretches(2_400, offer))
    steps_ws = []
    for _ in range(4_800):
        stepped.advance(0.25, offer)
        steps_ws.append(converter.loss_w(stepped.power_w(offer)) * 0.5)
        stepped.advance(0.25, offer)
    assert lost_ws == pytest.approx(math.fsum(steps_ws), rel=1e-4)
