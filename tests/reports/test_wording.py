"""Durations and moments read well, and nothing hides in a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reports.wording import date, moment, span, time_of_day, visible

START = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0.44, "0.44 s"), (60, "1 min"), (123.4, "2 min 03 s"), (86_400, "24 h"), (3900, "1 h 05 min")],
)
def test_durations_read_well(seconds: float | None, words: str) -> None:
    assert span(seconds) == words


def test_unseen_characters_become_visible() -> None:
    assert visible("a\x00\u202e\u2028\ud800é\n\t😀") == "a\\u0000\\u202e\\u2028\\ud800é\n\t😀"


@pytest.mark.parametrize("stamp", ["", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_what_is_no_usable_stamp_is_no_moment(stamp: str) -> None:
    assert moment(stamp) is None


def test_moments_are_told_by_the_clock_of_the_run() -> None:
    assert moment("2026-03-01T06:30:00Z") == START
    assert moment("2026-03-01T06:30:00") == START
    assert date(START) == "Sunday, 1 March 2026, 06:30 UTC"
    assert time_of_day(START.replace(day=2, microsecond=80_000), START) == "06:30:00.080 +1 d"
