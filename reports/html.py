"""The run as one HTML file that opens offline; whatever came from a wire or a file is escaped and made visible."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reports import charts
from reports.curves import Curves, Grid, Series, by_evse, station_curves, total
from reports.digest import ActionCount, Digest, StationDigest, digest
from reports.excerpt import (
    FRAMES_PER_STATION,
    Packed,
    around,
    chosen_lines,
    cut,
    details,
    events_by_station,
    frames_on,
    pack,
)
from reports.frames import Frame, FrameKind, parse_json
from reports.page import Tile, about, rendered, reproduce
from reports.plot import Chart
from reports.recording import Event, Run
from reports.transactions import Transaction
from reports.verdict import Judgement, Verdict
from reports.wording import date, moment, number, span, time_of_day

FRAMES_IN_ALL = 60_000
FEWEST_FRAMES = 20
PACKED_BYTES_MAX = 6_500_000
STATIONS_SHOWN = 300
CHARTS_SHOWN = 100
FAILURES_DETAILED = 100
CITED_SHOWN = 20
TRANSACTIONS_SHOWN = 3_000
TIMELINE_SHOWN = 200
ROUTINE = frozenset({"DriverArrived", "DriverLeft", "DriverTurnedAway", "CsmsTransaction"})
"""What happens all the time, so that it would hide the rest of the timeline."""


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A frame as the template draws it."""

    frame: Frame
    clock: str
    pretty: str
    left_out: int
    cited: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A judgement that did not hold, with the frames around it."""

    judgement: Judgement
    clock: str
    rows: list[FrameRow]
    missing: list[int]


@dataclass(frozen=True, slots=True)
class StationView:
    """One station's section."""

    digest: StationDigest
    transactions: int
    energy_kwh: float
    peak_kw: float
    spark: str
    charts: list[Chart]
    packed: Packed
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """One line of the transactions table; sort keys are seconds and kWh."""

    transaction: Transaction
    version: str
    start: str
    start_s: float
    end: str
    end_s: float
    duration: str
    duration_s: float
    energy: str


def html(run: Run) -> bytes:
    """Render the report; a function of the run directory alone, so the same directory gives the same bytes."""
    return rendered("report.html.j2", _Page(run).context())


class _Page:
    """Gathers what the template shows."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.digest: Digest = digest(run)
        self.start, self.start_known = _start(run)
        self.verdicts = run.verdicts
        self.duration_s = _duration_s(run, self.digest)
        self.grid = Grid.over(self.duration_s)
        self.curves = self._curves()
        self.left_out: list[str] = []

    def context(self) -> dict[str, Any]:
        """Everything by the names that the template uses."""
        bad = [each for each in self.verdicts if not each.verdict.held]
        bad.sort(key=lambda each: -each.verdict.severity)
        events, events_left_out, whole = events_by_station(self.run, FRAMES_PER_STATION)
        context = {
            "stations": self._stations(events, events_left_out),
            "failures": self._failures(bad[:FAILURES_DETAILED]),
            "briefly": [*bad[FAILURES_DETAILED:], *(each for each in self.verdicts if each.verdict.held)],
            "transactions": self._transactions(),
            "timeline": self._timeline([each for each in whole if each.fact not in ROUTINE]),
            "routine": self._timeline([each for each in whole if each.fact in ROUTINE]),
            "actions": _sorted_actions(self.digest),
            "spoken": sorted({version for each in self.digest.actions.values() for version in each.versions}),
            "fleet": self._fleet(),
        }
        context |= {
            "tiles": self._tiles(),
            "reproduce": reproduce(self.run),
            "start_iso": self.start.isoformat(),
            "start": date(self.start) if self.start_known else "an unknown date",
            "left_out": self.left_out,
            "digest": self.digest,
        }
        return context | about(self.run)

    def _clock(self, t: float | None) -> str:
        return "" if t is None else time_of_day(self.start + timedelta(seconds=t), self.start)

    def _curves(self) -> dict[str, Curves]:
        stations: dict[str, list[Series]] = {}
        for (name, _), series in by_evse(self.run.samples()).items():
            stations.setdefault(name, []).append(series)
        return {name: station_curves(evses, self.grid) for name, evses in stations.items()}

    def _tiles(self) -> list[Tile]:
        wall_s, found = self.run.summary["wall"].get("seconds"), self.digest
        speed = f"{self.duration_s / wall_s:,.0f} times real time" if wall_s else ""
        registers = sum(each.energy_wh[-1] for each in self.curves.values())
        told = sum(each.energy_wh or 0.0 for each in found.transactions)
        finished = sum(each.ended is not None for each in found.transactions)
        versions = Counter(each.version or "unknown" for each in found.stations.values())
        mix = " · ".join(f"{count} × {version}" for version, count in sorted(versions.items()))
        silent = f"{number(found.errors)} errors" + (f", {found.unreadable} unreadable" if found.unreadable else "")
        seed = "none" if self.run.seed is None else str(self.run.seed)
        return [
            Tile("Stations", number(len(found.stations)), mix),
            Tile("Transactions", number(len(found.transactions)), f"{number(finished)} ended"),
            Tile(
                "Energy",
                f"{(registers if self.curves else told) / 1000:,.1f}",
                f"{told / 1000:,.1f} kWh in transactions" if self.curves else "as transactions told",
                "kWh",
            ),
            Tile("Messages", number(found.frames), silent),
            Tile("Simulated", span(self.duration_s), str(self.run.summary["clock"].get("pace")) + " time"),
            Tile("Wall time", span(wall_s), speed),
            Tile("Seed", seed, "same seed, same run" if self.run.seed is not None else ""),
        ]

    def _failures(self, bad: Sequence[Judgement]) -> list[Failure]:
        lines = {id(each): self._lines_around(each) for each in bad}
        frames = frames_on(self.run, (line for found in lines.values() for line in found))
        failures = []
        for each in bad:
            cited = set(each.frames)
            rows = [self._frame_row(frames[line], line in cited) for line in lines[id(each)] if line in frames]
            missing = sorted(cited - {row.frame.line for row in rows})
            failures.append(Failure(each, self._clock(each.t), rows, missing))
        return failures

    def _lines_around(self, judgement: Judgement) -> list[int]:
        """Around each cited frame; where none is cited, around the moment of the verdict."""
        lines: set[int] = set()
        cited: Sequence[int] = judgement.frames[:CITED_SHOWN]
        told = self.digest.stations.get(judgement.station or "")
        if not cited and told is not None and judgement.t is not None:
            cited = told.lines_at(judgement.t)
        for line in cited:
            for station in self.digest.stations.values():
                lines.update(around(station, line))
        return sorted(lines)

    def _frame_row(self, frame: Frame, cited: bool) -> FrameRow:
        pretty, left_out = cut(_pretty(frame))
        return FrameRow(frame, self._clock(frame.t), pretty, left_out, cited)

    def _stations(self, events: dict[str, list[Event]], events_left_out: dict[str, int]) -> list[StationView]:
        shown = self._shown()
        packed = self._packed(shown, events, events_left_out)
        counts = Counter(each.station for each in self.digest.transactions)
        worst_of: dict[str, Verdict] = {}
        for each in self.verdicts:
            if each.station is not None and not each.verdict.held:
                worst_of[each.station] = max(worst_of.get(each.station, each.verdict), each.verdict, key=_severity)
        views = []
        for index, station in enumerate(shown):
            curves = self.curves.get(station.id)
            drawn: list[Chart] = []
            if curves is not None and index < CHARTS_SHOWN:
                drawn.append(charts.station_power(curves, self.grid, self.start))
                drawn.append(charts.energy(curves.energy_wh, self.grid, self.start, tall=False))
            views.append(
                StationView(
                    station,
                    counts[station.id],
                    curves.energy_wh[-1] / 1000 if curves else 0.0,
                    curves.peak_w / 1000 if curves else 0.0,
                    charts.sparkline(curves.power_w) if curves else "",
                    drawn,
                    packed[station.id],
                    worst_of.get(station.id),
                )
            )
        if len(shown) > CHARTS_SHOWN:
            self.left_out.append(f"power curves of {len(shown) - CHARTS_SHOWN} stations (see samples.parquet)")
        return views

    def _shown(self) -> list[StationDigest]:
        stations = list(self.digest.stations.values())
        if len(stations) <= STATIONS_SHOWN:
            return stations
        judged = {each.station for each in self.verdicts if not each.verdict.held}
        first = sorted(stations, key=lambda each: (each.id not in judged, -each.errors - each.unreadable))
        kept = {each.id for each in first[:STATIONS_SHOWN]}
        self.left_out.append(f"{len(stations) - STATIONS_SHOWN} stations (see messages.jsonl)")
        return [each for each in stations if each.id in kept]

    def _packed(
        self, shown: list[StationDigest], events: dict[str, list[Event]], events_left_out: dict[str, int]
    ) -> dict[str, Packed]:
        """As many frames of each station as fit into the page."""
        limit = max(FEWEST_FRAMES, min(FRAMES_PER_STATION, FRAMES_IN_ALL // max(1, len(shown))))
        frames: dict[int, Frame] = {}
        while True:
            lines = chosen_lines(self.digest, self.verdicts, limit)
            frames = frames or frames_on(self.run, (line for each in shown for line in lines[each.id]))
            packed = {
                each.id: pack(
                    each,
                    lines[each.id],
                    frames,
                    events.get(each.id, [])[: 2 * limit],
                    events_left_out.get(each.id, 0) + max(0, len(events.get(each.id, [])) - 2 * limit),
                )
                for each in shown
            }
            if limit <= FEWEST_FRAMES or sum(len(each.data) for each in packed.values()) <= PACKED_BYTES_MAX:
                break
            limit = max(FEWEST_FRAMES, limit // 2)
        left_out = sum(each.left_out for each in packed.values())
        if left_out:
            self.left_out.append(f"{number(left_out)} of {number(self.digest.frames)} frames (see messages.jsonl)")
        return packed

    def _fleet(self) -> list[Chart]:
        if not self.curves:
            return []
        bands = self._bands()
        _, energy_wh = total(list(self.curves.values()), self.grid)
        power = charts.fleet_power(bands, self.grid, self.start)
        return [power, charts.energy(energy_wh, self.grid, self.start, tall=False)]

    def _bands(self) -> list[tuple[str, list[float]]]:
        """Power by station profile, the five strongest apart and the others together."""
        groups: dict[str, list[Curves]] = {}
        for name, curves in self.curves.items():
            station = self.digest.stations.get(name)
            groups.setdefault((station.profile if station else "") or "unknown profile", []).append(curves)
        powers = {name: total(members, self.grid)[0] for name, members in groups.items()}
        ranked = sorted(powers, key=lambda name: (-sum(powers[name]), name))
        if len(ranked) > 6:
            others = [sum(values) for values in zip(*(powers[name] for name in ranked[5:]), strict=True)]
            return [*((name, powers[name]) for name in ranked[:5]), (f"{len(ranked) - 5} other profiles", others)]
        return [(name, powers[name]) for name in ranked]

    def _transactions(self) -> list[TransactionRow]:
        found = self.digest.transactions
        if len(found) > TRANSACTIONS_SHOWN:
            self.left_out.append(f"{number(len(found) - TRANSACTIONS_SHOWN)} transactions (see messages.jsonl)")
        return [self._transaction_row(each) for each in found[:TRANSACTIONS_SHOWN]]

    def _transaction_row(self, each: Transaction) -> TransactionRow:
        begun, ended = self._moment(each.started), self._moment(each.ended)
        lasted = (ended - begun).total_seconds() if begun and ended else None
        return TransactionRow(
            each,
            self.digest.stations[each.station].version,
            time_of_day(begun.replace(microsecond=0), self.start) if begun else (each.started or ""),
            begun.timestamp() if begun else 0.0,
            time_of_day(ended.replace(microsecond=0), self.start) if ended else (each.ended or ""),
            ended.timestamp() if ended else 0.0,
            "" if lasted is None else span(lasted),
            lasted or 0.0,
            "" if each.energy_wh is None else f"{each.energy_wh / 1000:,.2f}",
        )

    def _moment(self, stamp: str | None) -> datetime | None:
        at = None if stamp is None else moment(stamp)
        return None if at is None else at.astimezone(self.start.tzinfo)

    def _timeline(self, events: Sequence[Event]) -> list[tuple[Event, str, str]]:
        if len(events) > TIMELINE_SHOWN:
            self.left_out.append(f"{number(len(events) - TIMELINE_SHOWN)} events of the timeline (see events.jsonl)")
        return [(event, self._clock(event.t), cut(details(event))[0]) for event in events[:TIMELINE_SHOWN]]


def _severity(verdict: Verdict) -> int:
    return verdict.severity


def _start(run: Run) -> tuple[datetime, bool]:
    start = moment(str(run.summary["clock"].get("start")))
    return (datetime(2000, 1, 1, tzinfo=UTC), False) if start is None else (start, True)


def _duration_s(run: Run, found: Digest) -> float:
    told = run.summary["clock"].get("duration_s")
    return max(1.0, float(told) if told else found.last_t)


def _pretty(frame: Frame) -> str:
    if frame.kind is FrameKind.UNREADABLE:
        return frame.text
    return json.dumps(parse_json(frame.text), indent=2, ensure_ascii=False)


def _sorted_actions(found: Digest) -> list[ActionCount]:
    return sorted(found.actions.values(), key=lambda each: (-each.calls, each.action))
