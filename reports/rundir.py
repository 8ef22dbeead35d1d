"""The run directory, format 1: ``RunWriter`` writes what a run does, ``Run`` reads it back.

It is the only thing that reports are made from; ``docs/run-directory.md`` describes the files. Times ``t`` are
simulated seconds since the start of the run's clock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from reports import provenance, samples
from reports.frames import Frame, FrameKind, Message
from reports.layout import (
    EVENT_KEYS,
    EVENTS,
    FORMAT,
    MESSAGES,
    PARTIAL,
    SUMMARY,
    ClockFacts,
    Known,
    StationFacts,
    WallFacts,
    sync,
    write_atomically,
)
from reports.recording import Event, Run, RunError
from reports.verdict import Judgement, Verdict, worst

__all__ = [
    "FORMAT",
    "ClockFacts",
    "Event",
    "Frame",
    "FrameKind",
    "Judgement",
    "Known",
    "Message",
    "Run",
    "RunError",
    "RunWriter",
    "StationFacts",
    "Verdict",
    "WallFacts",
]

BUFFER_BYTES = 1 << 18
T_LIMIT_S = 1e12


class RunWriter:
    """Writes a run directory. Not thread-safe; creates the directory, refuses one that already holds a run."""

    def __init__(self, path: str | os.PathLike[str], known: Known | None = None) -> None:
        """``known`` is kept in ``run.partial.json`` until ``finish``. Raises FileExistsError, OSError."""
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        for name in (SUMMARY, PARTIAL, MESSAGES):
            if (self.path / name).exists():
                raise FileExistsError(f"{self.path} already holds a run ({name})")
        self._known: dict[str, Any] = dict(known or {})
        if self._known:
            write_atomically(self.path / PARTIAL, _document({"format": FORMAT} | self._known))
        self._messages = (self.path / MESSAGES).open("xb", buffering=BUFFER_BYTES)
        self._events = (self.path / EVENTS).open("xb", buffering=BUFFER_BYTES)
        self._samples = samples.SampleWriter(self.path)
        self._middles: dict[tuple[str, str], str] = {}
        self._flushed_wall = 0.0
        self.message_count = 0
        self.event_count = 0

    def message(self, t: float, station: str, direction: str, text: str | bytes, wall: float | None = None) -> int:
        """Record one frame as it was on the wire; returns its line number, counted from 1.

        A binary frame is given as bytes and kept losslessly (surrogate escapes). With ``wall`` (epoch seconds) the
        file is flushed at least once per second of traffic.
        """
        tail = ""
        if isinstance(text, bytes):
            text, tail = text.decode("utf-8", "surrogateescape"), ',"binary":true'
        if wall is not None:
            tail = f'{tail},"wall":{_rounded(wall)}'
        middle = self._middles.get((station, direction)) or self._middle(station, direction)
        self._messages.write(f'{{"t":{_rounded(t)}{middle}{_json_string(text)}{tail}}}\n'.encode())
        self.message_count += 1
        if wall is not None and wall - self._flushed_wall >= 1.0:
            self._flushed_wall = wall
            self.flush()
        return self.message_count

    def event(self, t: float, station: str | None, kind: str, fact: str, /, **fields: Any) -> int:
        """Record a fact; returns its line number, counted from 1.

        A field named like one of the four leading keys is written with an underscore behind it. Raises TypeError for
        a value without a JSON form.
        """
        entry: dict[str, Any] = {"t": _rounded(t), "station": station, "kind": kind, "fact": fact}
        for name, value in fields.items():
            entry[f"{name}_" if name in EVENT_KEYS else name] = value
        self._events.write(_compact(entry) + b"\n")
        self.event_count += 1
        return self.event_count

    def sample(
        self,
        t: float,
        station: str,
        evse: int,
        power_w: float | None = None,
        *,
        energy_wh: float | None = None,
        current_a: float | None = None,
        voltage_v: float | None = None,
        limit_a: float | None = None,
        soc_percent: float | None = None,
    ) -> None:
        """Record one row of the time series of an EVSE. ``energy_wh`` is the import register."""
        row = (_rounded(t), station, evse, power_w, energy_wh, current_a, voltage_v, limit_a, soc_percent)
        self._samples.add(row)

    def flush(self) -> None:
        """Hand everything recorded so far to the operating system."""
        self._messages.flush()
        self._events.flush()

    def finish(
        self,
        *,
        clock: ClockFacts,
        wall: WallFacts,
        stations: Sequence[StationFacts],
        verdicts: Sequence[Judgement] = (),
        verdict: Verdict | None = None,
        kind: str | None = None,
        title: str | None = None,
        seed: int | None = None,
        command: Sequence[str] | None = None,
        id: str | None = None,
        versions: Mapping[str, str] | None = None,
        machine: Mapping[str, Any] | None = None,
        **extra: Any,
    ) -> Path:
        """Close the recording and write ``run.json``, atomically and last; returns its path.

        What is None is taken from ``known``; else ``id`` is the directory's name, ``verdict`` the worst of
        ``verdicts``, ``versions`` and ``machine`` those of this process. ``extra`` keys follow the format's own.
        """
        given: dict[str, Any] = {"id": id, "kind": kind, "title": title, "seed": seed, "command": command}
        given |= {"versions": versions, "machine": machine}
        facts = self._known | {key: value for key, value in given.items() if value is not None}
        summary: dict[str, Any] = {
            "format": FORMAT,
            "id": facts.get("id", self.path.resolve().name),
            "kind": facts.get("kind", "scenario"),
            "title": facts.get("title", ""),
            "seed": facts.get("seed"),
            "command": list(facts.get("command", ())),
            "versions": dict(facts["versions"] if "versions" in facts else provenance.versions()),
            "machine": dict(facts["machine"] if "machine" in facts else provenance.machine()),
            "clock": dict(clock),
            "wall": dict(wall),
            "stations": [dict(station) for station in stations],
            "verdict": (worst(each.verdict for each in verdicts) if verdict is None else verdict).value,
            "verdicts": [each.as_dict() for each in verdicts],
        }
        document = _document(summary | {key: value for key, value in extra.items() if key not in summary})
        self.close()
        sync(self._samples.finish())
        for name in (MESSAGES, EVENTS):
            sync(self.path / name)
        write_atomically(self.path / SUMMARY, document)
        (self.path / PARTIAL).unlink(missing_ok=True)
        return self.path / SUMMARY

    def close(self) -> None:
        """Close the files. Without ``finish`` the run stays incomplete, and says so when opened."""
        self._messages.close()
        self._events.close()
        self._samples.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _middle(self, station: str, direction: str) -> str:
        if direction not in ("up", "down"):
            raise ValueError(f'direction is "up" or "down", not {direction!r}')
        middle = f',"station":{_json_string(station)},"direction":"{direction}","text":'
        self._middles[station, direction] = middle
        return middle


def _rounded(t: float) -> float:
    """To the millisecond, without a negative zero. Raises ValueError for what is no time."""
    if not -T_LIMIT_S < t < T_LIMIT_S:
        raise ValueError(f"{t!r} is not a time in seconds")
    return round(float(t), 3) + 0.0


def _json_string(text: str) -> str:
    try:
        return orjson.dumps(text).decode()
    except orjson.JSONEncodeError:  # lone surrogates: only as escapes
        return json.dumps(text)


def _compact(entry: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(entry)
    except orjson.JSONEncodeError:  # lone surrogates, integers beyond 64 bits; raises TypeError for all else
        return json.dumps(entry, separators=(",", ":"), allow_nan=False).encode()


def _document(summary: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return json.dumps(summary, indent=2, allow_nan=False).encode() + b"\n"
