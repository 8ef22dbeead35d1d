"""Runs conformance cases for a command: which cases, on which rig, and what came of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargebench import runs
from chargebench.errors import EXIT_FAILED, EXIT_HELD, Unusable, printable
from chargebench.keyring import KeyedRig
from chargebench.options import trust, websocket_url, words_of
from chargebench.progress import Cases
from chargebench.reach import knock
from conformance import catalogue, registry
from conformance.declaration import Declaration
from conformance.declaration import load as load_declaration
from conformance.rigs import Rig
from conformance.rigs.foreign import ApiHands, DiallingRig, ListeningRig
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.runner import START, Result, certify
from conformance.selfcheck import Trial, self_check
from conformance.vocabulary import Case, Role, Subject
from protocol.security import server_tls
from reports.verdict import Verdict

ROOMY_CHARS = 120
"""A list of cases names their requirements on terminals that are this wide."""
Opened = AbstractAsyncContextManager[Rig]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases, by what, and where the run goes. ``role``: ``station`` or ``csms``."""

    role: str
    version: str
    ids: list[str] | None = None
    blocks: list[str] | None = None
    profiles: list[str] | None = None
    features: Path | None = None
    out: Path | None = None
    identity: str | None = None

    def cases(self) -> list[Case]:
        """The cases. Raises UnknownCase, Unusable where there are none."""
        if strange := set(self.profiles or ()) - set(catalogue.profiles()):
            known = ", ".join(catalogue.profiles())
            raise Unusable(f"no certification profile {', '.join(sorted(strange))}; there are {known}")
        found = registry.select(
            Role(self.role), self.version, ids=self.ids or (), blocks=self.blocks or (), profiles=self.profiles or ()
        )
        if not found:
            raise Unusable("no case fits all of --case, --block, --profile and --version")
        return found

    def declaration(self) -> Declaration | None:
        """What is declared of the system, with the identity where one is given. Raises DeclarationError."""
        found = load_declaration(self.features) if self.features is not None else None
        if found is not None and found.role != self.role:
            raise Unusable(f"{self.features} declares a {found.role}, not a {self.role}")
        if self.identity is None:
            return found
        base = found or Declaration(Role(self.role))
        return replace(base, configuration={**base.configuration, "identity": self.identity})

    @property
    def known_as(self) -> str:
        """The identity that is used."""
        return self.identity or Subject(Role(self.role), self.version).identity


def list_cases(wanted: Wanted) -> int:
    """Print the cases that would run."""
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    console = Console(highlight=False)
    if roomy := console.width >= ROOMY_CHARS:
        table.add_column(style="dim")
    for each in wanted.cases():
        table.add_row(each.id, Text(each.title), *([Text(" ".join(each.verifies))] if roomy else []))
    console.print(table)
    return EXIT_HELD


def check_cases(wanted: Wanted) -> int:
    """Run each case on a sound peer and on its faulty ones, and say which cases did not tell them apart."""
    rig: Rig = SimulatedStation(START) if wanted.role == Role.STATION else ReferenceCsms(START)
    cases = wanted.cases()
    console = Console(highlight=False, soft_wrap=True)

    def show(trial: Trial) -> None:
        if not trial.held:
            console.print(Text(printable(str(trial)), style="red"))

    score = asyncio.run(self_check(cases, rig, version=wanted.version, progress=show))
    console.print(Text(str(score).splitlines()[0]))
    return EXIT_HELD if not score.wrong else EXIT_FAILED


def judge_station(wanted: Wanted, listen: str | None, cert: Path | None, key: Path | None) -> int:
    """Judge a station that dials in at ``listen``, or our own. Raises Unusable."""
    if (cert is None) != (key is None):
        raise Unusable("--cert and --key belong together")
    if listen is None:
        for option, given in (("--cert", cert), ("--id", wanted.identity)):
            if given is not None:
                raise Unusable(f"{option} is of no use without --listen")
        return _judge(wanted, _open(SimulatedStation(START)))
    host, _, port = listen.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise Unusable(f"{listen!r} is no place to listen at; right would be HOST:PORT, such as 127.0.0.1:9000")
    return _judge(wanted, _listening(host.strip("[]"), int(port), cert, key))


def judge_csms(wanted: Wanted, target: str | None, api: str | None, api_key: str | None, ca: Path | None) -> int:
    """Judge a CSMS at ``target``, or our own. Raises Unusable, Failed where nobody answers there."""
    if target is None:
        for option, given in (("--api", api), ("--api-key", api_key), ("--ca", ca), ("--id", wanted.identity)):
            if given is not None:
                raise Unusable(f"{option} is of no use without --target")
        return _judge(wanted, _open(ReferenceCsms(START)))
    tls = trust(websocket_url(target), ca)
    if api is not None and urlsplit(api).scheme not in ("http", "https"):
        raise Unusable(f"--api {api!r} is not an HTTP address; right would be http://HOST:PORT")
    wanted.cases(), wanted.declaration()
    knock(target, tls)
    if api is None:
        return _judge(wanted, _open(KeyedRig(DiallingRig(target), tls)))
    hands = ApiHands(api, wanted.known_as, api_key=api_key)
    return _judge(wanted, _open(KeyedRig(DiallingRig(target, hands), tls), hands))


@asynccontextmanager
async def _open(rig: Rig, hands: ApiHands | None = None) -> AsyncIterator[Rig]:
    try:
        yield rig
    finally:
        if hands is not None:
            await hands.close()


@asynccontextmanager
async def _listening(host: str, port: int, cert: Path | None, key: Path | None) -> AsyncIterator[Rig]:
    tls = server_tls(cert, key) if cert and key else None
    rig = await ListeningRig.listen(host, port, tls=tls)
    scheme = "wss" if tls else "ws"
    typer.echo(f"waiting for the station at {scheme}://{host}:{rig.port}/ …", err=True)
    try:
        yield rig
    finally:
        await rig.close()


def _judge(wanted: Wanted, opened: Opened) -> int:
    cases, declaration = wanted.cases(), wanted.declaration()
    folder = runs.folder(wanted.out, f"certify-{wanted.role}")
    console = Console(highlight=False)
    with runs.recording(folder), Cases(console, f"OCPP {wanted.version} {wanted.role}", len(cases)) as display:
        how = {"declaration": declaration, "out": folder, "progress": display.show}
        result = asyncio.run(_certify(wanted, cases, opened, **how))
        display.done({verdict.value: result.count(verdict) for verdict in Verdict})
    return runs.tell(console, result.verdicts, result.verdict, folder)


async def _certify(wanted: Wanted, cases: list[Case], opened: Opened, **how: Any) -> Result:
    async with opened as rig:
        command = ["chargebench", *words_of(sys.argv[1:])]
        return await certify(
            Role(wanted.role), cases, rig, version=wanted.version, command=command, now=runs.wall, **how
        )
