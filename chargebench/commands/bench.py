"""``chargebench bench``: how fast and how small, as ratios measured in one run."""

from __future__ import annotations

import json
import sys
from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chargebench.errors import Unusable

if TYPE_CHECKING:
    from chargebench.bench.registry import Benchmark, Figures, Options


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("bench", rich_help_panel="Look")(bench)


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="session, throughput, durable, ramp, density, memory, fleet, physics, virtual or neighbours "
            "(default: all of them).",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    stations: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="How many stations (default: the benchmark's own).")
    ] = None,
    shards: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Processes of the fleet (default: one for 19,000 stations)."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Processes of its CSMS (default: one for 19,000 stations)."),
    ] = None,
    hold: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="How long the fleet is held (default: 20).")
    ] = None,
    postgresql: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A database in which a schema is made, and dropped "
            "(default: CHARGEBENCH_POSTGRES, else test at 127.0.0.1).",
        ),
    ] = None,
    hostile: Annotated[
        int | None,
        typer.Option(min=0, metavar="NUMBER", help="Hostile stations beside good ones (default: 5 for a hundred)."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=1, metavar="NUMBER", help="CALLs a second of good stations (default: one each in 10 s)."),
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="What two nodes share (default: CHARGEBENCH_REDIS, else the one at 127.0.0.1)."
        ),
    ] = None,
) -> None:
    """Measure on this machine, in a few minutes.

    [bold]session[/bold]: receive, check and answer a message. [bold]throughput[/bold]: round trips over sockets.
    [bold]durable[/bold]: transaction events on disk, on SQLite and PostgreSQL, with one node and two.
    [bold]neighbours[/bold]: what good stations suffer from hostile ones beside them.
    [bold]ramp[/bold]: connect and boot, without and with TLS. [bold]density[/bold]: memory of a station and of its
    connection. [bold]memory[/bold]: the same without sockets, as Python sees it. [bold]fleet[/bold]: live stations
    beside the reference CSMS, held, dropped and back. [bold]virtual[/bold]: a simulated day of stations and their CSMS.
    Ratios compare two ways of doing the same in the same run; times alone say little.

    [bold]Examples[/bold]

    chargebench bench

    chargebench bench throughput --json

    chargebench bench virtual --stations 1000

    chargebench bench fleet --stations 20000 --hold 300

    chargebench bench neighbours --stations 20000 --hostile 1000 --hold 20
    """
    from chargebench.bench.catalogue import BENCHES
    from chargebench.bench.registry import Options

    chosen = names or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        raise Unusable(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    options = Options(stations, shards, workers, hold, postgresql, redis, hostile, rate)
    benches = [BENCHES[name] for name in dict.fromkeys(chosen)]
    _see_that_they_fit(benches, options)
    figures = {each.name: each.measure(options) for each in benches}
    if as_json:
        typer.echo(json.dumps(_circumstances() | {"benchmarks": _plain(figures)}, indent=2, ensure_ascii=False))
    else:
        _show(benches, figures)


def _plain(figures: dict[str, Figures]) -> dict[str, dict[str, float | None]]:
    """JSON knows no NaN: null."""
    return {
        name: {label: None if isnan(value) else value for label, value in its.items()} for name, its in figures.items()
    }


def _see_that_they_fit(benches: list[Benchmark], options: Options) -> None:
    """Raises Unusable for an option that a benchmark does not take."""
    for option in options.given:
        if deaf := ", ".join(each.name for each in benches if option not in each.takes):
            flag = f"--{option.removesuffix('_s')}"
            raise Unusable(f"{flag} is nothing for {deaf}; name the benchmarks that it is meant for")


def _circumstances() -> dict[str, Any]:
    """What a figure depends on: the machine, versions, event loop and command."""
    from chargebench.bench.loop import loop_name
    from reports.provenance import machine, versions

    return {
        "command": ["chargebench", *sys.argv[1:]],
        "machine": machine(),
        "versions": versions(),
        "loop": loop_name(),
    }


def _show(benches: list[Benchmark], figures: dict[str, Figures]) -> None:
    told = _circumstances()
    table = Table("figure", "value", "aim", box=None, padding=(0, 2))
    table.columns[1].justify = "right"
    for each in benches:
        table.add_row(f"[bold]{each.name}[/bold]", "", "")
        for label, value in figures[each.name].items():
            aim = each.aims.get(label)
            verdict = "" if aim is None else f"{aim} {'✓' if aim.reached(value) else 'missed'}"
            table.add_row(label, "–" if isnan(value) else f"{value:,.2f}", verdict)
    console = Console(highlight=False)
    console.print(table)
    machine = ", ".join(f"{name} {value}" for name, value in told["machine"].items())
    console.print(f"{machine}; Python {told['versions']['python']}, {told['loop']}", style="dim")
