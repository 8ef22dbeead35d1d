"""Faulty 2.0.1 stations: reservation."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mishear, mishear_reply, mutant, once

RESERVED, AVAILABLE = {"connectorStatus": "Reserved"}, {"connectorStatus": "Available"}
EXPIRED, REMOVED = {"reservationUpdateStatus": "Expired"}, {"reservationUpdateStatus": "Removed"}
STRANGER = {"idToken": {"idToken": "VALID-0002", "type": "ISO14443"}}

mutant("reserves_without_a_word", drop("StatusNotification", RESERVED), breaks="H01.FR.20 H01.FR.23 H01.FR.24")
mutant(
    "rejects_reservations",
    accept_reply("ReserveNow", {"status": "Rejected"}),
    breaks="H01.FR.04 H01.FR.06",
)
mutant(
    "rejects_for_no_reason",
    accept_reply("ReserveNow", {"status": "Rejected"}, {"id": 111}),
    breaks="H01.FR.11 H01.FR.14",
)
mutant(
    "takes_any_reservation",
    accept_reply("ReserveNow", {"status": "Accepted"}),
    breaks="H01.FR.01 H01.FR.11 H01.FR.14 H01.FR.19",
)
mutant("forgets_what_was_reserved", change("TransactionEvent", "reservationId", None), breaks="H01.FR.15")
mutant(
    "keeps_used_reservations",
    once("StatusNotification", RESERVED, drop("StatusNotification", AVAILABLE)),
    breaks="H03.FR.10",
)
mutant(
    "stays_reserved",
    once("StatusNotification", RESERVED, drop("StatusNotification", AVAILABLE)),
    breaks="H02.FR.02 H04.FR.03",
)
mutant(
    "reserves_for_another",
    mishear("ReserveNow", "idToken.idToken", "SOMEBODY-ELSE"),
    breaks="H03.FR.01 H03.FR.02 H03.FR.03",
)
mutant("keeps_others_out", mishear_reply("Authorize", "idTokenInfo.status", "Invalid"), breaks="H01.FR.17 H04.FR.02")
mutant("guesses_at_groups", drop("Authorize", {"idToken.idToken": "VALID-0003"}), breaks="H03.FR.08")
mutant("lets_strangers_in", mishear("ReserveNow", "idToken", STRANGER["idToken"]), breaks="H03.FR.01")
mutant(
    "starts_strangers_from_afar",
    accept_reply("RequestStartTransaction", {"status": "Accepted"}),
    breaks="F01.FR.21 F01.FR.22",
)
mutant("says_nothing_of_an_expiry", drop("ReservationStatusUpdate", EXPIRED), breaks="H04.FR.01")
mutant(
    "takes_an_expiry_for_a_removal",
    change("ReservationStatusUpdate", "reservationUpdateStatus", "Removed", EXPIRED),
    breaks="H04.FR.01",
)
mutant("says_nothing_of_a_removal", drop("ReservationStatusUpdate", REMOVED), breaks="H01.FR.17")
mutant(
    "takes_a_removal_for_an_expiry",
    change("ReservationStatusUpdate", "reservationUpdateStatus", "Expired", REMOVED),
    breaks="H01.FR.17",
)
mutant("cancels_nothing", accept_reply("CancelReservation", {"status": "Rejected"}), breaks="H02.FR.02")
mutant("cancels_anything", accept_reply("CancelReservation", {"status": "Accepted"}), breaks="H02.FR.01")
mutant("heeds_no_groups", mishear("ReserveNow", "groupIdToken", None), breaks="H03.FR.04 H03.FR.06")
mutant("never_replaces_a_reservation", mishear("ReserveNow", "id", 999, STRANGER), breaks="H01.FR.02")
mutant(
    "keeps_whom_it_was_reserved_for_first",
    mishear("ReserveNow", "idToken.idToken", "VALID-0001", STRANGER),
    breaks="H01.FR.02",
)
