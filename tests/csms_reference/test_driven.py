"""Charging sessions at simulated stations, with their contactors and cars, in virtual time."""

from dataclasses import replace

import pytest

from csms_reference import sessions
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import DRIVING
from csms_reference.front import Alone
from csms_reference.outcome import Outcome
from csms_reference.services import authorization, commands, history
from csms_reference.services.course import course, readings
from csms_reference.services.history import Key, State, Wanted
from csms_reference.services.sessions import Begun
from csms_reference.sessions import Wish
from protocol.versions import V16, V21, V201
from scenarios import library
from scenarios.operator import InProcess
from scenarios.own import ReferenceInProcess
from scenarios.runner import run

ADA = Principal("user:ada", DRIVING)
LAST = Key(2**62)


async def sessions_of(csms, **wanted):
    """Hers, the youngest first."""
    return await csms.store.read(
        lambda database: history.page(database, ADA, Wanted(**wanted), csms.now_ms(), 10, before=LAST)
    )


class Driver(InProcess):
    """Has sessions begun and stopped where the scenario has an operator do that."""

    def __init__(self, csms, *, holds):
        super().__init__(csms)
        self.holds = holds

    async def put_token(self, token):
        if self.holds:
            hers = authorization.Token(token.id, type="Central")
            await self.csms.store.write(lambda database: authorization.put(database, hers, holder="ada"))

    async def command(self, station, name, **fields):
        front = Alone(self.csms)
        if name == "remote_start":
            await self.csms.register(station, public=True)
            number = (await sessions.begin(front, ADA, Wish(station, fields.get("evse")))).command
        else:
            (found,) = await sessions_of(self.csms, state=State.ACTIVE)
            number = (await sessions.stop(front, ADA, found)).id
        await front.dispatcher.over(number, 60)
        row = await self.csms.store.read(lambda database: commands.get(database, number))
        return Outcome(row.status, {})


class Driven(ReferenceInProcess):
    """The reference CSMS with such a driver. ``told`` and ``points``: her sessions, and the curve of the last."""

    def __init__(self, *, holds=True):
        super().__init__()
        self.holds = holds

    async def open(self, scenario, clock, seed):
        reached = await super().open(scenario, clock, seed)
        self._operator = Driver(self._operator.csms, holds=self.holds)
        return replace(reached, operator=self._operator)

    async def close(self):
        csms = self._operator.csms
        self.told = await sessions_of(csms)
        last = self.told[0]
        self.points = await csms.store.read(
            lambda database: course(readings(database, last.station, last.transaction_id, 1000), last.meter_start_wh)
        )
        await super().close()


def failed(result):
    return [each for each in result.judgements if each.verdict not in {"pass", "not applicable"}]


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
async def test_a_session_with_her_token(tmp_path, version):
    csms = Driven()
    result = await run(library.load("remote-start-stop"), out=tmp_path / "run", csms=csms, version=version)
    assert failed(result) == []
    (told,) = csms.told
    assert (told.key.name, told.begun, told.user, told.state) == ("a1", Begun.APP, "ada", State.ENDED)
    assert told.evse == 1
    assert 4000 < told.energy_wh < 12_000
    assert 1700 < told.lasts_ms(0) / 1000 < 1900
    assert csms.points[-1].energy_wh == pytest.approx(told.energy_wh, rel=0.01)
    assert max(point.power_w or 0 for point in csms.points) > 8000


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
async def test_a_session_with_a_token_of_its_own(tmp_path, version):
    csms = Driven(holds=False)
    await run(library.load("remote-start-stop"), out=tmp_path / "run", csms=csms, version=version)
    (told,) = csms.told
    assert (told.key.name, told.begun, told.user, told.state) == ("a1", Begun.APP, "ada", State.ENDED)
    assert told.energy_wh > 4000
