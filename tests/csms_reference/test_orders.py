"""Remote starts and the transactions that come of them; availability that was asked for (blocks F and G)."""

import pytest

from csms_reference.services import orders
from csms_reference.store.reservation_tables import availability_orders, remote_starts

STAMP = "2026-03-01T08:00:00Z"


def event(kind="Started", seq=0, **info):
    return {
        "eventType": kind,
        "timestamp": STAMP,
        "triggerReason": "RemoteStart",
        "seqNo": seq,
        "transactionInfo": {"transactionId": "T1"} | info,
        "evse": {"id": 1, "connectorId": 1},
    }


async def started(it, station, status="Accepted", **fields):
    action = "RemoteStartTransaction" if station.session.version.name == "1.6" else "RequestStartTransaction"
    station.replies[action] = {"status": status}
    return await it.csms.command("CP-1", "remote_start", **{"id_token": "TAG"} | fields)


async def links(it):
    return [(row["remote_start_id"], row["transaction_id"]) for row in await it.rows(remote_starts)]


@pytest.mark.proves("csms", "RequestStartTransaction", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_the_transaction_is_linked_by_its_remote_start_id(bench, version):
    """F02.FR.01: in the first event; F01.FR.25: in one of a transaction that had begun before."""
    it = bench()
    station = await it.station(version=version)
    await started(it, station, remote_start_id=9)
    await station.ask("TransactionEvent", event(remoteStartId=8))
    assert await links(it) == [(9, None)]
    await station.ask("TransactionEvent", event("Updated", 1, remoteStartId=9))
    assert await links(it) == [(9, "T1")]


async def test_a_transaction_that_is_quicker_than_the_answer(bench):
    it = bench()
    station = await it.station()
    await station.ask("TransactionEvent", event(remoteStartId=9))
    await started(it, station, remote_start_id=9)
    assert await links(it) == [(9, "T1")]


async def test_a_number_is_chosen_and_kept(bench):
    it = bench()
    station = await it.station()
    end = await started(it, station, evse=1)
    number = station.calls[-1][1]["remoteStartId"]
    assert end.asked is not None
    assert await links(it) == [(number, None)]


async def test_of_what_is_refused_nothing_is_kept(bench):
    it = bench()
    station = await it.station()
    await started(it, station, "Rejected")
    assert await links(it) == []


def start_16(tag="TAG", connector=1, at=STAMP):
    return {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": at}


@pytest.mark.proves("csms", "RemoteStartTransaction", "1.6")
async def test_16_has_only_token_and_place_to_go_by(bench):
    it = bench()
    station = await it.station(version="1.6")
    await started(it, station, evse=1)
    await station.ask("StartTransaction", start_16("OTHER"))
    await station.ask("StartTransaction", start_16(connector=2))
    assert await links(it) == [(None, None)]
    number = (await station.ask("StartTransaction", start_16()))["transactionId"]
    assert await links(it) == [(None, str(number))]
    await station.ask("StartTransaction", start_16(at="2026-03-01T08:30:00Z"))
    assert await links(it) == [(None, str(number))]


async def test_16_long_after_is_another_matter(bench):
    it = bench()
    station = await it.station(version="1.6")
    await started(it, station)
    it.forward(1000)
    await station.ask("StartTransaction", start_16())
    assert await links(it) == [(None, None)]


@pytest.mark.proves("csms", "ChangeAvailability", "1.6 2.0.1 2.1")
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_availability_is_kept_as_it_was_asked_last(bench, version):
    it = bench()
    station = await it.station(version=version)
    for status, operative in (("Scheduled", False), ("Accepted", True), ("Rejected", False)):
        station.replies["ChangeAvailability"] = {"status": status}
        await it.csms.command("CP-1", "change_availability", operative=operative, evse=1)
    (row,) = await it.rows(availability_orders)
    assert (row["evse"], row["connector"], bool(row["operative"]), row["answer"]) == (1, 0, True, "Accepted")


async def test_pages(bench):
    it = bench()
    for number in (1, 2, 3):
        await it.store.write(
            lambda database, number=number: orders.remote_start(
                database, "CP-1", remote_start_id=number, evse=None, id_token="A", asked_ms=0
            )
        )
    rows = await it.store.read(lambda database: orders.starts_of(database, "CP-1", 1, 1))
    assert [row.remote_start_id for row in rows] == [2]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("wrong", [{"chargingProfilePurpose": "TxDefaultProfile"}, {"transactionId": 5}, {}])
async def test_a_profile_that_may_not_come_with_a_start_is_not_sent(bench, version, wrong):
    """F01.FR.09, F01.FR.11, F02.FR.17, F02.FR.19; 1.6 §5.16.2."""
    it = bench()
    station = await it.station(version=version)
    profile = ({"chargingProfilePurpose": "TxProfile"} if wrong else {}) | wrong
    end = await started(it, station, charging_profile=profile)
    assert (end.status, station.calls) == ("bad fields", [])


async def test_a_profile_that_comes_with_a_start_is_given_an_id(bench):
    """K05.FR.01."""
    it = bench()
    station = await it.station()
    period = {"startPeriod": 0, "limit": 6}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    await started(it, station, charging_profile=profile)
    await started(it, station, charging_profile={**profile, "id": 77})
    sent = [payload["chargingProfile"] for _, payload in station.calls]
    assert isinstance(sent[0]["id"], int)
    assert sent[1]["id"] == 77


@pytest.mark.parametrize("number", [{}, {"id": 77}])
async def test_a_profile_that_comes_with_a_start_is_spelt_as_1_6_does(bench, number):
    """1.6 §5.16.2, §7.8."""
    it = bench()
    station = await it.station(version="1.6")
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
    profile = {"stackLevel": 0, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative"}
    await started(it, station, charging_profile={**profile, "chargingSchedule": [{"id": 1, **schedule}], **number})
    await started(it, station, charging_profile={**profile, "chargingSchedule": schedule, "chargingProfileId": 78})
    first, second = (payload["chargingProfile"] for _, payload in station.calls)
    assert isinstance(first.pop("chargingProfileId"), int)
    assert first == {**profile, "chargingSchedule": schedule}
    assert second == {**first, "chargingProfileId": 78}


@pytest.mark.proves("csms", "TriggerMessage", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize("place", [{}, {"evse": 1}])
async def test_a_status_is_asked_for_by_its_connector(bench, place, version):
    """F06.FR.13."""
    it = bench()
    station = await it.station(version=version)
    end = await it.csms.command("CP-1", "trigger", message="StatusNotification", **place)
    assert (end.status, station.calls) == ("bad fields", [])
    station.replies["TriggerMessage"] = {"status": "Accepted"}
    await it.csms.command("CP-1", "trigger", message="StatusNotification", evse=1, connector=2)
    asked = {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 2}}
    assert station.calls == [("TriggerMessage", asked)]


@pytest.mark.proves("csms", "UnlockConnector", "1.6 2.0.1 2.1")
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize("status", ["Unlocked", "UnlockFailed"])
async def test_unlock_tells_what_the_station_says(bench, version, status):
    """F05; 1.6 §5.18."""
    it = bench()
    station = await it.station(version=version)
    station.replies["UnlockConnector"] = {"status": status}
    assert (await it.csms.command("CP-1", "unlock", evse=2)).status == status
    place = {"connectorId": 2} if version == "1.6" else {"evseId": 2, "connectorId": 1}
    assert station.calls == [("UnlockConnector", place)]


@pytest.mark.proves("csms", "RequestStopTransaction", "2.0.1 2.1")
@pytest.mark.proves("csms", "RemoteStopTransaction", "1.6")
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_stop_names_the_transaction(bench, version):
    """F03.FR.01; 1.6 §5.12: whose numbers are the CSMS's own."""
    it = bench()
    station = await it.station(version=version)
    action = "RemoteStopTransaction" if version == "1.6" else "RequestStopTransaction"
    station.replies[action] = {"status": "Rejected"}
    assert (await it.csms.command("CP-1", "remote_stop", transaction_id="17")).status == "Rejected"
    assert station.calls == [(action, {"transactionId": 17 if version == "1.6" else "17"})]


@pytest.mark.proves("csms", "TriggerMessage", "1.6")
async def test_16_triggers_what_its_profile_lists_and_the_rest_by_the_extension(bench):
    """§5.17; security whitepaper, ExtendedTriggerMessage."""
    it = bench()
    station = await it.station(version="1.6")
    station.replies |= {action: {"status": "Accepted"} for action in ("TriggerMessage", "ExtendedTriggerMessage")}
    await it.csms.command("CP-1", "trigger", message="StatusNotification", evse=2)
    await it.csms.command("CP-1", "trigger", message="LogStatusNotification")
    assert station.calls == [
        ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2}),
        ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}),
    ]
