"""A station and a CSMS that share no code with ours (the ocpp package's ChargePoint) are run through Core.

What the bench finds wrong with them is known, and stands here: these are their flaws, not the bench's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import ocpp.messages
import pytest

from conformance import registry, runner
from conformance.declaration import Declaration, parse
from conformance.rigs import Doorway, Mounted, Rig, Table
from conformance.timing import RealTime
from conformance.vocabulary import CSMS, STATION, V201, Role, Subject
from protocol.link import Admitted, Ending, Knock, Lost, Receiver, Target
from reports.verdict import Judgement, Verdict
from tests.independent import csms201, jumping, station201

HERE = Path(__file__).parent / "independent"
OFFER = "ocpp2.0.1"


class Pair:
    """The bench's end of a link to an independent peer; ``theirs`` is the other one."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.theirs = station201.Link(self.said)
        self._loop = asyncio.get_running_loop()
        self._open = True

    def send(self, text: str) -> None:
        """To the peer."""
        if self._open:
            self._loop.call_soon(self.theirs.heard, text)

    def said(self, text: str) -> None:
        """From the peer."""
        if self._open:
            self._loop.call_soon(self._receiver.received, text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """The end."""
        if self._open:
            self._open = False
            self._loop.call_soon(self.theirs.heard, None)
            self._loop.call_soon(self._receiver.lost, Lost(Ending.CLOSED, code, reason))

    def abort(self) -> None:
        """The end, without a word."""
        self.close(1006)


class OtherStation:
    """Mounts the independent station."""

    name, profile, pace = "independent", "ocpp package", "virtual"

    def describe(self, subject: Subject) -> Subject:
        return subject

    def fitted(self, case: str) -> OtherStation:
        return self

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        async def dial(station: station201.Station) -> station201.Link:
            answer = await doorway.admit(Knock(subject.identity, (OFFER,)))
            if not isinstance(answer, Admitted):
                raise station201.Offline
            pair = Pair(answer.receiver)
            answer.receiver.opened(pair, answer.subprotocol)
            return pair.theirs

        station = station201.Station(subject.identity, dial)

        def ready() -> bool:
            station.power_on()
            return True

        hands = {
            "ready": ready,
            "power_on": station.power_on,
            "power_off": station.power_off,
            "plug": lambda evse, connector: station.plug(),
            "unplug": lambda evse: station.unplug(),
            "present": lambda evse, token, **more: station.present({"idToken": token, **more}),
        }
        try:
            yield Mounted(Table(hands), RealTime())
        finally:
            station.power_off()


class OtherCsms:
    """Mounts the independent CSMS."""

    name, profile, pace = "independent", "ocpp package", "virtual"

    def describe(self, subject: Subject) -> Subject:
        return subject

    def fitted(self, case: str) -> OtherCsms:
        return self

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        office = _Office(subject)
        try:
            yield Mounted(office, RealTime(), office, "ws://other")
        finally:
            for task in office.tasks:
                task.cancel()


class _Office:
    """Who answers the telephone of the independent CSMS, and who operates it."""

    remote = False

    def __init__(self, subject: Subject) -> None:
        tokens = subject.tokens
        valid = (tokens.valid, tokens.mate, tokens.other, tokens.master)
        self._tokens = {each.id: ("Accepted", each.group) for each in valid}
        self._tokens |= {tokens.blocked.id: ("Blocked", ""), tokens.expired.id: ("Expired", "")}
        self._csms: csms201.Csms | None = None
        self.tasks: set[asyncio.Task[Any]] = set()

    def dial(self, target: Target, receiver: Receiver) -> None:
        if OFFER not in target.offers:
            asyncio.get_running_loop().call_soon(receiver.lost, Lost(Ending.SUBPROTOCOL))
            return
        pair = Pair(receiver)
        self._csms = csms201.Csms(target.identity, pair.theirs, self._tokens)
        asyncio.get_running_loop().call_soon(receiver.opened, pair, OFFER)
        self._spawn(self._serve(self._csms))

    async def _serve(self, csms: csms201.Csms) -> None:
        with suppress(station201.Offline):
            await csms.start()

    def find(self, name: str) -> Callable[..., Any] | None:
        kind, _, what = name.partition(".")
        if kind == "command" and what in csms201.COMMANDS:
            return lambda **fields: self._spawn(self._command(what, fields)) and None
        return None

    async def _command(self, name: str, fields: dict[str, Any]) -> None:
        assert self._csms is not None
        await self._csms.command(name, **fields)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No validation in threads: their time is not the loop's."""
    monkeypatch.setattr(ocpp.messages, "ASYNC_VALIDATION", False)
    logging.getLogger("ocpp").setLevel(logging.CRITICAL)


def declared(name: str) -> Declaration:
    return parse((HERE / f"{name}.yaml").read_text())


def found(role: Role, rig: Rig, declaration: Declaration) -> tuple[int, dict[str, str]]:
    """How many cases of Core passed, and what the others came to: verdict, and requirement or reason."""
    cases = registry.select(role, V201, profiles=["Core"])
    work = runner.certify(role, cases, rig, version=V201, declaration=declaration)
    result = jumping.run(work)
    wrong = {each.id: each for each in result.verdicts if not each.verdict.held}
    told = {name: f"{each.verdict}: {_why(each)}" for name, each in wrong.items()}
    return result.count(Verdict.PASS), told


def _why(judgement: Judgement) -> str:
    return judgement.rule if judgement.verdict is Verdict.FAIL else judgement.reason


@pytest.mark.parametrize(
    ("role", "rig", "name", "least"),
    [(STATION, OtherStation(), "station201", 55), (CSMS, OtherCsms(), "csms201", 65)],
    ids=["station", "csms"],
)
def test_core_finds_what_is_known_to_be_wrong_and_nothing_else(role: Role, rig: Rig, name: str, least: int) -> None:
    passed, told = found(role, rig, declared(name))
    assert told == json.loads((HERE / f"{name}.json").read_text())
    assert passed >= least
