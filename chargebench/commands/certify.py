"""``chargebench certify``: conformance cases against a station or a CSMS."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from chargebench import runs
from chargebench.errors import EXIT_FAILED, EXIT_HELD, Unusable
from chargebench.options import Out, spoken_version, websocket_url
from conformance import catalogue, registry
from conformance.declaration import Declaration
from conformance.declaration import load as load_declaration
from conformance.rigs import Rig
from conformance.rigs.foreign import ApiHands, DiallingRig, ListeningRig
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.runner import START, certify
from conformance.selfcheck import Trial, self_check
from conformance.vocabulary import Case, Role
from protocol.security import server_tls

CaseIds = Annotated[list[str] | None, typer.Option("--case", help="Only this case; may be repeated.")]
Blocks = Annotated[list[str] | None, typer.Option("--block", help="Only this functional block, such as B; repeatable.")]
Profiles = Annotated[list[str] | None, typer.Option("--profile", help="Only cases of this certification profile.")]
OcppVersion = Annotated[str, typer.Option("--version", help="The OCPP version to judge by: 1.6 or 2.0.1.")]
Features = Annotated[
    Path | None, typer.Option(help="YAML file with what is declared of the system: features, profiles, agreed values.")
]
List = Annotated[bool, typer.Option("--list", help="List the cases that would run, and run none.")]
SelfCheck = Annotated[
    bool, typer.Option("--self-check", help="Run each case on a sound peer and on its faulty ones: can it fail?")
]

app = typer.Typer(
    name="certify",
    no_args_is_help=True,
    help="""Judge a charging station or a CSMS by conformance cases of OCPP 1.6 and 2.0.1.

    Verdicts are judged on the recorded text of the frames, against the official schemas and the requirement that each
    case names. Without an address the system under test is this project's own, in virtual time.""",
)


def add_to(parent: typer.Typer) -> None:
    """Enter the commands."""
    parent.add_typer(app, rich_help_panel="Test")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases, by what, and where the run goes."""

    role: Role
    version: str
    ids: list[str] | None
    blocks: list[str] | None
    profiles: list[str] | None
    features: Path | None
    out: Path | None

    def cases(self) -> list[Case]:
        """The cases. Raises UnknownCase, Unusable where there are none."""
        if strange := set(self.profiles or ()) - set(catalogue.profiles()):
            known = ", ".join(catalogue.profiles())
            raise Unusable(f"no certification profile {', '.join(sorted(strange))}; there are {known}")
        found = registry.select(
            self.role, self.version, ids=self.ids or (), blocks=self.blocks or (), profiles=self.profiles or ()
        )
        if not found:
            raise Unusable("no case fits all of --case, --block, --profile and --version")
        return found

    def declaration(self) -> Declaration | None:
        """What is declared of the system. Raises DeclarationError."""
        if self.features is None:
            return None
        found = load_declaration(self.features)
        if found.role is not self.role:
            raise Unusable(f"{self.features} declares a {found.role}, not a {self.role}")
        return found


@app.command("station")
def station(
    listen: Annotated[
        str | None, typer.Option(help="HOST:PORT to listen at for a station of yours; without it, our own is judged.")
    ] = None,
    identity: Annotated[str | None, typer.Option("--id", help="The identity your station connects with.")] = None,
    cert: Annotated[Path | None, typer.Option(help="PEM certificate: listen with TLS (with --key).")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM private key of --cert.")] = None,
    version: OcppVersion = "2.0.1",
    case: CaseIds = None,
    block: Blocks = None,
    profile: Profiles = None,
    features: Features = None,
    list_only: List = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a charging station.

    [bold]Examples[/bold]  chargebench certify station      chargebench certify station --case TC_B_01_CS
    chargebench certify station --listen 0.0.0.0:9000 --features mine.yaml
    """
    wanted = Wanted(Role.STATION, spoken_version(version).name, case, block, profile, features, out)
    if list_only or check:
        return _without_run(wanted, SimulatedStation(START), list_only)
    return asyncio.run(_station(wanted, listen, identity, cert, key))


@app.command("csms")
def csms(
    target: Annotated[
        str | None, typer.Option(help="ws:// or wss:// address of your CSMS; without it, our own is judged.")
    ] = None,
    api: Annotated[
        str | None, typer.Option(help="HTTP API of a reference CSMS at --target, to make it send commands.")
    ] = None,
    identity: Annotated[str | None, typer.Option("--id", help="The identity that the bench connects with.")] = None,
    version: OcppVersion = "2.0.1",
    case: CaseIds = None,
    block: Blocks = None,
    profile: Profiles = None,
    features: Features = None,
    list_only: List = False,
    check: SelfCheck = False,
    out: Out = None,
) -> int:
    """Judge a CSMS.

    [bold]Examples[/bold]  chargebench certify csms      chargebench certify csms --target ws://10.0.0.5/ocpp --block B
    """
    wanted = Wanted(Role.CSMS, spoken_version(version).name, case, block, profile, features, out)
    if list_only or check:
        return _without_run(wanted, ReferenceCsms(START), list_only)
    return asyncio.run(_csms(wanted, target, api, identity))


async def _station(
    wanted: Wanted, listen: str | None, identity: str | None, cert: Path | None, key: Path | None
) -> int:
    async with _station_rig(listen, cert, key) as rig:
        return await _judge(wanted, rig, identity)


@asynccontextmanager
async def _station_rig(listen: str | None, cert: Path | None, key: Path | None) -> AsyncIterator[Rig]:
    if (cert is None) != (key is None):
        raise Unusable("--cert and --key belong together")
    if listen is None:
        yield SimulatedStation(START)
        return
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Unusable(f"{listen!r} is no place to listen at; right would be HOST:PORT, such as 127.0.0.1:9000")
    tls = server_tls(cert, key) if cert and key else None
    rig = await ListeningRig.listen(host, int(port), tls=tls)
    Console(stderr=True, highlight=False).print(f"waiting for the station at {host}:{rig.port} …")
    try:
        yield rig
    finally:
        await rig.close()


async def _csms(wanted: Wanted, target: str | None, api: str | None, identity: str | None) -> int:
    if target is None:
        return await _judge(wanted, ReferenceCsms(START), identity)
    websocket_url(target)
    if api is None:
        return await _judge(wanted, DiallingRig(target), identity)
    if urlsplit(api).scheme not in ("http", "https"):
        raise Unusable(f"--api {api!r} is not an HTTP address")
    hands = ApiHands(api, identity or _default_identity())
    try:
        return await _judge(wanted, DiallingRig(target, hands), identity)
    finally:
        await hands.close()


def _default_identity() -> str:
    from conformance.vocabulary import Subject

    return Subject(Role.CSMS, "2.0.1").identity


async def _judge(wanted: Wanted, rig: Rig, identity: str | None) -> int:
    cases, declaration = wanted.cases(), wanted.declaration()
    if identity is not None:
        base = declaration or Declaration(wanted.role)
        declaration = replace(base, configuration={**base.configuration, "identity": identity})
    folder = runs.folder(wanted.out, f"certify-{wanted.role}")
    console = Console(highlight=False)
    with runs.Cases(console, f"OCPP {wanted.version} {wanted.role}", len(cases)) as display:
        result = await certify(
            wanted.role,
            cases,
            rig,
            version=wanted.version,
            declaration=declaration,
            out=folder,
            command=["chargebench", *sys.argv[1:]],
            now=runs.wall,
            progress=display.show,
        )
    return runs.tell(console, result.verdicts, result.verdict, folder)


def _without_run(wanted: Wanted, rig: Rig, list_only: bool) -> int:
    if list_only:
        return _list(wanted.cases())
    console = Console(highlight=False)
    cases = wanted.cases()

    def show(trial: Trial) -> None:
        if not trial.held:
            console.print(f"[red]{trial.case}[/red] {trial.mutant or 'sound peer'}: {trial.judgement.verdict}")

    score = asyncio.run(self_check(cases, rig, version=wanted.version, progress=show))
    console.print(str(score))
    return EXIT_HELD if not score.wrong else EXIT_FAILED


def _list(cases: list[Case]) -> int:
    table = Table(box=None, padding=(0, 2), show_header=False)
    for each in cases:
        table.add_row(f"[bold]{each.id}[/bold]", each.title, f"[dim]{each.verifies}[/dim]")
    Console(highlight=False).print(table)
    return EXIT_HELD
