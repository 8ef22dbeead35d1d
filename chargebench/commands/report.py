"""``chargebench report``: documents of a finished run, from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("report", rich_help_panel="Look")(report)


def report(
    run: Annotated[Path, typer.Argument(help="The run's folder, as in runs/….")],
    against: Annotated[
        Path | None,
        typer.Option(help="The folder of an earlier load run: comparison.html sets both side by side (default: none)."),
    ] = None,
) -> None:
    """Write (or rewrite) report.html and junit.xml of a run; of a load run also its numbers as CSV and Parquet.

    A report is a function of the run's folder: the same folder gives the same bytes, on any machine and at any time.
    A run that was cut off is shown as far as it was recorded, and marked as incomplete.

    [bold]Example[/bold]

    chargebench report runs/20260302-080000-demo

    chargebench report runs/today --against runs/yesterday
    """
    from reports import render
    from reports.recording import Run

    console = Console(highlight=False, soft_wrap=True)
    recording = Run.open(run)
    for path in render(recording, against):
        console.print(Text(str(path)))
    for gap in recording.gaps:
        console.print(Text(f"incomplete: {gap}", style="yellow"))
