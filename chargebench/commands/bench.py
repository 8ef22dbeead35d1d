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
    names: Annotated[list[str] | None, typer.Argument(help="Which; all of them if none is named.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Measure on this machine. Ratios compare two ways of doing the same in the same run; times alone say little."""
    from chargebench.bench import BENCHES

    chosen = names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise Unusable(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    figures = {name: BENCHES[name]() for name in chosen}
    console = Console()
    if as_json:
        console.print_json(json.dumps(figures))
        return
    for name, found in figures.items():
        table = Table("figure", "value", title=name, title_justify="left", title_style="bold")
        for label, value in found.items():
            table.add_row(label, f"{value:,.2f}")
        console.print(table)
