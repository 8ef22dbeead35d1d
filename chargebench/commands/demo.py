"""``chargebench demo``: a whole day of charging, from nothing to a report."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from chargebench import runs
from chargebench.options import Out, Seed

DAY = "charging-day"


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("demo", rich_help_panel="Start here")(demo)


def demo(
    seed: Seed = None,
    stations: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", show_default=False, help="How many stations (default: 24).")
    ] = None,
    out: Out = None,
) -> int:
    """Run a charging day and write a report of it.

    The reference CSMS starts in a process of its own, 24 virtual stations (OCPP 1.6 and 2.0.1, AC and DC) connect to
    it over WebSockets, drivers come and go, a few things go wrong, and 24 simulated hours pass in seconds. Should the
    CSMS's process be killed meanwhile, it is started again, and nothing that it acknowledged is lost.

    [bold]Examples[/bold]

    chargebench demo

    chargebench demo --stations 8 --seed 7 --out my-day
    """
    from chargebench.play import perform
    from scenarios import library
    from scenarios.child import ReferenceProcess

    console = Console(highlight=False)
    scenario = library.load(DAY)
    folder = runs.folder(out, "demo")
    used_seed = scenario.seed if seed is None else seed
    csms = ReferenceProcess(log=folder / "csms.log", database=f"sqlite:///{folder / 'csms.sqlite'}")
    words = ["chargebench", "demo", "--seed", str(used_seed)]
    words += [] if stations is None else ["--stations", str(stations)]
    code = perform(console, scenario, folder, seed=used_seed, csms=csms, stations=stations, kind="demo", command=words)
    report = (folder / "report.html").absolute()
    console.print(Text.assemble("\nOpen ", (report.as_uri(), "bold"), " in a browser."), soft_wrap=True)
    console.print("Next: [bold]chargebench --help[/bold], or [bold]chargebench scenarios[/bold].")
    return code
