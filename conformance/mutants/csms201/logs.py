"""Faulty 2.0.1 CSMSs: logs."""

from __future__ import annotations

from conformance.mutants import change, fail_reply, mutant

STATUS = "LogStatusNotification"

mutant("wants_the_other_log", change("GetLog", "logType", "SecurityLog"), breaks="N01.FR.04")
mutant("wants_another_log_than_that_of_security", change("GetLog", "logType", "DiagnosticsLog"), breaks="N01.FR.03")
mutant("chokes_on_an_upload", fail_reply(STATUS, {"status": "Uploaded"}), breaks="N01.FR.09")
mutant("deaf_without_a_log", fail_reply("Heartbeat", {}), breaks="N01.FR.05")
mutant("chokes_on_a_cancelled_log", fail_reply(STATUS, {"status": "AcceptedCanceled"}), breaks="N01.FR.20")
