"""``chargebench station``: one charging station against any CSMS, operated from the keyboard or a pipe."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chargebench.options import (
    CaFile,
    Password,
    ProfileName,
    SpokenVersion,
    StationId,
    station_version,
    trust,
    websocket_url,
)


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("station", rich_help_panel="Simulate")(station)


def station(
    url: Annotated[str, typer.Argument(help="The CSMS's address without the identity: ws://HOST:PORT/PATH or wss://…")],
    identity: StationId = "CP-001",
    profile: ProfileName = "ac-22kw",
    version: SpokenVersion = "2.0.1",
    password: Password = None,
    ca: CaFile = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random in the station.")] = 1,
    speed: Annotated[float, typer.Option(min=0.001, metavar="NUMBER", help="Simulated seconds per second.")] = 1.0,
    frames: Annotated[bool, typer.Option("--frames/--no-frames", help="Print every OCPP message.")] = True,
    retry: Annotated[bool, typer.Option("--retry", help="Keep on trying if the first connection fails.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep its memory in this file, and go on from there (default: nowhere)."),
    ] = None,
) -> int:
    """Run one charging station and operate it.

    Commands come from the keyboard or a pipe, one a line: [bold]plug[/bold], [bold]unplug[/bold],
    [bold]present TOKEN[/bold], [bold]stop[/bold], [bold]fault[/bold], [bold]clear[/bold], [bold]evse N[/bold],
    [bold]off[/bold], [bold]on[/bold], [bold]wait SECONDS[/bold], [bold]status[/bold], [bold]help[/bold],
    [bold]quit[/bold]. The station is switched on at once; at the end of the input it is switched off. The exit code is
    0 if the CSMS accepted it. With [bold]--state[/bold] it remembers what a station keeps without power, whatever ends
    the program: settings, lists, certificates, messages that wait, a running transaction.

    [bold]Examples[/bold]

    chargebench station ws://127.0.0.1:9000/ --profile dc-150kw --state cp-1.json

    printf 'wait 9\\nplug\\npresent CARD-1\\nwait 60\\nstop\\nwait 5' |
    chargebench station ws://127.0.0.1:9000/ --speed 10
    """
    from chargebench.keyboard import Desk
    from protocol.transports.websocket import WebSocketDialer
    from simulator.clock import Clock, Scaled
    from simulator.profile import load_profile
    from simulator.state.keeper import Keeper
    from simulator.station import Station

    keeper = None if state is None else Keeper(state)
    loaded, spoken = load_profile(profile), station_version(version)
    desk = Desk(Console(highlight=False, soft_wrap=True), websocket_url(url), retry)
    clock = Clock(datetime.now(UTC), Scaled(speed))
    made = Station(
        identity,
        loaded,
        spoken,
        clock,
        WebSocketDialer(),
        url=url,
        seed=seed,
        password=password,
        tls=trust(url, ca),
        flash=None if keeper is None else keeper.load(identity),
        on_fact=lambda _station, fact: desk.fact(clock, fact),
        tap=(lambda _station, direction, text: desk.frame(clock, direction, text)) if frames else None,
    )
    if keeper is not None:
        keeper.follow(made)
    asyncio.run(desk.run(clock, made))
    if keeper is not None:
        keeper.save(made)
    return desk.outcome()
