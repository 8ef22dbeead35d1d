"""Faulty 2.0.1 CSMSs: reservation."""

from __future__ import annotations

from conformance.mutants import change, drop, fail_reply, mutant

mutant("never_reserves", drop("ReserveNow"), breaks="H01.FR.01 H01.FR.04 H01.FR.06 H01.FR.23 H03.FR.04")
mutant("reserves_for_somebody_else", change("ReserveNow", "idToken.idToken", "ANOTHER"), breaks="H01.FR.04 H01.FR.23")
mutant("reserves_another_evse", change("ReserveNow", "evseId", 99), breaks="H01.FR.23")
mutant("reserves_one_evse", change("ReserveNow", "evseId", 1), breaks="H01.FR.04 H01.FR.06")
mutant("reserves_any_type", change("ReserveNow", "connectorType", None), breaks="H01.FR.06")
mutant("reserves_for_ever", change("ReserveNow", "expiryDateTime", "2099-12-31T23:59:59Z"), breaks="H04.FR.01")
mutant("forgets_the_group_of_a_reservation", change("ReserveNow", "groupIdToken", None), breaks="H03.FR.04")
mutant("cancels_another_reservation", change("CancelReservation", "reservationId", 999), breaks="H02.FR.02")
mutant("never_cancels_a_reservation", drop("CancelReservation"), breaks="H02.FR.02")
mutant("chokes_on_the_end_of_a_reservation", fail_reply("ReservationStatusUpdate", {}), breaks="H01.FR.16 H04.FR.01")
