"""Block H, reservation. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.cases.station201.states import (
    all_connectors_are,
    authorized,
    configured,
    connector_is,
    energized,
    forgotten,
    new_session,
    plugged,
    ready,
    reserve,
    reserved,
    started,
)
from conformance.vocabulary import (
    Received,
    Reply,
    Script,
    Subject,
    Token,
    ask,
    check,
    expect,
    given,
    let_pass,
    plug,
    present,
    seen,
    silence,
    station201,
)

NUMBER = 11
EXPIRES_S = 60.0
NO_EVSE = 0


def _taking(station: Subject) -> Script:
    """An idle station that takes reservations."""
    yield from ready(station)
    yield from configured(station, "ReservationCtrlr", "Enabled", "true", optional=True)


def _reserved(station: Subject, token: Token, **how: Any) -> Script:
    """The same, and the EVSE under test is kept for this token."""
    yield from _taking(station)
    yield from reserved(station, NUMBER, token, **how)


def _all_reserved(station: Subject) -> Script:
    """The same, and each EVSE is kept for somebody."""
    yield from _taking(station)
    for evse in range(1, len(station.evses) + 1):
        yield from reserved(station, NUMBER + evse, _somebody(station, evse), evse=evse)


def _somebody(station: Subject, number: int) -> Token:
    return Token(f"RESERVED-{number:04}")


def _asked(token: Token, status: str, rule: str, **more: Any) -> Script:
    yield from reserve(NUMBER + 100, token, status, rule=rule, **more)


def _charges(
    station: Subject, token: Token, rule: str, *, number: int = 0, frees: bool = False, asks: bool | None = None
) -> Script:
    """This token may charge at the EVSE under test; with ``number`` that uses this reservation up.

    ``frees``: the connector was told to be Reserved, and is free as soon as the driver is there. ``asks``: whether the
    CSMS has to be asked about the token, which the reservation alone says nothing of.
    """
    tx = yield from new_session(station)
    tx.rules = rule
    yield from authorized(station, tx, asks=asks, token=token, rule=rule if asks else "")
    if frees:
        yield connector_is(station, "Available", rule=f"H03.FR.10 {rule}")
    yield from energized(station, tx)
    if number:
        events: list[Received] = yield seen("TransactionEvent")
        told = [event.get("reservationId") for event in events]
        yield check(number in told, f"reservationId {number}", told, "H01.FR.15 E03.FR.03")


@station201(
    "TC_H_01_CS",
    "Reserve EVSE, reserved token starts",
    verifies="H01.FR.15 H03.FR.01 H03.FR.09 H03.FR.10",
    catches="reserves_without_a_word forgets_what_was_reserved keeps_used_reservations reserves_for_another",
)
def specific_evse(station: Subject) -> Script:
    yield from given(_taking(station))
    yield from reserved(station, NUMBER, station.tokens.valid)
    yield from _charges(station, station.tokens.valid, "H03.FR.01", number=NUMBER, frees=True)


@station201(
    "TC_H_02_CS",
    "Reserve EVSE, other token refused",
    verifies="F01.FR.22 H03.FR.01",
    catches="lets_strangers_in starts_strangers_from_afar",
)
def other_token(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid))
    stranger = station.tokens.other
    yield plug(station)
    yield let_pass(station.tolerance_s)
    yield present(station, stranger)
    flows = {"transactionInfo.chargingState": "Charging"}
    yield silence(station.message_s, "TransactionEvent", where=flows, rule="H03.FR.01")
    request = {"idToken": stranger.payload, "remoteStartId": 1, "evseId": station.evse}
    yield ask("RequestStartTransaction", request, having={"status": "Rejected"}, rule="F01.FR.21 F01.FR.22")


@station201(
    "TC_H_03_CS",
    "Reserve EVSE already reserved",
    verifies="H01.FR.11",
    catches="takes_any_reservation rejects_for_no_reason",
)
def already_reserved(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid))
    yield from _asked(station.tokens.other, "Occupied", "H01.FR.11", evseId=station.evse)


def _all_charging(station: Subject) -> Script:
    """EnergyTransferStarted at each EVSE; where no agreed token is left, an EV at least stands there."""
    yield from _taking(station)
    tokens = [station.tokens.valid, station.tokens.other, station.tokens.mate]
    for evse in range(1, len(station.evses) + 1):
        here = replace(station, evse=evse, connector=1)
        tx = yield from new_session(here)
        yield from plugged(here, tx)
        if tokens:
            yield from authorized(here, tx, token=tokens.pop(0))
            yield from energized(here, tx)


def _charging(station: Subject) -> Script:
    yield from _taking(station)
    yield from started(station)


@station201(
    "TC_H_04_CS",
    "Reserve EVSE occupied",
    verifies="H01.FR.13",
    catches="takes_any_reservation rejects_for_no_reason",
)
def occupied(station: Subject) -> Script:
    yield from given(_charging(station))
    yield from _asked(station.tokens.other, "Occupied", "H01.FR.11 H01.FR.13", evseId=station.evse)


def _closed(station: Subject, place: dict[str, Any]) -> Script:
    """Unavailable: an EVSE, or the whole station, is Inoperative."""
    yield from _taking(station)
    request = {"operationalStatus": "Inoperative", **place}
    yield ask("ChangeAvailability", request, having={"status": "Accepted"})
    if place:
        yield connector_is(station, "Unavailable")
    else:
        yield from all_connectors_are(station, "Unavailable")


@station201(
    "TC_H_06_CS",
    "Reserve EVSE unavailable",
    verifies="H01.FR.14",
    catches="takes_any_reservation rejects_for_no_reason",
)
def unavailable(station: Subject) -> Script:
    yield from given(_closed(station, {"evse": {"id": station.evse}}))
    yield from _asked(station.tokens.other, "Unavailable", "H01.FR.14", evseId=station.evse)


@station201(
    "TC_H_07_CS",
    "Reservation expires unused",
    verifies="H04.FR.01 H04.FR.02 H04.FR.03",
    catches="says_nothing_of_an_expiry takes_an_expiry_for_a_removal stays_reserved keeps_others_out",
)
def expires(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid, expires_s=EXPIRES_S))
    least_s = EXPIRES_S - 3 * station.tolerance_s
    yield silence(least_s, "ReservationStatusUpdate", rule="H04.FR.01")
    yield from _over(station, "Expired", "H04.FR.01", EXPIRES_S - least_s + station.message_s)
    yield from _available(station, "H04.FR.03")
    yield from _charges(station, station.tokens.other, "H04.FR.02")


def _over(station: Subject, status: str, rule: str, within_s: float) -> Script:
    having = {"reservationId": NUMBER, "reservationUpdateStatus": status}
    yield expect("ReservationStatusUpdate", within_s, having=having, rule=rule)


def _anywhere(station: Subject, token: Token, number: int = NUMBER, **how: Any) -> Script:
    """A reservation of any EVSE is accepted, and told of where the station has only one."""
    reports = len(station.evses) == 1
    rule = how.pop("rule", "H01.FR.04 H01.FR.18")
    yield from reserved(station, number, token, evse=NO_EVSE, reports=False, rule=rule, **how)
    if reports:
        yield connector_is(station, "Reserved", rule="H01.FR.20")


@station201(
    "TC_H_08_CS",
    "Reserve any EVSE accepted",
    verifies="H01.FR.04 H01.FR.07 H01.FR.15 H03.FR.03",
    catches="rejects_reservations forgets_what_was_reserved reserves_for_another",
)
def any_evse(station: Subject) -> Script:
    yield from given(_taking(station))
    yield from _anywhere(station, station.tokens.valid)
    yield from _charges(station, station.tokens.valid, "H03.FR.03", number=NUMBER)


@station201(
    "TC_H_09_CS",
    "Reserve any EVSE, all reserved",
    verifies="H01.FR.11",
    catches="takes_any_reservation rejects_for_no_reason",
)
def all_reserved(station: Subject) -> Script:
    yield from given(_all_reserved(station))
    yield from _asked(station.tokens.valid, "Occupied", "H01.FR.11")


@station201(
    "TC_H_10_CS",
    "Reserve any EVSE, all occupied",
    verifies="H01.FR.13",
    catches="takes_any_reservation rejects_for_no_reason",
)
def all_occupied(station: Subject) -> Script:
    yield from given(_all_charging(station))
    yield from _asked(station.tokens.valid, "Occupied", "H01.FR.11 H01.FR.13")


@station201(
    "TC_H_12_CS",
    "Reserve any EVSE, all unavailable",
    verifies="H01.FR.14",
    catches="takes_any_reservation rejects_for_no_reason",
)
def all_unavailable(station: Subject) -> Script:
    yield from given(_closed(station, {}))
    yield from _asked(station.tokens.valid, "Unavailable", "H01.FR.14")


@station201(
    "TC_H_13_CS",
    "Reserve any EVSE rejected",
    verifies="H01.FR.19",
    catches="takes_any_reservation",
)
def no_unspecific_ones(station: Subject) -> Script:
    yield from given(_taking(station))
    yield from _asked(station.tokens.valid, "Rejected", "H01.FR.19")


@station201(
    "TC_H_14_CS",
    "Reservations equal EVSE count: none free for others",
    verifies="H01.FR.20",
    catches="reserves_without_a_word rejects_reservations",
)
def as_many_as_evses(station: Subject) -> Script:
    yield from given(_taking(station))
    rule = "H01.FR.04 H01.FR.18"
    for number in range(1, len(station.evses) + 1):
        somebody = _somebody(station, number)
        yield from reserved(station, NUMBER + number, somebody, evse=NO_EVSE, reports=False, rule=rule)
    yield from all_connectors_are(station, "Reserved", rule="H01.FR.20")


def _connector_type(station: Subject) -> Script:
    """The type of the connector under test, which ReserveNow can name."""
    kind = yield from _type_of(station, station.evse, station.connector)
    yield check(bool(kind), "Connector.ConnectorType", kind)
    return kind


def _type_of(station: Subject, evse: int, connector: int) -> Script:
    component = {"name": "Connector", "evse": {"id": evse, "connectorId": connector}}
    data = {"component": component, "variable": {"name": "ConnectorType"}}
    reply: Reply = yield ask("GetVariables", {"getVariableData": [data]})
    return reply.get("getVariableResult.0.attributeValue")


def _places_of(station: Subject, kind: str) -> Script:
    """Where the station has connectors of this type."""
    places = []
    for evse, connector in station.connectors:
        if (yield from _type_of(station, evse, connector)) == kind:
            places.append((evse, connector))
    return places


def _taking_by_type(station: Subject) -> Script:
    yield from _taking(station)
    return (yield from _connector_type(station))


@station201(
    "TC_H_15_CS",
    "Reserve connector type",
    verifies="H01.FR.06 H01.FR.09 H01.FR.15 H03.FR.02",
    catches="rejects_reservations reserves_without_a_word forgets_what_was_reserved reserves_for_another",
)
def by_type(station: Subject) -> Script:
    kind = yield from given(_taking_by_type(station))
    token, rule = station.tokens.valid, "H01.FR.06"
    yield from reserved(station, NUMBER, token, evse=NO_EVSE, reports=False, rule=rule, connectorType=kind)
    places = yield from _places_of(station, kind)
    if len({evse for evse, _ in places}) == 1:
        for evse, connector in places:
            yield connector_is(station, "Reserved", evse=evse, connector=connector, rule="H01.FR.24")
    yield from _charges(station, token, "H03.FR.02", number=NUMBER)


@station201(
    "TC_H_16_CS",
    "Reservations equal connectors of that type",
    verifies="H01.FR.11",
    catches="takes_any_reservation rejects_for_no_reason",
)
def as_many_as_connectors(station: Subject) -> Script:
    yield from given(_all_reserved(station))
    kind = yield from given(_connector_type(station))
    yield from _asked(station.tokens.valid, "Occupied", "H01.FR.11", connectorType=kind)


@station201(
    "TC_H_17_CS",
    "Cancel reservation",
    verifies="H02.FR.02",
    catches="cancels_nothing stays_reserved",
)
def cancelled(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid))
    yield ask("CancelReservation", {"reservationId": NUMBER}, having={"status": "Accepted"}, rule="H02.FR.02")
    yield from _available(station, "H02.FR.02")


def _available(station: Subject, rule: str) -> Script:
    """Every connector of the EVSE under test is free again."""
    for evse, connector in station.connectors:
        if evse == station.evse:
            yield connector_is(station, "Available", evse=evse, connector=connector, rule=rule)


@station201(
    "TC_H_18_CS",
    "Cancel unknown reservation rejected",
    verifies="H02.FR.01",
    catches="cancels_anything",
)
def cancel_unknown(station: Subject) -> Script:
    yield from given(_taking(station))
    yield ask("CancelReservation", {"reservationId": 1}, having={"status": "Rejected"}, rule="H02.FR.01")


@station201(
    "TC_H_19_CS",
    "Reservation used through group id",
    verifies="H01.FR.15 H03.FR.04 H03.FR.08",
    catches="reserves_without_a_word heeds_no_groups forgets_what_was_reserved guesses_at_groups",
)
def by_group(station: Subject) -> Script:
    yield from given(_taking(station))
    yield from given(forgotten(station))
    valid, mate = station.tokens.valid, station.tokens.mate
    yield from reserved(station, NUMBER, valid, group=valid.group)
    yield from _charges(station, mate, "H03.FR.04 H03.FR.08", number=NUMBER, asks=True)


@station201(
    "TC_H_21_CS",
    "Reservation dropped when EVSE unavailable",
    verifies="H01.FR.17",
    catches="says_nothing_of_a_removal takes_a_removal_for_an_expiry keeps_others_out",
)
def dropped(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid))
    place = {"evse": {"id": station.evse}}
    here = [connector for evse, connector in station.connectors if evse == station.evse]
    for operational, status in (("Inoperative", "Unavailable"), ("Operative", "Available")):
        request = {"operationalStatus": operational, **place}
        yield ask("ChangeAvailability", request, having={"status": "Accepted"}, rule="G03.FR.02")
        for connector in here:
            yield connector_is(station, status, connector=connector, rule="G03.FR.04")
        if operational == "Inoperative":
            yield from _over(station, "Removed", "H01.FR.17", station.message_s)
    yield from _charges(station, station.tokens.other, "H01.FR.17")


@station201(
    "TC_H_22_CS",
    "Reservation rejected because feature off",
    verifies="H01.FR.01",
    catches="takes_any_reservation",
)
def switched_off(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "ReservationCtrlr", "Enabled", "false", optional=True))
    yield from _asked(station.tokens.valid, "Rejected", "H01.FR.01", evseId=station.evse)


@station201(
    "TC_H_23_CS",
    "Same reservation id replaces the old one",
    verifies="H01.FR.02",
    catches="never_replaces_a_reservation keeps_whom_it_was_reserved_for_first",
)
def replaced(station: Subject) -> Script:
    yield from given(_reserved(station, station.tokens.valid))
    yield from reserved(station, NUMBER, station.tokens.other, reports=False, rule="H01.FR.02")
    yield from _charges(station, station.tokens.other, "H01.FR.02", number=NUMBER)


@station201(
    "TC_H_24_CS",
    "Reserve any EVSE with group token",
    verifies="H03.FR.06",
    catches="rejects_reservations heeds_no_groups",
)
def any_evse_by_group(station: Subject) -> Script:
    yield from given(_taking(station))
    valid, mate = station.tokens.valid, station.tokens.mate
    yield from _anywhere(station, valid, group=valid.group)
    yield from _charges(station, mate, "H03.FR.06", number=NUMBER)
