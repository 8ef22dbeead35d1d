"""What a 1.6 charge point sends, and what becomes of it."""

import json

import pytest

from csms_reference.services.authorization import Terms
from csms_reference.services.numbering import candidate
from csms_reference.store.tables import (
    meter_values,
    notices,
    orphans,
    transaction_events,
    transactions,
)

START = {"connectorId": 2, "idTag": "TAG", "meterStart": 1000, "timestamp": "2026-03-01T08:00:00Z"}


def stop_of(number, **more):
    return {"transactionId": number, "meterStop": 1500, "timestamp": "2026-03-01T09:00:00Z", **more}


@pytest.fixture
async def it(bench):
    made = bench()
    await made.token("TAG", group_id="FAMILY", expires_ms=1_900_000_000_000)
    return made


@pytest.mark.proves("csms", "StartTransaction StopTransaction", "1.6")
async def test_a_transaction(it):
    station = await it.station("CP-1", "1.6")
    started = await station.ask("StartTransaction", START)
    info = {"status": "Accepted", "parentIdTag": "FAMILY", "expiryDate": "2030-03-17T17:46:40.000Z"}
    assert started["idTagInfo"] == info
    assert 0 < started["transactionId"] < 2**31
    stopped = await station.ask("StopTransaction", stop_of(started["transactionId"], idTag="tag", reason="Remote"))
    assert stopped == {"idTagInfo": info}
    (row,) = await it.rows(transactions)
    assert (row["state"], row["complete"], row["energy_wh"], row["stop_reason"]) == ("Ended", True, 500.0, "Remote")
    assert (row["evse"], row["connector"], row["id_token"], row["stop_token"]) == (2, 1, "TAG", "tag")
    assert row["stopped_ms"] - row["started_ms"] == 3_600_000


async def test_the_same_start_gets_the_same_number_whenever_it_comes(it):
    station = await it.station("CP-1", "1.6")
    first = await station.ask("StartTransaction", START)
    again = {**START, "timestamp": "2026-03-01T09:00:00.000+01:00", "idTag": "tag"}  # the same, written differently
    assert (await station.ask("StartTransaction", again)) == first
    station.link.abort()
    later = await it.station("CP-1", "1.6")
    assert await later.ask("StartTransaction", START) == first
    await later.ask("StopTransaction", stop_of(first["transactionId"]))
    await later.ask("StopTransaction", stop_of(first["transactionId"]))
    assert len(await it.rows(transactions)) == 1
    assert len(await it.rows(transaction_events)) == 2
    assert len(await it.rows(meter_values)) == 2


@pytest.mark.parametrize(
    "other", [{"connectorId": 1}, {"meterStart": 1001}, {"idTag": "TAG2"}, {"timestamp": "2026-03-01T08:00:01Z"}]
)
async def test_another_start_gets_another_number(it, other):
    station = await it.station("CP-1", "1.6")
    first = await station.ask("StartTransaction", START)
    second = await station.ask("StartTransaction", {**START, **other})
    assert first["transactionId"] != second["transactionId"]


async def test_numbers_are_the_same_in_every_run_and_differ_between_stations(bench):
    numbers = []
    for _ in range(2):
        it = bench()
        one, two = await it.station("CP-1", "1.6"), await it.station("CP-2", "1.6")
        numbers.append([(await each.ask("StartTransaction", START))["transactionId"] for each in (one, two)])
    assert numbers[0] == numbers[1]
    assert len(set(numbers[0])) == 2


async def test_colliding_numbers_are_told_apart(it, monkeypatch):
    monkeypatch.setattr(
        "csms_reference.services.numbering.candidate", lambda digest, secret, attempt: (0, 7, 7, 8)[attempt]
    )
    one, two = await it.station("CP-1", "1.6"), await it.station("CP-2", "1.6")
    numbers = [(await each.ask("StartTransaction", START))["transactionId"] for each in (one, two, one, two)]
    assert numbers == [7, 8, 7, 8]


def test_numbers_depend_on_the_secret():
    assert candidate("ab", b"one", 0) != candidate("ab", b"two", 0)


async def test_nobody_stops_the_transaction_of_another(it):
    owner, thief = await it.station("CP-1", "1.6"), await it.station("CP-2", "1.6")
    number = (await owner.ask("StartTransaction", START))["transactionId"]
    assert await thief.ask("StopTransaction", stop_of(number, meterStop=0)) == {}
    (row,) = await it.rows(transactions)
    assert (row["state"], row["stopped_ms"]) == ("Active", None)
    (orphan,) = await it.rows(orphans)
    assert (orphan["station"], orphan["why"]) == ("CP-2", "transaction of another")


@pytest.mark.parametrize("number", [-1, 0, 4711])
async def test_the_end_of_an_unknown_transaction_is_kept_once(it, number):
    station = await it.station("CP-1", "1.6")
    for _ in range(2):
        answer = await station.ask("StopTransaction", stop_of(number, idTag="TAG"))
        assert answer["idTagInfo"]["status"] == "Accepted"
    (orphan,) = await it.rows(orphans)
    assert json.loads(orphan["payload"])["meterStop"] == 1500
    assert await it.rows(transactions) == []


async def test_a_meter_that_ran_backwards_is_answered_flagged_and_never_billed(it):
    station = await it.station("CP-1", "1.6")
    number = (await station.ask("StartTransaction", START))["transactionId"]
    await station.ask("StopTransaction", stop_of(number, meterStop=999))
    (row,) = await it.rows(transactions)
    assert (row["energy_wh"], json.loads(row["flags"])) == (None, ["meter ran backwards"])


async def test_a_second_transaction_at_the_same_connector_is_flagged(it):
    station = await it.station("CP-1", "1.6")
    await station.ask("StartTransaction", START)
    await station.ask("StartTransaction", {**START, "timestamp": "2026-03-01T08:10:00Z"})
    assert [json.loads(row["flags"]) for row in await it.rows(transactions)] == [[], ["overlaps another transaction"]]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"status": "Blocked"}, "Blocked"),
        ({"expires_ms": 1}, "Expired"),
        ({"status": "Invalid"}, "Invalid"),
        (None, "Invalid"),
    ],
)
@pytest.mark.proves("csms", "Authorize", "1.6")
async def test_tokens_that_may_not_charge(bench, token, status):
    it = bench()
    if token is not None:
        await it.token("TAG", **token)
    station = await it.station("CP-1", "1.6")
    assert (await station.ask("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == status
    started = await station.ask("StartTransaction", START)
    assert (started["idTagInfo"]["status"], started["transactionId"] > 0) == (status, True)
    assert len(await it.rows(transactions)) == 1


async def test_a_token_that_charges_elsewhere(bench):
    it = bench(refuse_concurrent_tx=True)
    await it.token("TAG")
    one, two = await it.station("CP-1", "1.6"), await it.station("CP-2", "1.6")
    for _ in range(2):
        assert (await one.ask("StartTransaction", START))["idTagInfo"]["status"] == "Accepted"
    assert (await two.ask("StartTransaction", START))["idTagInfo"]["status"] == "ConcurrentTx"
    assert (await two.ask("Authorize", {"idTag": "TAG"}))["idTagInfo"]["status"] == "Accepted"


async def test_unknown_tokens_may_be_let_in(bench):
    station = await bench(accept_unknown_tokens=True).station("CP-1", "1.6")
    assert (await station.ask("Authorize", {"idTag": "WHO"}))["idTagInfo"] == {"status": "Accepted"}


@pytest.mark.proves("csms", "MeterValues", "1.6")
async def test_meter_values_are_kept_once(it):
    station = await it.station("CP-1", "1.6")
    sampled = [
        {"value": "1.25", "unit": "kWh"},
        {"value": "230.1", "measurand": "Voltage", "phase": "L1-N", "unit": "V", "context": "Sample.Clock"},
        {"value": "a0b1", "format": "SignedData"},
    ]
    values = {
        "connectorId": 1,
        "transactionId": 5,
        "meterValue": [{"timestamp": "2026-03-01T08:00:00Z", "sampledValue": sampled}],
    }
    for _ in range(2):
        assert await station.ask("MeterValues", values) == {}
    rows = await it.rows(meter_values)
    assert [(row["value"], row["unit"], row["text"], row["transaction_id"]) for row in rows] == [
        (1250.0, "Wh", None, "5"),
        (230.1, "V", None, "5"),
        (None, "Wh", "a0b1", "5"),
    ]


async def test_what_is_only_told_is_kept(it):
    station = await it.station("CP-1", "1.6")
    assert await station.ask("DataTransfer", {"vendorId": "acme", "data": "x"}) == {"status": "UnknownVendorId"}
    told = [
        ("DiagnosticsStatusNotification", {"status": "Uploaded"}),
        ("FirmwareStatusNotification", {"status": "Installed"}),
        ("LogStatusNotification", {"status": "Uploaded"}),
        ("SignedFirmwareStatusNotification", {"status": "Installed"}),
    ]
    for action, payload in told:
        assert await station.ask(action, payload) == {}
    assert [row["kind"] for row in await it.rows(notices)] == [
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "SignedFirmwareStatusNotification",
    ]


async def test_a_token_that_is_good_at_one_evse_starts_nothing_at_another(it):
    """1.6 can tell stations nothing of it (2.0.1 C01.FR.20 does), so that it is said when a transaction begins."""
    await it.token("HALF", terms=Terms(places={"CP-1": (2,)}))
    station = await it.station("CP-1", "1.6")
    for connector, status in ((1, "Blocked"), (2, "Accepted")):
        start = START | {"idTag": "HALF", "connectorId": connector}
        assert (await station.ask("StartTransaction", start))["idTagInfo"]["status"] == status


async def test_who_has_the_same_parent_may_stop(it):
    """§4.10: the station compares what it was told of both, and is told of the one who stops, too."""
    await it.token("SISTER", group_id="FAMILY")
    station = await it.station("CP-1", "1.6")
    started = await station.ask("StartTransaction", START)
    asked = await station.ask("Authorize", {"idTag": "SISTER"})
    assert asked["idTagInfo"]["parentIdTag"] == started["idTagInfo"]["parentIdTag"]
    stopped = await station.ask("StopTransaction", stop_of(started["transactionId"], idTag="SISTER"))
    assert stopped == {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    (row,) = await it.rows(transactions)
    assert (row["id_token"], row["stop_token"]) == ("TAG", "SISTER")
