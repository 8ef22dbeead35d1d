"""Time stamps: what is written, what is read, and what must be refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.stamps import parse, stamp

EIGHT = datetime(2026, 3, 1, 8, tzinfo=UTC)
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2, 9998))
ZONES = st.builds(timezone, st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (EIGHT, "2026-03-01T08:00:00.000Z"),
        (datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T08:00:00.000Z"),
        (datetime(2026, 3, 1, 8, 0, 0, 999_999, tzinfo=UTC), "2026-03-01T08:00:00.999Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
    ],
)
def test_writes_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert stamp(moment) == text


@pytest.mark.parametrize("moment", [EIGHT.replace(tzinfo=None), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))])
def test_refuses_to_write_what_has_no_utc(moment: datetime) -> None:
    with pytest.raises(ValueError, match=r"zone|outside the years"):
        stamp(moment)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T08:00:00Z", EIGHT),
        ("2026-03-01t08:00:00z", EIGHT),
        ("2026-03-01T08:00:00.0Z", EIGHT),
        ("2026-03-01T09:30:00+01:30", EIGHT),
        ("2026-03-01T03:00:00-05:00", EIGHT),
        ("2026-03-01T08:00:00-00:00", EIGHT),
        ("2019-04-12T23:20:50.52Z", datetime(2019, 4, 12, 23, 20, 50, 520_000, tzinfo=UTC)),
        ("2026-03-01T08:00:00.1234567899Z", EIGHT.replace(microsecond=123_456)),
        ("2038-01-19T03:14:08Z", datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)),
        ("2106-02-07T06:28:16Z", datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_reads_rfc_3339(text: str, moment: datetime) -> None:
    read = parse(text)
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "222222017-03-01T08:00:00Z",
        "1000000",
        "2026-13-01T08:00:00Z",
        "2026-02-30T08:00:00Z",
        "2026-03-01T08:00:60Z",
        "2026-03-01T24:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "0000-01-01T00:00:00Z",
        "2024-W01-1",
        "2024-W01-1T08:00:00Z",
        "20240101T080000Z",
        "2026-03-01T08:00:00",
        "2026-03-01T08:00:00+26:00",
        "2026-03-01T08:00:00-26:00",
        "2026-03-01T08:00:00+01",
        "2026-03-01T08:00:00+0100",
        "2026-03-01T08:00:00+01:60",
        "2026-03-01T08:00Z",
        "2026-03-01T08:00:00.Z",
        "2026-03-01T08:00:00,5Z",
        "2026-03-01 08:00:00Z",
        "2026-03-01",
        "2026-03-01T08:00:00Z\n",
        " 2026-03-01T08:00:00Z",
        "\u0662\u0660\u0662\u0666-03-01T08:00:00Z",
        "-026-03-01T08:00:00Z",
        "",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an RFC 3339|without a time zone|no such moment|outside the years"):
        parse(text)


def test_a_missing_zone_can_be_assumed_but_nothing_else() -> None:
    assert parse("2026-03-01T08:00:00", assume=UTC) == EIGHT
    assert parse("2026-03-01T09:00:00+01:00", assume=UTC) == EIGHT
    with pytest.raises(ValueError, match="no such moment"):
        parse("2026-13-01T08:00:00", assume=UTC)


def test_an_endless_stamp_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ValueError, match="not an RFC 3339") as caught:
        parse("2026-03-01T08:00:00." + "0" * 100_000 + "X")
    assert len(str(caught.value)) < 200


@given(st.text())
@example("9999-12-31T23:59:59-23:59")
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse(text).utcoffset() == timedelta(0)


@given(st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}", fullmatch=True))
def test_any_text_of_the_right_shape_is_read_or_refused_with_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse(text).utcoffset() == timedelta(0)


@given(st.datetimes(min_value=FIRST, max_value=LAST, timezones=ZONES))
def test_what_is_written_is_read_back_to_the_millisecond(moment: datetime) -> None:
    late = moment - parse(stamp(moment))
    assert timedelta(0) <= late < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "step", [timedelta(milliseconds=1), timedelta(seconds=1), timedelta(days=1), timedelta(days=-1)]
)
def test_what_was_written_before_does_not_matter(step: timedelta) -> None:
    for number in (0, 1, 2, 1, 0):
        moment = EIGHT + number * step
        assert stamp(moment) == moment.isoformat(timespec="milliseconds")[:-6] + "Z"
