"""The courier: carries files between stations and real servers, piece by piece, while simulated time stands still.

A piece is carried over a real connection with the clock held (``clock.busy``). Then the station lets as much simulated
time pass as its uplink takes for a piece. Between pieces anything may happen: power goes, the link breaks, the server
turns silent. One courier serves all stations of a clock.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import simpy

from simulator.courier.destination import Destination
from simulator.courier.parcel import Parcel, Undelivered
from simulator.courier.road import Incoming, Outgoing
from simulator.courier.shelf import Shelf
from simulator.courier.uplink import Uplink

if TYPE_CHECKING:
    from simulator.clock import Clock
    from simulator.station import Station

T = TypeVar("T")
Steps = Generator[simpy.Event, Any, T]

MOST_BYTES = 64 * 1024 * 1024
"""The largest file that a station takes unless said otherwise."""

FAREWELL_S = 5.0
"""Wall seconds that connections may take to close at the end."""


@dataclass(frozen=True, slots=True)
class _Came:
    """What a step over a real connection came to."""

    value: Any = None
    problem: Exception | None = None


# ruff: noqa: PLC0415 -- an HTTP client takes 10 MB and a tenth of a second, and most fleets never carry a file


def _source(to: Destination, tls: ssl.SSLContext | None) -> Incoming:
    """The way that a file comes from there."""
    if to.scheme in ("http", "https"):
        from simulator.courier.web import WebSource

        return WebSource(to, tls)
    from simulator.courier.ftp import FtpSource

    return FtpSource(to, tls)


def _sink(to: Destination, tls: ssl.SSLContext | None, method: str, content_type: str) -> Outgoing:
    """The way that a file goes there."""
    if to.scheme in ("http", "https"):
        from simulator.courier.web import WebSink

        return WebSink(to, tls, method, content_type)
    from simulator.courier.ftp import FtpSink

    return FtpSink(to, tls)


def courier(clock: Clock) -> Courier:
    """The courier of a clock, made when first asked for."""
    if clock.courier is None:
        clock.courier = Courier(clock)
    return clock.courier


class Courier:
    """Carries files. ``hosts``: where names lead, beside DNS, so that URLs in messages are the same in each run.

    ``carried``: bytes so far, both ways. ``fetched``: the URLs that stations are fetching from just now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[Any]] = set()
        self.hosts: dict[str, tuple[str, int]] = {}
        self.carried = 0
        self.fetched: Counter[str] = Counter()
        self._stalls: dict[str, asyncio.Task[Any]] = {}

    # -- what stations use ------------------------------------------------------------------------------------------

    def fetch(
        self,
        station: Station,
        url: str,
        parcel: Parcel,
        *,
        tls: ssl.SSLContext | None = None,
        most: int = MOST_BYTES,
        arrived: Callable[[], None] = lambda: None,
    ) -> Steps[bytes]:
        """Bring a file, or what is missing of the parcel. Raises Undelivered; the parcel keeps what has arrived.

        ``tls``: the roots to trust, those of the operating system without; ``most``: bytes that it may have;
        ``arrived``: told after each piece.
        """
        to, uplink = Destination.of(url, self.hosts), Uplink(station)
        yield from self._wait_for(uplink.hindrance(to))
        source = _source(to, tls)
        self.fetched[url] += 1
        try:
            yield from self._step(uplink, source.open(parcel))
            _fits(parcel, most)
            while piece := (yield from self._step(uplink, source.read(uplink.piece))):
                yield from self._pass(uplink, len(piece))
                parcel.parts.append(piece)
                _fits(parcel, most)
                arrived()
        finally:
            self.fetched[url] -= 1
            self._drop(source)
        if parcel.size is not None and parcel.arrived != parcel.size:
            raise Undelivered(f"{parcel.arrived} of {parcel.size} bytes arrived")
        return parcel.content

    def send(
        self,
        station: Station,
        url: str,
        content: bytes,
        name: str,
        *,
        tls: ssl.SSLContext | None = None,
        method: str = "PUT",
        content_type: str = "application/octet-stream",
        sent: int = 0,
        left: Callable[[int], None] = lambda _count: None,
    ) -> Steps[None]:
        """Take a file to a URL; to one that ends in a slash it goes under its ``name``. Raises Undelivered.

        ``sent``: bytes that have left in earlier attempts, of which FTP need not send again what the server has;
        ``left``: told after each piece how many have.
        """
        to, uplink = Destination.of(url, self.hosts).below(name), Uplink(station)
        yield from self._wait_for(uplink.hindrance(to))
        sink = _sink(to, tls, method, content_type)
        try:
            at: int = yield from self._step(uplink, sink.open(len(content), sent))
            while at < len(content):
                piece = content[at : at + uplink.piece]
                yield from self._step(uplink, sink.write(piece))
                yield from self._pass(uplink, len(piece))
                at += len(piece)
                left(at)
            yield from self._step(uplink, sink.finish())
        finally:
            self._drop(sink)

    def open_stall(self, name: str, shelf: Shelf, port: int = 0) -> Steps[None]:
        """Have a shelf served on loopback to whoever asks ``name`` for its files, until ``close_stall``.

        ``port`` 0: any that is free. Raises Undelivered where it cannot be opened.
        """
        came = self._clock.event()
        self._clock.busy.begin()  # until it is open
        self._stalls[name] = asyncio.get_running_loop().create_task(self._tend(name, shelf, port, came))
        outcome: _Came = yield came
        if outcome.problem is not None:
            raise Undelivered(str(outcome.problem))

    def close_stall(self, name: str) -> None:
        """Serve it no more."""
        self.hosts.pop(name, None)
        if (task := self._stalls.pop(name, None)) is not None and not task.get_loop().is_closed():
            task.cancel()

    # -- what shells use --------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """End every step that is under way, and see connections and stalls closed."""
        stalls = tuple(self._stalls.values())
        for name in tuple(self._stalls):
            self.close_stall(name)
        await asyncio.gather(*stalls, return_exceptions=True)
        while tasks := {task for task in self._tasks if not task.done()}:
            done, pending = await asyncio.wait(tasks, timeout=FAREWELL_S)
            for task in pending:
                task.cancel()
            if not done:
                return

    # -- details ----------------------------------------------------------------------------------------------------

    def _step(self, uplink: Uplink, work: Coroutine[Any, Any, T]) -> Steps[T]:
        """Do something over a real connection while time stands still; or find that nothing passes."""
        if uplink.silent:
            work.close()
            yield self._clock.timeout(uplink.patience_s)
            raise Undelivered("nothing passes")
        came = self._clock.event()
        task = self._run(work, came)
        silence = self._clock.after(uplink.patience_s, lambda: _succeed(came, _Came(problem=Undelivered("silence"))))
        try:
            outcome: _Came = yield came
        finally:
            silence.cancel()
            task.cancel()  # harmless when it is done
        if outcome.problem is not None:
            raise outcome.problem
        value: T = outcome.value
        return value

    def _pass(self, uplink: Uplink, count: int) -> Steps[None]:
        """Let the time pass that so many bytes take, and see whether they came through."""
        self.carried += count
        yield self._clock.timeout(count / uplink.rate_bytes_s)
        yield from self._wait_for(uplink.broken())
        if uplink.silent:
            yield self._clock.timeout(uplink.patience_s)
            if uplink.silent:
                raise Undelivered("nothing passes")

    def _wait_for(self, hindrance: tuple[float, Undelivered] | None) -> Steps[None]:
        if hindrance is not None:
            after_s, why = hindrance
            yield self._clock.timeout(after_s)
            raise why

    async def _tend(self, name: str, shelf: Shelf, port: int, came: simpy.Event) -> None:
        """Serve a shelf until cancelled; ``came`` tells that it is open, or why it is not."""

        def tell(outcome: _Came) -> None:
            if not told:
                told.append(outcome)
                self._clock.soon(lambda: _succeed(came, outcome))
                self._clock.busy.end()

        told: list[_Came] = []
        try:
            async with shelf.serve(port=port) as at:
                self.hosts[name] = ("127.0.0.1", at)
                tell(_Came())
                await asyncio.Event().wait()
        except OSError as problem:
            tell(_Came(problem=problem))
        finally:
            tell(_Came(problem=Undelivered("closed")))

    def _drop(self, road: Incoming | Outgoing) -> None:
        """Close a connection beside everything else; at the end of a program it closes by itself."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        self._run(road.close())

    def _run(self, work: Coroutine[Any, Any, T], came: simpy.Event | None = None) -> asyncio.Task[T]:
        clock = self._clock
        clock.busy.begin()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

        def over(done: asyncio.Task[T]) -> None:
            self._tasks.discard(done)
            problem = None if done.cancelled() else done.exception()
            if came is not None and not done.cancelled():
                outcome = _Came(problem=problem) if isinstance(problem, Exception) else _Came(done.result())
                clock.soon(lambda: _succeed(came, outcome))
            clock.busy.end()

        task.add_done_callback(over)
        return task


def _succeed(event: simpy.Event, outcome: _Came) -> None:
    if not event.triggered:
        event.succeed(outcome)


def _fits(parcel: Parcel, most: int) -> None:
    if max(parcel.arrived, parcel.size or 0) > most:
        raise Undelivered(f"the file has more than {most} bytes", final=True)
