"""What flows: P = U·I·n, limits in A and W, minimum currents, losses of a converter, sharing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.electrical import (
    Kind,
    Offer,
    Request,
    Supply,
    at_grid,
    at_rest,
    flowing,
    flowing_w,
    phases_used,
    shared_w,
)

THREE = Supply(Kind.AC, 3, 230.0, 32.0)
ONE = Supply(Kind.AC, 1, 230.0, 32.0)
FAST = Supply(Kind.DC, 0, 500.0, 125.0, 50_000.0, 150.0, 0.93)


def ac(max_a: float, phases: int, max_w: float = math.inf) -> Request:
    return Request(max_a, max_w, phases=phases, min_a=6.0)


def dc(voltage_v: float, max_a: float = 500.0, max_w: float = math.inf) -> Request:
    return Request(max_a, max_w, voltage_v=voltage_v)


@pytest.mark.parametrize(
    ("offer", "request_", "current_a", "power_w"),
    [
        pytest.param(THREE.offer(), ac(32, 3), (32, 32, 32), 22_080, id="all of it"),
        pytest.param(THREE.offer(), ac(16, 1), (16, 0, 0), 3_680, id="single-phase EV on three phases"),
        pytest.param(THREE.offer(), ac(16, 2), (16, 16, 0), 7_360, id="two-phase EV on three phases"),
        pytest.param(ONE.offer(), ac(16, 3), (16,), 3_680, id="three-phase EV on one phase"),
        pytest.param(THREE.offer(phases=1), ac(32, 3), (32, 0, 0), 7_360, id="station switched to one phase"),
        pytest.param(THREE.offer(10), ac(32, 3), (10, 10, 10), 6_900, id="limit in A"),
        pytest.param(THREE.offer(limit_w=6_900), ac(32, 3), (10, 10, 10), 6_900, id="limit in W"),
        pytest.param(THREE.offer(limit_w=6_900), ac(32, 1), (30, 0, 0), 6_900, id="W over the one phase in use"),
        pytest.param(THREE.offer(99), ac(99, 3), (32, 32, 32), 22_080, id="never above the supply"),
        pytest.param(THREE.offer(6), ac(32, 3), (6, 6, 6), 4_140, id="exactly the minimum"),
        pytest.param(THREE.offer(5.9), ac(32, 3), (0, 0, 0), 0, id="below the minimum the EV pauses"),
        pytest.param(THREE.offer(limit_w=4_000), ac(32, 3), (0, 0, 0), 0, id="below the minimum, in W"),
        pytest.param(THREE.offer(), ac(32, 3, 690), (1, 1, 1), 690, id="the EV may ask less than the minimum"),
        pytest.param(THREE.offer(0), ac(32, 3), (0, 0, 0), 0, id="nothing offered"),
        pytest.param(FAST.offer(), dc(400), (125,), 50_000, id="DC: current and power limit meet"),
        pytest.param(FAST.offer(), dc(320), (125,), 40_000, id="DC: current limit at low voltage"),
        pytest.param(FAST.offer(limit_w=8_000), dc(400), (20,), 8_000, id="DC: limit in W"),
        pytest.param(FAST.offer(), dc(400, max_w=12_000), (30,), 12_000, id="DC: the EV's limit"),
        pytest.param(FAST.offer(), dc(700), (0,), 0, id="DC: battery above the converter's range"),
        pytest.param(FAST.offer(), dc(100), (0,), 0, id="DC: battery below the converter's range"),
        pytest.param(FAST.offer(0), dc(400), (0,), 0, id="DC: nothing offered"),
    ],
)
def test_what_flows(offer: Offer, request_: Request, current_a: tuple[float, ...], power_w: float) -> None:
    draw = flowing(offer, request_)
    assert draw.current_a == pytest.approx(current_a)
    assert draw.power_w == pytest.approx(power_w)


offers = st.builds(Supply.offer, st.sampled_from([THREE, ONE, FAST]), st.floats(0, 200), st.floats(0, 100_000))
requests = st.builds(
    Request, st.floats(0, 600), st.floats(0, 400_000), st.sampled_from([1, 2, 3]), st.just(6.0), st.floats(1, 1000)
)


@given(offers, requests)
def test_flow_is_within_both_ends_limits(offer: Offer, request_: Request) -> None:
    draw = flowing(offer, request_)
    assert draw.power_w == pytest.approx(sum(draw.current_a) * draw.voltage_v)
    assert draw.power_w == pytest.approx(sum(draw.phase_power_w))
    slack = 1 + 1e-12
    assert draw.power_w <= min(offer.limit_w, request_.max_w, offer.power_w) * slack
    assert max(draw.current_a) <= min(offer.limit_a, request_.max_a, offer.supply.max_a) * slack


@given(st.floats(0, 40), st.floats(0, 40))
def test_a_higher_limit_never_lets_less_flow(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert flowing_w(THREE.offer(low), ac(16, 3)) <= flowing_w(THREE.offer(high), ac(16, 3))


def test_converter_losses_lie_on_the_grid_side() -> None:
    outlet = flowing(FAST.offer(), dc(400))
    grid = at_grid(FAST, outlet)
    assert grid.power_w == pytest.approx(50_000 / 0.93)
    assert grid.power_w == pytest.approx(3 * grid.current_a[0] * 230)
    assert (grid.kind, len(grid.current_a), grid.frequency_hz) == (Kind.AC, 3, 50)


def test_ac_is_the_same_on_both_sides() -> None:
    draw = flowing(THREE.offer(), ac(16, 3))
    assert at_grid(THREE, draw) is draw


def test_at_rest() -> None:
    assert at_rest(THREE).current_a == (0, 0, 0)
    assert at_rest(THREE).voltage_v == 230
    assert (at_rest(FAST).current_a, at_rest(FAST).voltage_v, at_rest(FAST).frequency_hz) == ((0,), 0, 0)


@pytest.mark.parametrize(
    ("total_w", "wanted_w", "shares"),
    [
        (300, (200, 200), (150, 150)),
        (300, (300,), (300,)),
        (300, (50, 400), (50, 250)),
        (300, (400, 50, 400), (125, 50, 125)),
        (300, (0, 400), (0, 300)),
        (0, (10, 10), (0, 0)),
        (300, (), ()),
        (1000, (100, 200), (100, 200)),
    ],
)
def test_sharing(total_w: float, wanted_w: tuple[float, ...], shares: tuple[float, ...]) -> None:
    assert shared_w(total_w, wanted_w) == pytest.approx(shares)


@given(st.floats(0, 1e6), st.lists(st.floats(0, 1e6), max_size=8))
def test_sharing_wastes_nothing_and_promises_nothing(total_w: float, wanted_w: list[float]) -> None:
    shares = shared_w(total_w, wanted_w)
    assert sum(shares) == pytest.approx(min(total_w, sum(wanted_w)), abs=1e-6)
    assert all(0 <= share <= wanted for share, wanted in zip(shares, wanted_w, strict=True))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Supply(Kind.AC, 0, 230, 32),
        lambda: Supply(Kind.DC, 3, 500, 125),
        lambda: Supply(Kind.AC, 3, 0, 32),
        lambda: Supply(Kind.DC, 0, 500, 125, efficiency=1.1),
        lambda: THREE.offer(math.nan),
        lambda: THREE.offer(phases=0),
    ],
)
def test_impossible_supplies_and_offers(make: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()  # type: ignore[operator]


def test_negative_limits_offer_nothing() -> None:
    assert THREE.offer(-1).power_w == 0


def test_a_lagging_current_carries_less_power_under_the_same_offer() -> None:
    supply = Supply(Kind.AC, 3, 230.0, 32.0)
    draw = flowing(supply.offer(16), Request(32.0, math.inf, phases=3, min_a=6.0, power_factor=0.9))
    assert draw.current_a == (16, 16, 16)  # the pilot limits the current, not the power
    assert draw.power_w == pytest.approx(3 * 230 * 16 * 0.9)
    assert draw.phase_power_w == pytest.approx((230 * 16 * 0.9,) * 3)


def test_phases_carry_what_their_voltage_allows() -> None:
    supply = Supply(Kind.AC, 3, 230.0, 16.0).under((1.0, 0.0, 0.9))
    request = Request(16.0, math.inf, phases=3, min_a=6.0)
    draw = flowing(supply.offer(), request)
    assert draw.current_a == (16, 0, 16)
    assert draw.phase_voltage_v == pytest.approx((230, 0, 207))
    assert draw.phase_power_w == pytest.approx((3680, 0, 3312))
    assert draw.power_w == pytest.approx(sum(draw.phase_power_w))
    assert draw.power_w == pytest.approx(draw.voltage_v * sum(draw.current_a))
    assert phases_used(supply.offer(), request) == 2


def test_a_single_phase_ev_has_nothing_without_l1() -> None:
    supply = Supply(Kind.AC, 3, 230.0, 16.0).under((0.0, 1.0, 1.0))
    assert flowing(supply.offer(), Request(16.0, math.inf, phases=1)).power_w == 0
    assert at_rest(supply).phase_voltage_v == (0, 230, 230)


def test_a_grid_back_to_normal_is_the_supply_as_it_was() -> None:
    supply = Supply(Kind.AC, 3, 230.0, 16.0)
    assert supply.under((1.0, 0.0, 1.0)).under((1.0, 1.0, 1.0)) == supply
    assert supply.under((1.0, 1.0, 1.0), 50.2).frequency_hz == 50.2
    with pytest.raises(ValueError, match="below 0"):
        supply.under((1.0, -0.1, 1.0))


def test_a_converter_takes_its_power_from_the_phases_that_are_left() -> None:
    supply = Supply(Kind.DC, 0, 920.0, 200.0, efficiency=0.95).under((1.0, 1.0, 0.0))
    draw = flowing(supply.offer(), Request(100.0, math.inf, voltage_v=400.0))
    grid = at_grid(supply, draw)
    assert grid.power_w == pytest.approx(40_000 / 0.95)
    assert grid.phase_power_w == pytest.approx((20_000 / 0.95, 20_000 / 0.95, 0))
