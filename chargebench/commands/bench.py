"""``chargebench bench``: how fast and how small, as ratios measured in one run."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chargebench.errors import Unusable


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("bench", rich_help_panel="Look")(bench)


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="session, virtual or memory (default: all of them).", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Measure on this machine, in under a minute.

    [bold]session[/bold]: receive, check and answer a message, beside the same steps of the [italic]ocpp[/italic]
    package. [bold]virtual[/bold]: a simulated day of 50 stations and their CSMS. [bold]memory[/bold]: what an idle
    station and its connection weigh. Ratios compare two ways of doing the same in the same run; times alone say little.

    [bold]Examples[/bold]

    chargebench bench

    chargebench bench session --json
    """
    from chargebench.bench import BENCHES

    chosen = names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise Unusable(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    figures = {name: BENCHES[name]() for name in chosen}
    if as_json:
        typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    table = Table("figure", "value", box=None, padding=(0, 2))
    table.columns[1].justify = "right"
    for name, found in figures.items():
        table.add_row(f"[bold]{name}[/bold]", "")
        for label, value in found.items():
            table.add_row(label, f"{value:,.2f}")
    console.print(table)
