"""Faulty 2.0.1 CSMSs: locallist."""

from __future__ import annotations

from typing import Any

from conformance.mutants import change, drop, mutant
from conformance.vocabulary import Tokens

_ENTRIES = "localAuthorizationList"
_KNOWN = {"idToken": Tokens().valid.payload, "idTokenInfo": {"status": "Accepted"}}


def _twice(entries: list[Any]) -> list[Any]:
    return entries + entries[:1]


mutant("sends_no_list", change("SendLocalList", _ENTRIES, None), breaks="D01.FR.15 D01.FR.16")
mutant("sends_changes_for_a_list", change("SendLocalList", "updateType", "Differential"), breaks="D01.FR.01")
mutant("sends_a_list_for_changes", change("SendLocalList", "updateType", "Full"), breaks="D01.FR.01")
mutant("sends_a_list_without_a_number", change("SendLocalList", "versionNumber", 0), breaks="D01.FR.18")
mutant("lists_a_token_twice", change("SendLocalList", _ENTRIES, _twice), breaks="D01.FR.06")
mutant(
    "lists_tokens_without_information", change("SendLocalList", f"{_ENTRIES}.1.idTokenInfo", None), breaks="D01.FR.15"
)
mutant("removes_nothing", change("SendLocalList", _ENTRIES, [_KNOWN]), breaks="D01.FR.17")
mutant("sends_entries_for_none", change("SendLocalList", _ENTRIES, [_KNOWN]), breaks="D01.FR.04")
mutant("asks_no_version", drop("GetLocalListVersion"), breaks="D02.FR.01 D02.FR.02")
