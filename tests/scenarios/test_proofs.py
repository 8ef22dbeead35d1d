"""docs/messages.md is what the code makes of it, and no message of OCPP is without a module and a proof."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from protocol.pages import renewed
from protocol.versions import V16, V21, V201, Side, Version
from scenarios import proofs
from scenarios.proofs import COVERED, TABLES, Row, answerer, rows, senders

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"

Place = tuple[Version, str, Side, bool]


def places() -> list[Place]:
    """Version, action, side, and whether it sends: of every row, without the proofs that take seconds to find."""
    return [
        (version, action, side, side is sender)
        for version, by_sender in COVERED.items()
        for sender, actions in by_sender.items()
        for action in sorted(actions)
        for side in Side
    ]


@cache
def by_place() -> dict[Place, Row]:
    return {(row.version, row.action, row.side, row.sends): row for row in rows()}


def test_each_row_has_its_place() -> None:
    assert set(places()) == by_place().keys()
    assert len(places()) == len(rows())


def test_every_message_is_there_for_both_sides() -> None:
    found = by_place().keys()
    for version in (V16, V201):
        for sender, actions in version.calls.items():
            assert {(version, action, sender, True) for action in actions} <= found
            assert {(version, action, sender.other, False) for action in actions} <= found
    assert {row.action for row in rows() if row.version is V21} == V201.actions


@pytest.mark.parametrize("place", places(), ids=lambda place: f"{place[0].name}-{place[1]}-{place[2]}-{place[3]}")
def test_no_row_is_empty(place: Place) -> None:
    row = by_place()[place]
    assert row.modules, "nobody sends it" if row.sends else "nobody answers it"
    assert row.proofs, "no test is marked as its proof"


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text, TABLES) == text, "run python -m scenarios.proofs docs/messages.md"


def test_modules_are_those_of_the_code() -> None:
    assert answerer(Side.CSMS, V201, "Heartbeat") == ("csms_reference.dialects.ocpp201",)
    assert answerer(Side.STATION, V16, "Reset") == ("simulator.dialects.ocpp16",)
    assert answerer(Side.CSMS, V16, "Reset") == ()
    assert "simulator.dialects.ocpp201" in senders(Side.STATION, V201, "BootNotification")
    assert "simulator.dialects.ocpp201" not in senders(Side.STATION, V16, "BootNotification")


def test_a_mark_names_messages_that_there_are() -> None:
    mark = ast.parse('pytest.mark.proves("station", "Reset Sing", "2.0.1")', mode="eval").body
    with pytest.raises(ValueError, match=r"here proves Sing, which OCPP 2\.0\.1 does not have"):
        list(proofs._said(mark, "here"))
    good = ast.parse('pytest.mark.proves("csms", "Reset", "1.6 2.1")', mode="eval").body
    assert [(side, version) for side, version, _, _ in proofs._said(good, "here")] == [
        (Side.CSMS, V16),
        (Side.CSMS, V21),
    ]
