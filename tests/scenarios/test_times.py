from datetime import UTC, datetime

import pytest

from scenarios import times

START = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"), [("90s", 90), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400), ("1d", 86400)]
)
def test_durations(text: str, wanted: float) -> None:
    assert times.seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "5", "5 m", "-5m", "m", "5min", "1h 30m"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        times.seconds(text)


def test_a_time_of_day_is_the_next_one() -> None:
    assert times.since_start_s("22:00", START) == 0
    assert times.since_start_s("23:30", START) == 5400
    assert times.since_start_s("06:00:30", START) == 8 * 3600 + 30


def test_an_instant_without_zone_is_utc() -> None:
    assert times.instant("2026-03-02T22:00:00") == START
    assert times.instant("2026-03-02T23:00:00+01:00") == START
    with pytest.raises(ValueError, match="is not a time such as"):
        times.instant("yesterday")


@pytest.mark.parametrize(("seconds", "said"), [(30, "30s"), (90, "90s"), (120, "2m"), (5400, "1h30m"), (7200, "2h")])
def test_durations_are_said_as_they_are_written(seconds: float, said: str) -> None:
    assert times.spoken(seconds) == said
    assert times.seconds(said) == seconds
