"""Faulty 2.0.1 CSMSs: transfer."""

from __future__ import annotations

from conformance.mutants import accept_reply, mutant, refuse_reply

mutant("welcomes_any_vendor", accept_reply("DataTransfer", {"status": "Accepted"}), breaks="P02.FR.06")
mutant("chokes_on_custom_data", refuse_reply("TransactionEvent", "FormatViolation"), breaks="OCPP-2.0.1.part2.1.4")
