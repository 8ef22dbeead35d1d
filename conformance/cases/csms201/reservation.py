"""Block H, reservation. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance.cases.csms201.states import attached, connectors_are, status_of, told
from conformance.vocabulary import (
    ABSENT,
    Matcher,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    let_pass,
    satisfying,
    time_of_day,
)

LONG_S = 3600.0
CONNECTOR_TYPE = "sType2"
"""A type of connector that the bench, as a station, has."""


def _asked(csms: Subject, rule: str, *, for_s: float = 0.0, having: dict[str, Any], **fields: Any) -> Script:
    """The CSMS, told to, reserves something for the agreed token; returns its request, unanswered.

    How long it does so counts only where the case is ``for_s`` about it.
    """
    token = csms.tokens.valid
    now: datetime = yield time_of_day()
    until = now + timedelta(seconds=for_s or LONG_S)
    expires = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    yield command(csms, "reserve", id_token=token.id, token_type=token.type, expires=expires, **fields)
    wanted = {
        "idToken.idToken": token.id,
        "idToken.type": token.type,
        **({"expiryDateTime": _near(until, csms.tolerance_s)} if for_s else {}),
        **having,
    }
    request: Received = yield from told(csms, "ReserveNow", having=wanted, rule=rule)
    return request


def _near(moment: datetime, tolerance_s: float) -> Matcher:
    def near(value: Any) -> bool:
        try:
            return abs((datetime.fromisoformat(str(value)) - moment).total_seconds()) <= tolerance_s
        except (TypeError, ValueError):  # no instant, or one without a time zone
            return False

    return satisfying(f"{moment.isoformat()}, {tolerance_s:g} s sooner or later", near)


def _here(csms: Subject, rule: str, *, for_s: float = 0.0, group: bool = False) -> Script:
    """Reserved: the EVSE under test is kept for the agreed token; returns the request."""
    having = {"evseId": csms.evse, "connectorType": ABSENT}
    fields: dict[str, Any] = {"evse": csms.evse}
    if group:
        fields["group_id"] = having["groupIdToken.idToken"] = csms.tokens.valid.group
    request: Received = yield from _asked(csms, rule, for_s=for_s, having=having, **fields)
    yield answer(request, status="Accepted")
    yield from _connectors(csms, "Reserved")
    return request


def _connectors(csms: Subject, status: str) -> Script:
    """The connectors of the EVSE under test are reported."""
    for evse, connector in csms.connectors:
        if evse == csms.evse:
            yield ask("StatusNotification", status_of(evse, connector, status))


def _over(request: Received, status: str, rule: str) -> Script:
    update = {"reservationId": request.get("id"), "reservationUpdateStatus": status}
    yield ask("ReservationStatusUpdate", update, rule=rule)


@csms201(
    "TC_H_01_CSMS",
    "Reserve EVSE, reserved token starts",
    verifies="H01.FR.23",
    catches="never_reserves reserves_for_somebody_else reserves_another_evse",
)
def specific_evse(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _here(csms, "H01.FR.23")


@csms201(
    "TC_H_07_CSMS",
    "Reservation expires unused",
    verifies="H04.FR.01 H04.FR.03",
    catches="chokes_on_the_end_of_a_reservation reserves_for_ever reserves_another_evse",
)
def expires(csms: Subject) -> Script:
    yield from given(attached(csms))
    request: Received = yield from _here(csms, "H01.FR.23 H04.FR.01", for_s=csms.transaction_s)
    yield let_pass(csms.transaction_s)
    yield from _connectors(csms, "Available")
    yield from _over(request, "Expired", "H04.FR.01")


@csms201(
    "TC_H_08_CSMS",
    "Reserve any EVSE accepted",
    verifies="H01.FR.04",
    catches="never_reserves reserves_for_somebody_else reserves_one_evse",
)
def any_evse(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _anywhere(csms)
    if len(csms.evses) == 1:
        yield from _connectors(csms, "Reserved")


def _anywhere(csms: Subject) -> Script:
    having = {"evseId": ABSENT, "connectorType": ABSENT}
    request: Received = yield from _asked(csms, "H01.FR.04", having=having)
    yield answer(request, status="Accepted")
    return request


@csms201(
    "TC_H_14_CSMS",
    "Reservations equal EVSE count: none free for others",
    verifies="H01.FR.02 H01.FR.20",
    catches="never_reserves reserves_for_somebody_else reserves_one_evse",
)
def as_many_as_evses(csms: Subject) -> Script:
    yield from given(attached(csms))
    numbers = []
    for _ in csms.evses:
        request: Received = yield from _anywhere(csms)
        numbers.append(request.get("id"))
    yield check(len(set(numbers)) == len(numbers), "an id for each reservation", numbers, "H01.FR.02")
    yield from connectors_are(csms, "Reserved")


@csms201(
    "TC_H_15_CSMS",
    "Reserve connector type",
    verifies="H01.FR.06",
    catches="never_reserves reserves_one_evse reserves_any_type",
)
def by_type(csms: Subject) -> Script:
    yield from given(attached(csms))
    having = {"evseId": ABSENT, "connectorType": CONNECTOR_TYPE}
    request: Received = yield from _asked(csms, "H01.FR.06", having=having, connector_type=CONNECTOR_TYPE)
    yield answer(request, status="Accepted")
    yield from _connectors(csms, "Reserved")


@csms201(
    "TC_H_17_CSMS",
    "Cancel reservation",
    verifies="H02.FR.02",
    catches="cancels_another_reservation never_cancels_a_reservation",
)
def cancelled(csms: Subject) -> Script:
    yield from given(attached(csms))
    reserved: Received = yield from given(_here(csms, "H01.FR.23"))
    number = reserved.get("id")
    yield command(csms, "cancel_reservation", reservation_id=number)
    request: Received = yield from told(csms, "CancelReservation", having={"reservationId": number}, rule="H02.FR.02")
    yield answer(request, status="Accepted")
    yield from _connectors(csms, "Available")


@csms201(
    "TC_H_19_CSMS",
    "Reservation used through group id",
    verifies="H03.FR.04",
    catches="never_reserves forgets_the_group_of_a_reservation",
)
def by_group(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _here(csms, "H01.FR.23 H03.FR.04", group=True)


@csms201(
    "TC_H_20_CSMS",
    "Reservation dropped when EVSE faults",
    verifies="H01.FR.16",
    catches="chokes_on_the_end_of_a_reservation reserves_another_evse",
)
def dropped(csms: Subject) -> Script:
    yield from given(attached(csms))
    request: Received = yield from _here(csms, "H01.FR.23")
    yield from _connectors(csms, "Faulted")
    yield from _over(request, "Removed", "H01.FR.16")


@csms201(
    "TC_H_22_CSMS",
    "Reservation rejected because feature off",
    verifies="H01.FR.01",
    catches="never_reserves deaf_after_a_refusal",
)
def switched_off(csms: Subject) -> Script:
    yield from given(attached(csms))
    request: Received = yield from _asked(csms, "H01.FR.01", having={}, evse=csms.evse)
    yield answer(request, status="Rejected")
    yield ask("Heartbeat", rule="G02.FR.03")
