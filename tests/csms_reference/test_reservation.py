"""Reservations at the CSMS: asked for, kept, used, over (2.0.1 block H; 1.6 §5.1, §5.13)."""

import pytest

from csms_reference.services import reservation
from csms_reference.store.reservation_tables import reservations

EXPIRES = "2026-03-01T09:00:00.000Z"


async def reserved(it, station, status="Accepted", *, on="CP-1", **fields):
    """Ask a station for a reservation, which it answers with this status."""
    station.replies["ReserveNow"] = {"status": status}
    return await it.csms.command(on, "reserve", **{"id_token": "TAG", "expires": EXPIRES} | fields)


async def only(bench):
    (row,) = await bench.rows(reservations)
    return row


@pytest.mark.proves("csms", "ReserveNow", "1.6 2.0.1 2.1")
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_what_a_station_promises_is_kept(bench, version):
    it = bench()
    station = await it.station(version=version)
    end = await reserved(it, station, evse=2, group_id="FLEET")
    assert end.status == "Accepted"
    action, asked = station.calls[-1]
    assert action == "ReserveNow"
    if version == "1.6":
        number = asked.pop("reservationId")
        assert asked == {"connectorId": 2, "expiryDate": EXPIRES, "idTag": "TAG", "parentIdTag": "FLEET"}
    else:
        number = asked.pop("id")
        assert asked == {
            "expiryDateTime": EXPIRES,
            "idToken": {"idToken": "TAG", "type": "Central"},
            "evseId": 2,
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        }
    row = await only(it)
    assert (row["reservation_id"], row["status"], row["evse"]) == (number, "Accepted", 2)
    assert (row["id_token"], row["group_id"]) == ("TAG", "FLEET")
    assert end.asked is not None


@pytest.mark.parametrize("status", ["Rejected", "Occupied", "Faulted", "Unavailable"])
async def test_of_what_is_refused_nothing_is_kept(bench, status):
    it = bench()
    station = await it.station()
    assert (await reserved(it, station, status)).status == status
    assert await it.rows(reservations) == []


async def test_connector_types_are_for_20x(bench):
    it = bench()
    station = await it.station()
    await reserved(it, station, connector_type="cCCS2")
    assert station.calls[-1][1]["connectorType"] == "cCCS2"
    assert "evseId" not in station.calls[-1][1]
    assert (await only(it))["connector_type"] == "cCCS2"
    old = await it.station("CP-2", "1.6")
    end = await reserved(it, old, on="CP-2", connector_type="cCCS2")
    assert (end.status, old.calls) == ("bad fields", [])


@pytest.mark.parametrize(
    "fields",
    [
        {"expires": "tomorrow"},
        {"expires": None},
        {"id_token": 5},
        {"evse": "1"},
        {"reservation_id": -1},
        {"reservation_id": 2**31},
        {"reservation_id": "x"},
        {"nonsense": 1},
    ],
)
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_fields_are_looked_at_before_anything_is_sent(bench, fields, version):
    it = bench()
    station = await it.station(version=version)
    end = await it.csms.command("CP-1", "reserve", **{"id_token": "TAG", "expires": EXPIRES} | fields)
    assert end.status == "bad fields"
    assert station.calls == []


async def test_the_same_id_replaces(bench):
    """H01.FR.02."""
    it = bench()
    station = await it.station()
    await reserved(it, station, reservation_id=5, evse=1)
    await it.store.write(lambda database: reservation.over(database, "CP-1", 5, "Expired", 1))
    await reserved(it, station, reservation_id=5, evse=2, id_token="OTHER")
    row = await only(it)
    assert (row["status"], row["evse"], row["id_token"], row["ended_ms"]) == ("Accepted", 2, "OTHER", None)


@pytest.mark.proves("csms", "CancelReservation", "1.6 2.0.1 2.1")
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
@pytest.mark.parametrize(("answer", "status"), [("Accepted", "Cancelled"), ("Rejected", "Removed")])
async def test_cancelled(bench, version, answer, status):
    """H02; what the station does not know stands no more."""
    it = bench()
    station = await it.station(version=version)
    await reserved(it, station, reservation_id=5)
    station.replies["CancelReservation"] = {"status": answer}
    end = await it.csms.command("CP-1", "cancel_reservation", reservation_id=5)
    assert (end.status, station.calls[-1]) == (answer, ("CancelReservation", {"reservationId": 5}))
    row = await only(it)
    assert row["status"] == status
    assert row["ended_ms"] is not None


@pytest.mark.proves("csms", "ReservationStatusUpdate", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize("status", ["Expired", "Removed"])
async def test_the_station_says_that_it_is_over(bench, status, version):
    """H04.FR.01, H01.FR.16, H01.FR.17."""
    it = bench()
    station = await it.station(version=version)
    await reserved(it, station, reservation_id=5)
    update = {"reservationId": 5, "reservationUpdateStatus": status}
    assert await station.ask("ReservationStatusUpdate", update) == {}
    assert (await only(it))["status"] == status
    assert await station.ask("ReservationStatusUpdate", update | {"reservationId": 99}) == {}


async def test_no_transaction_came_of_it(bench):
    """ReservationUpdateStatusEnumType of 2.1."""
    it = bench()
    station = await it.station(version="2.1")
    await reserved(it, station, reservation_id=5)
    update = {"reservationId": 5, "reservationUpdateStatus": "NoTransaction"}
    assert await station.ask("ReservationStatusUpdate", update) == {}
    row = await only(it)
    assert (row["status"], row["transaction_id"]) == ("Used", None)


def started(number, **more):
    return {
        "eventType": "Started",
        "timestamp": "2026-03-01T08:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1"},
        "reservationId": number,
        "evse": {"id": 1, "connectorId": 1},
    } | more


async def test_a_transaction_uses_it(bench):
    """H01.FR.15."""
    it = bench()
    station = await it.station()
    await reserved(it, station, reservation_id=5)
    await station.ask("TransactionEvent", started(5))
    row = await only(it)
    assert (row["status"], row["transaction_id"]) == ("Used", "T1")
    station.replies["CancelReservation"] = {"status": "Rejected"}
    await it.csms.command("CP-1", "cancel_reservation", reservation_id=5)
    assert (await only(it))["status"] == "Used"


async def test_a_transaction_of_16_uses_it(bench):
    """§4.8."""
    it = bench()
    await it.token("TAG")
    station = await it.station(version="1.6")
    await reserved(it, station, reservation_id=5)
    ask = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z", "reservationId": 5}
    number = (await station.ask("StartTransaction", ask))["transactionId"]
    row = await only(it)
    assert (row["status"], row["transaction_id"]) == ("Used", str(number))


async def test_a_transaction_that_is_quicker_than_the_answer_is_noted(bench):
    it = bench()
    station = await it.station()
    await station.ask("TransactionEvent", started(5))
    promise = reservation.Reservation(5, "TAG", 10**15)
    await it.store.write(lambda database: reservation.made(database, "CP-1", promise, 0))
    row = await only(it)
    assert (row["status"], row["transaction_id"]) == ("Used", "T1")


async def test_an_older_transaction_with_the_same_number_is_another_matter(bench):
    it = bench()
    station = await it.station()
    await station.ask("TransactionEvent", started(5))
    it.forward(60)
    await reserved(it, station, reservation_id=5)
    assert (await only(it))["status"] == "Accepted"
