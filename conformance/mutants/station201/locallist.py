"""Faulty 2.0.1 stations: local authorization list."""

from __future__ import annotations

from conformance.mutants import accept_reply, change_reply, fail_reply, mishear, mutant, unbidden
from conformance.vocabulary import ABSENT

_CHANGES = {"updateType": "Differential"}
_NOTHING = {"localAuthorizationList": ABSENT}

mutant("takes_no_list", change_reply("SendLocalList", "status", "Failed"), breaks="D01.FR.02")
mutant("takes_no_changes", accept_reply("SendLocalList", {"status": "Failed"}, _CHANGES), breaks="D01.FR.02")
mutant(
    "misses_the_entries",
    fail_reply("SendLocalList", _NOTHING, "OccurrenceConstraintViolation"),
    breaks="D01.FR.04 D01.FR.05",
)
mutant("takes_old_changes", accept_reply("SendLocalList", {"status": "Accepted"}, _CHANGES), breaks="D01.FR.19")
mutant("numbers_its_lists_itself", mishear("SendLocalList", "versionNumber", 1), breaks="D01.FR.15")
mutant(
    "counts_no_changes",
    change_reply("GetLocalListVersion", "versionNumber", lambda number: number - 1),
    breaks="D01.FR.05 D01.FR.16 D01.FR.17",
)
mutant("goes_back_to_an_old_version", change_reply("GetLocalListVersion", "versionNumber", 6), breaks="D01.FR.19")
mutant("counts_an_empty_list_as_none", change_reply("GetLocalListVersion", "versionNumber", 0), breaks="D01.FR.04")
mutant("loses_its_list_at_boot", change_reply("GetLocalListVersion", "versionNumber", 0), breaks="D01.FR.10")
mutant("tells_another_version", change_reply("GetLocalListVersion", "versionNumber", 1), breaks="D02.FR.01")
mutant("cannot_do_without_a_list", change_reply("GetLocalListVersion", "versionNumber", 7), breaks="D02.FR.03")
mutant("overlooks_the_entries", mishear("SendLocalList", "localAuthorizationList", None), breaks="D01.FR.15")
mutant(
    "overlooks_the_changes",
    mishear("SendLocalList", "localAuthorizationList", None, _CHANGES),
    breaks="D01.FR.16 D01.FR.17",
)
mutant(
    "empties_no_list",
    mishear("SendLocalList", "updateType", "Differential", _NOTHING),
    accept_reply("SendLocalList", {"status": "Accepted"}),
    breaks="D01.FR.04",
)
mutant(
    "takes_no_changes_for_an_empty_list", mishear("SendLocalList", "updateType", "Full", _NOTHING), breaks="D01.FR.05"
)
mutant(
    "says_that_it_refuses_old_changes",
    mishear("SendLocalList", "versionNumber", 99, _CHANGES),
    accept_reply("SendLocalList", {"status": "VersionMismatch"}, _CHANGES),
    change_reply("GetLocalListVersion", "versionNumber", 7),
    breaks="D01.FR.19",
)
mutant(
    "empties_its_list_at_boot",
    unbidden("SendLocalList", {"versionNumber": 7, "updateType": "Full"}, after="BootNotification"),
    breaks="D01.FR.10",
)
