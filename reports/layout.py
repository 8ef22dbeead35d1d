"""The run directory, format 1: its files and the shapes in them; ``docs/run-directory.md`` describes it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
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


def sync(path: Path) -> None:
    """Wait until a file or a directory is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file by its new content, all or nothing, on the disk before this returns."""
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync(path.parent)
