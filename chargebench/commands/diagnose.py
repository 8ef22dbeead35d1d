"""``chargebench diagnose``: what a service technician finds at a station."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from chargebench.errors import EXIT_FAILED, EXIT_HELD, Unusable
from chargebench.options import ProfileName

if TYPE_CHECKING:
    from simulator.station import Station

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""When it is: the same words find the same, whenever they are said."""

SETTLING_S = 60.0
"""How long a station runs before the technician comes, and again after something has broken."""

app = typer.Typer(name="diagnose", no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Enter the commands."""
    parent.add_typer(app, rich_help_panel="Simulate")


@app.callback(help="Test hardware as a service technician does on site.")
def _group() -> None:
    pass


@app.command("station")
def station(
    profile: ProfileName = "ac-22kw",
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Break this first; repeatable (default: a sound station)."),
    ] = None,
    evse: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only this EVSE, and break that one (default: all; EVSE 1).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random in the station.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> int:
    """Test every part of a simulated station on site.

    The station runs in virtual time. The tests use an IEC 61851 adapter at the plug, a tester at the RCD and the
    insulation, a reference load at the meter and a laptop at the network; each result has its measured value, its
    limit and who sets it, and what to do. The exit code is 0 if everything passed, and 1 if not.

    [bold]Examples[/bold]

    chargebench diagnose station --profile dc-150kw

    chargebench diagnose station --profile lab-ac --fault "contactor welded" --fault "fan failure"

    chargebench diagnose station --fault "diode missing" --json
    """
    from chargebench.findings import show
    from simulator.diagnosis import diagnose, failed

    try:
        made = asyncio.run(_broken(profile, fault or [], evse or 1, seed))
        incidents = made.flash.incidents
        found = diagnose(made, evse)
    except ValueError as problem:
        raise Unusable(str(problem)) from None
    if as_json:
        document = {
            "station": made.identity,
            "profile": profile,
            "faults": fault or [],
            "passed": not failed(found),
            "findings": [each.document() for each in found],
            "incidents": [each.document() for each in incidents],
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        show(Console(highlight=False), found, incidents)
    return EXIT_FAILED if failed(found) else EXIT_HELD


async def _broken(profile: str, names: list[str], evse: int, seed: int) -> Station:
    """A station in virtual time, without a CSMS, at which something has been wrong for a while."""
    from protocol.transports.memory import MemoryNetwork
    from protocol.versions import V201
    from simulator import faults
    from simulator.clock import VIRTUAL, Clock
    from simulator.profile import load_profile
    from simulator.station import Station

    clock = Clock(START, VIRTUAL)
    nobody = MemoryNetwork(clock.soon, clock.busy)
    made = Station("CP-001", load_profile(profile), V201, clock, nobody.dialer(), url="ws://localhost/", seed=seed)
    made.power_on()
    await clock.run(SETTLING_S)
    for name in names:
        connector = _connector_of(made, name, evse)
        faults.inject(made, name, evse, connector)
    await clock.run(2 * SETTLING_S)
    return made


def _connector_of(made: Station, name: str, evse: int) -> int:
    """The first connector of an EVSE that can have a fault: a CHAdeMO cable is rarely the first."""
    from simulator.faults import find
    from simulator.hardware.place import Place

    ways, count = find(name).ways, len(made.evse(evse).profile.connectors)
    own = [n for n in range(1, count + 1) if any((title, Place(evse, n)) in made.rig.components for title in ways)]
    return own[0] if own else 1
