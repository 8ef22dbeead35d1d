"""The numbers beside the page: ``load`` per second and ``latency`` per action and phase, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reports.load.names import RATES, STATES
from reports.load.record import Load, Outcome
from reports.load.sources import Column, Source

ALL = "*"
PERCENTS = (50.0, 90.0, 99.0, 99.9, 100.0)
PERCENT_NAMES = ("p50_ms", "p90_ms", "p99_ms", "p99_9_ms", "max_ms")
HIGHEST = frozenset({"loop_lag_s"})
"""Gauges of which the worst counts; of all others the sum over the sources does."""


def documents(load: Load) -> dict[str, bytes]:
    """Both tables in both forms, by file name."""
    tables = {"load": seconds(load), "latency": latencies(load)}
    found = {f"{name}.csv": _csv(table) for name, table in tables.items()}
    return found | {f"{name}.parquet": _parquet(table) for name, table in tables.items()}


def seconds(load: Load) -> pa.Table:
    """One row per second, all sources together; what was not told is null."""
    count = load.seconds
    columns: dict[str, pa.Array] = {"second": pa.array(range(count), pa.int64())}
    columns["phase"] = pa.array(_phases(load), pa.string())
    columns["silent_sources"] = pa.array(_silent(load), pa.int64())
    for role, name in _gauges(load):
        column = name if name in STATES else f"{role}_{name}"
        columns[column] = pa.array(_merged(load.of_role(role), name, count), pa.float64())
    for role, name in sorted(load.counts, key=_by_rank):
        column = name if role == "fleet" else f"{role}_{name}"
        columns[column] = pa.array(_filled(load.counts[role, name], count), pa.int64())
    columns["calls_answered"] = pa.array(_filled(load.answered, count), pa.int64())
    columns["calls_failed"] = pa.array(_filled(load.failed, count), pa.int64())
    for percent, values in load.percentiles.items():
        columns[f"p{percent:g}_ms"] = pa.array([_ms(values.at(second)) for second in range(count)], pa.float64())
    return pa.table(columns)


def latencies(load: Load) -> pa.Table:
    """One row per action and phase, each of them also with all (``*``) of the other."""
    rows: list[dict[str, Any]] = []
    phases = list(dict.fromkeys(phase for phase, _ in load.outcomes))
    for action in [None, *load.actions()]:
        for phase in [None, *phases]:
            outcome = load.outcome(action, phase)
            if outcome.count or action is None:
                rows.append({"action": action or ALL, "phase": ALL if phase is None else phase} | _row(outcome))
    schema = pa.schema([
        ("action", pa.string()), ("phase", pa.string()), ("answered", pa.int64()), ("failed", pa.int64()),
        ("error_share", pa.float64()), *((name, pa.float64()) for name in PERCENT_NAMES), ("failures", pa.string()),
    ])  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def _row(outcome: Outcome) -> dict[str, Any]:
    told = zip(PERCENT_NAMES, outcome.answered.percentiles_s(PERCENTS), strict=True)
    return {
        "answered": outcome.answered.total,
        "failed": outcome.failed,
        "error_share": round(outcome.error_share, 9),
        **{name: _ms(value) for name, value in told},
        "failures": ";".join(f"{kind}={count}" for kind, count in sorted(outcome.failures.items())),
    }


def _phases(load: Load) -> list[str]:
    names = [""] * load.seconds
    for phase in load.phases:
        names[phase.begin_s : phase.end_s] = [phase.name] * (phase.end_s - phase.begin_s)
    return names


def _silent(load: Load) -> list[int]:
    """How many sources were silent in each second."""
    silent = [0] * load.seconds
    for source in load.sources.values():
        for gap in source.gaps:
            begin = round(gap.begin_s)
            for second in range(begin, min(begin + gap.missing, load.seconds)):
                silent[second] += 1
    return silent


def _gauges(load: Load) -> Iterator[tuple[str, str]]:
    """Every gauge that was told, by role: the states of stations first."""
    roles = sorted({source.role for source in load.sources.values()}, key=_role_rank)
    for role in roles:
        told = {name for source in load.of_role(role) for name in source.gauges}
        ranked = [*(state for state in STATES if state in told), *sorted(told - set(STATES))]
        yield from ((role, name) for name in ranked)


def _merged(sources: Sequence[Source], name: str, count: int) -> list[float | None]:
    columns: list[Column] = [source.gauges[name] for source in sources if name in source.gauges]
    merge = max if name in HIGHEST else sum
    found: list[float | None] = []
    for second in range(count):
        told = [value for column in columns if (value := column.at(second)) is not None]
        found.append(round(merge(told), 6) if told else None)
    return found


def _filled(values: Sequence[int], count: int) -> list[int]:
    return [*values, *([0] * (count - len(values)))]


def _role_rank(role: str) -> tuple[int, str]:
    order = ("fleet", "csms", "machine")
    return (order.index(role) if role in order else len(order), role)


def _by_rank(key: tuple[str, str]) -> tuple[Any, ...]:
    role, name = key
    ranks = list(RATES)
    return (*_role_rank(role), ranks.index(name) if name in ranks else len(ranks), name)


def _ms(seconds_or_none: float | None) -> float | None:
    return None if seconds_or_none is None else round(seconds_or_none * 1000, 3)


def _csv(table: pa.Table) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(table.column_names)
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    rows.writerows(zip(*columns, strict=True))
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else "" if value is None else value


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
