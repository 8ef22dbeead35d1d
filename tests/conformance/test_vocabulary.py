"""Matchers, paths and the registry of cases."""

import pytest

from conformance import vocabulary as say


def test_paths_select_from_objects_and_lists():
    payload = {"a": [{"b": 1}, {"b": None}]}
    assert say.field_of(payload, "a.0.b") == 1
    assert say.field_of(payload, "a.1.b") is None
    assert say.field_of(payload, "a.2.b") is say.MISSING
    assert say.field_of(payload, "a.b") is say.MISSING


@pytest.mark.parametrize(
    ("demand", "fits", "breaks"),
    [
        (7, 7, 8),
        (say.one_of("x", "y"), "y", "z"),
        (say.other_than("x"), "y", "x"),
        (say.optionally("x"), "x", "y"),
        (say.PRESENT, 0, say.MISSING),
        (say.ABSENT, say.MISSING, None),
        (say.satisfying("even", lambda value: value % 2 == 0), 2, 3),
    ],
)
def test_matchers(demand, fits, breaks):
    def payload(value):
        return {} if value is say.MISSING else {"f": value}

    assert say.mismatches(payload(fits), {"f": demand}) == []
    ((path, expected, _),) = say.mismatches(payload(breaks), {"f": demand})
    assert (path, bool(expected)) == ("f", True)


def test_optionally_lets_a_field_be_absent_and_others_do_not():
    assert say.mismatches({}, {"f": say.optionally("x")}) == []
    for demand in ("x", say.one_of("x"), say.other_than("x"), say.satisfying("any", lambda _: True)):
        assert say.mismatches({}, {"f": demand})


def test_two_cases_cannot_have_one_id(monkeypatch):
    monkeypatch.setattr(say, "CASES", {})
    how = {"verifies": "X", "under_test": say.STATION, "versions": (say.V16,), "catches": "m"}
    say.case("TC_X", "t", **how)(lambda station: iter(()))
    with pytest.raises(ValueError, match="TC_X"):
        say.case("TC_X", "t", **how)(lambda station: iter(()))


def test_connectors_are_counted_per_evse():
    assert say.Subject(say.STATION, say.V201, evses=(1, 2)).connectors == [(1, 1), (2, 1), (2, 2)]
