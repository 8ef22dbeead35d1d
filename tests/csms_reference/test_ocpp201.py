"""What a 2.0.1 station sends, and what becomes of it; 2.1 inherits it."""

import itertools
import json

import pytest

from csms_reference.dialects.registry import answers, commands, handled, handler_of
from csms_reference.store.tables import connectors, meter_values, notices, transaction_events, transactions
from protocol.versions import V16, V21, V201

TOKEN = {"idToken": "TAG", "type": "ISO14443"}


def event(seq_no, kind="Updated", trigger="MeterValuePeriodic", *, wh=None, **more):
    payload = {
        "eventType": kind,
        "timestamp": f"2026-03-01T08:{seq_no:02}:00Z",
        "triggerReason": trigger,
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": "T1", **more.pop("info", {})},
        **more,
    }
    if wh is not None:
        at = {"timestamp": payload["timestamp"], "sampledValue": [{"value": wh}]}
        payload["meterValue"] = [at]
    return payload


DAY = [
    event(0, "Started", "CablePluggedIn", evse={"id": 1, "connectorId": 1}, wh=100),
    event(1, "Updated", "Authorized", idToken=TOKEN, info={"chargingState": "Charging"}),
    event(2, wh=600),
    event(3, "Updated", "StopAuthorized", idToken={"idToken": "FRIEND", "type": "ISO14443"}),
    event(4, "Ended", "EVDeparted", wh=1100, info={"stoppedReason": "Local"}),
]


@pytest.fixture
async def it(bench):
    made = bench(versions=["1.6", "2.0.1", "2.1"])
    await made.token("TAG", group_id="FAMILY")
    await made.token("FRIEND", group_id="FAMILY")
    return made


async def test_a_transaction(it):
    station = await it.station()
    answered = [await station.ask("TransactionEvent", one) for one in DAY]
    accepted = {"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}}
    assert answered == [{}, accepted, {}, accepted, {}]
    (row,) = await it.rows(transactions)
    assert (row["state"], row["complete"], row["energy_wh"], row["flags"]) == ("Ended", True, 1000.0, "[]")
    assert (row["evse"], row["id_token"], row["stop_token"], row["stop_reason"]) == (1, "TAG", "FRIEND", "Local")
    assert {row["evse"] for row in await it.rows(meter_values)} == {1}


async def test_tc_e_53_any_order_and_any_repeats(bench):
    records = []
    for order in [DAY, DAY[::-1], [*DAY[2:], *DAY[:3]], [DAY[4], DAY[0], DAY[4], DAY[2], DAY[3], DAY[1], DAY[0]]]:
        it = bench()
        station = await it.station()
        for one in order:
            await station.ask("TransactionEvent", one)
        records.append(
            (await it.rows(transactions), len(await it.rows(transaction_events)), len(await it.rows(meter_values)))
        )
    assert all(record == records[0] for record in records)
    assert records[0][1:] == (5, 3)


async def test_a_repeat_on_a_new_connection_is_stored_once(it):
    for _ in range(2):
        station = await it.station()
        await station.ask("TransactionEvent", DAY[0])
    assert len(await it.rows(transaction_events)) == 1


async def test_a_gap_is_recorded(it):
    station = await it.station()
    for one in (DAY[0], DAY[4]):
        await station.ask("TransactionEvent", one)
    (row,) = await it.rows(transactions)
    assert (json.loads(row["gaps"]), row["complete"], row["state"]) == ([[1, 3]], False, "Ended")


@pytest.mark.parametrize(
    ("token", "asked", "status"),
    [
        ({}, TOKEN, "Accepted"),
        ({"status": "Blocked"}, TOKEN, "Blocked"),
        ({"expires_ms": 1}, TOKEN, "Expired"),
        ({"status": "Invalid"}, TOKEN, "Invalid"),
        ({"type": "eMAID"}, TOKEN, "Unknown"),
        ({"type": "ISO14443"}, {"idToken": "tag", "type": "ISO14443"}, "Accepted"),
        (None, TOKEN, "Unknown"),
        (None, {"idToken": "", "type": "NoAuthorization"}, "Accepted"),
    ],
)
async def test_tokens(bench, token, asked, status):
    it = bench()
    if token is not None:
        await it.token("TAG", **token)
    station = await it.station()
    assert (await station.ask("Authorize", {"idToken": asked}))["idTokenInfo"]["status"] == status
    started = await station.ask("TransactionEvent", event(0, "Started", "Authorized", idToken=asked))
    assert started["idTokenInfo"]["status"] == status


async def test_what_is_only_told_is_kept(it):
    station = await it.station()
    told = [
        ("FirmwareStatusNotification", {"status": "Installed"}),
        ("LogStatusNotification", {"status": "Uploaded"}),
        ("NotifyDisplayMessages", {"requestId": 1}),
        ("ReservationStatusUpdate", {"reservationId": 1, "reservationUpdateStatus": "Expired"}),
    ]
    for action, payload in told:
        assert await station.ask(action, payload) == {}
    assert await station.ask("DataTransfer", {"vendorId": "acme"}) == {"status": "UnknownVendorId"}
    assert len(await it.rows(notices)) == 4


async def test_connector_states_come_in_two_ways(it):
    station = await it.station()
    at = "2026-03-01T08:00:00Z"
    await station.ask(
        "StatusNotification", {"timestamp": at, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    )
    told = {
        "eventId": 1,
        "timestamp": at,
        "trigger": "Delta",
        "actualValue": "Occupied",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Connector", "evse": {"id": 2, "connectorId": 1}},
        "variable": {"name": "AvailabilityState"},
    }
    await station.ask("NotifyEvent", {"generatedAt": at, "seqNo": 0, "eventData": [told]})
    rows = [(row["evse"], row["connector"], row["status"]) for row in await it.rows(connectors)]
    assert rows == [(1, 1, "Available"), (2, 1, "Occupied")]


@pytest.mark.proves("csms", "MeterValues", "2.0.1 2.1")
async def test_meter_values_outside_of_transactions_are_kept_once(it):
    station = await it.station()
    sampled = [{"value": 2, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW", "multiplier": 1}}]
    values = {"evseId": 1, "meterValue": [{"timestamp": "2026-03-01T08:00:00Z", "sampledValue": sampled}]}
    for _ in range(2):
        assert await station.ask("MeterValues", values) == {}
    (row,) = await it.rows(meter_values)
    assert (row["value"], row["unit"], row["evse"]) == (20_000.0, "W", 1)


def test_each_message_has_one_handler():
    with pytest.raises(ValueError, match="has a handler"):
        answers("Heartbeat", V201)(lambda *_: None)
    with pytest.raises(ValueError, match="is registered"):
        commands("reset", V16)(lambda *_: None)


def test_a_newer_version_inherits_the_handlers_of_the_older():
    assert handler_of(V21, "TransactionEvent") is handler_of(V201, "TransactionEvent")
    assert handler_of(V201, "StartTransaction") is None
    assert handled(V21) == handled(V201)


def test_the_day_has_an_order():
    assert all(first["seqNo"] < second["seqNo"] for first, second in itertools.pairwise(DAY))
