"""Reservations. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station16.reset import faulted
from conformance.cases.station16.states import (
    AVAILABLE,
    PREPARING,
    asked,
    availability,
    begun,
    connectors,
    others_closed,
    plugged,
    ready,
    remote_start,
    started,
    status,
    switched,
    unasked,
)
from conformance.vocabulary import (
    Instant,
    Operate,
    Script,
    Subject,
    Token,
    ask,
    expect,
    given,
    plug,
    present,
    silence,
    station16,
)

NUMBER = 11
RESERVED = "Reserved"
EXPIRES_S, LATER_S = 60.0, 3600.0
ZERO = "ReserveConnectorZeroSupported"


def _alone(station: Subject) -> Script:
    """The connector under test is the only one that can be used."""
    yield from ready(station)
    yield from others_closed(station)


def _reserve(
    station: Subject, wanted: str, *, at: int | None = None, for_s: float = LATER_S, rule: str = "1.6:5.13", **more: Any
) -> Script:
    """ReserveNow for the valid idTag is answered so."""
    request = {
        "connectorId": station.evse if at is None else at,
        "expiryDate": Instant(for_s),
        "idTag": station.tokens.valid.id,
        "reservationId": NUMBER,
        **more,
    }
    yield ask("ReserveNow", request, having={"status": wanted}, rule=rule)


def _reserved(station: Subject, **how: Any) -> Script:
    """The connector under test is kept for the valid idTag, and says so."""
    yield from _reserve(station, "Accepted", **how)
    yield status(station, RESERVED, rule="1.6:5.13")


def _used(station: Subject, token: Token | None = None) -> Script:
    """Whom it was kept for charges, and the transaction names the reservation."""
    shown = token or station.tokens.valid
    yield present(station, shown)
    yield expect("Authorize", station.message_s, having={"idTag": shown.id}, rule="1.6:4.1", optional=True)
    yield status(station, PREPARING, rule="1.6:5.13")
    yield plug(station)
    yield from _begins(station, token)


def _begins(station: Subject, token: Token | None = None, rule: str = "1.6:5.13") -> Script:
    yield from started(station, token=token, rule=rule, reservationId=NUMBER)


@station16(
    "TC_046_1_CS",
    "Reserve connector, local start",
    verifies="1.6:5.13 1.6:4.8 1.6:4.9",
    catches="rejects_reservations_16 never_reserved_16 forgets_what_was_reserved_16 lets_strangers_in_16",
)
def reserve_connector(station: Subject) -> Script:
    yield from given(_alone(station))
    yield from _reserved(station)
    before: int = yield from asked()
    yield present(station, station.tokens.other)
    yield silence(station.message_s, "StartTransaction", rule="1.6:5.13")
    yield from unasked(before)
    yield from _used(station)


@station16(
    "TC_046_2_CS",
    "Reserve connector, remote start",
    verifies="1.6:5.13 1.6:5.11 1.6:4.8",
    catches="rejects_reservations_16 never_reserved_16 forgets_what_was_reserved_16 refuses_remote_start_16",
)
def reserve_connector_remote(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reserved(station)
    yield from remote_start(station, False)
    yield plug(station)
    yield from _begins(station)


@station16(
    "TC_047_CS",
    "Reservation expires",
    verifies="1.6:5.13",
    catches="rejects_reservations_16 never_reserved_16 stays_reserved_16",
)
def expires(station: Subject) -> Script:
    yield from given(_alone(station))
    yield from _reserved(station, for_s=EXPIRES_S)
    yield status(station, AVAILABLE, within_s=EXPIRES_S + station.tolerance_s, rule="1.6:5.13")
    yield from begun(station, station.tokens.other)


@station16("TC_048_1_CS", "Reserve faulted connector", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_faulted(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(faulted(station))
    yield from _reserve(station, "Faulted")


@station16("TC_048_2_CS", "Reserve occupied connector", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_occupied(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(plugged(station))
    yield from _reserve(station, "Occupied")


@station16("TC_048_3_CS", "Reserve unavailable connector", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_unavailable(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(availability(station, "Inoperative", "Unavailable"))
    yield from _reserve(station, "Unavailable")


@station16("TC_048_4_CS", "Reservation rejected", verifies="1.6:5.13", catches="takes_any_reservation_16", lasting=True)
def reserve_rejected(station: Subject) -> Script:
    yield from given(ready(station))
    yield Operate("refuse_reservations")
    yield from _reserve(station, "Rejected")


def _anywhere(station: Subject) -> Script:
    """An idle charge point that can be reserved without naming a connector."""
    yield from ready(station)
    yield from switched(station, ZERO, True)


@station16(
    "TC_049_CS",
    "Reserve whole station (connector 0), transaction uses it",
    verifies="1.6:5.13 1.6:4.8 1.6:9.3.1",
    catches="rejects_reservations_16 forgets_what_was_reserved_16",
)
def reserve_anywhere(station: Subject) -> Script:
    yield from given(_anywhere(station))
    yield from _reserve(station, "Accepted", at=0, rule="1.6:5.13 1.6:9.3.1")
    if len(connectors(station)) == 1:
        yield status(station, RESERVED, rule="1.6:5.13")
    yield from _used(station)


@station16("TC_050_1_CS", "Reserve station: faulted", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_anywhere_faulted(station: Subject) -> Script:
    yield from given(_anywhere(station))
    yield from given(_faulted_whole(station))
    yield from _reserve(station, "Faulted", at=0)


def _faulted_whole(station: Subject) -> Script:
    """The charge point itself is out of order."""
    yield from faulted(station)
    yield status(station, "Faulted", connector=0)


@station16("TC_050_2_CS", "Reserve station: occupied", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_anywhere_occupied(station: Subject) -> Script:
    yield from given(_anywhere(station))
    for evse in range(1, len(station.evses) + 1):
        yield plug(station, evse, 1)
        yield from given(_preparing(station, sum(station.evses[: evse - 1]) + 1))
    yield from _reserve(station, "Occupied", at=0)


def _preparing(station: Subject, connector: int) -> Script:
    yield status(station, PREPARING, connector=connector)


@station16("TC_050_3_CS", "Reserve station: unavailable", verifies="1.6:5.13", catches="takes_any_reservation_16")
def reserve_anywhere_unavailable(station: Subject) -> Script:
    yield from given(_anywhere(station))
    yield from given(availability(station, "Inoperative", "Unavailable", 0))
    yield from _reserve(station, "Unavailable", at=0)


@station16(
    "TC_050_4_CS", "Reserve station: rejected", verifies="1.6:5.13 1.6:9.3.1", catches="takes_any_reservation_16"
)
def reserve_anywhere_rejected(station: Subject) -> Script:
    yield from given(_nowhere(station))
    yield from _reserve(station, "Rejected", at=0, rule="1.6:5.13 1.6:9.3.1")


def _nowhere(station: Subject) -> Script:
    """An idle charge point of which no unspecified connector can be reserved."""
    yield from ready(station)
    yield from switched(station, ZERO, False)


@station16(
    "TC_051_CS",
    "Cancel reservation",
    verifies="1.6:5.1 1.6:5.13",
    catches="cancels_nothing_16 stays_reserved_16",
)
def cancelled(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reserved(station)
    yield ask("CancelReservation", {"reservationId": NUMBER}, having={"status": "Accepted"}, rule="1.6:5.1")
    yield status(station, AVAILABLE, rule="1.6:5.1 1.6:5.13")


@station16(
    "TC_052_CS",
    "Cancel unknown reservation rejected",
    verifies="1.6:5.1",
    catches="cancels_anything_16",
)
def cancel_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reserved(station)
    yield ask("CancelReservation", {"reservationId": NUMBER + 1}, having={"status": "Rejected"}, rule="1.6:5.1")


PARENTS = "1.6:3.10 1.6:5.13"


@station16(
    "TC_053_1_CS",
    "Reserved connector, parent id, local start",
    verifies="1.6:3.10 1.6:5.13",
    catches="never_reserved_16 reserves_for_nobody_else_16 forgets_what_was_reserved_16",
)
def reserved_for_parent(station: Subject) -> Script:
    yield from given(_alone(station))
    yield from _reserved(station, parentIdTag=station.tokens.valid.group)
    mate = station.tokens.mate
    yield present(station, mate)
    yield expect("Authorize", station.message_s, having={"idTag": mate.id}, rule=PARENTS)
    yield status(station, PREPARING, rule=PARENTS)
    yield plug(station)
    yield from _begins(station, mate)


@station16(
    "TC_053_2_CS",
    "Reserved connector, parent id, remote start",
    verifies="1.6:3.10 1.6:5.11 1.6:5.13",
    catches="never_reserved_16 reserves_for_nobody_else_16 forgets_what_was_reserved_16",
)
def reserved_for_parent_remote(station: Subject) -> Script:
    yield from given(_alone(station))
    yield from _reserved(station, parentIdTag=station.tokens.valid.group)
    mate = station.tokens.mate
    yield from given(switched(station, "AuthorizeRemoteTxRequests", True))
    yield from remote_start(station, True, token=mate)
    yield plug(station)
    yield from _begins(station, mate, PARENTS)
