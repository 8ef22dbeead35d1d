import pytest

from protocol.versions import V16, V201
from scenarios.matchers import alike, conditions, holds, said
from scenarios.messages import FORMS, MISSING, dig, forms, neutral


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ("Accepted", "Accepted", "Rejected"),
        (60, "60", "61"),
        (True, True, False),
        ([1, 2], 2, 3),
        ({"equals": [1, 2]}, [1, 2], [2, 1]),
        ({"not": "Local"}, "Remote", "Local"),
        ({"not": "Local"}, "Remote", MISSING),
        ({"one_of": ["a", "b"]}, "b", "c"),
        ({"regex": "^CP-"}, "CP-1", "XP-1"),
        ({"at_least": 2, "at_most": 3}, 2.5, 3.5),
        ({"at_least": 2}, "2", "text"),
        ({"at_most": 2}, 1, MISSING),
        ({"contains": "b"}, ["a", "b"], ["a"]),
        ({"contains": "b"}, "abc", "acc"),
        ({"present": True}, None, MISSING),
        ({"present": False}, MISSING, 0),
    ],
)
def test_every_condition_holds_and_fails(spec: object, good: object, bad: object) -> None:
    assert holds(conditions(spec), good)
    assert not holds(conditions(spec), bad)
    assert said(conditions(spec))


def test_true_is_not_one() -> None:
    assert not alike(1, True)
    assert alike("true", True)


def test_paths_go_through_lists() -> None:
    payload = {"meterValue": [{"sampledValue": [{"value": "1"}, {"value": "2"}]}]}
    assert dig(payload, "meterValue.0.sampledValue.1.value") == "2"
    assert dig(payload, "meterValue.0.sampledValue.-1.value") == "2"
    assert dig(payload, "meterValue.1") is MISSING
    assert dig(payload, "meterValue.x") is MISSING
    assert dig(payload, "") is payload


def test_every_neutral_name_has_a_form_in_both_versions_that_exists_there() -> None:
    for name, by_version in FORMS.items():
        assert set(by_version) == {V16, V201}, name
        for version, form in by_version.items():
            assert form.action in version.calls[form.sender], (name, version)


def test_an_action_stands_for_itself_in_each_direction() -> None:
    assert {form.sender for form in forms("DataTransfer", V16)} == {"station", "csms"}
    assert forms("StartTransaction", V201) == []


def test_meter_values_are_read_in_base_units() -> None:
    sampled = [
        {"value": 1.5, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": {"unit": "kWh"}},
        {"value": 2, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W", "multiplier": 3}},
        {"value": 9, "measurand": "Power.Active.Import", "phase": "L1"},
    ]
    payload = {"evseId": 1, "meterValue": [{"timestamp": "…", "sampledValue": sampled}]}
    table = FORMS["meter_values"][V201].fields
    assert neutral(table, payload, "energy_wh") == 1500
    assert neutral(table, payload, "power_w") == 2000
    assert neutral(table, payload, "soc_percent") is MISSING
    assert neutral(table, payload, "meterValue.0.sampledValue.0.value") == 1.5


def test_reasons_and_states_are_said_in_one_way() -> None:
    ended_16, ended_201 = (FORMS["transaction_ended"][version].fields["reason"] for version in (V16, V201))
    assert ended_16({"reason": "HardReset"}) == ended_201({"transactionInfo": {"stoppedReason": "ImmediateReset"}})
    assert ended_16({}) == ended_201({"transactionInfo": {}}) == "Local"
    state = FORMS["status"][V16].fields["state"]
    assert state({"status": "SuspendedEV"}) == "Occupied"
    assert state({"status": "Faulted"}) == "Faulted"


def test_variables_are_named_with_instance_and_place() -> None:
    (form,) = forms("get_variables", V201)
    asked = [
        {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}},
        {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageTimeout", "instance": "Default"}},
        {"component": {"name": "RCD", "evse": {"id": 1}}, "variable": {"name": "Tripped"}},
        {
            "component": {"name": "Fan", "instance": "left", "evse": {"id": 1, "connectorId": 2}},
            "variable": {"name": "FanSpeed"},
        },
    ]
    assert form.fields["variables"]({"getVariableData": asked}) == [
        "TxCtrlr.TxStartPoint",
        "OCPPCommCtrlr.MessageTimeout.Default",
        "RCD(1).Tripped",
        "Fan[left](1,2).FanSpeed",
    ]
