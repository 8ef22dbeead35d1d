"""Runs conformance cases for a command: which cases, on which rig, and what came of them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargebench import runs
from chargebench.errors import EXIT_FAILED, EXIT_HELD, EXIT_OPEN, Unusable, printable
from chargebench.options import trust, websocket_url, words_of
from chargebench.progress import Cases
from conformance import catalogue, registry, rigfile
from conformance.declaration import Declaration
from conformance.declaration import load as load_declaration
from conformance.demands import Lack
from conformance.rigfile import Kind, RigFile, Task
from conformance.rigs import Rig
from conformance.runner import Planned, Result, certify, plan
from conformance.selfcheck import Trial, self_check
from conformance.timing import START
from conformance.vocabulary import Case, Role, Subject, Tokens
from protocol.security import server_tls
from reports.recording import Run
from reports.verdict import Verdict

if TYPE_CHECKING:
    from chargebench.crew import Crew
    from conformance.rigs.simulated import SimulatedStation

ROOMY_CHARS = 120
"""A list of cases names their requirements on terminals that are this wide."""
OPEN_VERDICTS = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR)
"""What is run again unless another choice is made."""
PASSWORD = "password-of-bench"
"""The station's password at a CSMS where a request enters it, unless another is declared; as long as 1.6 wants it."""
LACKS_SHOWN = 12
"""More operations that a better rig would have are left to ``run.json``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases, by what, and where the run goes. ``role``: ``station`` or ``csms``; ``rig``: a rig file, or a name.

    ``again`` is an earlier run, of which the cases that came to one of ``only`` are wanted.
    """

    role: str
    version: str
    ids: Sequence[str] | None = None
    blocks: Sequence[str] | None = None
    profiles: Sequence[str] | None = None
    features: Path | None = None
    out: Path | None = None
    identity: str | None = None
    rig: Path | None = None
    extras: bool = False
    again: Path | None = None
    only: Sequence[str] | None = None
    tolerance_s: float | None = None

    def cases(self) -> list[Case]:
        """The cases. Raises UnknownCase, RunError, Unusable where there are none."""
        if strange := set(self.profiles or ()) - set(catalogue.profiles()):
            known = ", ".join(catalogue.profiles())
            raise Unusable(f"no certification profile {', '.join(sorted(strange))}; there are {known}")
        found = registry.select(
            Role(self.role), self.version, ids=self.ids or (), blocks=self.blocks or (), profiles=self.profiles or ()
        )
        if not found:
            raise Unusable("no case fits all of --case, --block, --profile and --version")
        if self.again is None:
            return found
        open_ids = self._open_ids(self.again)
        return [each for each in found if each.id in open_ids]

    def _open_ids(self, earlier: Path) -> set[str]:
        run = Run.open(earlier)
        if run.kind != f"certify-{self.role}":
            raise Unusable(f"{earlier} is a run of kind {run.kind}; --again wants one of certify {self.role}")
        version = next((each["version"] for each in run.summary["stations"]), self.version)
        if version != self.version:
            raise Unusable(f"{earlier} judged by OCPP {version}; right would be --version {version}")
        chosen = {Verdict(each) for each in self.only} if self.only else set(OPEN_VERDICTS)
        if run.complete:
            return {each.id for each in run.verdicts if each.verdict in chosen}
        told = {str(event.fields.get("case")): event.fact for event in run.events() if event.kind == "verdict"}
        return {case for case, verdict in told.items() if verdict in chosen}

    def declaration(self) -> Declaration | None:
        """What is declared of the system. Raises DeclarationError, Unusable where it is of another role or version."""
        found = load_declaration(self.features) if self.features is not None else None
        if found is not None and found.role != self.role:
            raise Unusable(f"{self.features} declares a {found.role}, not a {self.role}")
        if found is not None and found.version not in ("", self.version):
            raise Unusable(f"{self.features} is for OCPP {found.version}; right would be --version {found.version}")
        return found

    def agreed(self, stage: Stage) -> dict[str, Any]:
        """The fields of the subject that options say, or that the rig sees to where nobody declares them."""
        given = {"identity": self.identity, "tolerance_s": self.tolerance_s}
        declared = self.declaration()
        kept = {} if declared is None else declared.configuration
        left = {name: value for name, value in stage.agrees.items() if name not in kept}
        return left | {name: value for name, value in given.items() if value is not None}

    def rig_file(self) -> RigFile | None:
        """What the rig file says, with this process's environment. Raises RigError."""
        return rigfile.load(self.rig, Role(self.role), os.environ) if self.rig is not None else None

    @property
    def known_as(self) -> str:
        """The identity that is used."""
        declared = self.declaration()
        agreed = self.identity or (declared.configuration.get("identity") if declared else None)
        return str(agreed or Subject(Role(self.role), self.version).identity)

    @property
    def tokens(self) -> Tokens:
        """The tokens that bench and system have agreed on."""
        declared = self.declaration()
        agreed = declared.configuration.get("tokens") if declared else None
        return agreed if isinstance(agreed, Tokens) else Tokens()

    @property
    def all_extras(self) -> bool:
        """Whether cases that no profile lists are run: they are if any were asked for."""
        return self.extras or bool(self.ids or self.blocks)


def fitting(wanted: Wanted) -> None:
    """See that the options about the cases go together. Raises Unusable."""
    if wanted.only and wanted.again is None:
        raise Unusable("--only is of no use without --again")


# -- what would be run -----------------------------------------------------------------------------------------------


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


def dry_run(wanted: Wanted, stage: Stage) -> int:
    """Print which cases would be run and which not, with the reason."""
    console = Console(highlight=False, soft_wrap=True)
    planned = plan(wanted.cases(), wanted.declaration(), has=stage.has, extras=wanted.all_extras)
    for each in planned:
        console.print(_told(each))
    for gap in _gaps(wanted):
        console.print(Text(f"note  {gap}", style="yellow"))
    running = [each for each in planned if not each.reason]
    may_lack = sum(bool(each.lacks) for each in running)
    words = f"{len(running)} would be run, {len(planned) - len(running)} do not apply"
    console.print(Text(words + (f"; {may_lack} may want what the rig lacks" if may_lack else "")))
    return EXIT_HELD


def _told(planned: Planned) -> Text:
    case = planned.case
    if planned.reason:
        return Text.assemble((f"not applicable  {case.id}", "dim"), f"  {case.title}  ", (f"({planned.reason})", "dim"))
    lacks = f"  (the rig lacks {', '.join(planned.lacks)})" if planned.lacks else ""
    return Text.assemble(("run  ", "green"), (case.id, "bold"), f"  {case.title}", (lacks, "yellow"))


def check_cases(wanted: Wanted) -> int:
    """Run each case on a sound peer and on its faulty ones, and say which cases did not tell them apart."""
    rig = _our_station() if wanted.role == Role.STATION else _our_csms()
    cases = wanted.cases()
    console = Console(highlight=False, soft_wrap=True)

    def show(trial: Trial) -> None:
        if not trial.held:
            console.print(Text(printable(str(trial)), style="red"))

    score = asyncio.run(self_check(cases, rig, version=wanted.version, progress=show))
    console.print(Text(str(score).splitlines()[0]))
    return EXIT_HELD if not score.wrong else EXIT_FAILED


# -- the system under test, and who operates it ----------------------------------------------------------------------


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A rig that is open, with the people and requests that operate the system on it."""

    rig: Rig
    crew: Crew | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What is judged, before anything is opened. ``file`` is the rig file, where a system of others has one."""

    open: Callable[[Say], AbstractAsyncContextManager[Opened]]
    has: Callable[[str], bool]
    file: RigFile | None = None
    real: bool = True
    agrees: Mapping[str, Any] = field(default_factory=dict)
    """What the rig enters at the system by itself, as fields of the subject."""

    @property
    def asks_here(self) -> bool:
        """Whether people are asked in this terminal."""
        return self.file is not None and self.file.asks and self.file.ask.terminal


def _our_station(**equipment: Any) -> SimulatedStation:
    # Here, so that nobody who judges a CSMS waits for a simulator to be loaded.
    from conformance.rigs.simulated import SimulatedStation

    return SimulatedStation(START, **equipment)


def _our_csms() -> Rig:
    # Here, so that nobody who judges a station waits for a CSMS to be loaded.
    from conformance.rigs.reference import ReferenceCsms

    return ReferenceCsms(START)


def place_of(listen: str, *, secure: bool) -> tuple[str, int]:
    """Where to listen: HOST:PORT, also as the URL that a station would be given. Raises Unusable."""
    scheme, _, place = listen.rpartition("://")
    host, _, port = place.rstrip("/").rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise Unusable(f"{listen!r} is no place to listen at; right would be HOST:PORT, such as 127.0.0.1:9000")
    if scheme not in ("", "ws", "wss"):
        raise Unusable(f"{listen!r} begins with {scheme}://; right would be ws:// or wss://, or neither")
    if scheme and (scheme == "wss") is not secure:
        raise Unusable("wss:// takes --cert and --key" if scheme == "wss" else "with --cert it is wss://, not ws://")
    return host.strip("[]"), int(port)


def station_stage(wanted: Wanted, listen: str | None, cert: Path | None, key: Path | None) -> Stage:
    """A station that dials in at ``listen``, or our own. Raises Unusable, RigError."""
    if (cert is None) != (key is None):
        raise Unusable("--cert and --key belong together")
    file = wanted.rig_file()
    if listen is None:
        for option, given in (("--cert", cert), ("--id", wanted.identity)):
            if given is not None:
                raise Unusable(f"{option} is of no use without --listen")
        _ours(wanted, file, Kind.SIMULATED, "--listen says where yours dials in")
        if file is not None and file.kept:
            return _kept(_our_station(**file.equipment))
        return _built_in(_our_station(**(file.equipment if file else {})))
    host, port = place_of(listen, secure=cert is not None)
    _theirs(wanted, file, "--listen")

    @asynccontextmanager
    async def opened(say: Say) -> AsyncIterator[Opened]:
        from conformance.rigs.foreign import ListeningRig

        tls = server_tls(cert, key) if cert and key else None
        async with _crew(file, wanted, say) as hands:
            operator = hands.hands if hands else None
            rig = await ListeningRig.listen(host, port, tls=tls, operator=operator)
            say(f"waiting for the station at {'wss' if tls else 'ws'}://{host}:{rig.port}/ …")
            try:
                yield Opened(rig, hands)
            finally:
                await rig.close()

    return Stage(opened, _has(file), file)


def csms_stage(wanted: Wanted, target: str | None, api: str | None, api_key: str | None, ca: Path | None) -> Stage:
    """A CSMS at ``target``, or our own. Raises Unusable, RigError, Failed where nobody answers there."""
    if target is None:
        for option, given in (("--api", api), ("--api-key", api_key), ("--ca", ca), ("--id", wanted.identity)):
            if given is not None:
                raise Unusable(f"{option} is of no use without --target")
        _ours(wanted, wanted.rig_file(), Kind.REFERENCE, "--target says where yours is")
        return _built_in(_our_csms())
    tls = trust(websocket_url(target), ca)
    if api is not None and urlsplit(api).scheme not in ("http", "https"):
        raise Unusable(f"--api {api!r} is not an HTTP address; right would be http://HOST:PORT")
    if api is not None and wanted.rig is not None:
        raise Unusable("--api and --rig both say who operates the CSMS; right would be one of them")
    file = wanted.rig_file() if api is None else _reference_api(api, api_key)
    _theirs(wanted, file, "--target")
    wanted.cases(), wanted.declaration()

    @asynccontextmanager
    async def opened(say: Say) -> AsyncIterator[Opened]:
        from chargebench.keyring import KeyedRig
        from chargebench.reach import knock
        from conformance.rigs.foreign import DiallingRig

        await asyncio.to_thread(knock, target, tls)
        async with _crew(file, wanted, say) as hands:
            if hands is not None:
                await hands.introduce(wanted.tokens, say)
            rig = DiallingRig(target, hands.hands, hands.heard, hands.refresh) if hands else DiallingRig(target)
            yield Opened(KeyedRig(rig, tls), hands)

    enters = file is not None and not isinstance(file.task("provision.station"), Task)
    agrees = {"password": PASSWORD, "security_profile": 1 if tls is None else 2}
    return Stage(opened, _has(file), file, agrees=agrees if enters else {})


def _reference_api(api: str, api_key: str | None) -> RigFile:
    environment = {**os.environ, "CHARGEBENCH_API": api.rstrip("/"), "CHARGEBENCH_API_KEY": api_key or ""}
    return rigfile.load(Path("reference-api"), Role.CSMS, environment)


def _ours(wanted: Wanted, file: RigFile | None, kind: Kind, hint: str) -> None:
    if file is not None and file.kind is not kind:
        raise Unusable(f"{wanted.rig} is a rig of kind {file.kind}, for a {wanted.role} of yours; {hint}")


def _theirs(wanted: Wanted, file: RigFile | None, option: str) -> None:
    if file is not None and file.kind in (Kind.SIMULATED, Kind.REFERENCE):
        raise Unusable(f"{wanted.rig} is a rig of kind {file.kind}: this project's own; right would be no {option}")


def _built_in(rig: Rig) -> Stage:
    @asynccontextmanager
    async def opened(say: Say) -> AsyncIterator[Opened]:
        yield Opened(rig)

    return Stage(opened, rig.has, real=False)


def _kept(made: SimulatedStation) -> Stage:
    from conformance.rigs.kept import KeptStation

    @asynccontextmanager
    async def opened(say: Say) -> AsyncIterator[Opened]:
        async with KeptStation(made) as rig:
            yield Opened(rig)

    return Stage(opened, made.has, real=False)


def _has(file: RigFile | None) -> Callable[[str], bool]:
    return lambda name: name == "ready" or (file is not None and file.task(name) is not Task.NOBODY)


@asynccontextmanager
async def _crew(file: RigFile | None, wanted: Wanted, say: Say) -> AsyncIterator[Crew | None]:
    if file is None:
        yield None
        return
    # Here, as the rigs above: nobody who judges what is built in waits for sockets and pages to be loaded.
    from chargebench.crew import crew

    async with crew(file, wanted.known_as, wanted.version, say) as hands:
        yield hands


# -- judging ----------------------------------------------------------------------------------------------------------


def judge(wanted: Wanted, stage: Stage) -> int:
    """Run the cases, print what came of them and return the exit code."""
    cases, declaration = wanted.cases(), wanted.declaration()
    console = Console(highlight=False)
    if not cases:
        console.print(Text(f"nothing of {wanted.again} is to be run again"))
        return EXIT_HELD
    for gap in _gaps(wanted):
        console.print(Text(f"note  {gap}", style="yellow"))
    folder = runs.folder(wanted.out, f"certify-{wanted.role}")
    lines = stage.asks_here or (stage.real and not console.is_terminal)
    title = f"OCPP {wanted.version} {wanted.role}"
    with runs.recording(folder), Cases(console, title, len(cases), lines=lines) as display:
        how = {"declaration": declaration, "out": folder, "progress": display.show}
        result = asyncio.run(_certify(wanted, cases, stage, display, **how))
        display.done({verdict.value: result.count(verdict) for verdict in Verdict})
    code = runs.tell(console, result.verdicts, result.verdict, folder)
    _tell_lacks(console, result.lacks)
    return EXIT_OPEN if result.verdict is Verdict.INCONCLUSIVE else code


async def _certify(wanted: Wanted, cases: list[Case], stage: Stage, display: Cases, **how: Any) -> Result:
    async with stage.open(lambda text: typer.echo(printable_lines(text), err=True)) as opened:
        hands = opened.crew

        def begun(case: Case) -> None:
            display.begin(case)
            if hands is not None:
                hands.about(case)

        return await certify(
            Role(wanted.role),
            cases,
            opened.rig,
            version=wanted.version,
            command=["chargebench", *words_of(sys.argv[1:])],
            now=runs.wall,
            begun=begun,
            extras=wanted.all_extras,
            agreed=wanted.agreed(stage),
            **how,
        )


def printable_lines(text: str) -> str:
    """Text of several lines, fit for a terminal."""
    return "\n".join(printable(line) for line in text.splitlines())


def _gaps(wanted: Wanted) -> Sequence[str]:
    declaration = wanted.declaration()
    return declaration.gaps if declaration is not None else ()


def _tell_lacks(console: Console, lacks: Sequence[Lack]) -> None:
    if not lacks:
        return
    console.print(Text("a better rig would unlock", style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(no_wrap=True, style="bold")
    table.add_column(style="dim")
    for each in lacks[:LACKS_SHOWN]:
        more = "" if len(each.alone) == len(each.cases) else f" ({len(each.alone)} of them by this alone)"
        table.add_row(f"{len(each.cases)} case(s)", each.operation, f"{each.says}{more}")
    console.print(table)
    if len(lacks) > LACKS_SHOWN:
        console.print(Text(f"and {len(lacks) - LACKS_SHOWN} more operations: run.json lists them"))
