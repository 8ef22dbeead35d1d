"""A load run beside an earlier one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reports.curves import Column
from reports.load import charts, findings, knee, words
from reports.load.charts import Line
from reports.load.difference import RULE, Difference, Measured, difference, making
from reports.load.figures import MIB, there
from reports.load.names import ASIDE
from reports.load.record import Load, Phase
from reports.page import Tile, about, rendered, reproduce
from reports.plot import Chart
from reports.recording import Run
from reports.wording import date, moment, number

ACTIONS_DRAWN = 8
Row = tuple[str, Callable[[Load], Measured], Callable[[float], str]]


def html(run: Run, load: Load, earlier: Run, before: Load) -> bytes:
    """Render the comparison. Both loads are on grids of the same step; the grids become the longer one."""
    load.grid = before.grid = max(load.grid, before.grid, key=lambda grid: grid.count)
    started = moment(str(run.summary["wall"].get("started")))
    target = knee.Target.of(run.summary)
    whole = [_row(load, before, row) for row in _whole(load, before)]
    phases = [(name, [_row(load, before, row) for row in _of_phase(name)]) for name in _shared(load, before)]
    marked = sum(bool(row.mark) for rows in (whole, *(rows for _, rows in phases)) for row in rows)
    beyond = (
        f"{words.counted(marked, 'measure differs', 'measures differ')} by more than noise"
        if marked
        else "nothing differs by more than noise"
    )
    context = {
        "sentence": f"{_sentence(load, before, target)}; {beyond}.",
        "tiles": [Tile(name, tell(load), f"earlier: {tell(before)}") for name, tell in _tiles(target)],
        "reproduce": [
            *reproduce(run),
            ("Earlier", f"{earlier.id}, {earlier.summary['wall'].get('started') or 'undated'}"),
        ],
        "start_iso": charts.START,
        "start": date(started) if started else "an unknown date",
        "left_out": [],
        "earlier": earlier,
        "making": list(making(run.summary, earlier.summary)),
        "whole": whole,
        "phases": phases,
        "alone": _alone(load, before),
        "charts": _charts(load, before),
        "rule": RULE,
    }
    return rendered("comparison.html.j2", about(run) | context | {"headline": "This run beside an earlier one"})


def _sentence(load: Load, before: Load, target: knee.Target | None) -> str:
    both = (load, before)
    tops = [findings.peak(each) for each in both]
    stations = " against ".join(number(top[0]) if top else "an unknown number of" for top in tops)
    text = f"{stations} stations connected; {number(load.lost())} against {number(before.lost())} lost"
    action = words.headline_action(load, knee.find(load, target))
    if action:
        p99 = [words.latency(each.outcome(action).answered.percentile_s(99.0)) for each in both]
        text += f"; p99 of {words.an(action)} {p99[0]} against {p99[1]}"
    return text


def _tiles(target: knee.Target | None) -> list[tuple[str, Callable[[Load], str]]]:
    def stations(load: Load) -> str:
        top = findings.peak(load)
        return number(top[0]) if top else "–"

    def memory(load: Load) -> str:
        costs = findings.costs(load, findings.plateau(load))
        return words.size(costs[0].bytes) if costs else "–"

    def limit(load: Load) -> str:
        left = knee.find(load, target).left
        return "–" if left is None else number(left.stations or 0)

    return [
        ("Stations", stations),
        ("Lost", lambda load: number(load.lost())),
        ("p99, all messages", lambda load: words.latency(load.outcome().answered.percentile_s(99.0))),
        ("CALLs failed", lambda load: words.percent(load.outcome().error_share)),
        ("Memory a station", memory),
        ("Limit", limit),
        ("Ticks missing", lambda load: number(sum(source.missing for source in load.sources.values()))),
    ]


def _row(load: Load, before: Load, row: Row) -> Difference:
    what, measure, shown = row
    return difference(what, measure(load), measure(before), shown)


def _whole(load: Load, before: Load) -> Iterator[Row]:
    """The measures of the whole run."""
    yield "stations connected at most", _most_stations, number
    yield "stations lost", lambda load: Measured(float(load.lost())), number
    yield "measurements dropped", lambda load: Measured(float(load.count("dropped_samples"))), number
    yield "ticks missing", lambda load: Measured(float(sum(each.missing for each in load.sources.values()))), number
    yield "messages of the stations a second", lambda load: _rate(load, "frames_up"), number
    yield "share of CALLs that failed", lambda load: Measured(load.outcome().error_share), words.percent
    yield "processors kept busy by the fleet", lambda load: _mean(charts.cores(load, "fleet")), "{:.2f}".format
    yield "processors kept busy by the CSMS", lambda load: _mean(charts.cores(load, "csms")), "{:.2f}".format
    for what in ("a station in the fleet", "a connection in the CSMS", "kernel: slab, as it grew"):
        yield f"memory of {what}", lambda load, what=what: _cost(load, what), words.size  # type: ignore[misc]
    yield "p50 of all messages", lambda load: _percentile(load, 50.0), words.latency
    yield "p99 of all messages", lambda load: _percentile(load, 99.0), words.latency
    for action in _actions(load, before):
        yield f"p99 of {action}", lambda load, action=action: _action(load, action), words.latency  # type: ignore[misc]


def _of_phase(name: str) -> list[Row]:
    """The measures of a phase that both runs have."""
    return [
        ("CALLs that ended a second", lambda load: _ended(load, name), number),
        ("share of CALLs that failed", lambda load: Measured(load.outcome(phase=name).error_share), words.percent),
        ("p50 of all messages", lambda load: _percentile(load, 50.0, name), words.latency),
        ("p99 of all messages", lambda load: _percentile(load, 99.0, name), words.latency),
    ]


def _most_stations(load: Load) -> Measured:
    top = findings.peak(load)
    return Measured(None if top is None else float(top[0]))


def _rate(load: Load, name: str) -> Measured:
    values = load.counts.get(("fleet", name))
    return Measured(None) if not values else Measured(sum(values) / load.seconds, [float(value) for value in values])


def _ended(load: Load, phase: str) -> Measured:
    ended = [
        float(load.answered[second] + load.failed[second])
        for begin, end in _spans(load, phase)
        for second in range(begin, min(end, len(load.answered)))
    ]
    return Measured(sum(ended) / len(ended), ended) if ended else Measured(None)


def _percentile(load: Load, percent: float, phase: str | None = None) -> Measured:
    values = [value for span in _spans(load, phase) for value in load.percentiles[percent].between(*span)]
    return Measured(load.outcome(phase=phase).answered.percentile_s(percent), values)


def _action(load: Load, action: str) -> Measured:
    bins = load.curves.get(action, {})
    told = [value for each in bins.values() if (value := each.percentile_s(99.0)) is not None]
    return Measured(load.outcome(action).answered.percentile_s(99.0), told)


def _mean(column: Column) -> Measured:
    told = [value for value in column if value is not None]
    return Measured(sum(told) / len(told), told) if told else Measured(None)


def _cost(load: Load, what: str) -> Measured:
    costs = findings.costs(load, findings.plateau(load))
    return Measured(next((cost.bytes for cost in costs if cost.what == what), None))


def _spans(load: Load, phase: str | None) -> list[tuple[int, int]]:
    if phase is None:
        return [(0, load.seconds)]
    return [(each.begin_s, each.end_s) for each in load.phases if each.name == phase]


def _names(phases: Sequence[Phase]) -> list[str]:
    return list(dict.fromkeys(phase.name for phase in phases))


def _shared(load: Load, before: Load) -> list[str]:
    theirs = set(_names(before.phases))
    return [name for name in _names(load.phases) if name in theirs]


def _alone(load: Load, before: Load) -> list[tuple[str, str]]:
    """Phases and actions that only one of the runs has, and which."""
    found = []
    for what, ours, theirs in (
        ("phase", _names(load.phases), _names(before.phases)),
        ("action", load.actions(), before.actions()),
    ):
        found += [(f"{what} {name}", "this run") for name in ours if name not in theirs]
        found += [(f"{what} {name}", "the earlier run") for name in theirs if name not in ours]
    return found


def _actions(load: Load, before: Load) -> list[str]:
    theirs = set(before.actions())
    return [action for action in load.actions() if action in theirs]


def _charts(load: Load, before: Load) -> list[Chart]:
    """Both runs over the same time; phases and silence are marked as they were in this run."""

    def overlaid(title: str, unit: str, curve: Callable[[Load], Column]) -> Chart | None:
        drawn = [Line("earlier", "earlier", curve(before)), Line("this run", "band-0", curve(load))]
        return charts.lines(load, title, unit, drawn)

    def p99(action: str | None) -> Chart | None:
        drawn = [Line("earlier", "earlier", _p99_ms(before, action)), Line("this run", "band-0", _p99_ms(load, action))]
        return charts.logarithmic(load, f"p99 of {action or 'all messages'}", drawn)

    return there(
        [
            overlaid("Stations with a connection", "", _linked),
            p99(None),
            *(p99(action) for action in _actions(load, before)[:ACTIONS_DRAWN] if action not in ASIDE),
            overlaid("Messages of the stations", "a second", lambda each: charts.rate(each, "frames_up")),
            overlaid(
                "Failed CALLs", "a second", lambda each: charts.per_second(each, each.failed, each.of_role("fleet"))
            ),
            overlaid("Stations lost", "a second", lambda each: charts.rate(each, "lost")),
            overlaid("Processors of the fleet", "", lambda each: charts.cores(each, "fleet")),
            overlaid("Processors of the CSMS", "", lambda each: charts.cores(each, "csms")),
            overlaid("Private memory of the fleet", "MiB", lambda each: _private(each, "fleet")),
            overlaid("Private memory of the CSMS", "MiB", lambda each: _private(each, "csms")),
        ]
    )


def _linked(load: Load) -> Column:
    values = findings.linked(load)
    found: Column = []
    for begin, end in charts.steps(load):
        told = [value for value in values[begin:end] if value is not None]
        found.append(sum(told) / len(told) if told else None)
    return found


def _p99_ms(load: Load, action: str | None) -> Column:
    bins = charts.all_messages(load) if action is None else load.curves.get(action, {})
    told = {step: latencies.percentile_s(99.0) for step, latencies in bins.items()}
    return [None if (value := told.get(step)) is None else value * 1000 for step in range(load.grid.count)]


def _private(load: Load, role: str) -> Column:
    return charts.gauge(load, load.of_role(role), "private_bytes", MIB)
