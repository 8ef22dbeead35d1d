"""``chargebench demo``: a whole day of charging, from nothing to a report."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from chargebench import runs
from chargebench.options import Out, Seed
from scenarios import library
from scenarios.child import ReferenceProcess
from scenarios.runner import Result
from scenarios.runner import run as run_scenario

DAY = "charging-day"


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("demo", rich_help_panel="Start here")(demo)


def demo(
    seed: Seed = None,
    stations: Annotated[int | None, typer.Option(min=1, help="How many stations (default 24).")] = None,
    out: Out = None,
) -> int:
    """Run a charging day and write a report of it.

    The reference CSMS starts in a process of its own, 24 virtual stations (OCPP 1.6 and 2.0.1, AC and DC) connect to
    it over WebSockets, drivers come and go, a few things go wrong, and 24 simulated hours pass in seconds. Should the
    CSMS's process be killed meanwhile, it is started again, and nothing that it acknowledged is lost.
    """
    console = Console(highlight=False)
    scenario = library.load(DAY)
    folder = runs.folder(out, "demo")
    used_seed = scenario.seed if seed is None else seed
    csms = ReferenceProcess(log=folder / "csms.log", database=f"sqlite:///{folder / 'csms.sqlite'}")
    words = ["chargebench", "demo", "--seed", str(used_seed)]
    words += [] if stations is None else ["--stations", str(stations)]
    with runs.Display(console, scenario.title, scenario.start) as display:
        result = asyncio.run(
            run_scenario(
                scenario,
                out=folder,
                seed=used_seed,
                csms=csms,
                stations=stations,
                on_progress=display.show,
                wall=runs.wall,
                kind="demo",
                command=words,
            )
        )
        display.done(f"{result.messages:,} messages")
    code = runs.tell(console, result.judgements, result.verdict, result.path)
    _next(console, result)
    return code


def _next(console: Console, result: Result) -> None:
    report = (result.path / "report.html").absolute()
    console.print(f"\nOpen [bold]{report.as_uri()}[/bold] in a browser.", soft_wrap=True)
    console.print("Next: [bold]chargebench --help[/bold], or [bold]chargebench scenarios[/bold].")
