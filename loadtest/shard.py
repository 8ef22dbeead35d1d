"""One process of a fleet: its stations, the orders it takes and the ticks it tells.

``python -m loadtest.shard FD`` speaks with its parent over the Unix socket that it inherits: orders come and ticks go
as lines of JSON. It ends when it is told to, or when its parent is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import orjson

from loadtest.behaviour import Behaviour
from loadtest.habits import Habits
from loadtest.identities import Identity
from loadtest.litter import Litter
from loadtest.plan import Plan
from loadtest.room import raise_file_limit
from loadtest.tally import Tally
from loadtest.vitals import Vitals
from protocol.link import Dialer
from protocol.schemas import Validation, preload
from protocol.transports import loop as loops
from protocol.transports.lean import LeanDialer
from protocol.versions import Side
from reports.ticks import Tick
from simulator import facts
from simulator.chance import Chance
from simulator.clock import Clock, Scaled
from simulator.meter import Reading
from simulator.station import Station

PACE_S = 0.02
"""Stations that start at a pace do so in steps of this length."""

STEP_LIMIT = 50
"""Stations that are built at most before the event loop gets its turn."""

TURN_S = 0.001
"""Late enough for the event loop to have its turn in between."""

LAG_EVERY_S = 0.1
SEND_LIMIT_BYTES = 64 << 20
"""What may wait for the parent; records beyond it are dropped and counted."""

FAREWELL_S = 10.0
"""How long goodbyes may take before the last tick; who has not answered by then is left."""

CHECKED: dict[str, int] = {"all": 1, "sampled": 100, "none": 0}
"""Of how many payloads that stations send one is checked against its schema, by ``Plan.validation``."""

Send = Callable[[bytes], bool]
"""Sends a line to the parent; False if there is no room left for what may be left out."""


class Shard:
    """The stations of one process. It lives on ``clock``; ``now_s`` are wall seconds since the run began."""

    def __init__(
        self, plan: Plan, source: str, clock: Clock, dialer: Dialer, *, send: Send, now_s: Callable[[], float]
    ) -> None:
        self.plan = plan
        self.source = source
        self.clock = clock
        self.stations: dict[str, Station] = {}
        self.ended = asyncio.Event()
        self.tally = Tally(self.stations, now_s)
        self._dialer = dialer
        self._send = send
        self._now_s = now_s
        self._phase = ""
        self._order: list[Station] = []
        self._pending: deque[list[Any]] = deque()
        self._per_s: float | None = None
        self._allowed = 0.0
        self._starting = False
        self._powered = True
        self._validation = Validation(CHECKED[plan.validation])
        self._tls = plan.tls.context("") if plan.tls is not None and plan.tls.shared else None
        chance = Chance(plan.seed, source)
        self.behaviour = Behaviour(plan.habits, self._order, clock, chance, count=self.tally.count, begins=plan.begins)
        self.orders: dict[str, Callable[..., None]] = {
            "start": self.start,
            "stop": self.stop,
            "drop": self.drop,
            "power": self.power,
            "behave": self.behave,
            "phase": self.phase,
            "end": self.end,
        }

    def obey(self, order: Mapping[str, Any]) -> None:
        """Carry out an order of the parent."""
        self.orders[order["do"]](**{name: value for name, value in order.items() if name != "do"})

    # -- orders -----------------------------------------------------------------------------------------------------

    def start(self, stations: list[list[Any]], per_s: float | None = None) -> None:
        """Build and switch on more stations: (number, life, recorded, id, password, version, profile) each."""
        self._pending.extend(stations)
        pace = None if per_s is None else per_s / self.plan.speed
        if pace != self._per_s or not self._starting:
            self._per_s, self._allowed = pace, 1.0
        if not self._starting:
            self._starting = True
            self._start_some()

    def stop(self, count: int) -> None:
        """Switch off those that were started last, as somebody would who lets them say goodbye."""
        for _ in range(count):
            if self._pending:
                self._pending.pop()
            elif self._order:
                self._take_down(self._order[-1])

    def drop(self, share: float = 1.0) -> None:
        """Cut the connections of a share of the stations, without a word to either side."""
        chosen = [each for n, each in enumerate(self._order) if int((n + 1) * share) > int(n * share)]
        self._sweep(chosen, "dropped", _cut)

    def power(self, on: bool) -> None:
        """All power goes, or comes back."""
        self._powered = on
        self._sweep(list(self._order), "blacked_out", Station.power_on if on else Station.power_off)

    def behave(self, habits: Mapping[str, Any] | None) -> None:
        """Let people come, or let nobody come any more."""
        self.behaviour.change(None if habits is None else Habits.heard(habits))

    def phase(self, name: str) -> None:
        """What the load shape is doing from now on."""
        self._phase = name

    def end(self) -> None:
        """Switch all stations off; the tick after that is the last."""
        self.stop(len(self._pending) + len(self._order))
        self.ended.set()

    # -- ticks ------------------------------------------------------------------------------------------------------

    def tick(self, vitals: Mapping[str, float]) -> None:
        """Tell what happened since the last tick."""
        counts, calls = self.tally.taken()
        gauges = {**self.tally.gauges, **vitals}
        gauges["built"] += len(self._pending)
        tick = Tick(self._now_s(), self.source, self._phase, gauges, counts, calls)
        self._send(b'{"tick":%b}' % tick.line())

    # -- inside -----------------------------------------------------------------------------------------------------

    def _sweep(self, stations: list[Station], purpose: str, act: Callable[[Station], None], done: int = 0) -> None:
        """Do something to many stations: some in each turn of the event loop, or thousands of sockets wait for seconds
        meanwhile. One that was taken down in between is left alone."""
        after = done + STEP_LIMIT
        with self.tally.on_purpose(purpose):
            for station in stations[done:after]:
                if self.stations.get(station.identity) is station:
                    act(station)
        if after < len(stations):
            self.clock.after(TURN_S, partial(self._sweep, stations, purpose, act, after))

    def _start_some(self) -> None:
        """Start as many as the pace allows, then wait for the next step."""
        if self._per_s is not None:
            self._allowed = min(self._allowed, float(STEP_LIMIT))
        number = STEP_LIMIT if self._per_s is None else int(self._allowed)
        for _ in range(min(number, len(self._pending))):
            self._build(self._pending.popleft())
            self._allowed -= 1
        if not self._pending:
            self._starting = False
            return
        if self._per_s is None:
            self.clock.after(0.0, self._start_some)
            return
        step_s = max(PACE_S, (1.0 - self._allowed) / self._per_s)
        self._allowed += self._per_s * step_s
        self.clock.after(step_s, self._start_some)

    def _build(self, entry: list[Any]) -> None:
        number, life, recorded, *own = entry
        identity = Identity(*own)
        plan = self.plan
        tls = self._tls if plan.tls is None or plan.tls.shared else plan.tls.context(identity.id)
        station = Station(
            identity.id,
            plan.profile_for(identity),
            plan.version_for(identity),
            self.clock,
            self._dialer,
            url=plan.url,
            seed=f"{plan.seed}/{plan.run}/{life}",
            password=identity.password,
            tls=tls,
            on_fact=self._recorded_fact if recorded else self._fact,
            on_sample=self._sample if recorded else None,
            tap=self._tap if recorded else None,
            watch=self.tally,
            validation=self._validation,
        )
        self.stations[identity.id] = station
        self._order.append(station)
        self.tally.joined(identity.id)
        self.behaviour.joined(station, number)
        if self._powered:
            station.power_on()

    def _take_down(self, station: Station) -> None:
        self._order.pop()
        self.behaviour.left(station)
        station.shut_down()
        self.tally.left(station.identity)
        del self.stations[station.identity]

    def _fact(self, station: str, fact: facts.Fact) -> None:
        self.tally.fact(station, fact)
        self.behaviour.fact(station, fact)

    # -- the record of some -----------------------------------------------------------------------------------------

    def _recorded_fact(self, station: str, fact: facts.Fact) -> None:
        self._record("fact", station, fact.kind, fact.name, fact.fields())
        self._fact(station, fact)

    def _tap(self, station: str, direction: str, text: str) -> None:
        self._record("frame", station, direction, text)

    def _sample(self, station: str, evse: int, reading: Reading, limit_a: float | None) -> None:
        physics = (reading.power_w, reading.energy_wh, reading.current_a, reading.voltage_v)
        self._record("sample", station, evse, *physics, limit_a, reading.soc_percent)

    def _record(self, kind: str, *what: Any) -> None:
        if not self._send(orjson.dumps({kind: [round(self._now_s(), 3), *what]})):
            self.tally.counts["dropped_samples"] += 1


def _cut(station: Station) -> None:
    """Take a station's connection from it, if it has power at all."""
    if station.powered:
        station.line.cut()


# -- the process ------------------------------------------------------------------------------------------------------


class Parent(asyncio.Protocol):
    """The connection to the parent: orders come as lines, ticks and records go as lines."""

    def __init__(self, obey: Callable[[dict[str, Any]], None], gone: Callable[[], None]) -> None:
        self._obey = obey
        self._gone = gone
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self._flushed = asyncio.Event()
        self._flushed.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._obey(orjson.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._flushed.set()
        self._gone()

    def send(self, line: bytes) -> bool:
        """Queue a line. Records, which are all but ticks, are left out when too much waits already."""
        transport = self._transport
        if transport is None:
            return True  # nobody is there to miss it
        if transport.get_write_buffer_size() > SEND_LIMIT_BYTES and not line.startswith(b'{"tick"'):
            return False
        transport.write(line + b"\n")
        return True

    def pause_writing(self) -> None:
        self._flushed.clear()

    def resume_writing(self) -> None:
        self._flushed.set()

    async def flushed(self) -> None:
        """Wait until the kernel has everything for the parent."""
        if self._transport is not None:
            self._transport.set_write_buffer_limits(0)
            await self._flushed.wait()


async def live(connection: socket.socket) -> None:
    """Be a shard until the parent says that it is over, or is gone. The first order is the plan."""
    loop = asyncio.get_running_loop()
    orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    over = asyncio.Event()
    transport, parent = await loop.create_connection(lambda: Parent(orders.put_nowait, over.set), sock=connection)
    first = await _first(orders, over)
    if first is None:
        return
    plan, began_s = Plan.heard(first["plan"]), float(first["began_s"])
    preload(plan.version_for(Identity("")), Side.STATION)
    raise_file_limit()
    clock = Clock(datetime.now(UTC), Scaled(plan.speed))
    dialer = LeanDialer(sources=first["sources"])
    shard = Shard(plan, first["source"], clock, dialer, send=parent.send, now_s=lambda: time.monotonic() - began_s)
    pump = loop.create_task(clock.run())
    taking = loop.create_task(_take(orders, shard, clock))
    ticking = loop.create_task(_tick(shard, parent, dialer))
    gone = loop.create_task(_until(over))
    tasks = {pump, taking, ticking, gone}
    parent.send(orjson.dumps({"ready": os.getpid()}))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        await parent.flushed()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        transport.close()


async def _first(orders: asyncio.Queue[dict[str, Any]], over: asyncio.Event) -> dict[str, Any] | None:
    """The first order, or None if the parent is gone before it gave one."""
    asked, gone = asyncio.ensure_future(orders.get()), asyncio.ensure_future(over.wait())
    await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if asked.done():
        return asked.result()
    asked.cancel()
    return None


async def _until(over: asyncio.Event) -> None:
    await over.wait()


async def _take(orders: asyncio.Queue[dict[str, Any]], shard: Shard, clock: Clock) -> None:
    """Hand every order to the shard at the present instant of its clock."""
    while True:
        order = await orders.get()
        clock.soon(lambda order=order: shard.obey(order))  # type: ignore[misc]


async def _tick(shard: Shard, parent: Parent, dialer: LeanDialer) -> None:
    """Tell a tick every second, and a last one when all stations are gone."""
    litter = Litter()
    vitals = Vitals(time.process_time, time.monotonic)
    lag = asyncio.get_running_loop().create_task(_feel(vitals))
    due_s = time.monotonic()
    try:
        while not shard.ended.is_set():
            due_s = max(due_s + shard.plan.tick_s, time.monotonic())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(due_s - time.monotonic()):
                    await shard.ended.wait()
            if not shard.ended.is_set():
                shard.tick(vitals.sample())
                litter.look(shard.tally.built, shard.tally.gone)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await dialer.drained()
        shard.tick(vitals.sample())
    finally:
        lag.cancel()
        vitals.close()
    parent.send(b'{"bye":true}')


async def _feel(vitals: Vitals) -> None:
    """Feel how late the event loop is."""
    while True:
        began_s = time.monotonic()
        await asyncio.sleep(LAG_EVERY_S)
        vitals.lagged(max(0.0, time.monotonic() - began_s - LAG_EVERY_S))


def main() -> None:
    """Run a shard on the socket whose number is the only argument; a bug is told to the parent, and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the terminal is for the parent, which then says what to do
    connection = socket.socket(fileno=int(sys.argv[1]))
    copy = connection.dup()
    try:
        loops.run(live(connection))
    except Exception:  # noqa: BLE001 -- whatever it was, the parent is to know; the exit code says that it was a crash
        copy.setblocking(True)
        copy.sendall(b"\n" + orjson.dumps({"trouble": traceback.format_exc()}) + b"\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
