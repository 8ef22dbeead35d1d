"""The registry of dialects and of their handlers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from protocol.versions import V16, V21, V201
from simulator.dialects import dialect_of
from simulator.dialects.dialect import DIALECTS, handles, read_time, speaks


def test_one_dialect_a_version():
    assert {V16, V201, V21} == set(DIALECTS)
    assert dialect_of(V16) is dialect_of(V16)
    with pytest.raises(ValueError, match="two dialects"):
        speaks(type(dialect_of(V16)))
    with pytest.raises(ValueError, match=r"OCPP 9"):
        dialect_of(replace(V21, name="9"))


def test_one_handler_an_action():
    table: dict = {}
    handles(table, "Reset")(lambda _station, _ask: {})
    with pytest.raises(ValueError, match="two handlers of Reset"):
        handles(table, "Reset")(lambda _station, _ask: {})


def test_a_time_that_cannot_be_read_is_none():
    assert read_time("2025-06-02T06:00:00Z") == datetime(2025, 6, 2, 6, tzinfo=UTC)
    assert read_time("yesterday") is None
