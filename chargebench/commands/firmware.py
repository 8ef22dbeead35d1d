"""``chargebench firmware``: make an image that simulated stations can be updated to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("firmware", rich_help_panel="Simulate")(firmware)


def firmware(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Of the stations that it is for, as in their profile.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="What they say of themselves afterwards.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it (default: MODEL-VERSION.bin).")
    ] = None,
    size: Annotated[int, typer.Option(min=0, max=30_000_000, help="Bytes of its payload.")] = 1_000_000,
    flaw: Annotated[
        str, typer.Option(help="What is wrong with it: 'no start' or 'self-test' (default: nothing).")
    ] = "",
) -> None:
    """Make a firmware image for simulated stations.

    Publish it with PUT /firmware/NAME at the reference CSMS, which signs it, and have a station update to it with
    POST /stations/ID/firmware.

    [bold]Example[/bold]

    chargebench firmware AC22 2.0.0 --out ac22-2.0.0.bin
    """
    from scenarios.files import made
    from scenarios.model import Image
    from simulator.firmware.image import Flaw

    if flaw not in {each.value for each in Flaw}:
        raise typer.BadParameter(f"{flaw!r} is neither 'no start' nor 'self-test'")
    place = out or Path(f"{model}-{version}.bin")
    place.write_bytes(made(Image(place.name, model, version, size, flaw)))
    typer.echo(f"{place}: {place.stat().st_size} bytes")
