"""Transactions are told by messages alone, in both dialects, also when the messages are odd."""

from __future__ import annotations

import json
from typing import Any

from reports.frames import Message, understand
from reports.transactions import Ledger, Transaction


def ledger(*rows: tuple[str, list[Any]]) -> list[Transaction]:
    book = Ledger()
    messages = [Message(n, float(n), "CP-1", way, json.dumps(frame)) for n, (way, frame) in enumerate(rows, 1)]
    for frame in understand(messages):
        book.see(frame)
    return book.transactions()


def start(ident: str, meter: Any = 1000, stamp: str = "2026-03-01T08:00:00Z") -> tuple[str, list[Any]]:
    ask = {"connectorId": 1, "idTag": "T", "meterStart": meter, "timestamp": stamp}
    return "up", [2, ident, "StartTransaction", ask]


def event(kind: str, seq: int, wh: float | None = None, **more: Any) -> tuple[str, list[Any]]:
    info = {"transactionId": "tx"} | more.pop("info", {})
    ask: dict[str, Any] = {"eventType": kind, "timestamp": f"2026-03-01T08:0{seq}:00Z", "transactionInfo": info}
    if wh is not None:
        ask["meterValue"] = [{"sampledValue": [{"value": wh}]}]
    return "up", [2, f"m{seq}", "TransactionEvent", ask | more]


def test_1_6_is_joined_by_the_id_that_the_csms_gave() -> None:
    meter = {"connectorId": 1, "transactionId": 7}
    meter["meterValue"] = [{"sampledValue": [{"value": "1.5", "unit": "kWh"}]}]  # type: ignore[assignment]
    (found,) = ledger(
        start("a"),
        ("down", [3, "a", {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}]),
        ("up", [2, "b", "MeterValues", meter]),
        (
            "up",
            [2, "c", "StopTransaction", {"transactionId": 7, "meterStop": 3500, "timestamp": "2026-03-01T09:00:00Z"}],
        ),
    )
    assert (found.transaction_id, found.token, found.evse, found.acknowledged) == ("7", "T", 1, True)
    assert found.energy_wh == 2500
    assert found.reason == "Local"
    assert (found.first_line, found.last_line) == (1, 4)


def test_1_6_start_that_is_sent_again_is_one_transaction() -> None:
    (found,) = ledger(start("a"), start("b"), ("down", [3, "b", {"transactionId": 8}]))
    assert found.transaction_id == "8"
    assert found.acknowledged


def test_1_6_stop_of_an_unknown_transaction_is_shown_without_a_start() -> None:
    (found,) = ledger(("up", [2, "c", "StopTransaction", {"transactionId": -1, "meterStop": 5, "timestamp": "x"}]))
    assert (found.transaction_id, found.started, found.energy_wh, found.acknowledged) == ("-1", None, None, False)


def test_2_0_1_is_joined_by_the_stations_id() -> None:
    (found,) = ledger(
        event("Started", 1, 1000, evse={"id": 2}, idToken={"idToken": "T"}, offline=True),
        ("down", [3, "m1", {}]),
        event("Updated", 2, 1500),
        event("Ended", 3, 1200, info={"stoppedReason": "EVDisconnected"}),
    )
    assert (found.evse, found.token, found.reason, found.offline) == (2, "T", "EVDisconnected", True)
    assert found.energy_wh == 500, "a late reading does not turn the register back"
    assert found.ended == "2026-03-01T08:03:00Z"


def test_units_and_multipliers_are_applied_and_phases_passed_over() -> None:
    measure = {"unit": "kWh", "multiplier": -1}
    first = {"value": 10, "unitOfMeasure": measure}
    other = [{"value": 99, "phase": "L1"}, {"value": 5, "measurand": "SoC"}]
    values = [{"sampledValue": [first, *other]}, {"sampledValue": [{"value": 3000}]}]
    (found,) = ledger(event("Started", 1, meterValue=values))
    assert (found.start_wh, found.energy_wh) == (1000, 2000)


def test_odd_payloads_are_passed_over() -> None:
    odd: list[Any] = [None, 5, [], {"transactionInfo": 3}, {"transactionInfo": {"transactionId": {}}, "meterValue": 7}]
    rows = [("up", [2, f"x{n}", "TransactionEvent", payload]) for n, payload in enumerate(odd)]
    rows += [start("s", meter="1e999", stamp=5)]  # type: ignore[arg-type]
    assert [each.energy_wh for each in ledger(*rows)] == [None, None]
