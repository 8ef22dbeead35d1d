"""A load run on the screen: on a terminal a live table, into a pipe or a file one line per phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chargebench.errors import printable

if TYPE_CHECKING:
    from loadtest.play import Moment

STATES = ("accepted", "charging", "connected", "dialling", "waiting", "built", "stopped")
SHOWN_NOTICES = 5


class LoadView:
    """Shows how a load run of so many stations goes."""

    def __init__(self, console: Console, stations: int) -> None:
        self._console = console
        self._stations = stations
        self._notices: list[str] = []
        self._live = Live(console=console, refresh_per_second=2) if console.is_terminal else None
        self._last: Moment | None = None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live is not None:
            self._live.stop()
        elif self._last is not None:
            self._line(self._last)

    def show(self, moment: Moment) -> None:
        """Show how it is now."""
        if self._live is not None:
            self._live.update(self._table(moment))
        elif self._last is not None and self._last.phase is not moment.phase:
            self._line(self._last)
        self._last = moment

    def notice(self, text: str) -> None:
        """Something out of the ordinary happened."""
        self._notices.append(printable(text))
        if self._live is None:
            self._console.print(Text(f"note  {printable(text)}", style="yellow"), soft_wrap=True)

    def _line(self, moment: Moment) -> None:
        self._console.print(
            Text(f"{moment.t:7.0f} s  {printable(moment.phase.name)}: {_words(moment)}"), soft_wrap=True
        )

    def _table(self, moment: Moment) -> Group:
        told = Table.grid(padding=(0, 2))
        told.add_row(Text(f"{moment.t:.0f} s", style="bold"), Text(printable(moment.phase.name), style="bold cyan"))
        told.add_row("stations", f"{moment.counts['wanted']:,} of {self._stations:,}")
        for state in STATES:
            if moment.counts.get(state):
                told.add_row(state, f"{moment.counts[state]:,}")
        told.add_row("CALLs", _words(moment).partition("; ")[2])
        notices = [Text(each, style="yellow") for each in self._notices[-SHOWN_NOTICES:]]
        return Group(told, *notices)


def _words(moment: Moment) -> str:
    """As in ``4,000 of 5,000 accepted; p99 38 ms, 0.1 % failed``."""
    seen = moment.seen
    p99 = "none ended yet" if seen.p99_ms is None else f"p99 {seen.p99_ms:.3g} ms"
    failed = f", {100 * seen.error_share:.2g} % failed" if seen.error_share else ""
    return f"{seen.accepted:,} of {moment.counts['wanted']:,} accepted; {p99}{failed}"
