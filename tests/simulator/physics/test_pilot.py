"""The control pilot: its divider against published levels, and what a station makes of any voltage."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics import duty
from simulator.physics import pilot as circuit
from simulator.physics.pilot import BAND_V, CENTRES_V, SOURCE_V, Letter, Pilot, Seen, Wrong, ev_ohm, level_v, seen

A, B, C, D, E, F = Letter
volts = st.floats(-20, 20)


def beside(one_ohm: float, other_ohm: float) -> float:
    return 1 / (1 / one_ohm + 1 / other_ohm)


@pytest.mark.parametrize(("wanted", "expected_ohm"), [(B, 2740), (C, 882), (D, 246), (A, math.inf)])
def test_what_the_ev_loads(wanted: Letter, expected_ohm: float) -> None:
    """As Texas Instruments prints it for a reference design (JAJU858, table 2-3)."""
    assert ev_ohm(wanted) == pytest.approx(expected_ohm, abs=0.5)


@pytest.mark.parametrize(
    ("added_ohm", "least_v", "most_v"),
    [(math.inf, 8.37, 9.59), (circuit.EV_READY_OHM, 5.47, 6.53), (circuit.EV_VENTED_OHM, 2.59, 3.28)],
)
def test_tolerances_of_the_circuit_give_the_published_ranges(added_ohm: float, least_v: float, most_v: float) -> None:
    """IEC 61851-1, annex A: 8.37..9.59 V, 5.47..6.53 V, 2.59..3.28 V with every part at the end of its tolerance."""
    levels = []
    for volts_off, source_off, ev_off, diode in product(
        (-1, 1), (-1, 1), (-1, 1), (circuit.DIODE_LEAST_V, circuit.DIODE_MOST_V)
    ):
        ohm = beside(circuit.EV_OHM, added_ohm) * (1 + ev_off * circuit.OHM_TOLERANCE)
        source_ohm = circuit.SOURCE_OHM * (1 + source_off * circuit.OHM_TOLERANCE)
        levels.append(
            level_v(SOURCE_V * (1 + volts_off * circuit.SOURCE_TOLERANCE), ohm, diode_v=diode, source_ohm=source_ohm)
        )
    assert (min(levels), max(levels)) == pytest.approx((least_v, most_v), abs=0.006)


@pytest.mark.parametrize(
    ("ohm", "expected"),
    [
        (1870, B), (2740, B), (4610, B),
        (beside(909, 2740), C), (beside(1300, 2740), C), (beside(1723, 2740), C),
    ],
)  # fmt: skip
def test_resistors_that_a_station_must_understand(ohm: float, expected: Letter) -> None:
    """Least and greatest resistance per state, as a bring-up guide for IEC 61851-1 stations lists them."""
    assert seen(level_v(SOURCE_V, ohm), -12.0) == Seen(expected, True)


def test_every_part_within_tolerance_is_understood() -> None:
    for wanted, error, offset_v in product((A, B, C, D), (-circuit.OHM_TOLERANCE, circuit.OHM_TOLERANCE), (-0.3, 0.3)):
        pilot = Pilot(50.0, wanted=wanted, ev_error=error, offset_v=offset_v)
        assert pilot.state() == Seen(wanted, True)


@pytest.mark.parametrize(
    ("duty_percent", "wanted", "name"),
    [
        (100, A, "A1"), (100, B, "B1"), (100, C, "C1"), (100, D, "D1"), (53.3, A, "A2"), (53.3, B, "B2"),
        (53.3, C, "C2"), (5, C, "C2"), (53.3, D, "D2"), (0, A, "F"), (0, C, "F"),
    ],
)  # fmt: skip
def test_states_by_name(duty_percent: float, wanted: Letter, name: str) -> None:
    pilot = Pilot(duty_percent, wanted=wanted)
    assert (pilot.state().name, pilot.state().wrong) == (name, None)


@pytest.mark.parametrize(
    ("wanted", "pulsed", "ventilated", "may"),
    [(B, True, True, False), (C, True, False, True), (C, False, True, False), (D, True, False, False),
     (D, True, True, True)],
)  # fmt: skip
def test_when_the_contactor_may_close(wanted: Letter, pulsed: bool, ventilated: bool, may: bool) -> None:
    pilot = Pilot(50.0 if pulsed else 100.0, wanted=wanted)
    assert pilot.state().may_close(ventilated) is may


@pytest.mark.parametrize("wanted", [B, C, D])
def test_shorted_diode_is_found_by_the_negative_half(wanted: Letter) -> None:
    pilot = Pilot(50.0, wanted=wanted, diode_shorted=True)
    high_v, low_v = pilot.voltages()
    assert low_v == pytest.approx(-high_v)  # as testers show it: the same voltage, the other sign
    assert pilot.state().wrong is Wrong.DIODE
    assert not pilot.state().may_close(ventilated=True)
    pilot.duty_percent = 100.0
    assert pilot.state().wrong is None, "without pulses there is nothing to find it by"


def test_short_to_earth_is_state_e() -> None:
    for cycle, wanted in product((100.0, 50.0, 0.0), (A, B, C)):
        pilot = Pilot(cycle, wanted=wanted, short_ohm=0.0)
        assert (pilot.state().letter, pilot.state().wrong, pilot.offered_a()) == (E, Wrong.SHORT, 0.0)


def test_short_behind_the_diode_is_state_e_too() -> None:
    assert seen(level_v(SOURCE_V, 0.0), -12.0) == Seen(E, True, Wrong.SHORT)


def test_leak_to_earth_looks_like_another_state() -> None:
    """882 Ω of dirt on the pins look like a ready EV, but for the negative half."""
    pilot = Pilot(100.0, short_ohm=882.0)
    assert pilot.state().letter is C
    pilot.duty_percent = 50.0
    assert pilot.state().wrong is Wrong.DIODE


def test_broken_wire_looks_as_if_nobody_were_there() -> None:
    pilot = Pilot(50.0, wanted=C)
    before = pilot.state().letter
    assert pilot.offered_a() == pytest.approx(30)
    pilot.broken = True
    assert pilot.state() == Seen(A, True)
    assert pilot.offered_a() == 0.0
    assert circuit.broke(before, A, held=True)
    assert not circuit.broke(before, A, held=False), "it was unplugged"
    assert not circuit.broke(A, A, held=True), "the EV's end was never plugged in"


def test_out_of_tolerance() -> None:
    pilot = Pilot(50.0, wanted=C, offset_v=-1.5)
    assert pilot.state() == Seen(None, True, Wrong.OUT_OF_TOLERANCE)
    assert pilot.state().name == "?"
    assert Pilot(50.0, wanted=B, offset_v=1.5).state(before=B).wrong is Wrong.OUT_OF_TOLERANCE
    assert Pilot(50.0, wanted=C, ev_error=0.6).state().wrong is Wrong.OUT_OF_TOLERANCE
    assert Pilot(50.0, wanted=B, ev_error=-1.0).state().letter is E


def test_between_two_states_it_stays_what_it_was() -> None:
    assert [circuit.letter_at(7.5, before) for before in (B, C, A, None)] == [B, C, None, None]
    assert [circuit.letter_at(10.5, before) for before in (A, B, C)] == [A, B, None]


def test_without_power_there_is_no_voltage() -> None:
    pilot = Pilot(50.0, live=False, wanted=C)
    assert pilot.voltages() == (0.0, None)
    assert (pilot.state().letter, pilot.offered_a()) == (E, 0.0)


@pytest.mark.parametrize(
    ("cycle", "offered_a", "meaning"),
    [(26.7, 16.02, duty.Meaning.CURRENT), (5, 0, duty.Meaning.DIGITAL), (100, 0, duty.Meaning.NOTHING),
     (7.5, 0, duty.Meaning.NOTHING)],
)  # fmt: skip
def test_what_the_ev_is_told(cycle: float, offered_a: float, meaning: duty.Meaning) -> None:
    pilot = Pilot(cycle, wanted=B)
    assert pilot.offered_a() == pytest.approx(offered_a)
    assert pilot.meaning() is meaning
    assert Pilot(cycle).offered_a() == 0.0, "there is no EV to be told"


@pytest.mark.parametrize(("frequency_hz", "understood"), [(979, False), (980, True), (1020, True), (1021, False)])
def test_pulses_must_come_at_one_kilohertz(frequency_hz: float, understood: bool) -> None:
    pilot = Pilot(50.0, wanted=B, frequency_hz=frequency_hz)
    assert (pilot.offered_a() > 0) is understood


@given(volts, st.none() | volts, st.none() | st.sampled_from(Letter))
def test_every_voltage_is_either_a_state_or_wrong(high_v: float, low_v: float | None, before: Letter | None) -> None:
    found = seen(high_v, low_v, before)
    assert found.letter is not None or found.wrong is Wrong.OUT_OF_TOLERANCE
    if found.letter is not None:
        assert abs(high_v - CENTRES_V[found.letter]) <= BAND_V or found.letter is before
    if found.may_close(ventilated=True):
        assert low_v is not None
        assert 1 < high_v < 8
        assert -13 <= low_v <= -11


@given(
    st.floats(0, 100), st.sampled_from([A, B, C, D]), st.floats(0, 1e6), st.booleans(), st.booleans(),
    st.floats(-2, 2), st.floats(-1, 2),
)  # fmt: skip
def test_no_fault_makes_more_voltage(
    cycle: float, wanted: Letter, short_ohm: float, broken: bool, diode_shorted: bool, offset_v: float, error: float
) -> None:
    pilot = Pilot(cycle, True, wanted, short_ohm, broken, diode_shorted, offset_v, error)
    for level in pilot.voltages():
        assert level is None or abs(level - offset_v) <= SOURCE_V
    assert 0 <= pilot.offered_a() <= duty.current_a(cycle)


@given(st.floats(0.1, 1e5), st.floats(0.1, 1e5))
def test_a_lighter_load_leaves_more_voltage(one_ohm: float, other_ohm: float) -> None:
    low_ohm, high_ohm = sorted((one_ohm, other_ohm))
    assert circuit.DIODE_V <= level_v(SOURCE_V, low_ohm) <= level_v(SOURCE_V, high_ohm) + 1e-12
    assert level_v(-SOURCE_V, low_ohm) == -SOURCE_V
