"""What a station holds while nothing happens, and after much has: a load test has a hundred thousand of them."""

import gc
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from functools import partial

import pytest

from protocol.link import Link, Receiver, Target
from protocol.session import Outbox, Session
from protocol.versions import Version
from simulator.clock import Clock, Timer
from simulator.facts import TransactionEnded
from simulator.line import Ear
from simulator.station import Station
from tests.simulator.csms import BOTH, MUTE, World, car, profile

MOST_BYTES = 4096
"""Traced bytes of an idle station without its transport."""


class Registrar:
    """A CSMS that accepts everybody, holds nothing and never comes back to anything."""

    remote = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.boots = 0

    def dial(self, target: Target, receiver: Receiver) -> None:
        self._clock.soon(partial(receiver.opened, Answering(self, self._clock, receiver), target.offers[0]))


class Answering:
    __slots__ = ("clock", "receiver", "registrar")

    def __init__(self, registrar: Registrar, clock: Clock, receiver: Receiver) -> None:
        self.registrar, self.clock, self.receiver = registrar, clock, receiver

    def send(self, text: str) -> None:
        answer = "{}"
        if '"BootNotification"' in text:
            self.registrar.boots += 1
            answer = f'{{"status":"Accepted","interval":240,"currentTime":"{self.clock.stamp()}"}}'
        elif '"Heartbeat"' in text:
            answer = f'{{"currentTime":"{self.clock.stamp()}"}}'
        self.clock.soon(partial(self.receiver.received, f'[3,"{text.split(chr(34))[1]}",{answer}]'))

    def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError(f"{code} {reason}")

    def abort(self) -> None:
        raise AssertionError


async def idle_stations(count: int, version: Version) -> list[Station]:
    clock = Clock(datetime(2025, 6, 2, tzinfo=UTC))
    dialer = Registrar(clock)
    stations = [
        Station(f"CP-{number:06}", profile("ac-22kw"), version, clock, dialer, url="ws://csms", seed=1)
        for number in range(count)
    ]
    for station in stations:
        station.power_on()
    await clock.run(1000)
    assert all(station.online for station in stations)
    assert dialer.boots == count
    return stations


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_an_idle_station_is_small(version):
    await idle_stations(5, version)  # what all share is made once
    gc.collect()
    tracemalloc.start()
    try:
        stations = await idle_stations(200, version)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held / len(stations) < MOST_BYTES


async def faulty_session(world: World) -> None:
    """Somebody charges, something leaks, the station mends itself, he leaves."""
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 60)
    world.leak()
    await world.run(world.clock.now + 5)
    assert world.told(TransactionEnded)[0].reason == "GroundFault"
    world.mend()
    await world.run(world.clock.now + 5)
    await world.do(world.station.unplug, 300)
    world.clear()
    for kept in (world.csms.transactions, world.csms.replies):
        kept.clear()


def objects() -> Counter[str]:
    gc.collect()
    return Counter(f"{type(each).__module__}.{type(each).__name__}" for each in gc.get_objects())


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("name", ["ac-22kw", "lab-ac"])
async def test_a_hundred_sessions_with_faults_leave_nothing_behind(name, version):
    """What is remembered of them is bounded, and what is shared has been made after the first few."""
    world = World(version, name=name)
    await world.boot()
    objects()  # counting makes weak references to types by itself, once in a process
    for _ in range(110):  # as many as a log holds
        await faulty_session(world)
    before = objects()
    for _ in range(100):
        await faulty_session(world)
    ours = {kind: count for kind, count in (objects() - before).items() if not kind.startswith("_")}
    more = {kind: count for kind, count in ours.items() if count > 30}  # what Python makes when it likes is less
    assert not more


def census() -> Counter[str]:
    gc.collect()
    found = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, (Session, Ear, Outbox)))
    found["live timers"] = sum(isinstance(each, Timer) and not each.cancelled for each in gc.get_objects())
    return found


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_hundred_reconnections_leave_nothing_behind(version):
    """Whatever the CSMS says or leaves unsaid before the link goes."""
    world = World(version, config={f"OCPPCommCtrlr.RetryBackOff{name}": 1 for name in ("WaitMinimum", "RandomRange")})
    await world.boot()
    world.csms.answers["Heartbeat"] = MUTE

    async def lose(link: Link, properly: bool) -> None:
        world.csms.say("[garbage")
        world.csms.say('[3,"nobody",{}]')
        world.station.life.heartbeat()
        world.station.life.heartbeat()
        await world.run(world.clock.now + 1)
        link.close(1000) if properly else link.abort()
        await world.run(world.clock.now + 50)
        assert world.station.online
        world.clear()

    await lose(world.csms.link, True)
    before = census()
    for number in range(100):
        await lose(world.csms.link, number % 2 == 0)
    assert census() == before
