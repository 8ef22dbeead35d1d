"""Reads a run directory, format 1, finished or cut off."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from reports import samples
from reports.frames import Frame, FrameKind, Message, parse_json, understand
from reports.layout import EVENT_KEYS, EVENTS, FORMAT, MESSAGES, PARTIAL, SUMMARY, StationFacts
from reports.verdict import Judgement, Verdict, worst


class RunError(Exception):
    """A directory that cannot be read as a run; the text is one clear line."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``events.jsonl``; ``station`` is None for what concerns the whole site."""

    line: int
    t: float
    station: str | None
    kind: str
    fact: str
    fields: Mapping[str, Any] = field(default_factory=dict)


class Run:
    """A recorded run. Messages are read from disk as they are asked for; ``complete`` is False for one cut off."""

    def __init__(self, path: Path, summary: dict[str, Any], gaps: list[str]) -> None:
        self.path = path
        self.summary = summary
        self._gaps = gaps
        self._starts: array[int] | None = None
        self._samples: pa.Table | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Run:
        """Open a run directory, finished or cut off. Raises RunError for what is no run, or of a newer format."""
        directory = Path(path)
        if not directory.is_dir():
            raise RunError(f"{directory}: no such run directory")
        if not any((directory / name).exists() for name in (SUMMARY, PARTIAL, MESSAGES)):
            raise RunError(f"{directory}: not a run directory (neither {SUMMARY} nor {MESSAGES} in it)")
        gaps: list[str] = []
        summary = _read_summary(directory, gaps)
        for name in (MESSAGES, EVENTS):
            gaps.extend(_tail_gap(directory / name))
        run = cls(directory, summary, gaps)
        run.samples()  # a missing footer has to be known before anything is said of the run
        return run

    @property
    def complete(self) -> bool:
        """True when the run finished and nothing of it is known to be missing."""
        return not self._gaps

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, one sentence each. Damage inside a file is found when it is read."""
        return tuple(self._gaps)

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self.summary["id"])

    @property
    def kind(self) -> str:
        """What kind of run: ``scenario``, ``demo``, ``certify-csms`` …; ``unknown`` for a cut run that never said."""
        return str(self.summary["kind"])

    @property
    def title(self) -> str:
        """What a person would call the run; its id where it has no title."""
        return str(self.summary["title"] or self.id)

    @property
    def seed(self) -> int | None:
        """The seed, None where none was recorded."""
        seed: int | None = self.summary["seed"]
        return seed

    @property
    def command(self) -> list[str]:
        """The command line, as argument vector."""
        return [str(word) for word in self.summary["command"]]

    @property
    def stations(self) -> list[StationFacts]:
        """The stations that ``run.json`` lists."""
        stations: list[StationFacts] = self.summary["stations"]
        return stations

    @property
    def verdicts(self) -> list[Judgement]:
        """All judgements, in the order of the run."""
        return [Judgement.from_dict(entry) for entry in self.summary["verdicts"]]

    @property
    def verdict(self) -> Verdict:
        """The run's verdict; at least inconclusive where the run is incomplete."""
        verdict = Verdict(self.summary["verdict"])
        return verdict if self.complete else worst((verdict, Verdict.INCONCLUSIVE))

    def messages(self) -> Iterator[Message]:
        """Every recorded message, in order. A damaged line is left out and becomes a gap."""
        for line, _, entry in self._lines(MESSAGES):
            try:
                yield _message(line, entry)
            except (KeyError, TypeError, ValueError):
                self.lacks(f"{MESSAGES}: line {line} is damaged")

    def frames(self, station: str | None = None) -> Iterator[Frame]:
        """Every message understood as a frame, optionally of one station; replies carry their call's action."""
        messages = self.messages()
        return understand(messages if station is None else (each for each in messages if each.station == station))

    def message(self, line_no: int) -> Frame:
        """The frame on a line, counted from 1. Raises IndexError where no such line was recorded.

        The action of a reply is found by reading the station's messages up to that line.
        """
        line = self._line(line_no)
        try:
            message = _message(line_no, parse_json(line))
        except (KeyError, TypeError, ValueError):
            raise IndexError(f"{MESSAGES}: line {line_no} is damaged") from None
        alone = next(understand([message]))
        if not alone.is_reply and alone.kind is not FrameKind.CALLRESULTERROR:
            return alone
        return next(frame for frame in self.frames(message.station) if frame.line == line_no)

    def events(self, station: str | None = None) -> Iterator[Event]:
        """Every recorded event, in order, optionally of one station. A damaged line becomes a gap."""
        for line, _, entry in self._lines(EVENTS):
            try:
                t, who, kind, fact = float(entry["t"]), entry["station"], str(entry["kind"]), str(entry["fact"])
            except (KeyError, TypeError, ValueError):
                self.lacks(f"{EVENTS}: line {line} is damaged")
                continue
            if station is None or who == station:
                fields = {name: value for name, value in entry.items() if name not in EVENT_KEYS}
                yield Event(line, t, who, kind, fact, fields)

    def samples(self) -> pa.Table:
        """The time series, with the columns of ``reports.samples.SCHEMA``; empty where it is missing."""
        if self._samples is None:
            self._samples, gap = samples.read(self.path)
            if gap:
                self.lacks(gap)
        return self._samples

    def lacks(self, text: str) -> None:
        """Note that something is missing, in one sentence: the run is not complete then."""
        if text not in self._gaps:
            self._gaps.append(text)

    def _lines(self, name: str) -> Iterator[tuple[int, int, Any]]:
        """Line number, byte offset and content of each line; None for a damaged one, and without a cut last one."""
        path, offset = self.path / name, 0
        if not path.exists():
            return
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    entry = parse_json(line)
                except ValueError:
                    entry = None
                if entry is not None or line.endswith(b"\n"):
                    yield number, offset, entry
                offset += len(line)

    def _line(self, line_no: int) -> bytes:
        path = self.path / MESSAGES
        if self._starts is None:
            self._starts = array("Q", [0])
            if path.exists():
                with path.open("rb") as lines:
                    for line in lines:
                        self._starts.append(self._starts[-1] + len(line))
        if not 1 <= line_no < len(self._starts):
            raise IndexError(f"{MESSAGES} has {len(self._starts) - 1} lines, no line {line_no}")
        start = self._starts[line_no - 1]
        with path.open("rb") as lines:
            lines.seek(start)
            return lines.read(self._starts[line_no] - start)


def _message(line: int, entry: Any) -> Message:
    wall = entry.get("wall") if isinstance(entry, dict) else None
    return Message(
        line,
        float(entry["t"]),
        str(entry["station"]),
        str(entry["direction"]),
        str(entry["text"]),
        None if wall is None else float(wall),
        bool(entry.get("binary", False)),
    )


def _read_summary(directory: Path, gaps: list[str]) -> dict[str, Any]:
    """``run.json``, or what is known without it, every key of the format present."""
    facts: dict[str, Any] = {}
    for name in (SUMMARY, PARTIAL):
        try:
            found = parse_json((directory / name).read_bytes())
        except FileNotFoundError:
            continue
        except ValueError as wrong:
            gaps.append(f"{name} is damaged: {wrong}")
            continue
        if isinstance(found, dict):
            facts = found
            break
        gaps.append(f"{name} is damaged: not an object")
    _check_format(directory, facts)
    if not (directory / SUMMARY).exists():
        gaps.append(f"{SUMMARY} is missing: the run was cut off before it finished")
    unknown: dict[str, Any] = {
        "format": FORMAT,
        "id": directory.resolve().name,
        "kind": "unknown",
        "title": "",
        "seed": None,
        "command": [],
        "versions": {},
        "machine": {},
        "clock": {"pace": "unknown", "start": None, "duration_s": None},
        "wall": {"started": None, "finished": None, "seconds": None},
        "stations": [],
        "verdict": Verdict.NOT_APPLICABLE.value,
        "verdicts": [],
    }
    summary = unknown | facts
    for key, default in unknown.items():
        if isinstance(default, (dict, list)) and not isinstance(summary[key], type(default)):
            kind = "an object" if isinstance(default, dict) else "a list"
            raise RunError(f"{directory / SUMMARY}: {key} should be {kind}, not {type(summary[key]).__name__}")
    try:
        Verdict(summary["verdict"])
        for entry in summary["verdicts"]:
            Judgement.from_dict(entry)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise RunError(f"{directory / SUMMARY}: unusable verdict ({wrong})") from None
    return summary


def _check_format(directory: Path, facts: Mapping[str, Any]) -> None:
    found = facts.get("format", FORMAT)
    if found != FORMAT:
        raise RunError(f"{directory}: run format {found!r} is not one that this version reads ({FORMAT})")


def _tail_gap(path: Path) -> Iterator[str]:
    """Says whether the file is missing, or its last line cut."""
    if not path.exists():
        yield f"{path.name} is missing"
        return
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return
        file.seek(size - 1)
        if file.read(1) == b"\n":
            return
    last = b""
    with path.open("rb") as file:
        for last in file:  # noqa: B007
            pass
    try:
        parse_json(last)
    except ValueError:
        yield f"{path.name}: the last line was cut off"
