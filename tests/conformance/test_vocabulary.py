"""Matchers, paths, what a case may do and see, and the registry of cases."""

import inspect
from types import FunctionType

import pytest

from conformance import vocabulary as say
from conformance.operations import OPERATIONS
from conformance.papers import Credentials
from conformance.vocabulary import cases, csms, links, messages, moments, payloads, scripts, station, subject

BAY = subject.Subject(say.STATION, say.V201, evses=(1, 2))
GIVEN = {
    "station": BAY,
    "csms": subject.Subject(say.CSMS, say.V201),
    "token": BAY.tokens.valid,
    "new": Credentials("chain", "key"),
    "shown": Credentials("chain", "key"),
    "amps": 6.0,
    "location": "http://files/1",
}
NAMED = {"fault": "welded", "mend": "welded", "command": "reset", "provision": "token", "on_the_wire": "ping"}


def words(module):
    return [
        each for each in vars(module).values() if isinstance(each, FunctionType) and each.__module__ == module.__name__
    ]


def operated(word):
    """What a word of hands builds, given what it cannot do without."""
    needed = [each.name for each in inspect.signature(word).parameters.values() if each.default is each.empty]
    named = NAMED.get(word.__name__)
    return word(*(GIVEN.get(name, named) for name in needed if name not in {"fields", "args"}))


@pytest.mark.parametrize("word", words(station), ids=lambda word: word.__name__)
def test_every_word_for_a_station_is_an_operation_of_rigs(word):
    built = operated(word)
    assert set(built.args) <= set(OPERATIONS[say.STATION, built.name].fields)


@pytest.mark.parametrize("word", words(csms), ids=lambda word: word.__name__)
def test_every_word_for_a_csms_is_an_operation_of_rigs_or_below_them(word):
    built = operated(word)
    assert built.name == csms.WIRE or set(built.args) <= set(OPERATIONS[say.CSMS, built.name].fields)


def test_paths_select_from_objects_and_lists():
    payload = {"a": [{"b": 1}, {"b": None}]}
    assert payloads.field_of(payload, "a.0.b") == 1
    assert payloads.field_of(payload, "a.1.b") is None
    assert payloads.field_of(payload, "a.2.b") is say.MISSING
    assert payloads.field_of(payload, "a.b") is say.MISSING


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

    assert payloads.mismatches(payload(fits), {"f": demand}) == []
    ((path, expected, _),) = payloads.mismatches(payload(breaks), {"f": demand})
    assert (path, bool(expected)) == ("f", True)


def test_optionally_lets_a_field_be_absent_and_others_do_not():
    assert payloads.mismatches({}, {"f": say.optionally("x")}) == []
    for demand in ("x", say.one_of("x"), say.other_than("x"), say.satisfying("any", lambda _: True)):
        assert payloads.mismatches({}, {"f": demand})


def test_what_is_ago_lies_before_now():
    assert moments.ago(5).offset_s < say.NOW.offset_s


def test_connectors_are_counted_per_evse():
    assert BAY.connectors == [(1, 1), (2, 1), (2, 2)]


def test_a_variable_is_named_with_its_place():
    assert subject.Watched("EVSE", "Power", 1).payload["component"] == {"name": "EVSE", "evse": {"id": 1}}
    assert subject.Watched("Connector", "Temperature", 1, 2).payload["component"]["evse"] == {"id": 1, "connectorId": 2}
    assert "evse" not in subject.Watched("OCPPCommCtrlr", "Heartbeat").payload["component"]


def test_of_an_arrival_only_what_is_known_can_be_judged():
    facts = links.Arrival(ending="tls", password="p").facts
    assert facts["password"] == "p"
    assert "user" not in facts


def test_the_most_patient_expectation_ends_the_wait_for_any():
    assert messages.any_of(say.expect("A", 5), say.expect("B", 9)).within_s == 9


def test_what_a_message_lacks_has_a_default():
    came = messages.Received("A", {"x": None}, "1", 0.0, 1)
    assert (came.get("x", 1), came.get("y", 1)) == (None, 1)


def test_what_is_given_is_a_precondition_and_has_a_result():
    def part():
        return (yield say.linked())

    script = scripts.given(part())
    assert [next(script), next(script)] == [say.Phase(True), say.linked()]
    assert script.send("so") == say.Phase(False)
    with pytest.raises(StopIteration) as end:
        next(script)
    assert end.value.value == "so"


def test_two_cases_cannot_have_one_id(monkeypatch):
    monkeypatch.setattr(cases, "CASES", {})
    how = {"verifies": "X", "under_test": say.STATION, "versions": (say.V16,), "catches": "m"}
    say.case("TC_X", "t", **how)(lambda station: iter(()))
    with pytest.raises(ValueError, match="TC_X"):
        say.case("TC_X", "t", **how)(lambda station: iter(()))


def test_everything_public_is_a_word_of_the_package():
    parts = (cases, csms, links, messages, moments, payloads, scripts, station, subject)
    assert {each.__name__ for part in parts for each in words(part) if each.__name__[0] != "_"} <= set(say.__all__)
