"""Daily windows by the clocks of a place."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from csms_reference.campaigns.window import DAYS, opening, zone_of
from csms_reference.instants import from_ms, to_ms


def at(text):
    return to_ms(datetime.fromisoformat(text).astimezone(UTC))


@pytest.mark.parametrize(("begins", "ends", "zone", "days", "now", "is_open", "then"), [
    ("09:00", "17:00", "UTC", DAYS, "2026-03-02T08:59:59Z", False, "2026-03-02T09:00:00Z"),
    ("09:00", "17:00", "UTC", DAYS, "2026-03-02T09:00:00Z", True, "2026-03-02T17:00:00Z"),
    ("09:00", "17:00", "UTC", DAYS, "2026-03-02T17:00:00Z", False, "2026-03-03T09:00:00Z"),
    ("22:00", "05:00", "UTC", DAYS, "2026-03-02T04:59:59Z", True, "2026-03-02T05:00:00Z"),
    ("22:00", "05:00", "UTC", DAYS, "2026-03-02T05:00:00Z", False, "2026-03-02T22:00:00Z"),
    ("22:00", "05:00", "Europe/Berlin", DAYS, "2026-07-01T20:00:00Z", True, "2026-07-02T03:00:00Z"),
    ("22:00", "05:00", "Asia/Kolkata", DAYS, "2026-07-01T16:29:59Z", False, "2026-07-01T16:30:00Z"),
    # Friday's window goes on into Saturday, and the next one is a week later
    ("22:00", "05:00", "UTC", ["Fri"], "2026-03-07T04:00:00Z", True, "2026-03-07T05:00:00Z"),
    ("22:00", "05:00", "UTC", ["Fri"], "2026-03-07T22:30:00Z", False, "2026-03-13T22:00:00Z"),
    # 29 March: 02:30 is left out in Berlin; 25 October: it is there twice
    ("02:30", "04:00", "Europe/Berlin", DAYS, "2026-03-29T00:59:59Z", False, "2026-03-29T01:30:00Z"),
    ("02:30", "04:00", "Europe/Berlin", DAYS, "2026-10-25T00:30:00Z", True, "2026-10-25T03:00:00Z"),
])  # fmt: skip
def test_it_is_open_and_closes_when_it_says(begins, ends, zone, days, now, is_open, then):
    assert opening(begins, ends, zone, days, at(now)) == (is_open, at(then))


def test_hour_by_hour_over_a_year_it_agrees_with_the_clock_on_the_wall():
    zone = ZoneInfo("America/St_Johns")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(400):
        moment += timedelta(hours=22, minutes=7)
        wall = moment.astimezone(zone)
        expected = wall.hour >= 20 or wall.hour < 6
        is_open, then_ms = opening("20:00", "06:00", "America/St_Johns", DAYS, to_ms(moment))
        assert is_open == expected, wall
        assert moment < from_ms(then_ms) <= moment + timedelta(hours=25)


@pytest.mark.parametrize("name", ["Nowhere/City", "../etc/passwd", "/etc/passwd", "Europe", "", "\0"])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ValueError, match="no time zone"):
        zone_of(name)
