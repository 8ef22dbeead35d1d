"""What every command that runs something has in common: its folder, its progress display, its verdict on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chargebench.errors import EXIT_FAILED, EXIT_HELD
from reports import render
from reports.verdict import Judgement, Verdict
from scenarios.runner import Progress as Far

STYLES = {
    Verdict.PASS: "green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.FAIL: "red",
    Verdict.ERROR: "magenta",
    Verdict.NOT_APPLICABLE: "dim",
}


def wall() -> datetime:
    """The wall clock, for run.json."""
    return datetime.now(UTC)


def folder(given: Path | None, name: str) -> Path:
    """The run's folder: the given one, or a new one below runs/."""
    if given is not None:
        return given
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "run"
    stem = f"{wall():%Y%m%d-%H%M%S}-{plain}"
    made = Path("runs") / stem
    number = 2
    while made.exists():
        made = Path("runs") / f"{stem}-{number}"
        number += 1
    return made


class Display:
    """A progress bar of simulated time with what the fleet does. On a terminal it moves; elsewhere nothing is shown."""

    def __init__(self, console: Console, title: str, start: datetime) -> None:
        self._start = start
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._bar.add_task(title, total=1.0, told="")
        self._live = Live(self._bar, console=console, refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.__exit__(None, None, None)

    def show(self, far: Far) -> None:
        """Move to where the run is."""
        moment = self._start + timedelta(seconds=far.now_s)
        told = (
            f"{moment:%H:%M}  {far.connected}/{far.stations} connected  "
            f"{far.transactions} charging  {far.messages:,} messages"
        )
        self._bar.update(self._task, completed=far.now_s / far.duration_s, told=told)

    def done(self, told: str) -> None:
        """Fill the bar."""
        self._bar.update(self._task, completed=1.0, told=told)


class Cases:
    """A progress bar of conformance cases."""

    def __init__(self, console: Console, title: str, number: int) -> None:
        self._bar = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.completed}/{task.total} {task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._bar.add_task(title, total=number, told="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def show(self, judgement: Judgement) -> None:
        """One more case is judged."""
        self._bar.update(self._task, advance=1, told=f"{judgement.id} {judgement.verdict.value}")


def tell(console: Console, judgements: Sequence[Judgement], verdict: Verdict, run: Path) -> int:
    """Print the verdicts, failures first, write the report and return the exit code."""
    worst_first = sorted(judgements, key=lambda each: -each.verdict.severity)
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    for each in worst_first:
        style = STYLES[each.verdict]
        why = "" if each.verdict.held else _why(each)
        place = f" [dim]({each.station})[/dim]" if each.station and not each.verdict.held else ""
        table.add_row(f"[{style}]{each.verdict.value}[/{style}]", each.id, f"{_plain(each.title)}{place}", why)
    console.print(table)
    documents = render(run)
    console.print(f"[bold {STYLES[verdict]}]{verdict.value.upper()}[/]  {_counts(judgements)}")
    for document in documents:
        console.print(f"  {document}", soft_wrap=True)
    return EXIT_HELD if verdict.held else EXIT_FAILED


def _why(judgement: Judgement) -> str:
    if judgement.verdict is Verdict.NOT_APPLICABLE:
        return f"[dim]{_plain(judgement.reason)}[/dim]"
    told = [f"expected {_plain(judgement.expected)}"] if judgement.expected else []
    told += [f"found {_plain(judgement.actual)}"] if judgement.actual else []
    told = told or [_plain(judgement.reason)]
    return "; ".join(told)


def _plain(text: str) -> str:
    """Text from the wire is not markup."""
    return text.replace("[", "\\[")


def _counts(judgements: Sequence[Judgement]) -> str:
    found = {verdict: sum(each.verdict is verdict for each in judgements) for verdict in Verdict}
    return ", ".join(f"{number} {verdict.value}" for verdict, number in found.items() if number)
