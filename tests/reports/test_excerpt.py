"""Rows of a station: in the order of time, gaps marked, nothing silently lost."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from reports.digest import StationDigest, digest
from reports.excerpt import TEXT_MAX, Packed, around, events_by_station, frames_on, pack
from reports.rundir import Run, RunWriter


def unpack(packed: Packed) -> list[list[Any]]:
    rows: list[list[Any]] = json.loads(zlib.decompress(base64.b64decode(packed.data)))["rows"]
    return rows


def recorded(path: Path) -> tuple[Run, StationDigest]:
    with RunWriter(path) as writer:
        for n in range(10):
            writer.message(n, "CP-1", "up", f'[2,"{n}","Heartbeat",{{}}]')
            writer.message(n, "CP-2", "up", "x")
        writer.message(20, "CP-1", "up", "y" * (TEXT_MAX + 5))
        writer.event(3, "CP-1", "hardware", "Plugged", evse=1)
        writer.event(30, "CP-1", "link", "Lost")
        writer.event(4, "CP-2", "fault", "Broke", part="fan")
        writer.event(5, None, "scenario", "Begun")
    run = Run.open(path)
    return run, digest(run).stations["CP-1"]


def test_gaps_are_marked_with_their_lines(tmp_path: Path) -> None:
    run, station = recorded(tmp_path)
    lines = [7, 9]
    packed = pack(station, lines, frames_on(run, lines), [])
    rows = unpack(packed)
    assert [row[:4] for row in rows] == [["g", 3, 1, 5], ["f", 7, 3.0, 1], ["f", 9, 4.0, 1], ["g", 6, 11, 21]]
    assert packed.left_out == 9


def test_events_stand_where_they_happened_before_what_was_said_of_them(tmp_path: Path) -> None:
    run, station = recorded(tmp_path)
    events, left_out, whole = events_by_station(run, 10)
    rows = unpack(pack(station, list(station.lines), frames_on(run, station.lines), events["CP-1"]))
    order = [row[0] for row in rows]
    assert order == ["f"] * 3 + ["e"] + ["f"] * 8 + ["e"]
    assert rows[3] == ["e", 1, 3.0, "hardware", "Plugged", "evse=1"]
    assert [event.fact for event in whole] == ["Broke", "Begun"]
    assert left_out == {"CP-1": 0, "CP-2": 0}
    assert (len(rows[-2][6]), rows[-2][7]) == (TEXT_MAX, 5)


def test_around_stays_with_the_station(tmp_path: Path) -> None:
    _, station = recorded(tmp_path)
    assert around(station, 9, 1, 1) == [7, 9, 11]
    assert around(station, 10) == []
