"""Faulty 1.6 central systems: the local authorization list."""

from __future__ import annotations

from typing import Any

from conformance.mutants import change, drop, mutant

SEND, LIST = "SendLocalList", "localAuthorizationList"
CHANGES = {"updateType": "Differential"}


def _twice(entries: list[Any]) -> list[Any]:
    return entries + entries[:1]


def _bare(entries: list[Any]) -> list[Any]:
    return [{"idTag": entry["idTag"]} for entry in entries]


mutant("asks_no_version_16", drop("GetLocalListVersion"), breaks="1.6:5.10")
mutant("sends_changes_for_a_list_16", change(SEND, "updateType", "Differential"), breaks="1.6:5.15")
mutant("sends_lists_only_16", change(SEND, "updateType", "Full", CHANGES), breaks="1.6:5.15")
mutant("sends_no_list_16", change(SEND, LIST, None), breaks="1.6:6.41")
mutant("sends_an_old_list_16", change(SEND, "listVersion", 0), breaks="1.6:6.41")
mutant("lists_a_tag_twice_16", change(SEND, LIST, _twice), breaks="1.6:6.41")
mutant("lists_bare_tags_16", change(SEND, LIST, _bare), breaks="1.6:7.1")
mutant("sends_old_changes_16", change(SEND, "listVersion", 0, CHANGES), breaks="1.6:6.41")
mutant("changes_bare_tags_16", change(SEND, LIST, _bare, CHANGES), breaks="1.6:7.1")
mutant("changes_a_tag_twice_16", change(SEND, LIST, _twice, CHANGES), breaks="1.6:6.41")
