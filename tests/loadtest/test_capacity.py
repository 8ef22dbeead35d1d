"""The capacity model by itself: its rules one by one, and what can be worked out by hand."""

import json
import math
import xml.etree.ElementTree as ET
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.capacity import CsmsLimits, Overload
from loadtest.capacity.calendar import Calendar
from loadtest.capacity.door import ABANDONED, DROPPED, OPENED, REFUSED, Desk, Door
from loadtest.capacity.habits import NO_BACK_OFF, POLICIES, SPECIFIED, BackOff, Columns, Habits
from loadtest.capacity.picture import back_over_time, drawing, time_over_rate
from loadtest.capacity.recovery import Recovery
from loadtest.capacity.storm import Cause, Storm, simulate

# --- habits ---------------------------------------------------------------------------------------------------


def test_the_back_off_doubles_five_times_and_then_stays() -> None:
    back_off, waits = BackOff(), [0.0]
    for attempt in range(1, back_off.growing + 1):
        waits.append(back_off.wait_s(attempt, waits[-1], 0.5))
    assert waits[1:] == [35, 75, 155, 315, 635, 1275]


def test_draws_belong_to_a_station_and_not_to_an_order() -> None:
    one, other = Columns(7, 10), Columns(7, 10)
    forward = [one("back-off", station, 0) for station in range(10)]
    assert [other("back-off", station, 0) for station in reversed(range(10))] == forward[::-1]
    assert len({*forward, *(one("back-off", station, 1) for station in range(10)), one("boot", 0, 0)}) == 21
    assert Columns(8, 10)("back-off", 0, 0) != forward[0]
    assert all(0 <= each < 1 for each in forward)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: BackOff(wait_minimum_s=-1),
        lambda: BackOff(wait_minimum_s=0),
        lambda: Habits(back_off=BackOff(), connect_timeout_s=0),
        lambda: CsmsLimits(accepts_per_s=0),
        lambda: CsmsLimits(accepts_per_s=1, burst=0.5),
        lambda: CsmsLimits(accepts_per_s=1, backlog=0),
        lambda: CsmsLimits(accepts_per_s=1, refusal_s=-1),
        lambda: Storm(stations=0, limits=CsmsLimits(accepts_per_s=1)),
        lambda: Storm(stations=1, limits=CsmsLimits(accepts_per_s=1), horizon_s=math.inf),
    ],
)
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"0 |1|negative|burst|station"):
        wrong()


# --- the calendar ---------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 99), min_size=1, max_size=60))
def test_events_come_in_the_order_of_time_and_of_entry(instants: list[float]) -> None:
    calendar = Calendar(len(instants), 90)
    for station, instant in enumerate(instants):
        calendar.enter(station, instant)
    came = [event for second in calendar.seconds() for event in second]
    assert came == sorted((instant, station) for station, instant in enumerate(instants) if instant < 90)


def test_an_event_may_be_entered_into_the_second_at_hand() -> None:
    calendar = Calendar(3, 10)
    calendar.enter(0, 1.2)
    calendar.enter(1, 1.8)
    came = []
    for second in calendar.seconds():
        for instant, station in second:
            came.append((instant, station))
            if station == 0 and instant < 1.9:
                calendar.enter(0, instant + 0.35)
    assert [station for _, station in came] == [0, 0, 1, 0]
    assert [instant for instant, _ in came] == pytest.approx([1.2, 1.55, 1.8, 1.9])


# --- door and desk --------------------------------------------------------------------------------------------


def test_a_burst_and_then_the_rate() -> None:
    door = Door(CsmsLimits(accepts_per_s=10, burst=2, handshake_s=0, refusal_s=0))
    outcomes = [door.visit(at / 20, 99)[0] for at in range(8)]
    assert outcomes == [OPENED, OPENED, OPENED, REFUSED, OPENED, REFUSED, OPENED, REFUSED]


def test_service_takes_its_time_and_the_queue_its_turn() -> None:
    door = Door(CsmsLimits(accepts_per_s=10, burst=5, handshake_s=1, refusal_s=1, backlog=2))
    assert [door.visit(0, 99) for _ in range(4)] == [(OPENED, 1), (OPENED, 2), (OPENED, 3), (DROPPED, 0)]
    assert door.queue == 2
    assert door.visit(1.5, 3.5) == (ABANDONED, 3.5)  # its turn is at 3, the handshake would end at 4


def test_who_has_gone_takes_no_token() -> None:
    door = Door(CsmsLimits(accepts_per_s=1, burst=2, handshake_s=1, refusal_s=0.5))
    assert door.visit(0, 9) == (OPENED, 1)
    assert door.visit(0, 0.2) == (ABANDONED, 0.2)
    assert door.visit(0, 9) == (OPENED, 2.5)


def test_a_door_that_holds_refuses_nobody() -> None:
    door = Door(CsmsLimits(accepts_per_s=2, burst=1, handshake_s=0, overload=Overload.HOLD))
    assert [door.visit(0, 9)[1] for _ in range(4)] == pytest.approx([0, 0.5, 1.0, 1.5])


def test_everybody_refused_gets_a_turn_of_its_own() -> None:
    door = Door(CsmsLimits(accepts_per_s=2, retry_max_s=3))
    assert [door.retry_after_s(100) for _ in range(8)] == [1, 1, 2, 2, 3, 3, 3, 3]


def test_boots_wait_up_to_a_number_and_are_then_pending() -> None:
    desk = Desk(CsmsLimits(accepts_per_s=1, boots_per_s=2, boot_backlog=2))
    assert [desk.boot(0), desk.boot(0), desk.boot(0), desk.boot(0.5)] == [0.5, 1.0, None, 1.5]


# --- storms ---------------------------------------------------------------------------------------------------


def storm(stations: int = 2000, rate: float = 10, habits: Habits = SPECIFIED, **more) -> Storm:
    limits = {key: more.pop(key) for key in list(more) if key in CsmsLimits.__slots__}
    return Storm(stations=stations, limits=CsmsLimits(accepts_per_s=rate, **limits), habits=habits, **more)


def test_the_same_seed_gives_the_same_storm() -> None:
    assert simulate(storm(seed=3)).document() == simulate(storm(seed=3)).document()
    assert simulate(storm(seed=3)).back_s != simulate(storm(seed=4)).back_s


def test_nobody_is_lost_and_every_dial_is_accounted_for() -> None:
    for name, habits in POLICIES.items():
        found = simulate(storm(habits=habits, retry_after=habits.honours_retry_after))
        assert found.missing == 0, name
        assert found.dials == found.refused + found.unanswered + found.stations == sum(found.attempts)


def test_nobody_is_back_sooner_than_the_rate_allows() -> None:
    found = simulate(storm(burst=1))
    assert all(each >= number / 10 for number, each in enumerate(found.back_s))


def test_a_csms_with_places_for_all_lets_them_in_at_their_first_dial() -> None:
    found = simulate(storm(rate=5000, handshake_s=0, noticed_within_s=0))
    assert set(found.attempts) == {1}
    assert 30 <= found.back_s[0] < found.back_s[-1] < 40
    assert found.time_to_s(50) == pytest.approx(35, abs=0.5)


def test_a_turn_of_its_own_beats_the_back_off() -> None:
    blind, told = simulate(storm()), simulate(storm(habits=POLICIES["retry-after"], retry_after=True))
    assert told.time_to_s(99) < 0.9 * blind.time_to_s(99)
    assert told.dials < 0.8 * blind.dials


def test_shares_are_rounded_up_to_whole_stations_and_nobody_stands_in_for_the_missing() -> None:
    found = Recovery(3, 1, {}, array("d", [4.0, 9.0]), array("i", [1, 1, 2]), [])
    assert [found.time_to_s(percent) for percent in (1, 33, 50, 67, 100)] == [4.0, 4.0, 9.0, None, None]
    assert found.missing == 1


def test_an_outage_keeps_everybody_out() -> None:
    found = simulate(storm(outage_s=200))
    assert found.back_s[0] >= 200
    assert found.unanswered >= 2000 * 2


def test_power_brings_boots_and_a_full_desk_pending() -> None:
    found = simulate(storm(rate=500, cause=Cause.POWER, boots_per_s=20, boot_backlog=50, boot_interval_s=30))
    assert found.pending > 1000
    assert found.figures()["peak_boot_queue"] == 50
    assert found.back_s[0] >= 3
    assert found.missing == 0


def test_what_is_not_back_at_the_horizon_is_missing_and_said() -> None:
    found = simulate(storm(horizon_s=60))
    assert found.missing > 1000
    assert found.time_to_s(100) is None
    assert found.figures()["back_100_percent_s"] is None
    assert found.figures()["missing"] == found.missing


def test_the_document_is_json_and_its_curve_adds_up() -> None:
    found = simulate(storm(habits=NO_BACK_OFF))
    document = json.loads(json.dumps(found.document()))
    curve = document["curve"]
    step_s = curve[0]["t_s"]
    assert len(curve) <= 600
    assert [step["back"] for step in curve] == sorted(step["back"] for step in curve)
    assert curve[-1]["back"] == 2000
    assert sum(step["dials_per_s"] for step in curve) * step_s == pytest.approx(found.dials, abs=1)
    assert document["settings"]["limits"]["accepts_per_s"] == 10


# --- pictures -------------------------------------------------------------------------------------------------


def test_pictures_are_svg_with_a_line_for_each() -> None:
    found = {("spec", rate): simulate(storm(rate=rate)) for rate in (10.0, 20.0)}
    for text in (time_over_rate(found), back_over_time({"a<b": found["spec", 10.0]})):
        lines = ET.fromstring(text).findall("{http://www.w3.org/2000/svg}polyline")
        assert len(lines) == 1
        assert len(lines[0].get("points", "").split()) >= 2
    with pytest.raises(ValueError, match="nothing to draw"):
        drawing("", "", "", {})
