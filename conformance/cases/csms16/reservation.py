"""Reservations. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance.cases.csms16.states import attached, authorized, charging, goes_on, is_now, started, told
from conformance.vocabulary import (
    PRESENT,
    Matcher,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms16,
    given,
    let_pass,
    satisfying,
    time_of_day,
)

LONG_S = 3600.0


def _asked(csms: Subject, connector: int, *, for_s: float = LONG_S, group: str = "") -> Script:
    """The central system, told to, reserves a connector (0: any) for the agreed idTag; returns its request."""
    now: datetime = yield time_of_day()
    until = now + timedelta(seconds=for_s)
    expires = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    token = csms.tokens.valid
    fields: dict[str, Any] = {"evse": connector} if connector else {}
    having = {"connectorId": connector, "idTag": token.id, "reservationId": PRESENT}
    having["expiryDate"] = _near(until, csms.tolerance_s)
    if group:
        fields["group_id"] = having["parentIdTag"] = group
    yield command(csms, "reserve", id_token=token.id, token_type=token.type, expires=expires, **fields)
    request: Received = yield from told(csms, "ReserveNow", having=having, rule="1.6:5.13")
    return request


def _near(moment: datetime, tolerance_s: float) -> Matcher:
    def near(value: Any) -> bool:
        try:
            return abs((datetime.fromisoformat(str(value)) - moment).total_seconds()) <= tolerance_s
        except (ValueError, TypeError):  # no date at all, or one without a zone
            return False

    return satisfying(f"{moment.isoformat()}, {tolerance_s:g} s sooner or later", near)


def _reserved(csms: Subject, *, for_s: float = LONG_S, group: str = "") -> Script:
    """The connector under test is reserved; returns the number of the reservation."""
    request = yield from _asked(csms, csms.evse, for_s=for_s, group=group)
    yield answer(request, status="Accepted")
    yield from is_now(csms, "Reserved")
    return request.get("reservationId")


@csms16(
    "TC_046_CSMS",
    "Reserve connector, transaction uses it",
    verifies="1.6:4.8 1.6:4.9 1.6:5.13",
    catches="reserves_another_connector_16 reserves_for_somebody_else_16 refuses_to_start_16 chokes_on_reserved_16",
)
def reserved_and_used(csms: Subject) -> Script:
    yield from given(attached(csms))
    number = yield from _reserved(csms)
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms, reservationId=number)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_047_CSMS",
    "Reservation expires",
    verifies="1.6:4.9 1.6:5.13",
    catches="reserves_for_ever_16 reserves_another_connector_16 chokes_on_reserved_16",
)
def reservation_expires(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _reserved(csms, for_s=csms.transaction_s)
    yield let_pass(csms.transaction_s)
    yield from is_now(csms, "Available")


def _refused(csms: Subject, status: str) -> Script:
    request = yield from _asked(csms, csms.evse)
    yield answer(request, status=status)
    yield from goes_on()


REFUSED = "reserves_another_connector_16 reserves_for_somebody_else_16 deaf_after_an_order_16"


@csms16("TC_048_1_CSMS", "Reserve faulted connector", verifies="1.6:5.13", catches=REFUSED)
def connector_faulted(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _refused(csms, "Faulted")


@csms16(
    "TC_048_2_CSMS",
    "Reserve occupied connector",
    verifies="1.6:4.9 1.6:5.13",
    catches=f"chokes_on_preparing_16 {REFUSED}",
)
def connector_occupied(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from is_now(csms, "Preparing")
    yield from _refused(csms, "Occupied")


@csms16(
    "TC_048_3_CSMS",
    "Reserve unavailable connector",
    verifies="1.6:4.9 1.6:5.2 1.6:5.13",
    catches=f"closes_another_connector_16 opens_for_closing_16 chokes_on_unavailable_16 {REFUSED}",
)
def connector_unavailable(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "change_availability", operative=False, evse=csms.evse)
    having = {"connectorId": csms.evse, "type": "Inoperative"}
    closed: Received = yield from told(csms, "ChangeAvailability", having=having, rule="1.6:5.2")
    yield answer(closed, status="Accepted")
    yield from is_now(csms, "Unavailable")
    yield from _refused(csms, "Unavailable")


@csms16("TC_048_4_CSMS", "Reservation rejected", verifies="1.6:5.13", catches=REFUSED)
def reservation_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _refused(csms, "Rejected")


@csms16(
    "TC_049_CSMS",
    "Reserve whole station (connector 0), transaction uses it",
    verifies="1.6:4.9 1.6:5.13 1.6:4.8",
    catches="reserves_one_connector_16 reserves_for_somebody_else_16 chokes_on_reserved_16 refuses_to_start_16",
)
def reserved_anywhere(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asked(csms, 0)
    yield answer(request, status="Accepted")
    yield from is_now(csms, "Reserved")
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms, reservationId=request.get("reservationId"))
    yield from is_now(csms, "Charging")


def _cancelled(csms: Subject, status: str) -> Script:
    """A reservation is given up by its number; the charge point answers so."""
    yield from given(attached(csms))
    number = yield from given(_reserved(csms))
    yield command(csms, "cancel_reservation", reservation_id=number)
    having = {"reservationId": number}
    request: Received = yield from told(csms, "CancelReservation", having=having, rule="1.6:5.1")
    yield answer(request, status=status)


@csms16(
    "TC_051_CSMS",
    "Cancel reservation",
    verifies="1.6:4.9 1.6:5.1",
    catches="cancels_another_reservation_16 never_cancels_a_reservation_16 chokes_when_free_again_16",
)
def reservation_cancelled(csms: Subject) -> Script:
    yield from _cancelled(csms, "Accepted")
    yield from is_now(csms, "Available")


@csms16(
    "TC_052_CSMS",
    "Cancel unknown reservation rejected",
    verifies="1.6:5.1",
    catches="never_cancels_a_reservation_16 deaf_after_an_order_16",
)
def cancellation_rejected(csms: Subject) -> Script:
    yield from _cancelled(csms, "Rejected")
    yield from goes_on()


@csms16(
    "TC_053_CSMS",
    "Reserved connector used through parent id",
    verifies="1.6:3.10 1.6:4.1 1.6:4.8 1.6:5.13",
    catches="forgets_the_parent_of_a_reservation_16 tells_no_parent_16 refuses_to_start_16 refuses_valid_tags_16",
)
def reserved_for_parent(csms: Subject) -> Script:
    mate = csms.tokens.mate
    yield from given(attached(csms))
    number = yield from _reserved(csms, group=mate.group)
    having = {"idTagInfo.parentIdTag": mate.group}
    yield ask("Authorize", {"idTag": mate.id}, having=having, rule="1.6:3.10")
    yield from charging(csms, mate, reservationId=number)
