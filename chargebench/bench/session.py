"""``session``: what a Session costs, beside the same steps made of the ``ocpp`` package's functions."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from ocpp.messages import Call, _validate_payload, unpack

from chargebench.bench.payloads import STAMP, transaction_event
from chargebench.bench.registry import Figures, Options, benchmark
from chargebench.bench.turns import best_us
from protocol import frames
from protocol.session import Called, Session
from protocol.versions import V201, Side

REPEATS = 2_000


@benchmark()
def session(_: Options) -> Figures:
    """Receive, validate and answer a CALL: our Session against the ``ocpp`` package's own steps."""
    numbers = count()
    csms = Session(V201, Side.CSMS, ids=lambda: str(next(numbers)))

    def ours(action: str, ask: dict[str, Any], reply: dict[str, Any]) -> None:
        (called,) = csms.receive(frames.call(str(next(numbers)), action, ask), 0.0)
        assert isinstance(called, Called)
        csms.answer(called.message_id, reply)
        csms.outbox.clear()

    def theirs(action: str, ask: dict[str, Any], reply: dict[str, Any]) -> None:
        call = unpack(json.dumps([2, str(next(numbers)), action, ask]))
        assert isinstance(call, Call)
        _validate_payload(call, "2.0.1")
        result = call.create_call_result(reply)
        _validate_payload(result, "2.0.1")
        result.to_json()

    beat: tuple[str, dict[str, Any], dict[str, Any]] = ("Heartbeat", {}, {"currentTime": STAMP})
    event: tuple[str, dict[str, Any], dict[str, Any]] = ("TransactionEvent", transaction_event(), {})
    few = max(1, REPEATS // 10)
    our_beat, our_event, their_beat, their_event = best_us(
        (lambda: ours(*beat), REPEATS),
        (lambda: ours(*event), REPEATS),
        (lambda: theirs(*beat), few),
        (lambda: theirs(*event), few),
    )
    return {
        "Heartbeat, µs": our_beat,
        "TransactionEvent, µs": our_event,
        "Heartbeat with the ocpp package, µs": their_beat,
        "TransactionEvent with the ocpp package, µs": their_event,
        "Heartbeat, times faster": their_beat / our_beat,
        "TransactionEvent, times faster": their_event / our_event,
    }
