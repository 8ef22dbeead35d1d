"""``ramp``: what it costs to connect a station, upgrade and have its BootNotification accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from chargebench.bench.handshake import Papers, issue, shake_hands
from chargebench.bench.processes import Child, Pair, pair
from chargebench.bench.registry import Aim, Figures, Options, benchmark
from chargebench.bench.turns import Spent, best_us, in_turn, least
from protocol.security import client_tls, server_tls

STATIONS = 400
"""New ones in each round, so that what a round begins with cold caches weighs little."""
WARM = 20
ROUNDS = 5
HANDSHAKES = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who accepts and who connects. ``share``: how many of the stations it connects in a round."""

    name: str
    csms: str
    stations: str
    share: float = 1.0
    database: bool = False


OURS = Candidate("ours", "session", "session")
WHOLE = Candidate("real stations and the whole CSMS", "whole", "whole", database=True)
PLAIN = Candidate("the plain stack", "plain", "plain", share=0.4)
CANDIDATES = (OURS, WHOLE, PLAIN)
KINDS = ("plain", "TLS")

AIMS = {f"{kind}, times {PLAIN.name}": Aim(least=8) for kind in KINDS}


@benchmark("stations", aims=AIMS)
def ramp(options: Options) -> Figures:
    """Connect, upgrade and boot, without and with TLS (ECDSA P-256, TLS 1.3), against the plain stack."""
    number = options.stations or STATIONS
    with tempfile.TemporaryDirectory(prefix="chargebench-") as folder:
        papers = issue(Path(folder))
        figures = _compared("plain", number, None) | _compared("TLS", number, papers)
        server, client = server_tls(papers.cert, papers.key), client_tls(papers.ca)
        (bare_us,) = best_us((lambda: shake_hands(server, client), HANDSHAKES))
    return figures | {"TLS, µs of a bare handshake, both ends": bare_us}


@contextmanager
def _opened(candidate: Candidate, papers: Papers | None) -> Iterator[Pair]:
    """Its two ends, which have seen a few stations connect."""
    with tempfile.TemporaryDirectory(prefix="chargebench-") as folder:
        listen: dict[str, Any] = {"database": f"sqlite:///{Path(folder) / 'csms.sqlite'}"} if candidate.database else {}
        with pair(candidate.csms, candidate.stations, papers, **listen) as ends:
            _connect(WARM, ends.stations)
            ends.stations.ask("leave")
            yield ends


def _compared(kind: str, number: int, papers: Papers | None) -> Figures:
    numbers = [max(1, int(number * candidate.share)) for candidate in CANDIDATES]
    with ExitStack() as stack:
        pairs = [stack.enter_context(_opened(candidate, papers)) for candidate in CANDIDATES]
        rounds = in_turn([partial(_round, ends, some) for ends, some in zip(pairs, numbers, strict=True)], ROUNDS)
    each = dict(zip(CANDIDATES, map(least, rounds), strict=True))
    figures = {}
    for candidate, spent in each.items():
        name = f"{kind}, {candidate.name}"
        figures[f"{name}, stations per second and core"] = 1 / spent.both_s
        figures[f"{name}, µs CSMS"] = spent.csms_s * 1e6
        figures[f"{name}, µs station"] = spent.stations_s * 1e6
    plain_s = each[PLAIN].both_s
    return figures | {
        f"{kind}, times {PLAIN.name}": plain_s / each[OURS].both_s,
        f"{kind}, {WHOLE.name}, times {PLAIN.name}": plain_s / each[WHOLE].both_s,
    }


def _round(ends: Pair, number: int) -> Spent:
    """What both ends spend on one station."""
    spent = ends.spent(partial(_connect, number))
    ends.stations.ask("leave")
    return Spent(spent.csms_s / number, spent.stations_s / number)


def _connect(number: int, stations: Child) -> None:
    stations.ask("connect", number=number)
