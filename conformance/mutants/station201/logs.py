"""Faulty 2.0.1 stations: logs."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, drop, mutant, say

STATUS = "LogStatusNotification"

mutant("names_no_log", change_reply("GetLog", "filename", None), breaks="N01.FR.01")
mutant("uploads_in_silence", drop(STATUS, {"status": "Uploading"}), breaks="N01.FR.08")
mutant("forgets_which_log", change(STATUS, "requestId", 1), breaks="N01.FR.07")
mutant("silent_about_a_failed_upload", drop(STATUS, {"status": "UploadFailure"}),
       drop(STATUS, {"status": "PermissionDenied"}), breaks="N01.FR.10")  # fmt: skip
mutant(
    "gives_up_at_once",
    drop(STATUS, {"status": "PermissionDenied"}),
    say(STATUS, {"status": "UploadFailure", "requestId": 5101}, after="GetLog", by_s=5),
    breaks="N01.FR.10",
)
mutant(
    "promises_logs_that_it_does_not_have",
    accept_reply("GetLog", {"status": "Accepted", "filename": "log.gz"}),
    breaks="N01.FR.05",
)
mutant("never_says_that_it_uploaded", drop(STATUS, {"status": "Uploaded"}), breaks="N01.FR.09")
mutant(
    "hides_that_a_log_is_cancelled",
    change_reply("GetLog", "status", "Accepted", {"status": "AcceptedCanceled"}),
    breaks="N01.FR.12",
)
mutant("silent_about_a_cancelled_log", drop(STATUS, {"status": "AcceptedCanceled"}), breaks="N01.FR.20")
