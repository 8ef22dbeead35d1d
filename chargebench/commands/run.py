"""``chargebench run``: scenarios, in process or against a CSMS."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chargebench.errors import Unusable
from chargebench.options import CaFile, Csms, Out, Password, Seed, Speed


def add_to(app: typer.Typer) -> None:
    """Enter the commands."""
    app.command("run", rich_help_panel="Test")(run)
    app.command("scenarios", rich_help_panel="Test")(scenarios)


def run(
    scenario: Annotated[list[str], typer.Argument(help="Names from the library, or YAML or Python files.")],
    seed: Seed = None,
    csms: Csms = None,
    ca: CaFile = None,
    password: Password = None,
    speed: Speed = None,
    stations: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="NUMBER", help="Scale the fleet to this many stations (default: as in the scenario)."
        ),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="OCPP version of stations that the scenario leaves open (default: 2.0.1).")
    ] = None,
    out: Out = None,
    force_virtual: Annotated[
        bool, typer.Option("--force-virtual", help="Virtual time also against a CSMS that has a clock of its own.")
    ] = False,
) -> int:
    """Run scenarios and judge them.

    Without [bold]--csms[/bold] everything happens in this process, over an in-memory network and in virtual time: the
    same seed gives the same messages.jsonl, byte for byte. With it, the stations dial your CSMS in real time; steps
    of the operator are then up to you, and expectations that rest on them are inconclusive.

    [bold]chargebench scenarios[/bold] lists the library. Each run leaves a folder with everything that was recorded
    and a report; the exit code is 0 if every expectation held, and 1 if not.

    [bold]Examples[/bold]

    chargebench run cable-first --seed 7

    chargebench run my-scenario.yaml --csms ws://10.0.0.5:9000/ocpp/ --stations 20
    """
    from chargebench.play import How
    from scenarios import library

    if out is not None and len(scenario) > 1:
        raise Unusable("--out is the folder of one run; leave it out to run several scenarios")
    how = How(seed, csms, speed, stations, version, force_virtual, ca, password)
    chosen = [(name, library.load(name)) for name in scenario]
    return max([how.play(name, each, out) for name, each in chosen])


def scenarios() -> None:
    """List the scenarios of the library.

    There is one more for every fault, such as faults/ground-fault; chargebench faults lists these.

    [bold]Example[/bold]

    chargebench scenarios
    """
    from scenarios import library

    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True)
    for name in [each for each in library.names() if "/" not in each]:
        table.add_row(f"[bold]{name}[/bold]", library.load(name).title)
    Console(highlight=False).print(table)
