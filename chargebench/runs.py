"""What every command that runs something has in common: its folder, and what came of it on the screen."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from chargebench.errors import EXIT_FAILED, EXIT_HELD, printable
from reports import render
from reports.verdict import SEVERITY, Judgement, Verdict

STYLES = {
    Verdict.PASS: "green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.FAIL: "red",
    Verdict.ERROR: "magenta",
    Verdict.NOT_APPLICABLE: "dim",
}
SHOWN = 30
"""More verdicts of one kind that need nobody's attention are counted, not listed."""
IDS_CHARS = 28
"""A longer id of such a verdict is cut on the screen."""
DETAIL_CHARS = 600
"""More of what was expected or found is for the report."""


def wall() -> datetime:
    """The wall clock, for run.json."""
    return datetime.now(UTC)


def folder(given: Path | None, name: str) -> Path:
    """The run's folder: the given one, or a new one below runs/."""
    if given is not None:
        return given
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "run"
    stem = f"{wall():%Y%m%d-%H%M%S}-{plain}"
    made = Path("runs") / stem
    number = 2
    while made.exists():
        made = Path("runs") / f"{stem}-{number}"
        number += 1
    return made


@contextmanager
def recording(run: Path) -> Iterator[None]:
    """While a run is recorded: if it is interrupted, say where it is and how to look at it."""
    try:
        yield
    except KeyboardInterrupt:
        words = f"interrupted; chargebench report {run} shows the run as far as it went"
        Console(stderr=True, highlight=False).print(Text(words), soft_wrap=True)
        raise


def tell(console: Console, judgements: Sequence[Judgement], verdict: Verdict, run: Path) -> int:
    """Print the verdicts, failures first, write the report and return the exit code."""
    for kind in sorted(Verdict, key=SEVERITY.__getitem__, reverse=True):
        some = [each for each in judgements if each.verdict is kind]
        if kind.held:
            _list_held(console, kind, some)
        else:
            _list_unheld(console, kind, some)
    documents = render(run)
    for line in link_troubles(run):
        console.print(Text(f"note  {line}", style="yellow"))
    console.print(Text.assemble((verdict.value.upper(), f"bold {STYLES[verdict]}"), f"  {_counts(judgements)}"))
    for document in documents:
        console.print(Text(f"  {document}"), soft_wrap=True)
    return EXIT_HELD if verdict.held else EXIT_FAILED


def _list_unheld(console: Console, kind: Verdict, some: Sequence[Judgement]) -> None:
    """Each with what was expected and found, beside the verdict."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for each in some:
        title = Text.assemble((printable(each.id), "bold"), "  ", printable(each.title))
        table.add_row(Text(kind.value, STYLES[kind]), Group(title, *_details(each)))
    if some:
        console.print(table)


def _details(judgement: Judgement) -> Iterator[RenderableType]:
    facts = {"expected": judgement.expected, "found": judgement.actual, "rule": judgement.rule, "at": _where(judgement)}
    if judgement.reason not in (judgement.expected, judgement.actual):
        facts["because"] = judgement.reason
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for label, fact in facts.items():
        if fact:
            text = printable(" ".join(fact.split()))
            table.add_row(label, Text(text if len(text) <= DETAIL_CHARS else f"{text[:DETAIL_CHARS]}…"))
    if table.row_count:
        yield table


def _where(judgement: Judgement) -> str:
    """Which station, when, and which lines of messages.jsonl."""
    parts = [judgement.station] if judgement.station else []
    parts += [f"{judgement.t:,.3f} s"] if judgement.t is not None else []
    if judgement.frames:
        lines = ", ".join(map(str, judgement.frames[:8]))
        parts.append(f"messages.jsonl line {lines}{' …' if len(judgement.frames) > 8 else ''}")
    return ", ".join(parts)


def _list_held(console: Console, kind: Verdict, some: Sequence[Judgement]) -> None:
    """One line each, or one line for all of them."""
    if len(some) > SHOWN:
        console.print(Text.assemble((kind.value, STYLES[kind]), f"  {len(some)} in all; the report lists them"))
        return
    ids = [Text(printable(each.id)) for each in some]
    ids_chars = min(IDS_CHARS, max((len(each) for each in ids), default=0))
    for each, name in zip(some, ids, strict=True):
        name.truncate(ids_chars, overflow="ellipsis", pad=True)
        why = f"  ({printable(each.reason)})" if kind is Verdict.NOT_APPLICABLE and each.reason else ""
        verdict = (kind.value, STYLES[kind])
        line = Text.assemble(verdict, "  ", (name.plain, "dim"), "  ", printable(each.title), (why, "dim"))
        console.print(line, no_wrap=True, overflow="ellipsis")


def link_troubles(run: Path) -> list[str]:
    """Why stations of a run had no connection, one line for each reason, with how many they were."""
    stations: dict[str, set[str]] = defaultdict(set)
    with (run / "events.jsonl").open("rb") as lines:
        for line in lines:
            if b'"Disconnected"' in line and (event := json.loads(line)).get("ending") not in ("closed", "cut"):
                code = f" ({event['code']})" if event.get("code") else ""
                stations[f"{event.get('ending')}{code}: {event.get('reason')}"].add(str(event.get("station")))
    return [f"{len(who)} station(s) could not connect, {printable(why)}" for why, who in stations.items()]


def _counts(judgements: Sequence[Judgement]) -> str:
    found = {verdict: sum(each.verdict is verdict for each in judgements) for verdict in Verdict}
    return ", ".join(f"{number} {verdict.value}" for verdict, number in found.items() if number)
