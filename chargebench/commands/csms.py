"""``chargebench csms``: the reference CSMS, on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from chargebench.commands import accounts
from chargebench.errors import Unusable
from csms_reference.settings import Settings, Transport, UnknownStations

if TYPE_CHECKING:
    from csms_reference.server import Serving


def add_to(app: typer.Typer) -> None:
    """Enter the commands."""
    app.add_typer(group, rich_help_panel="Simulate")


group = typer.Typer(name="csms", invoke_without_command=True)


@group.callback()
def csms(
    context: typer.Context,
    settings: Annotated[
        Path | None, typer.Option(help="YAML file with settings; the options below override it (default: none).")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address for stations (default: 127.0.0.1).")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Port for stations, 0 for a free one (default: 9000)."),
    ] = None,
    api_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Port of the HTTP API, 0 for a free one (default: 9080)."),
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Path of a SQLite file, or an SQLAlchemy URL (default: csms.sqlite).")
    ] = None,
    cert: Annotated[
        Path | None, typer.Option(help="PEM certificate: serve wss:// (with --key; default: ws://).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="PEM private key of --cert.")] = None,
    passwords: Annotated[
        bool | None,
        typer.Option("--passwords/--no-passwords", help="Require HTTP Basic passwords of stations (default: no)."),
    ] = None,
    unknown_tokens: Annotated[
        bool | None,
        typer.Option("--unknown-tokens/--no-unknown-tokens", help="Accept tokens nobody entered (default: no)."),
    ] = None,
    unknown_stations: Annotated[
        UnknownStations | None,
        typer.Option(
            metavar="WHAT",
            help="What becomes of stations that nobody registered: register, pending or refuse (default: register).",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that share the port and the database (default: 1).")
    ] = None,
    transport: Annotated[
        Transport | None,
        typer.Option(
            metavar="KIND",
            help="websockets, lean (for many thousands of stations per process) or auto (default: auto, which is lean "
            "with several workers).",
        ),
    ] = None,
    nodes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes with ports of their own, from --port and --api-port upwards, that share the database and "
            "Redis (default: 1).",
        ),
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Redis that nodes share, also with those on other hosts (default: redis://127.0.0.1:6379 with several "
            "--nodes, otherwise none).",
        ),
    ] = None,
) -> None:
    """Run the reference CSMS until Ctrl-C or SIGTERM.

    Stations connect to [bold]ws://HOST:PORT/IDENTITY[/bold] and speak OCPP 1.6, 2.0.1 or 2.1. The HTTP API, with its
    description at [bold]/docs[/bold], manages stations and tokens, shows transactions and sends commands.
    Transaction messages are acknowledged only after they are on disk.

    [bold]Examples[/bold]

    chargebench csms --unknown-tokens

    chargebench csms --settings csms.yaml --host 0.0.0.0 --cert server.pem --key server.key --passwords

    chargebench csms --workers 4

    chargebench csms --nodes 3 --database postgresql://localhost/csms --redis redis://localhost
    """
    if context.invoked_subcommand is not None:
        return
    from csms_reference.server import run

    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "api_port": api_port,
        "database": database_url(database),
        "tls_cert": str(cert) if cert else None,
        "tls_key": str(key) if key else None,
        "require_passwords": passwords,
        "accept_unknown_tokens": unknown_tokens,
        "unknown_stations": unknown_stations,
        "workers": workers,
        "transport": transport,
        "nodes": nodes,
        "redis": redis,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    effective = Settings.load(settings, **chosen) if settings else replace(Settings(), **chosen)
    run(effective, ready=lambda running: _announce(effective, running))


group.info.help = csms.__doc__
for _accounts in accounts.GROUPS:
    group.add_typer(_accounts)


@group.command("rekey")
def rekey(
    settings: Annotated[
        Path | None, typer.Option(help="YAML file with the CSMS's settings: database, keys_file (default: none).")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Path of a SQLite file, or an SQLAlchemy URL (default: csms.sqlite).")
    ] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Add a key to the file of keys first.")] = False,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="Renew the hashes too, by which tokens are looked up; stop the CSMS first.")
    ] = False,
) -> None:
    """Have everything that is sealed in a CSMS's database sealed under its newest key.

    The CSMS may run meanwhile, if it was started with that key. After an interruption the same command goes on.
    It ends with 1 while keys other than the newest are in use.

    [bold]Examples[/bold]

    chargebench csms rekey --settings csms.yaml --new-key

    chargebench csms rekey --database csms.sqlite
    """
    from csms_reference.sealing.keys import add_key, file_of
    from csms_reference.sealing.rekey import rekey as renew
    from csms_reference.store.database import parse_url

    chosen: dict[str, Any] = {} if database is None else {"database": database_url(database)}
    effective = Settings.load(settings, **chosen) if settings else replace(Settings(), **chosen)
    if new_key:
        number = add_key(file_of(parse_url(effective.database), effective.keys_file))
        typer.echo(f"key {number} was added")
    done = renew(effective.database, effective.keys_file, hashes=hashes)
    typer.echo(
        f"rows written anew: {done.rows}; keys in use: {_listed(done.in_use)}; droppable: {_listed(done.droppable)}"
    )
    if len(done.in_use) > 1:
        raise typer.Exit(1)


@group.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The Parquet file to write.")],
    begin: Annotated[datetime, typer.Option("--from", help="Meter values of then or later, UTC.")],
    end: Annotated[datetime, typer.Option("--to", help="Meter values before then, UTC.")],
    station: Annotated[str | None, typer.Option(help="Of this station alone (default: of all).")] = None,
    settings: Annotated[
        Path | None, typer.Option(help="YAML file with the CSMS's settings: database, keys_file (default: none).")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Path of a SQLite file, or an SQLAlchemy URL (default: csms.sqlite).")
    ] = None,
) -> None:
    """Write meter values of a CSMS's database to a Parquet file. The CSMS may run meanwhile.

    [bold]Examples[/bold]

    chargebench csms export --from 2026-03-01 --to 2026-04-01 march.parquet

    chargebench csms export --from 2026-03-01T08:00:00 --to 2026-03-01T09:00:00 --station CP-1 hour.parquet
    """
    from csms_reference.instants import to_ms
    from csms_reference.parquet import export as write
    from csms_reference.services.readings import Choice
    from csms_reference.store import Store

    chosen: dict[str, Any] = {} if database is None else {"database": database_url(database)}
    effective = Settings.load(settings, **chosen) if settings else replace(Settings(), **chosen)
    if not file.absolute().parent.is_dir():
        raise Unusable(f"the folder of {file} does not exist")
    wanted = Choice(to_ms(begin.replace(tzinfo=UTC)), to_ms(end.replace(tzinfo=UTC)), station)
    store = Store.open(effective.database, keys_file=effective.keys_file)
    try:
        count = asyncio.run(write(store, wanted, file))
    finally:
        store.close()
    typer.echo(f"{count} meter values written to {file}")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers) or "none"


def database_url(given: str | None) -> str | None:
    """The URL of what --database names. Raises Unusable."""
    if given is None or "://" in given:
        return given
    if not Path(given).absolute().parent.is_dir():
        raise Unusable(f"the folder of --database {given} does not exist")
    return f"sqlite:///{given}"


def _ports(running: Serving) -> list[tuple[int, int]]:
    """Where stations connect and where the API is, for each node."""
    from csms_reference.nodes.parent import Nodes

    if isinstance(running, Nodes):
        return [(node["ocpp"], node["api"]) for node in running.ports]
    return [(running.ocpp_port, running.api_port)]


def _announce(settings: Settings, running: Serving) -> None:
    scheme = "wss" if settings.tls_cert else "ws"
    console = Console(highlight=False, soft_wrap=True)
    for ocpp_port, api_port in _ports(running):
        console.print(f"stations: [bold]{scheme}://{settings.host}:{ocpp_port}/IDENTITY[/bold]")
        console.print(f"API:      [bold]http://{settings.api_host}:{api_port}/docs[/bold]")
    console.print("Ctrl-C ends it.", style="dim")
