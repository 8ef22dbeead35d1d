"""Every reason not to take a charging profile, by the requirement that names it."""

from __future__ import annotations

import pytest

from simulator.smart.acceptance import Abilities, Refusal, Request, Rules, refusal, replaced
from simulator.smart.profile import Kind, Period, Purpose, Unit
from tests.simulator.smart.profiles import AC1, AC3, DC, T0, at, installed, profile, schedule

TX, DEFAULT, MAX, EXTERNAL = Purpose.TX, Purpose.TX_DEFAULT, Purpose.STATION_MAX, Purpose.EXTERNAL
CAN = Abilities(stack_level=3, units=("A",), periods=4, entries=3, switches_3to1=False)
SWITCHES = Abilities(3, ("A", "W"), 4, 3, switches_3to1=True)
R201 = Rules()
R16 = Rules(replaces=True, starts=False, names_tx=False)
SIX = (0, 6)


def why(mine, evse=1, others=(), feeds=(AC3, AC3), can=CAN, rules=R201, **fields):
    return refusal(Request(mine, evse, T0, **fields), others, feeds, can, rules)


def test_a_good_one_is_taken():
    assert why(profile(SIX)) is None
    assert why(profile(SIX), evse=0) is None
    assert why(profile(SIX, purpose=MAX), evse=0) is None
    assert why(profile(SIX, daily=True)) is None
    assert why(profile(SIX, kind=Kind.RELATIVE)) is None
    assert why(profile(SIX, purpose=TX, transaction="T"), running="T") is None


@pytest.mark.parametrize("evse", [-1, 3])
def test_an_evse_that_is_not_there(evse):
    """K01.FR.28."""
    assert why(profile(SIX), evse) is Refusal.UNKNOWN_EVSE


@pytest.mark.parametrize(
    ("transaction", "running", "evse", "expected"),
    [
        ("T", None, 1, Refusal.NO_TX),  # K01.FR.09
        ("other", "T", 1, Refusal.NO_TX),  # K01.FR.33
        (None, "T", 1, Refusal.MISSING),  # K01.FR.03
        ("T", "T", 0, Refusal.PROFILE),  # K01.FR.16
    ],
)
def test_a_tx_profile_is_for_the_transaction_that_runs(transaction, running, evse, expected):
    assert why(profile(SIX, purpose=TX, transaction=transaction), evse, running=running) is expected


def test_in_16_a_tx_profile_need_not_name_the_transaction():
    """1.6 §7.8."""
    mine = profile(SIX, purpose=TX)
    assert why(mine, running="7", rules=R16) is None
    assert why(mine, running=None, rules=R16) is Refusal.NO_TX
    assert why(profile(SIX, purpose=TX, transaction="8"), running="7", rules=R16) is Refusal.NO_TX


def test_what_comes_with_an_order_to_start_is_a_tx_profile_without_an_id():
    """K05.FR.02."""
    assert why(profile(SIX, purpose=TX), remote=True) is None
    assert why(profile(SIX, purpose=TX, transaction="T"), remote=True) is Refusal.PROFILE
    assert why(profile(SIX, purpose=DEFAULT), remote=True) is Refusal.PROFILE


def test_only_a_tx_profile_names_a_transaction():
    assert why(profile(SIX, transaction="T")) is Refusal.PROFILE
    assert why(profile(SIX, purpose=MAX, transaction="T"), 0) is Refusal.PROFILE


def test_a_maximum_is_the_stations_and_not_relative():
    """K04.FR.03, K01.FR.38."""
    assert why(profile(SIX, purpose=MAX), 1) is Refusal.PROFILE
    assert why(profile(SIX, purpose=MAX, kind=Kind.RELATIVE), 0) is Refusal.PROFILE
    assert why(profile(SIX, purpose=MAX, kind=Kind.RELATIVE), 0, rules=R16) is None


@pytest.mark.parametrize("evse", [0, 1])
def test_external_constraints_are_not_the_csms_to_set(evse):
    """K01.FR.22."""
    assert why(profile(SIX, purpose=EXTERNAL), evse) is Refusal.PROFILE


def test_stack_levels_go_from_0_to_the_highest():
    """§2.9.4."""
    levels = {level: why(profile(SIX, level=level)) for level in (-1, 0, 3, 4)}
    assert levels == {-1: Refusal.STACK_LEVEL, 0: None, 3: None, 4: Refusal.STACK_LEVEL}


def test_one_that_would_never_be_valid():
    assert why(profile(SIX, valid=(None, T0))) is Refusal.PROFILE
    assert why(profile(SIX, valid=(at(20), at(10)))) is Refusal.PROFILE
    assert why(profile(SIX, valid=(None, at(1)))) is None


def test_schedules_that_have_to_say_when_they_start():
    """K01.FR.40, K01.FR.41."""
    assert why(profile(SIX, starts=None)) is Refusal.SCHEDULE
    assert why(profile(SIX, starts=None, daily=True)) is Refusal.SCHEDULE
    assert why(profile(SIX, starts=None), rules=R16) is None  # 1.6 §7.13
    relative = profile(SIX, kind=Kind.RELATIVE)
    started = profile(SIX, kind=Kind.ABSOLUTE)
    assert why(relative) is why(started) is None
    wrong = type(started)(1, 0, DEFAULT, Kind.RELATIVE, started.schedules)
    assert why(wrong) is Refusal.SCHEDULE


def test_a_recurring_one_says_how_often():
    assert why(profile(SIX, kind=Kind.RECURRING)) is Refusal.PROFILE


def test_several_schedules_are_for_an_ev_that_chooses():
    """K01.FR.34."""
    one = profile(SIX, purpose=TX, transaction="T")
    three = type(one)(1, 0, TX, Kind.ABSOLUTE, (schedule(SIX),) * 3, transaction="T")
    assert why(three, running="T") is Refusal.SCHEDULE
    assert why(three, running="T", negotiates=True) is None
    default = type(one)(1, 0, DEFAULT, Kind.ABSOLUTE, (schedule(SIX),) * 2)
    assert why(default, negotiates=True) is Refusal.SCHEDULE


def test_a_unit_that_the_station_does_not_do():
    """K01.FR.26, TC_K_12."""
    assert why(profile((0, 6000), unit=Unit.W)) is Refusal.UNIT
    assert why(profile((0, 6000), unit=Unit.W), can=SWITCHES) is None


def test_more_periods_than_it_can_hold():
    """§2.9.6."""
    assert why(profile(*((n, 6) for n in range(4)))) is None
    assert why(profile(*((n, 6) for n in range(5)))) is Refusal.TOO_MANY


@pytest.mark.parametrize(
    "periods",
    [
        ((1, 6),),  # K01.FR.31
        ((0, 6), (20, 7), (10, 8)),  # K01.FR.35
        ((0, 6), (10, 7), (10, 8)),
        ((0, -1),),
        (),
    ],
)
def test_periods_in_disorder(periods):
    assert why(profile(*periods)) is Refusal.SCHEDULE


@pytest.mark.parametrize("duration_s", [0, -5])
def test_a_schedule_without_time(duration_s):
    assert why(profile(SIX, duration_s=duration_s)) is Refusal.SCHEDULE


@pytest.mark.parametrize(
    ("period", "feed", "can", "expected"),
    [
        (Period(0, 6, 3), AC3, CAN, None),
        (Period(0, 6, 1), AC3, CAN, Refusal.SCHEDULE),  # K01.FR.43: it cannot keep an EV from using three
        (Period(0, 6, 1), AC3, SWITCHES, None),
        (Period(0, 6, 2), AC3, SWITCHES, Refusal.SCHEDULE),
        (Period(0, 6, 3), AC1, CAN, None),  # K01.FR.45
        (Period(0, 6, 1), AC1, CAN, None),
        (Period(0, 6, 0), AC3, SWITCHES, Refusal.SCHEDULE),
        (Period(0, 6, 4), AC3, SWITCHES, Refusal.SCHEDULE),
        (Period(0, 6, 3, 1), AC3, SWITCHES, Refusal.SCHEDULE),  # K01.FR.19
        (Period(0, 6, None, 1), AC3, SWITCHES, Refusal.SCHEDULE),
        (Period(0, 6, 1, 1), AC3, SWITCHES, None),  # K01.FR.46: it uses that one anyway
        (Period(0, 6, 1, 2), AC3, SWITCHES, Refusal.SCHEDULE),  # K01.FR.48
        (Period(0, 6, 1, 2), DC, CAN, None),  # K01.FR.44
    ],
)
def test_phases(period, feed, can, expected):
    assert why(profile(period), feeds=(feed,), can=can) is expected


def test_a_profile_for_all_evses_has_to_fit_each():
    mine = profile(Period(0, 6, 1))
    assert why(mine, 1, feeds=(AC1, AC3)) is None
    assert why(mine, 0, feeds=(AC1, AC3)) is Refusal.SCHEDULE


@pytest.mark.parametrize(
    ("there", "evse", "expected"),
    [
        (0, 1, Refusal.DUPLICATE),  # K01.FR.53
        (1, 0, Refusal.DUPLICATE),  # K01.FR.52
        (1, 1, Refusal.DUPLICATE),  # K01.FR.06
        (2, 1, None),
        (0, 0, Refusal.DUPLICATE),
    ],
)
def test_no_two_defaults_of_one_level_at_one_evse(there, evse, expected):
    other = installed(profile(SIX, id=2), there)
    assert why(profile((0, 8)), evse, [other]) is expected
    assert why(profile((0, 8), level=1), evse, [other]) is None
    assert why(profile((0, 8), id=2), evse, [other]) is None  # K01.FR.05: it is replaced
    assert why(profile((0, 8)), evse, [other], rules=R16) is None  # 1.6 §5.16.3


def test_two_of_one_level_may_follow_each_other():
    """K01.FR.06: they are never valid together."""
    other = installed(profile(SIX, id=2, valid=(None, at(100))))
    assert why(profile((0, 8), valid=(at(100), None)), others=[other]) is None
    assert why(profile((0, 8), valid=(at(99), None)), others=[other]) is Refusal.DUPLICATE


def test_no_two_of_one_level_for_one_transaction():
    """K01.FR.39."""
    other = installed(profile(SIX, purpose=TX, id=2, transaction="T"), transaction="t")
    mine = profile((0, 8), purpose=TX, transaction="T")
    assert why(mine, others=[other], running="T") is Refusal.DUPLICATE


def test_purposes_do_not_get_in_each_others_way():
    other = installed(profile(SIX, id=2, purpose=MAX), 0)
    assert why(profile((0, 8)), 0, [other]) is None


def test_the_id_of_an_external_limit_is_taken():
    """K01.FR.05."""
    other = installed(profile(SIX, id=-1, purpose=EXTERNAL), 0)
    assert why(profile((0, 8), id=-1), others=[other]) is Refusal.PROFILE


def test_there_is_room_for_so_many():
    """§2.9.10."""
    others = [installed(profile(SIX, id=n, level=n), 2) for n in range(3)]
    assert why(profile(SIX, id=9), others=others) is Refusal.FULL
    assert why(profile(SIX, id=2), others=others) is None
    assert why(profile(SIX, id=9), others=others[1:]) is None


def test_what_gives_way_to_a_profile():
    same_id = installed(profile(SIX, id=1, level=2), 2)
    alike = installed(profile(SIX, id=2), 1)
    elsewhere = installed(profile(SIX, id=3), 2)
    others = [same_id, alike, elsewhere]
    request = Request(profile((0, 8)), 1, T0)
    assert list(replaced(request, others, Rules())) == [same_id]
    assert list(replaced(request, others, R16)) == [same_id, alike]
