"""Which recorded frames and events a report carries, and how: rows of a station packed into compressed text."""

from __future__ import annotations

import base64
import json
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.digest import PLAIN, STRIKING, Digest, StationDigest, choose
from reports.frames import Frame
from reports.recording import Event, Run
from reports.verdict import Judgement

FRAMES_PER_STATION = 2_500
TEXT_MAX = 6_000
STRIKING_KINDS = frozenset({"fault", "scenario", "verdict"})
Row = list[object]


@dataclass(frozen=True, slots=True)
class Packed:
    """A station's rows for the page; ``left_out`` frames and events are in the run directory alone."""

    data: str
    left_out: int
    events_left_out: int


def chosen_lines(digest: Digest, verdicts: Sequence[Judgement], limit: int) -> dict[str, list[int]]:
    """Per station the lines of ``messages.jsonl`` to show, at most ``limit`` each; those of verdicts come first."""
    cited = {line for each in verdicts for line in each.frames}
    return {name: _of_station(station, cited, limit) for name, station in digest.stations.items()}


def around(station: StationDigest, line: int, before: int = 4, after: int = 4) -> list[int]:
    """Lines of the station's frames next to one of its frames, that one included; none if it is not one of its own."""
    index = bisect_left(station.lines, line)
    if index >= station.frames or station.lines[index] != line:
        return []
    return list(station.lines[max(0, index - before) : index + after + 1])


def frames_on(run: Run, lines: Iterable[int]) -> dict[int, Frame]:
    """The frames on these lines, in one pass."""
    wanted = set(lines)
    if not wanted:
        return {}
    return {frame.line: frame for frame in run.frames() if frame.line in wanted}


def events_by_station(run: Run, limit: int) -> tuple[dict[str, list[Event]], dict[str, int], list[Event]]:
    """Each station's events (at most ``limit``), how many were left out, and what concerns the whole run."""
    per_station: dict[str, list[Event]] = {}
    whole: list[Event] = []
    for event in run.events():
        if event.station is not None:
            per_station.setdefault(event.station, []).append(event)
        if event.station is None or event.kind in STRIKING_KINDS:
            whole.append(event)
    left_out = {name: max(0, len(events) - limit) for name, events in per_station.items()}
    for name, events in per_station.items():
        tiers = [STRIKING if event.kind in STRIKING_KINDS else PLAIN for event in events]
        per_station[name] = [events[index] for index in choose(tiers, limit)]
    return per_station, left_out, whole


def pack(
    station: StationDigest,
    lines: Sequence[int],
    frames: Mapping[int, Frame],
    events: Sequence[Event],
    events_left_out: int = 0,
) -> Packed:
    """Rows in the order of time, gaps between frames marked, as base64 of zlib of JSON."""
    rows = list(_interleave(_frame_rows(station, lines, frames), [(event.t, _event_row(event)) for event in events]))
    text = json.dumps({"station": station.id, "rows": rows}, separators=(",", ":"))
    data = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return Packed(data, station.frames - len(lines), events_left_out)


def pack_rows(name: str, frames: Sequence[Frame], marks: Sequence[tuple[float, str, str]], whole: int) -> Packed:
    """Frames of one exchange with verdicts between them, packed like a station's rows.

    ``marks`` are (time, what, detail) in the order of time, ``whole`` is how many frames the exchange had.
    """
    notes: list[tuple[float, Row]] = [(t, ["e", 0, t, "verdict", what, cut(detail)[0]]) for t, what, detail in marks]
    rows = list(_interleave(iter(_exchange(frames)), notes))
    text = json.dumps({"station": name, "rows": rows}, separators=(",", ":"))
    data = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return Packed(data, max(0, whole - len(frames)), 0)


def _exchange(frames: Sequence[Frame]) -> Iterator[tuple[float, Row]]:
    before = frames[0].line - 1 if frames else 0
    for frame in frames:
        if frame.line > before + 1:
            yield frame.t, ["g", frame.line - before - 1, before + 1, frame.line - 1]
        before = frame.line
        yield frame.t, _frame_row(frame)


def _frame_row(frame: Frame) -> Row:
    """``["f", line, t, up, kind, action, text, left out, answers, binary]``."""
    text, left_out = cut(frame.text)
    up = int(frame.direction == "up")
    told: Row = ["f", frame.line, frame.t, up, frame.kind.value, frame.action, text, left_out]
    return [*told, frame.answers, int(frame.binary)]


def cut(text: str) -> tuple[str, int]:
    """The beginning of a text as long as a page can bear, and how many characters were left out."""
    return text[:TEXT_MAX], max(0, len(text) - TEXT_MAX)


def details(event: Event) -> str:
    """An event's fields in one line."""
    return ", ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in event.fields.items()
    )


def _of_station(station: StationDigest, cited: set[int], limit: int) -> list[int]:
    own = [index for index, line in enumerate(station.lines) if line in cited] if cited else []
    return [station.lines[index] for index in choose(station.tiers, limit, own)]


def _frame_rows(
    station: StationDigest, lines: Sequence[int], frames: Mapping[int, Frame]
) -> Iterator[tuple[float, Row]]:
    """Rows of frames, and ``["g", frames, first, last]`` for a gap between them."""
    expected = 0
    for line in lines:
        index = bisect_left(station.lines, line)
        frame = frames[line]
        if index > expected:
            yield frame.t, ["g", index - expected, station.lines[expected], station.lines[index - 1]]
        expected = index + 1
        yield frame.t, _frame_row(frame)
    if expected < station.frames:
        tail = ["g", station.frames - expected, station.lines[expected], station.lines[-1]]
        yield float("inf"), list[object](tail)


def _event_row(event: Event) -> Row:
    """``["e", line, t, kind, fact, details]``."""
    return ["e", event.line, event.t, event.kind, event.fact, cut(details(event))[0]]


def _interleave(frames: Iterator[tuple[float, Row]], events: Sequence[tuple[float, Row]]) -> Iterator[Row]:
    """Merge by time; what happened comes before what was said of it at the same moment."""
    index = 0
    for t, row in frames:
        while index < len(events) and events[index][0] <= t:
            yield events[index][1]
            index += 1
        yield row
    yield from (row for _, row in events[index:])
