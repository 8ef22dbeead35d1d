"""Every mistake in a file is one line: where it is, and what would be right."""

import pytest

from protocol.versions import V16, V201
from scenarios.reading import parse_scenario
from scenarios.source import ScenarioError

GOOD = """\
scenario: Good
duration: 2h
csms: {tokens: [ALICE, {id: "D-{n}", count: 3}]}
fleet: [{profile: ac-22kw, count: 2, config: {TxCtrlr.TxStartPoint: Authorized}}]
drivers: [{arrivals: {08:00-09:00: 2}, stay: 1h, ev: compact-50kwh}]
steps:
  - {at: 08:10, plug: {soc: 20%}}
  - {after: 10s, present: ALICE}
  - {when: transaction_started, within: 30s}
faults:
  - {after: 10m, csms_down: {for: 5m}}
expect:
  - {seen: {message: boot, reply: {status: Accepted}}, within: 60s}
  - {order: [boot, transaction_started]}
  - {quantity: power_w, always: {at_most: 22080}}
  - {csms: {transactions: {at_least: 1}}}
"""

MISTAKES = {
    "missing key": ("duration: 2h\n", "", ":1:1: the key 'duration' is missing"),
    "misspelt key": ("duration: 2h\n", "durration: 2h\n", ":2:1: unknown key 'durration'; did you mean 'duration'?"),
    "no duration at all": ("duration: 2h", "duration: 0s", ":2:11: a run lasts longer than nothing and at most 366d"),
    "endless": ("duration: 2h", "duration: 9999999999d", ":2:11: a run lasts longer than nothing and at most 366d"),
    "before the calendar": ("duration: 2h", "start: 0001-01-01T00:00:00+14:00\nduration: 2h", "is beyond the calendar"),
    "long ago": ("duration: 2h", "start: 0031-01-01T00:00:00Z\nduration: 2h", ":2:8: right would be a year from 1970"),
    "a token twice": ("[ALICE,", "[ALICE, ALICE,", "the token 'ALICE' is listed twice"),
    "a pattern of a mile": ("count: 2,", 'count: 2, id: "C{n:0999999999}",', "'C{n:0999999999}' is no pattern; right"),
    "a pattern that looks inside": ("count: 2,", 'count: 2, id: "C{n.real}",', "'C{n.real}' is no pattern; right"),
    "a long id": ("count: 2,", f'count: 2, id: "{"C" * 48}{{n}}",', "a station's id has at most 48 characters, not 49"),
    "no such connector": ("{soc: 20%}", "{connector: 2}", "EVSE 1 of CP-001 has no connector 2; it has 1"),
    "fewer than none": ("within: 60s", "times: -1", "nothing happens -1 times"),
    "below the least": ("count: 2,", "count: -1,", ":4:35: 'count' is -1; right would be 1 or more"),
    "a long title": ("Good", "G" * 5000, "; right would be at most 120 characters"),
    "a character that is none": ("Good", "Go\0d", ":1:13: not valid YAML: the character"),
    "bad duration": (
        "duration: 2h",
        "duration: 2 hours",
        ":2:11: 'duration' is \"2 hours\"; right would be a duration such",
    ),
    "unknown key": ("count: 2,", "cuont: 2,", ":4:28: unknown key 'cuont'; did you mean 'count'?"),
    "wrong type": ("count: 2,", "count: two,", ":4:35: 'count' is text; right would be a whole number"),
    "unknown profile": ("ac-22kw", "ac-22", ":4:19: profile: ac-22: no built-in profile has this name; did you mean"),
    "unknown variable": ("TxStartPoint", "TxStartPont", "unknown variable 'TxCtrlr.TxStartPont'; did you mean"),
    "variable of an EVSE that is not there": (
        "config: {TxCtrlr.TxStartPoint: Authorized}",
        'config: {"EVSE(2).AllowReset": true}',
        "unknown variable 'EVSE(2).AllowReset'; did you mean 'EVSE(1).AllowReset'",
    ),
    "unfit variable": ("Authorized}", "Autorized}", "TxCtrlr.TxStartPoint: 'Autorized' is"),
    "ids alike": ("count: 2,", "count: 2, id: CP,", "'CP' names 2 stations alike"),
    "span of the day": ("08:00-09:00", "08:00-7:00", "a key here is not a span of the day such as 06:00-09:30"),
    "span backwards": ("08:00-09:00", "09:00-08:00", "the span 09:00-08:00 is empty"),
    "unknown EV": ("ev: compact-50kwh", "ev: compact", "EV: compact: no EV model has this name; did you mean"),
    "bad time of day": ("at: 08:10", "at: 24:10", ":7:10: 'at' is \"24:10\"; right would be a time of day"),
    "percentage": ("20%", "120", "'soc' is 120; right would be a percentage from 0 to 100"),
    "no such EVSE": ("{soc: 20%}", "{evse: 3}", "CP-001 has no EVSE 3; its profile has 1"),
    "unknown token": ("present: ALICE", "present: ALICIA", ":8:27: unknown token 'ALICIA'; did you mean 'ALICE'?"),
    "unknown station": (
        "present: ALICE",
        "present: ALICE, station: CP-003",
        "no station is called 'CP-003'; did you mean 'CP-00",
    ),
    "two actions": (
        "present: ALICE",
        "present: ALICE, unplug: {}",
        "a step does one thing; this one does present and unplug",
    ),
    "unknown action": ("present: ALICE", "presents: ALICE", "unknown key 'presents'; did you mean 'present'?"),
    "no action": ("{after: 10s, present: ALICE}", "{station: CP-001}", "a step needs an action"),
    "at and after": ("{after: 10s,", "{after: 10s, at: 08:20,", "'at' and 'after' exclude each other"),
    "out of order": ("{after: 10s, present", "{at: 08:01, present", "08:01 comes before the step above"),
    "too late": ("{after: 10s, present", "{after: 3h, present", "but the run lasts 2h"),
    "within without when": (
        "{when: transaction_started, within: 30s}",
        "{after: 1s, within: 3s}",
        "'when', which is missing",
    ),
    "site's step": ("present: ALICE}", "csms_down: {for: 1m}}", "unknown key 'csms_down'"),
    "unknown message": (
        "{when: transaction_started",
        "{when: transaction_start",
        "did you mean 'transaction_started'?",
    ),
    "other version's message": (
        "[boot, transaction_started]",
        "[boot, StartTransaction]",
        "exists only in 1.6; add 'version: 1.6'",
    ),
    "unknown fact": (
        "{when: transaction_started",
        "{when: {fact: Pluged}",
        "unknown fact 'Pluged'; did you mean 'Plugged'?",
    ),
    "unknown field": (
        "reply: {status",
        "reply: {stauts",
        "the answer to boot in 1.6 has no field 'stauts'; did you mean 'status'?",
    ),
    "unknown condition": (
        "status: Accepted",
        "status: {eqals: Accepted}",
        "unknown key 'eqals'; did you mean 'equals'?",
    ),
    "beyond the end": ("within: 60s", "within: 3h", "reaches beyond the end of the run, 2h after its start"),
    "empty window": ("within: 60s", "after: 10m, before: 5m", "nothing lies after the one and before the other"),
    "empty range": ("at_most: 22080", "at_most: 1, at_least: 2", "nothing is at least 2 and at most 1"),
    "two verbs": ("order: [boot", "seen: boot, order: [boot", "exactly one of"),
    "wrong company": (
        "order: [boot, transaction_started]",
        "never: boot, times: 2",
        "'times' does not go with 'never'",
    ),
    "quantity without claim": (
        "quantity: power_w, always: {at_most: 22080}",
        "quantity: power_w",
        "'quantity' needs one of",
    ),
    "unknown quantity": ("quantity: power_w", "quantity: power", "'quantity' is \"power\"; did you mean 'power_w'?"),
    "no such version": (
        "quantity: power_w",
        "version: 1.5, quantity: power_w",
        "'version' is 1.5; one of: any, 1.6, 2.0.1",
    ),
    "order of one": ("[boot, transaction_started]", "[boot]", "'order' needs at least 2 entries"),
    "nothing expected": (GOOD[GOOD.index("  - {seen") :], "", "'expect' is nothing"),
}


def test_a_good_file_is_understood() -> None:
    scenario = parse_scenario(GOOD)
    assert scenario.title == "Good"
    assert scenario.duration_s == 7200
    assert [token.id for token in scenario.csms.tokens] == ["ALICE", "D-1", "D-2", "D-3"]
    assert scenario.any_version
    assert [step.action for step in scenario.steps] == ["plug", "present", None]
    assert scenario.steps[0].fields == {"soc": 20.0}
    assert scenario.faults[0].fields == {"for": 300.0}
    assert [each.verb for each in scenario.expect] == ["seen", "order", "quantity", "csms"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_with_its_place_and_a_way_out(name: str) -> None:
    old, new, says = MISTAKES[name]
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(GOOD.replace(old, new, 1), "good.yaml")
    text = str(caught.value)
    assert says in text
    assert "\n" not in text
    assert text.startswith("good.yaml:")
    assert caught.value.line >= 1


def test_a_version_that_no_station_speaks() -> None:
    text = GOOD.replace("count: 2,", "count: 2, version: 1.6,").replace("- {quantity", "- {version: 2.0.1, quantity")
    with pytest.raises(ScenarioError, match=r"none of these stations speaks 2\.0\.1"):
        parse_scenario(text)


def test_versions_are_read_as_text_and_as_number() -> None:
    for written, version in (("1.6", V16), ('"1.6"', V16), ("2.0.1", V201), ("any", None)):
        assert parse_scenario(GOOD.replace("count: 2,", f"count: 2, version: {written},")).fleet[0].version is version


def test_a_field_that_one_of_the_versions_lacks_asks_for_a_version() -> None:
    text = GOOD.replace(
        "order: [boot, transaction_started]", "seen: {message: transaction_started, where: {offline: true}}"
    )
    with pytest.raises(ScenarioError, match=r"transaction_started in 1\.6 has no field 'offline'"):
        parse_scenario(text)
    narrowed = text.replace("- {seen: {message: transaction_s", "- {version: 2.0.1, seen: {message: transaction_s")
    assert parse_scenario(narrowed).expect[1].version is V201


def test_duplicate_stations_of_two_groups() -> None:
    text = GOOD.replace("fleet: [{", "fleet: [{profile: dc-50kw}, {")
    with pytest.raises(ScenarioError, match="there are two stations 'CP-001'"):
        parse_scenario(text)


def test_variables_of_hardware_are_those_of_the_stations_profile() -> None:
    asked = '{soc: 20%}}\n  - {after: 1s, get_variables: ["EVSE(1).Power", "Connector(1,1).ConnectorType"]}'
    assert parse_scenario(GOOD.replace("{soc: 20%}}", asked)).steps[1].action == "get_variables"
    with pytest.raises(ScenarioError, match=r"unknown variable 'Connector\(1,2\)\.ConnectorType'"):
        parse_scenario(GOOD.replace("{soc: 20%}}", asked.replace("(1,1)", "(1,2)")))
