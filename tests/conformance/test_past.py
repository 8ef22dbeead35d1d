"""What the bench remembers of the cases before: everything that has to be undone, and nothing that was."""

import pytest

from conformance.past import Past, key

NAMED = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
AT = {"id": 1, "connectorId": 2}
EVENT = {"component": {"name": "Connector", "evse": AT}, "variable": {"name": "AvailabilityState"}}


def past(*replies):
    kept = Past()
    for action, request, response in replies:
        kept.replied(action, request, response)
    return kept


def test_only_what_was_accepted_counts():
    set_one = "SetVariables", {"setVariableData": [NAMED]}
    assert past((*set_one, {"setVariableResult": [{"attributeStatus": "Rejected"}]})) == Past()
    changed = past((*set_one, {"setVariableResult": [{"attributeStatus": "RebootRequired"}]})).changed
    assert changed == {("TxCtrlr", "", 0, 0, "TxStartPoint", "")}


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        (
            ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": AT}, {"status": "Scheduled"}),
            ("ChangeAvailability", {"operationalStatus": "Operative", "evse": AT}, {"status": "Accepted"}),
        ),
        (
            ("ChangeAvailability", {"type": "Inoperative", "connectorId": 2}, {"status": "Scheduled"}),
            ("ChangeAvailability", {"type": "Operative", "connectorId": 2}, {"status": "Accepted"}),
        ),
        (
            ("ReserveNow", {"reservationId": 4, "connectorId": 1}, {"status": "Accepted"}),
            ("CancelReservation", {"reservationId": 4}, {}),
        ),
        (("ReserveNow", {"id": 4}, {"status": "Accepted"}), ("CancelReservation", {"reservationId": 4}, {})),
        (
            ("SetDisplayMessage", {"message": {"id": 4}}, {"status": "Accepted"}),
            ("ClearDisplayMessage", {"id": 4}, {}),
        ),
        (
            (
                "SendLocalList",
                {"updateType": "Full", "localAuthorizationList": [NAMED]},
                {"status": "Accepted"},
            ),
            ("SendLocalList", {"updateType": "Full"}, {"status": "Accepted"}),
        ),
    ],
)
def test_what_was_undone_is_forgotten(done, undone):
    assert past(done) != Past()
    assert past(done, undone) == Past()


def test_hands_undo_what_hands_did():
    kept = Past()
    done = ("plug_idle", "drive_in", "fault", "limit_from_outside")
    for name in done:
        kept.operated(name, {"name": "tilted", "evse": 1, "connector": 1})
    assert (kept.plugged, kept.bays, kept.limits) == ({1}, {1}, {1})
    assert kept.faults == {("tilted", 1, 1)}
    for name in ("unplug", "drive_out", "mend", "lift_limit"):
        kept.operated(name, {"name": "tilted", "evse": 1, "connector": 1})
    assert kept == Past()


def test_a_token_waits_for_a_cable():
    kept = Past()
    kept.operated("present", {"evse": 1})
    assert kept.presented == {1}
    kept.answered("Authorize", {"idTokenInfo": {"status": "Blocked"}})
    assert kept.presented == set()
    kept.replied("RequestStartTransaction", {"idToken": {}, "evseId": 2}, {"status": "Accepted"})
    assert kept.presented == {2}
    kept.operated("plug", {"evse": 2, "connector": 1})
    assert kept.presented == set()


def test_what_the_station_tells():
    kept = Past()
    kept.heard("TransactionEvent", {"eventType": "Started", "transactionInfo": {"transactionId": "a"}})
    assert kept.transactions == {"a"}
    kept.heard("TransactionEvent", {"eventType": "Ended", "transactionInfo": {"transactionId": "a"}})
    assert kept.transactions == set()
    kept.heard("StatusNotification", {"evseId": 1, "connectorId": 1, "connectorStatus": "Faulted"})
    kept.heard("NotifyEvent", {"eventData": [{**EVENT, "actualValue": "Reserved"}, {}]})
    assert kept.told == {(1, 1): "Faulted", (1, 2): "Reserved"}
    kept.heard("FirmwareStatusNotification", {"status": "DownloadFailed"})
    kept.heard("FirmwareStatusNotification", {"status": "Idle"})
    assert kept.firmware == "DownloadFailed"


def test_a_station_that_was_rejected_comes_again():
    kept = Past()
    kept.answered("BootNotification", {"status": "Rejected", "interval": 30})
    assert kept.retry_s == 30.0
    kept.answered("BootNotification", {"status": "Accepted", "interval": 300})
    assert kept.retry_s is None


def test_an_answer_without_its_fields_is_nothing_to_note():
    assert past(("ReserveNow", {"id": 1}, {}), ("SetVariables", {}, {})) == Past()


def test_what_1_6_calls_otherwise_is_noted_alike():
    kept = past(
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "9"}, {"status": "Accepted"}),
        ("ChangeConfiguration", {"key": "Unknown", "value": "9"}, {"status": "NotSupported"}),
        ("SetChargingProfile", {"csChargingProfiles": {}}, {"status": "Accepted"}),
        ("RemoteStartTransaction", {"connectorId": 2, "idTag": "A"}, {"status": "Accepted"}),
    )
    assert (kept.changed, kept.profiles, kept.presented) == ({key("HeartbeatInterval")}, True, {2})
    kept.answered("Authorize", {"idTagInfo": {"status": "Accepted"}})
    assert kept.presented == {2}
    kept.answered("Authorize", {"idTagInfo": {"status": "Invalid"}})
    assert not kept.presented
    assert not kept.cached
    kept.heard("StartTransaction", {"idTag": "A"})
    assert kept.cached
    kept.answered("StartTransaction", {"transactionId": 4711, "idTagInfo": {"status": "Accepted"}})
    assert kept.transactions == {"4711"}
    kept.heard("StopTransaction", {"transactionId": 4711})
    assert not kept.transactions
    kept.heard("StatusNotification", {"connectorId": 2, "status": "Charging"})
    assert kept.told == {(0, 2): "Charging"}
