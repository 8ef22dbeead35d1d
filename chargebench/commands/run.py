"""``chargebench run``: scenarios, in process or against a CSMS."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chargebench import runs
from chargebench.errors import Unusable
from chargebench.options import Out, Seed, pace_of, station_version, websocket_url
from scenarios import library
from scenarios.access import CsmsAccess, Foreign
from scenarios.model import Scenario
from scenarios.runner import run as run_scenario


def add_to(app: typer.Typer) -> None:
    """Enter the commands."""
    app.command("run", rich_help_panel="Test")(run)
    app.command("scenarios", rich_help_panel="Test")(scenarios)


def run(
    scenario: Annotated[list[str], typer.Argument(help="Names from the library, or YAML or Python files.")],
    seed: Seed = None,
    csms: Annotated[
        str | None, typer.Option(help="ws:// or wss:// address of a CSMS; without it the reference CSMS, in process.")
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(help="virtual, real, or simulated seconds per second (default: virtual; real with --csms)."),
    ] = None,
    stations: Annotated[int | None, typer.Option(min=1, help="Scale the fleet to this many stations.")] = None,
    version: Annotated[str | None, typer.Option(help="OCPP version of stations that the scenario leaves open.")] = None,
    out: Out = None,
    force_virtual: Annotated[
        bool, typer.Option("--force-virtual", help="Virtual time against a CSMS whose clock is not ours.")
    ] = False,
) -> int:
    """Run scenarios and judge them.

    Without [bold]--csms[/bold] everything happens in this process, over an in-memory network and in virtual time: the
    same seed gives the same messages.jsonl, byte for byte. With it, the stations dial your CSMS in real time; steps
    of the operator are then up to you, and expectations that rest on them are inconclusive.

    [bold]Examples[/bold]  chargebench run cable-first --seed 7      chargebench run my.yaml --csms ws://10.0.0.5/ocpp/
    """
    if out is not None and len(scenario) > 1:
        raise Unusable("--out is the folder of one run; leave it out to run several scenarios")
    how = How(seed, csms, speed, stations, version, force_virtual)
    chosen = [(name, library.load(name)) for name in scenario]
    return max([how.play(name, each, out) for name, each in chosen])


@dataclass(frozen=True, slots=True)
class How:
    """How to run a scenario: the command's options."""

    seed: int | None = None
    csms: str | None = None
    speed: str | None = None
    stations: int | None = None
    version: str | None = None
    force_virtual: bool = False
    words: Sequence[str] | None = None  # the command's own words, where they say more than a scenario's name

    def play(self, name: str, scenario: Scenario, out: Path | None) -> int:
        """Run one scenario, show how it goes and what came of it; return the exit code."""
        console = Console(highlight=False)
        access: CsmsAccess | None = Foreign(websocket_url(self.csms)) if self.csms else None
        seed = scenario.seed if self.seed is None else self.seed
        with runs.Display(console, scenario.title, scenario.start) as display:
            result = asyncio.run(
                run_scenario(
                    scenario,
                    out=runs.folder(out, Path(name).stem),
                    seed=seed,
                    pace=pace_of(self.speed or ("real" if self.csms else "virtual")),
                    csms=access,
                    stations=self.stations,
                    version=station_version(self.version) if self.version else None,
                    force_virtual=self.force_virtual,
                    on_progress=display.show,
                    wall=runs.wall,
                    command=self.command(name, seed),
                )
            )
            display.done(f"{result.messages:,} messages")
        return runs.tell(console, result.judgements, result.verdict, result.path)

    def command(self, name: str, seed: int) -> list[str]:
        """The command that does the same again."""
        if self.words is not None:
            return ["chargebench", *self.words, *(["--seed", str(seed)] if "--seed" not in self.words else [])]
        words = ["chargebench", "run", name, "--seed", str(seed)]
        given = {"--csms": self.csms, "--speed": self.speed, "--stations": self.stations, "--version": self.version}
        for option, value in given.items():
            words += [option, str(value)] if value is not None else []
        return words + (["--force-virtual"] if self.force_virtual else [])


def scenarios() -> None:
    """List the scenarios of the library."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    for name in library.names():
        table.add_row(f"[bold]{name}[/bold]", library.load(name).title)
    Console(highlight=False).print(table)
