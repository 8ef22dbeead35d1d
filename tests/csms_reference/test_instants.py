"""Instants are milliseconds, exactly."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms_reference.instants import from_ms, read_ms, show, to_ms


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_there_and_back(instant_ms):
    assert to_ms(from_ms(instant_ms)) == instant_ms
    assert read_ms(show(instant_ms)) == instant_ms


def test_what_is_finer_than_a_millisecond_is_cut_off():
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1


@pytest.mark.parametrize("text", [None, "", "soon", "222222017-10-27T19:10:11Z", "2026-02-30T00:00:00Z"])
def test_what_cannot_be_read_is_none(text):
    assert read_ms(text) is None


def test_nothing_is_shown_as_nothing():
    assert show(None) is None
