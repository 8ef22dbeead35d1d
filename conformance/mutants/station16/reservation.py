"""Faulty 1.6 charge points: reservation."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mishear, mutant, once

STATUS = "StatusNotification"
RESERVED = {"status": "Reserved"}

mutant("rejects_reservations_16", accept_reply("ReserveNow", {"status": "Rejected"}), breaks="1.6:5.13 1.6:9.3.1")
mutant("takes_any_reservation_16", accept_reply("ReserveNow", {"status": "Accepted"}), breaks="1.6:5.13 1.6:9.3.1")
mutant("never_reserved_16", drop(STATUS, RESERVED), breaks="1.6:4.9 1.6:5.13")
mutant("forgets_what_was_reserved_16", change("StartTransaction", "reservationId", None), breaks="1.6:4.8")
mutant("lets_strangers_in_16", mishear("ReserveNow", "idTag", "VALID-0002"), breaks="1.6:5.13")
mutant("stays_reserved_16", once(STATUS, RESERVED, drop(STATUS, {"status": "Available"})), breaks="1.6:5.13")
mutant("cancels_nothing_16", accept_reply("CancelReservation", {"status": "Rejected"}), breaks="1.6:5.1")
mutant("cancels_anything_16", accept_reply("CancelReservation", {"status": "Accepted"}), breaks="1.6:5.1")
mutant("reserves_for_nobody_else_16", mishear("ReserveNow", "parentIdTag", None), breaks="1.6:3.10 1.6:5.11")
