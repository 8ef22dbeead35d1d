"""A node that runs a campaign is killed at any of its steps: the next one goes on, and no station does it twice."""

import random

import pytest

from csms_reference.campaigns.states import Standing, State
from csms_reference.dispatch import node_of
from csms_reference.services import commands
from csms_reference.store import Store
from tests.csms_reference.campaigns.conftest import UPDATE, Mortal, Yard

pytestmark = pytest.mark.one_node("its node is killed, and there is the next one")

STATIONS = 3


class Killed(Exception):
    """The CSMS is gone while a station waits for its answer."""


class Lives:
    """One database and its stations, and one CSMS after another, each killed."""

    def __init__(self, bench):
        self._bench, self.store = bench, Store.open(inline=True)
        self.yard, self.machines, self.time = None, {}, None

    async def begin(self):
        """Start a CSMS, as ``server.start`` does, and have the stations come."""
        mortal = Mortal(self.store)
        it = self._bench(mortal)
        if self.time is not None:
            it.time = self.time
        node = node_of(it.settings)
        await self.store.write(lambda database: commands.abandon(database, node, it.csms.now_ms()))
        self.yard = Yard(it)
        self.yard.machines = self.machines
        for machine in self.machines.values():
            await machine.connect(it)
        await self.yard.settle()
        return mortal

    async def live(self, mortal, number, seconds):
        """Let time pass until the CSMS is dead, or the campaign over."""
        for _ in range(seconds):
            self.yard.it.forward(1)
            await self._turn(mortal)
            if mortal.dead:
                break
            if (await self.yard.campaign(number))["ended_ms"] is not None:
                break
        self.time = self.yard.it.time
        self.yard.engine._closed = True
        self.yard.engine._cancel()

    async def _turn(self, mortal):
        await self.yard.it.quiet()
        for machine in self.machines.values():
            if mortal.dead:
                return
            try:
                await machine.act()
            except Killed:
                return
            await self.yard.it.quiet()

    def cut(self, mortal):
        """Have whoever waits for the dead one know."""
        stations = [machine.station for machine in self.machines.values()]

        def died():
            for station in stations:
                waiting, station._waiting = station._waiting, {}
                for each in waiting.values():
                    each.set_exception(Killed())

        mortal.died = died


async def through(bench, seed, *, action, **plan):
    """A campaign whose CSMS is killed up to four times; the lives."""
    rng, lives = random.Random(seed), Lives(bench)
    mortal = await lives.begin()
    await lives.yard.fleet(STATIONS)
    number = await lives.yard.start(action, pace={"at_once": 3}, waves=[{"count": 2}], **plan)
    for _ in range(4):
        lives.cut(mortal)
        mortal.kill(rng.randrange(60), after=rng.random() < 0.5)
        await lives.live(mortal, number, 120)
        mortal = await lives.begin()
    await lives.live(mortal, number, 900)
    return lives, number


@pytest.mark.parametrize("seed", range(8))
async def test_no_station_is_updated_twice_wherever_the_kills_are(bench, seed):
    lives, number = await through(bench, seed, action=UPDATE, expected="2.0", backoff_s=10, timeout_s=40)
    assert set((await lives.yard.states(number)).values()) == {Standing.SUCCEEDED}, await lives.yard.whys(number)
    assert [(each.name, len(each.updates)) for each in lives.machines.values()] == [
        (f"S-{nth:02}", 1) for nth in range(STATIONS)
    ]
    assert (await lives.yard.campaign(number))["state"] == State.COMPLETED
