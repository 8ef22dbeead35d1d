"""Charging transactions as recorded messages tell them: StartTransaction, StopTransaction, TransactionEvent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reports.frames import Frame, FrameKind

REGISTER = "Energy.Active.Import.Register"  # also what a sampled value without a measurand means, in every version
STOPPED_BY_DEFAULT = "Local"  # 1.6 §6.49, 2.0.1 E06.FR.09: what a reason left out means


@dataclass(slots=True)
class Transaction:
    """One transaction. Stamps are those of the payloads (RFC 3339, as received); registers are in Wh."""

    station: str
    transaction_id: str = ""
    evse: int | None = None
    token: str = ""
    started: str | None = None
    ended: str | None = None
    first_t: float = 0.0
    last_t: float = 0.0
    first_line: int = 0
    last_line: int = 0
    start_wh: float | None = None
    last_wh: float | None = None
    reason: str = ""
    acknowledged: bool = False
    offline: bool = False

    @property
    def energy_wh(self) -> float | None:
        """What the register rose by, as far as it was told; None when no register value was."""
        if self.start_wh is None or self.last_wh is None:
            return None
        return self.last_wh - self.start_wh

    def register(self, value_wh: float | None) -> None:
        """Take a register reading; readings that arrive late do not turn it back."""
        if value_wh is None:
            return
        self.start_wh = value_wh if self.start_wh is None else self.start_wh
        self.last_wh = value_wh if self.last_wh is None else max(self.last_wh, value_wh)


class Ledger:
    """Follows frames and keeps the transactions they tell of, in the order of their first message."""

    def __init__(self) -> None:
        self._all: list[Transaction] = []
        self._by_id: dict[tuple[str, str], Transaction] = {}
        self._starts: dict[tuple[Any, ...], Transaction] = {}
        self._asked: dict[tuple[str, int], Transaction] = {}
        self._read: dict[str, Callable[[Frame, dict[str, Any]], None]] = {
            "StartTransaction": self._start,
            "StopTransaction": self._stop,
            "MeterValues": self._meter,
            "TransactionEvent": self._event,
        }

    def see(self, frame: Frame) -> None:
        """Take the next frame of the recording; one that says nothing of transactions is passed over."""
        read = self._read.get(frame.action or "")
        if read is None or not isinstance(frame.payload, dict):
            return
        if frame.kind is FrameKind.CALL and frame.direction == "up":
            read(frame, frame.payload)
        elif frame.kind is FrameKind.CALLRESULT and frame.direction == "down":
            self._answered(frame, frame.payload)

    def transactions(self) -> list[Transaction]:
        """All transactions seen so far."""
        return list(self._all)

    def _new(self, frame: Frame) -> Transaction:
        transaction = Transaction(frame.station, first_t=frame.t, first_line=frame.line)
        self._all.append(transaction)
        return transaction

    def _touch(self, transaction: Transaction, frame: Frame) -> None:
        transaction.last_t, transaction.last_line = frame.t, frame.line

    def _known(self, frame: Frame, transaction_id: str) -> Transaction:
        key = frame.station, transaction_id
        if key not in self._by_id:
            self._by_id[key] = self._new(frame)
            self._by_id[key].transaction_id = transaction_id
        return self._by_id[key]

    def _start(self, frame: Frame, ask: dict[str, Any]) -> None:
        """1.6 StartTransaction; one that is sent again is the same transaction."""
        key = frame.station, _text(ask.get("connectorId")), _text(ask.get("timestamp")), _text(ask.get("meterStart"))
        transaction = self._starts.get(key)
        if transaction is None:
            transaction = self._starts[key] = self._new(frame)
            transaction.evse = _integer(ask.get("connectorId"))
            transaction.token, transaction.started = _text(ask.get("idTag")), _stamp(ask.get("timestamp"))
            transaction.register(_number(ask.get("meterStart")))
        self._asked[frame.station, frame.line] = transaction
        self._touch(transaction, frame)

    def _stop(self, frame: Frame, ask: dict[str, Any]) -> None:
        transaction = self._known(frame, _text(ask.get("transactionId")))
        transaction.ended = _stamp(ask.get("timestamp"))
        transaction.reason = _text(ask.get("reason")) or STOPPED_BY_DEFAULT
        if transaction.start_wh is not None:
            transaction.register(_number(ask.get("meterStop")))
        self._touch(transaction, frame)

    def _meter(self, frame: Frame, ask: dict[str, Any]) -> None:
        if "transactionId" not in ask:
            return
        transaction = self._known(frame, _text(ask["transactionId"]))
        for value_wh in _registers(ask):
            transaction.register(value_wh)
        self._touch(transaction, frame)

    def _event(self, frame: Frame, ask: dict[str, Any]) -> None:
        """2.0.1 and 2.1 TransactionEvent."""
        info = ask.get("transactionInfo")
        if not isinstance(info, dict):
            return
        transaction = self._known(frame, _text(info.get("transactionId")))
        self._asked[frame.station, frame.line] = transaction
        evse, token = ask.get("evse"), ask.get("idToken")
        if isinstance(evse, dict) and transaction.evse is None:
            transaction.evse = _integer(evse.get("id"))
        if isinstance(token, dict) and not transaction.token:
            transaction.token = _text(token.get("idToken"))
        transaction.offline |= ask.get("offline") is True
        for value_wh in _registers(ask):
            transaction.register(value_wh)
        if ask.get("eventType") == "Started":
            transaction.started = _stamp(ask.get("timestamp"))
        elif ask.get("eventType") == "Ended":
            transaction.ended = _stamp(ask.get("timestamp"))
            transaction.reason = _text(info.get("stoppedReason")) or STOPPED_BY_DEFAULT
        self._touch(transaction, frame)

    def _answered(self, frame: Frame, reply: dict[str, Any]) -> None:
        transaction = self._asked.pop((frame.station, frame.answers or 0), None)
        if transaction is None:
            return
        transaction.acknowledged = True
        if "transactionId" in reply and not transaction.transaction_id:
            transaction.transaction_id = _text(reply["transactionId"])
            self._by_id[frame.station, transaction.transaction_id] = transaction


def _registers(ask: dict[str, Any]) -> Iterator[float]:
    """Import register readings in Wh, summed over no phases: readings of a single phase are passed over."""
    for entry in _dicts(ask.get("meterValue")):
        for sampled in _dicts(entry.get("sampledValue")):
            if sampled.get("measurand", REGISTER) != REGISTER or "phase" in sampled:
                continue
            value = _number(sampled.get("value"))
            if value is not None:
                yield value * _scale(sampled)


def _scale(sampled: dict[str, Any]) -> float:
    """1.6 has ``unit``; 2.x has ``unitOfMeasure`` with a decimal multiplier."""
    measure = sampled.get("unitOfMeasure")
    measure = measure if isinstance(measure, dict) else {}
    unit = sampled.get("unit", measure.get("unit", "Wh"))
    exponent = _integer(measure.get("multiplier")) or 0
    return (1000.0 if unit == "kWh" else 1.0) * float(10 ** max(-12, min(12, exponent)))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _stamp(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    return value if type(value) is int else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if -1e15 < number < 1e15 else None
