"""The page of a load run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reports.layout import SUMMARY
from reports.load import charts, figures, findings, knee, method, words
from reports.load.names import ASIDE, CORES, TROUBLES, known_count, known_gauge
from reports.load.numbers import PERCENTS
from reports.load.record import Load, Outcome
from reports.load.sources import Column, Gap, Source
from reports.page import Tile, about, rendered, reproduce
from reports.plot import Chart, Shade
from reports.recording import Run
from reports.wording import date, moment, number

ACTIONS_DRAWN = 12
ROWS_SHOWN = 200
GAPS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ActionRow:
    """Latencies of one action; ``aside`` for what is no message."""

    name: str
    aside: bool
    outcome: Outcome
    answered: int
    percentiles: list[str]
    sort_s: list[float]


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """What one process cost."""

    source: Source
    cores_mean: str
    cores_most: str
    private: str
    resident: str
    files: str
    lag: str


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """A name that the report has no place for."""

    kind: str
    name: str
    role: str
    told: str


def html(run: Run, load: Load) -> bytes:
    """Render the report of a load run; a function of the run directory alone."""
    return rendered("load.html.j2", _Page(run, load).context())


class _Page:
    """Gathers what the template shows."""

    def __init__(self, run: Run, load: Load) -> None:
        self.run, self.load = run, load
        self.target = knee.Target.of(run.summary)
        self.knee = knee.find(load, self.target)
        self.level = findings.plateau(load)
        self.costs = findings.costs(load, self.level)
        self.stretches = findings.stretches(load)
        self.left_out: list[str] = []

    def context(self) -> dict[str, Any]:
        """Everything by the names that the template uses."""
        verdicts = sorted(self.run.verdicts, key=lambda each: -each.verdict.severity)
        started = moment(str(self.run.summary["wall"].get("started") or self.run.summary["clock"].get("start")))
        context = {
            "sentence": words.sentence(self.load, self.knee, cut=not (self.run.path / SUMMARY).exists()),
            "tiles": self._tiles(),
            "reproduce": [*reproduce(self.run), *self._settings()],
            "start_iso": charts.START,
            "start": date(started) if started else "an unknown date",
            "verdicts": verdicts,
            "knee": self.knee,
            "knee_words": _upright(self.knee.words()),
            "knee_chart": self._knee_chart(),
            "stations": figures.there([charts.stations(self.load), *figures.rates(self.load)]),
            "actions": self._actions(),
            "latency": self._latency(),
            "failures": self._failures(),
            "stretches": self._stretches(),
            "sorts": TROUBLES,
            "lost": self.load.lost(),
            "losses": figures.losses(self.load),
            "resources": figures.resources(self.load, self._processors()),
            "processes": self._processes(),
            "costs": self.costs,
            "level": self.level,
            "sources": list(self.load.sources.values()),
            "silences": self._silences(),
            "missing": sum(source.missing for source in self.load.sources.values()),
            "unknown": self._unknown(),
            "method": list(method.sentences(self.load, self.level)),
            "load": self.load,
            "fmt": words,
        }
        return context | {"left_out": self.left_out} | about(self.run)

    # what stands at the top

    def _tiles(self) -> list[Tile]:
        outcome, top = self.load.outcome(), findings.peak(self.load)
        sent = max(self.load.count("frames_up") + self.load.count("frames_down"), outcome.count)
        action = words.headline_action(self.load, self.knee)
        beats = self.load.outcome(action).answered if action else outcome.answered
        p99, p50 = beats.percentile_s(99.0), beats.percentile_s(50.0)
        hidden = sum(gap.stations for source in self.load.of_role("fleet") for gap in source.gaps if not gap.end_s)
        memory = {cost.what: cost for cost in self.costs}
        fleet = memory.get("a station in the fleet")
        csms = memory.get("a connection in the CSMS")
        return [
            Tile("Stations", number(top[0]) if top else "–", f"at most, at {words.clock(top[1] + 1)}" if top else ""),
            Tile("Lost", number(self.load.lost()), f"{number(hidden)} more out of sight" if hidden else "connections"),
            Tile(f"p99 {action or ''}", words.latency(p99), f"p50 {words.latency(p50)}, whole run"),
            Tile("Messages", number(sent), f"{number(sent / max(1.0, self.load.end_s))} a second"),
            Tile(
                "CALLs failed",
                words.percent(outcome.error_share),
                f"{number(outcome.failed)} of {number(outcome.count)}",
            ),
            Tile(
                "Memory a station",
                words.size(fleet.bytes if fleet else None),
                f"CSMS: {words.size(csms.bytes)} a connection" if csms else "CSMS not measured",
            ),
            self._limit_tile(),
        ]

    def _limit_tile(self) -> Tile:
        left, kept = self.knee.left, self.knee.kept
        if self.target is None:
            return Tile("Limit", "–", "no target was set")
        if left is None:
            top = findings.peak(self.load)
            return Tile("Limit", f"> {number(top[0])}" if top else "–", "stations; it was not reached")
        reached = number(left.stations) if left.stations is not None else "reached"
        return Tile(
            "Limit", reached, f"{number(kept.stations or 0)} kept to the target" if kept else "nothing kept to it"
        )

    def _settings(self) -> list[tuple[str, str]]:
        """The plain values of ``run.json``'s key ``load``."""
        load = self.run.summary.get("load")
        plain = (
            {name: value for name, value in load.items() if isinstance(value, str | int | float)}
            if isinstance(load, dict)
            else {}
        )
        rows = (
            [("Load", " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in plain.items()))]
            if plain
            else []
        )
        return [*rows, *([("Target", self.target.words())] if self.target else [])]

    # what stands in the sections

    def _knee_chart(self) -> Chart | None:
        target_ms = self.target.p99_ms if self.target else None
        bins = charts.all_messages(self.load)
        if self.target and self.target.action:
            bins = self.load.curves.get(self.target.action, {})
        name = (self.target.action if self.target else "") or "all messages"
        chart = charts.latency(self.load, f"Latency of {name}", bins, target_ms, tall=True)
        left = self.knee.left
        if chart is not None and left is not None:
            whole = self.load.grid.end_s
            shade = Shade(100 * left.begin_s / whole, 100 * (left.end_s - left.begin_s) / whole, "", "limit")
            chart.shades.append(shade)
        return chart

    def _actions(self) -> list[ActionRow]:
        load = self.load
        rows = [("All messages", load.outcome()), *((action, load.outcome(action)) for action in load.actions())]
        return [_action_row(name, outcome) for name, outcome in rows if outcome.count]

    def _latency(self) -> list[Chart]:
        actions = self.load.actions()
        if len(actions) > ACTIONS_DRAWN:
            self.left_out.append(f"charts of {len(actions) - ACTIONS_DRAWN} rare actions (see latency.csv)")
        return figures.there(
            charts.latency(self.load, name, self.load.curves.get(name, {})) for name in actions[:ACTIONS_DRAWN]
        )

    def _failures(self) -> dict[str, Any]:
        rows = sorted(self.load.failures.items(), key=lambda row: (-row[1].count, row[0]))
        if len(rows) > ROWS_SHOWN:
            self.left_out.append(f"{len(rows) - ROWS_SHOWN} kinds of failure (see latency.csv)")
        return {"rows": rows[:ROWS_SHOWN], "chart": figures.failures(self.load)}

    def _stretches(self) -> list[findings.Stretch]:
        if len(self.stretches) > ROWS_SHOWN:
            self.left_out.append(f"{len(self.stretches) - ROWS_SHOWN} stretches of losses (see load.csv)")
        return self.stretches[:ROWS_SHOWN]

    def _processors(self) -> int:
        told = self.run.summary["machine"].get("processors")
        return told if isinstance(told, int) else 0

    def _processes(self) -> list[ProcessRow]:
        return [_process_row(source) for role in ("fleet", "csms") for source in self.load.of_role(role)]

    def _silences(self) -> list[Gap]:
        gaps = sorted(
            (gap for source in self.load.sources.values() for gap in source.gaps), key=lambda gap: gap.begin_s
        )
        if len(gaps) > GAPS_SHOWN:
            self.left_out.append(f"{len(gaps) - GAPS_SHOWN} silences (see load.csv)")
        return gaps[:GAPS_SHOWN]

    def _unknown(self) -> list[UnknownRow]:
        rows: dict[tuple[str, str, str], UnknownRow] = {}
        for source in self.load.sources.values():
            for name in source.gauges:
                if name != CORES and not known_gauge(source.role, name):
                    told = [
                        _least_most(each.gauges[name]) for each in self.load.of_role(source.role) if name in each.gauges
                    ]
                    text = f"{min(low for low, _ in told):,.6g} to {max(high for _, high in told):,.6g}"
                    rows["gauge", name, source.role] = UnknownRow("gauge", name, source.role, text)
            for name in source.counts:
                if not known_count(name):
                    total = number(self.load.count(name, source.role))
                    rows["count", name, source.role] = UnknownRow("count", name, source.role, total)
        return [rows[key] for key in sorted(rows)]


def _upright(text: str) -> str:
    """As a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}."


def _action_row(name: str, outcome: Outcome) -> ActionRow:
    told = outcome.answered.percentiles_s(PERCENTS)
    shown = [words.latency(value) for value in told]
    return ActionRow(name, name in ASIDE, outcome, outcome.answered.total, shown, [value or 0.0 for value in told])


def _process_row(source: Source) -> ProcessRow:
    def most(name: str) -> float | None:
        column = source.gauges.get(name)
        return _least_most(column)[1] if column else None

    busy = source.gauges[CORES].between(0, len(source.gauges[CORES].values)) if CORES in source.gauges else []
    lag, files = most("loop_lag_s"), most("open_files")
    return ProcessRow(
        source,
        f"{sum(busy) / len(busy):.2f}" if busy else "–",
        f"{max(busy):.2f}" if busy else "–",
        words.size(most("private_bytes")),
        words.size(most("rss_bytes")),
        "–" if files is None else number(files),
        words.latency(lag),
    )


def _least_most(column: Column) -> tuple[float, float]:
    told = column.between(0, len(column.values)) or [0.0]
    return min(told), max(told)
