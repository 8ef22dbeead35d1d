"""``chargebench faults``: what can be broken, and what is to be seen of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("faults", rich_help_panel="Simulate")(faults)


def faults(
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only those that a station of this profile can have (default: all)."),
    ] = None,
) -> None:
    """List the faults that a station can have.

    Each with the components that can have it, its fields (with what they are unless you say otherwise), and what is
    to be seen of it. They are brought about by steps of scenarios and from the keyboard of a station.

    [bold]Examples[/bold]

    chargebench faults

    chargebench faults --profile dc-150kw
    """
    from scenarios.catalogue import field, in_order
    from simulator.observable import parameters, possible
    from simulator.profile import load_profile

    had = None if profile is None else {fault.name for fault in possible(load_profile(profile))}
    chosen = [fault for fault in in_order() if had is None or fault.name in had]
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    for fault in chosen:
        fields = ", ".join(field(*each) for each in parameters(fault).items())
        table.add_row(fault.name, f"{fault.observable}\n{', '.join(fault.ways)}; {fields}")
    Console(highlight=False, markup=False).print(table)
