"""A pytest plugin: each conformance case is a test, so that a vendor's own CI shows which of them a system passes.

``pytest --chargebench-station=HOST:PORT --chargebench-rig=lab.yaml --chargebench-features=mine.yaml``. What is not
applicable is skipped, what could not be judged is xfailed (or fails, as ``--chargebench-inconclusive`` says), what
fails or breaks fails with the explanation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chargebench.certification import Opened, Stage, Wanted
    from conformance.findings import Record
    from conformance.runner import Certification
    from conformance.vocabulary import Case
    from reports.verdict import Finding, Judgement

NAME = "chargebench"
OURS = {"station": "simulated", "csms": "reference"}
"""The values that stand for this project's own systems."""
FRAME_CHARS = 400
"""More of a message is for the run directory."""

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("station", {"metavar": "HOST:PORT", "help": "judge a station that dials in there, or 'simulated': our own"}),
    ("csms", {"metavar": "URL", "help": "judge the CSMS at this ws:// or wss:// address, or 'reference': our own"}),
    ("rig", {"metavar": "FILE", "help": "YAML file of who operates the system under test"}),
    ("features", {"metavar": "FILE", "help": "YAML file of what is declared of it"}),
    ("version", {"default": "2.0.1", "help": "the OCPP version to judge by (2.0.1)"}),
    ("id", {"metavar": "IDENTITY", "help": "the identity of the station"}),
    ("case", {"action": "append", "metavar": "ID", "help": "only this case; repeatable"}),
    ("block", {"action": "append", "metavar": "B", "help": "only this functional block; repeatable"}),
    ("profile", {"action": "append", "metavar": "NAME", "help": "only this certification profile; repeatable"}),
    ("extras", {"action": "store_true", "default": False, "help": "also the cases that no profile lists"}),
    ("again", {"metavar": "RUN", "help": "only what did not pass in this earlier run directory"}),
    ("tolerance", {"type": float, "metavar": "SECONDS", "help": "slack on every duration"}),
    ("out", {"metavar": "FOLDER", "help": "write a run directory there, with every message"}),
    ("cert", {"metavar": "PEM", "help": "certificate to listen with, for a station that uses TLS"}),
    ("key", {"metavar": "PEM", "help": "private key of that certificate"}),
    ("ca", {"metavar": "PEM", "help": "CA to trust for a wss:// address"}),
    ("inconclusive", {"choices": ("xfail", "fail"), "default": "xfail", "help": "what such a case is (xfail)"}),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, each with the prefix ``--chargebench-``."""
    group = parser.getgroup(NAME, "conformance of a charging station or a CSMS to OCPP")
    for name, how in _OPTIONS:
        group.addoption(f"--{NAME}-{name}", **how)


def pytest_configure(config: pytest.Config) -> None:
    """Join in where a system to judge is named. Raises UsageError for what cannot be used."""
    named = [role for role in OURS if _option(config, role) is not None]
    if len(named) == 2:
        raise pytest.UsageError(f"--{NAME}-station and --{NAME}-csms: one system at a time")
    if named and not config.pluginmanager.has_plugin(f"{NAME} bench"):
        with _usage():
            config.pluginmanager.register(Bench(config, named[0]), f"{NAME} bench")


def _option(config: pytest.Config, name: str) -> Any:
    return config.getoption(f"{NAME}_{name}")


@contextmanager
def _usage() -> Iterator[None]:
    """Errors that are the user's, in pytest's way: one line, exit code 4."""
    from chargebench import errors
    from chargebench.cli import known

    try:
        yield
    except Exception as problem:
        if errors.exit_code(problem, known) is None:
            raise
        raise pytest.UsageError(errors.one_line(problem)) from None


class Bench:
    """One system under test, and the cases that are run on it, for one session of pytest."""

    def __init__(self, config: pytest.Config, role: str) -> None:
        """Read rig and declaration; nothing is opened yet."""
        from chargebench import certification
        from chargebench.options import spoken_version

        def path(name: str) -> Path | None:
            return Path(given) if (given := _option(config, name)) else None

        self._config = config
        self._strict = _option(config, "inconclusive") == "fail"
        self.wanted: Wanted = certification.Wanted(
            role,
            spoken_version(_option(config, "version")).name,
            ids=_option(config, "case"),
            blocks=_option(config, "block"),
            profiles=_option(config, "profile"),
            features=path("features"),
            out=path("out"),
            identity=_option(config, "id"),
            rig=path("rig"),
            extras=_option(config, "extras"),
            again=path("again"),
            tolerance_s=_option(config, "tolerance"),
        )
        given = _option(config, role)
        where = None if given == OURS[role] else given
        if role == "station":
            self._stage: Stage = certification.station_stage(self.wanted, where, path("cert"), path("key"))
        else:
            self._stage = certification.csms_stage(self.wanted, where, None, None, path("ca"))
        self._alone(config)
        self.declaration = self.wanted.declaration()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._opened: Opened | None = None
        self.certification: Certification | None = None

    def _alone(self, config: pytest.Config) -> None:
        several = bool(getattr(config.option, "numprocesses", None)) or hasattr(config, "workerinput")
        if several and (self._stage.real or self.wanted.out):
            raise pytest.UsageError("one system under test, or one run directory, serves no several workers; use -n 0")

    # -- hooks --------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add a test for each case, behind what was found in files."""
        with _usage():
            cases = self.wanted.cases()
        added = [CaseItem.from_parent(session, name=case.id, case=case, bench=self) for case in cases]
        report = pytest.CollectReport(NAME, "passed", None, [*added])  # so that they are counted
        session.ihook.pytest_collectreport(report=report)
        items += added

    def pytest_sessionfinish(self) -> None:
        """Write the run directory, and let go of the system under test."""
        try:
            if self.certification is not None:
                self.certification.finish()
                self.certification.close()
        finally:
            self._runner.run(self._stack.aclose())
            self._runner.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what a better rig would unlock, and where the run is."""
        if self.certification is None:
            return
        for lack in self.certification.lacks:
            terminalreporter.write_line(f"a better rig would unlock {len(lack.cases)} case(s): {lack.operation}")
        if self.wanted.out is not None:
            terminalreporter.write_line(f"chargebench report {self.wanted.out} shows every message")

    # -- judging ------------------------------------------------------------------------------------------------------

    def judge(self, case: Case) -> tuple[Judgement, Record | None]:
        """Run a case; returns its verdict and what went over the wire."""
        return self._runner.run(self._judge(case))

    def outcome(self, judgement: Judgement, record: Record | None) -> None:
        """Tell pytest. Raises what pytest takes for skipped, xfailed or failed; returns for a pass."""
        from reports.verdict import Verdict

        if judgement.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(f"not applicable: {judgement.reason}")
        if judgement.verdict is Verdict.INCONCLUSIVE and not self._strict:
            raise pytest.xfail.Exception(f"inconclusive: {judgement.reason}")
        if judgement.verdict is not Verdict.PASS:
            raise Unheld(explained(judgement, record))

    async def _judge(self, case: Case) -> tuple[Judgement, Record | None]:
        certification = self.certification or await self._open()
        if self._opened is not None and self._opened.crew is not None:
            self._opened.crew.about(case)
        return await certification.judge(case), certification.record

    async def _open(self) -> Certification:
        from chargebench import errors, runs
        from chargebench.cli import known
        from conformance.runner import Certification
        from conformance.vocabulary import Role

        try:
            self._opened = await self._stack.enter_async_context(self._stage.open(self._say))
            self.certification = Certification(
                Role(self.wanted.role),
                self._opened.rig,
                version=self.wanted.version,
                declaration=self.declaration,
                out=self.wanted.out,
                command=["pytest", *map(str, self._config.invocation_params.args)],
                now=runs.wall,
                agreed=self.wanted.agreed(self._stage),
                extras=self.wanted.all_extras,
            )
        except Exception as problem:
            if errors.exit_code(problem, known) is None:
                raise
            pytest.exit(f"chargebench: {errors.one_line(problem)}", pytest.ExitCode.USAGE_ERROR)
        return self.certification

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if reporter is None:
            return
        if capture is None:
            reporter.write_line(text)
            return
        with capture.global_and_fixture_disabled():
            reporter.write_line(text)


class Unheld(Exception):
    """A case that failed or broke; the text explains it."""


class CaseItem(pytest.Item):
    """One conformance case as a test."""

    def __init__(self, *, case: Case, bench: Bench, **how: Any) -> None:
        super().__init__(nodeid=f"{NAME}::{case.id}", **how)
        self.case = case
        self._bench = bench
        self.extra_keyword_matches.update(_keywords(case))

    def runtest(self) -> None:
        """Run the case, and tell pytest what came of it."""
        judgement, record = self._bench.judge(self.case)
        told = {"title": self.case.title, "verdict": judgement.verdict.value, "rule": judgement.rule}
        self.user_properties += [(name, value) for name, value in told.items() if value]
        self._bench.outcome(judgement, record)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation; for what is a bug of ours, where it happened."""
        return str(excinfo.value) if isinstance(excinfo.value, Unheld) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Not in any file."""
        return self.config.rootpath / NAME, None, self.case.id


def _keywords(case: Case) -> set[str]:
    """What ``-k`` finds a case by, beside its id: its requirements and certification profiles."""
    from conformance import catalogue

    return {*case.verifies, *(profile for profile in catalogue.profiles_of(case.id) if profile)}


def explained(judgement: Judgement, record: Record | None = None) -> str:
    """What was expected, by which requirement, what came, and in which messages."""
    parts = [f"{judgement.id}  {judgement.title}: {judgement.verdict.value}"]
    against: list[Finding | Judgement] = [each for each in judgement.findings if not each.verdict.held]
    for finding in against or [judgement]:
        facts = {"expected": finding.expected, "was": finding.actual, "rule": finding.rule, "because": finding.reason}
        parts.append("\n".join(f"  {label:<9} {fact}" for label, fact in facts.items() if fact))
        parts += [f"  {line}" for line in _quoted(finding.frames, record)]
    return "\n".join(part for part in parts if part)


def _quoted(frames: tuple[int, ...], record: Record | None) -> Iterator[str]:
    lines = {line.line: line for line in record.lines if line.line} if record else {}
    for number in frames:
        line = lines.get(number)
        text = line.text if line else ""
        told = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
        yield f"message {number}{f' {line.direction}' if line else ''}  {told[:FRAME_CHARS]}".rstrip()
