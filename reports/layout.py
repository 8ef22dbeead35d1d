"""The run directory, format 1: its files and the shapes in them; ``docs/run-directory.md`` describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

FORMAT = 1
SUMMARY = "run.json"
PARTIAL = "run.partial.json"
MESSAGES = "messages.jsonl"
EVENTS = "events.jsonl"
EVENT_KEYS = frozenset({"t", "station", "kind", "fact"})


class ClockFacts(TypedDict):
    """``run.json``'s clock. ``pace`` is ``virtual``, ``real`` or ``scaled:k``; ``start`` an RFC 3339 stamp."""

    pace: str
    start: str
    duration_s: float


class WallFacts(TypedDict):
    """``run.json``'s wall clock: RFC 3339 stamps and elapsed seconds."""

    started: str
    finished: str
    seconds: float


class StationFacts(TypedDict):
    """One station of ``run.json``."""

    id: str
    profile: str
    version: str


class Known(TypedDict):
    """What a run can say of itself when it starts, so that a run that is cut off can still be reproduced."""

    id: NotRequired[str]
    kind: NotRequired[str]
    title: NotRequired[str]
    seed: NotRequired[int | None]
    command: NotRequired[Sequence[str]]
    versions: NotRequired[Mapping[str, str]]
    machine: NotRequired[Mapping[str, Any]]
    clock: NotRequired[ClockFacts]
    stations: NotRequired[Sequence[StationFacts]]
