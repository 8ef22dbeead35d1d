"""Progress on the screen. On a terminal a bar moves; into a pipe or a file goes one line when all is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from chargebench.errors import printable

if TYPE_CHECKING:
    from conformance.vocabulary import Case
    from reports.verdict import Judgement
    from scenarios.runner import Progress as Far

TITLE_CHARS = 40


class _Bar:
    """What both kinds of progress share: a title, a bar, a word on how it goes, and the time it took."""

    def __init__(self, console: Console, title: str, total: float) -> None:
        self._console = console
        self._title = printable(title)
        self._moving: Progress | None = None
        if console.is_terminal:
            short = self._title if len(self._title) <= TITLE_CHARS else f"{self._title[: TITLE_CHARS - 1]}…"
            self._moving = Progress(
                TextColumn("{task.description}", style="bold", markup=False),
                BarColumn(bar_width=None, table_column=Column(ratio=1, max_width=32)),
                TextColumn("{task.fields[told]}", markup=False, table_column=Column(no_wrap=True)),
                TimeElapsedColumn(),
                console=console,
                expand=True,
            )
            self._task = self._moving.add_task(short, total=total, told="")

    def __enter__(self) -> Self:
        if self._moving is not None:
            self._moving.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._moving is not None:
            self._moving.stop()

    def move(self, completed: float, told: str) -> None:
        """Move the bar, if there is one."""
        if self._moving is not None:
            self._moving.update(self._task, completed=completed, told=printable(told))

    def end(self, total: float, told: str) -> None:
        """Fill the bar, or say in one line that all is done."""
        self.move(total, told)
        if self._moving is None:
            self._console.print(Text(f"{self._title}: {printable(told)}"), soft_wrap=True)


class Display(_Bar):
    """Progress of simulated time, with what the fleet does."""

    def __init__(self, console: Console, title: str, start: datetime) -> None:
        super().__init__(console, title, 1.0)
        self._start = start

    def show(self, far: Far) -> None:
        """Move to where the run is."""
        moment = self._start + timedelta(seconds=far.now_s)
        told = f"{moment:%H:%M}  {far.connected}/{far.stations} connected  {far.transactions} charging"
        self.move(far.now_s / far.duration_s, told)

    def done(self, told: str) -> None:
        """Fill the bar."""
        self.end(1.0, told)


class Cases(_Bar):
    """Progress of conformance cases; with ``lines`` each verdict is a line of its own, and no bar moves."""

    def __init__(self, console: Console, title: str, number: int, *, lines: bool = False) -> None:
        super().__init__(console, title, number)
        if lines:
            self._moving = None
        self._lines = lines
        self._number = number
        self._judged = 0

    def begin(self, case: Case) -> None:
        """A case is about to be run."""
        self.move(self._judged, f"{self._judged}/{self._number}  {case.id} …")

    def show(self, judgement: Judgement) -> None:
        """One more case is judged."""
        self._judged += 1
        told = f"{self._judged}/{self._number}  {judgement.id} {judgement.verdict.value}"
        if self._lines:
            self._console.print(Text(printable(f"{told}{_why(judgement)}")), soft_wrap=True)
        self.move(self._judged, told)

    def done(self, counts: Mapping[str, int]) -> None:
        """All are judged."""
        told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
        self.end(self._number, f"{self._judged} of {self._number} cases judged{f' ({told})' if told else ''}")


def _why(judgement: Judgement) -> str:
    """What speaks against a case, in a few words."""
    if judgement.verdict.held:
        return ""
    told = judgement.reason if not judgement.expected else f"expected {judgement.expected}, was {judgement.actual}"
    return f": {told}" if told else ""
