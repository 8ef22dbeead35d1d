"""Faulty 1.6 central systems: reservations."""

from __future__ import annotations

from conformance.mutants import change, drop, mutant

RESERVE, CLOSE, CANCEL = "ReserveNow", "ChangeAvailability", "CancelReservation"

mutant("reserves_another_connector_16", change(RESERVE, "connectorId", 99), breaks="1.6:5.13")
mutant("reserves_one_connector_16", change(RESERVE, "connectorId", 1), breaks="1.6:5.13")
mutant("reserves_for_somebody_else_16", change(RESERVE, "idTag", "ANOTHER"), breaks="1.6:5.13")
mutant("reserves_for_ever_16", change(RESERVE, "expiryDate", "2099-12-31T23:59:59Z"), breaks="1.6:5.13")
mutant("forgets_the_parent_of_a_reservation_16", change(RESERVE, "parentIdTag", None), breaks="1.6:5.13")
mutant("closes_another_connector_16", change(CLOSE, "connectorId", 99), breaks="1.6:5.2")
mutant("opens_for_closing_16", change(CLOSE, "type", "Operative"), breaks="1.6:5.2")
mutant("cancels_another_reservation_16", change(CANCEL, "reservationId", 999), breaks="1.6:5.1")
mutant("never_cancels_a_reservation_16", drop(CANCEL), breaks="1.6:5.1")
