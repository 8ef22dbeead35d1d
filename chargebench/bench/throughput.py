"""``throughput``: round trips per second of processor time, both ends together."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from chargebench.bench.processes import Child, Pair, pair
from chargebench.bench.registry import Aim, Figures, Options, benchmark
from chargebench.bench.turns import Spent, in_turn, least

CONNECTIONS = 64
ROUNDS = 7
ROUND_TRIPS = 3_000
ACTIONS = ("Heartbeat", "TransactionEvent")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who answers and who asks. ``share``: how many of the round trips it makes in a round; the slow make fewer."""

    name: str
    csms: str
    stations: str
    share: float = 1.0
    durable: bool = False


OURS = Candidate("ours", "session", "session")
DURABLE = Candidate("the whole CSMS, durable", "whole", "session", share=0.2, durable=True)
PLAIN = Candidate("the plain stack", "plain", "plain", share=0.05)
ECHO = Candidate("bare echo", "echo", "echo")
CANDIDATES = (OURS, DURABLE, PLAIN, ECHO)

AIMS = {f"{action}, times {PLAIN.name}": Aim(least=10) for action in ACTIONS}
AIMS |= {f"{action}, echoes in one round trip": Aim(most=5) for action in ACTIONS}


@benchmark(aims=AIMS)
def throughput(_: Options) -> Figures:
    """Heartbeats and TransactionEvents of 600 bytes, validated at both ends, against the plain stack and an echo."""
    figures: Figures = {}
    with ExitStack() as stack:
        pairs = [stack.enter_context(_opened(candidate)) for candidate in CANDIDATES]
        for action in ACTIONS:
            figures |= _compared(action, pairs)
    return figures


@contextmanager
def _opened(candidate: Candidate) -> Iterator[Pair]:
    """Its two ends, connected, and once through every action."""
    with tempfile.TemporaryDirectory(prefix="chargebench-") as folder:
        listen: dict[str, Any] = {"database": f"sqlite:///{Path(folder) / 'csms.sqlite'}"} if candidate.durable else {}
        with pair(candidate.csms, candidate.stations, **listen) as ends:
            ends.stations.ask("connect", number=CONNECTIONS)
            for action in ACTIONS:
                ends.stations.ask("round_trips", action=action, number=3 * CONNECTIONS)
            yield ends


def _compared(action: str, pairs: list[Pair]) -> Figures:
    numbers = [max(CONNECTIONS, int(ROUND_TRIPS * candidate.share)) for candidate in CANDIDATES]
    rounds = in_turn(
        [partial(ends.spent, _round_trips(action, number)) for ends, number in zip(pairs, numbers, strict=True)], ROUNDS
    )
    each = {
        candidate: _per_trip(least(taken), number)
        for candidate, taken, number in zip(CANDIDATES, rounds, numbers, strict=True)
    }
    figures = {}
    for candidate, spent in each.items():
        name = f"{action}, {candidate.name}"
        figures[f"{name}, per second and core"] = 1 / spent.both_s
        figures[f"{name}, µs CSMS"] = spent.csms_s * 1e6
        figures[f"{name}, µs stations"] = spent.stations_s * 1e6
    ours = each[OURS].both_s
    return figures | {
        f"{action}, times {PLAIN.name}": each[PLAIN].both_s / ours,
        f"{action}, durable, times {PLAIN.name}": each[PLAIN].both_s / each[DURABLE].both_s,
        f"{action}, echoes in one round trip": ours / each[ECHO].both_s,
    }


def _per_trip(spent: Spent, number: int) -> Spent:
    return Spent(spent.csms_s / number, spent.stations_s / number)


def _round_trips(action: str, number: int) -> Callable[[Child], object]:
    return lambda stations: stations.ask("round_trips", action=action, number=number)
