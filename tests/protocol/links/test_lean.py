"""What only the lean transport promises: lightness, room, sources, and pings without a timer per link."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.link import Ending, Knock, Lost, Target, Turned
from protocol.security import client_tls, server_tls
from protocol.transports import lean
from protocol.transports.address import connection_url
from protocol.transports.lean import exchange as exchanges
from protocol.transports.lean import server as serving
from protocol.transports.lean.codec import Reader, Violation, frame
from protocol.transports.lean.dialer import connected_at_once, endpoint
from protocol.transports.lean.exchange import Exchange
from protocol.transports.lean.link import CsmsLink, LeanLink, StationLink
from protocol.transports.lean.masks import POOL_KEYS, handshake_key, masks
from protocol.transports.limits import Limits
from tests.certificates import Authority
from tests.protocol.ends import OFFERS, End, Porch

HOST = "127.0.0.1"
REQUEST = (
    b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: csms\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)
QUICK = Limits(open_timeout_s=5, close_timeout_s=0.3)


@contextlib.asynccontextmanager
async def pair(porch: Porch, dialled: dict[str, Any] | None = None, **served: Any) -> AsyncIterator[tuple[Any, Any]]:
    server = await lean.serve(porch, HOST, 0, **{"limits": QUICK} | served)
    dialer = lean.LeanDialer(**{"limits": QUICK} | (dialled or {}))
    try:
        yield server, dialer
    finally:
        await dialer.close()
        await server.close()


def dial(dialer: lean.LeanDialer, server: lean.Server, identity: str = "CP-1") -> End:
    station = End()
    dialer.dial(Target(f"ws://{HOST}:{server.port}/ocpp", identity, OFFERS), station)
    return station


# Lightness -----------------------------------------------------------------------------------------------------


async def test_an_idle_link_has_no_task_no_reader_and_no_farewell() -> None:
    porch = Porch()
    async with pair(porch) as (server, dialer):
        before = asyncio.all_tasks()
        stations = [dial(dialer, server, f"CP-{number}") for number in range(20)]
        for station in stations:
            (await station.open()).send("hello")
        ends = [porch.ends[f"CP-{number}"] for number in range(20)]
        for end in ends:
            await end.messages(1)
        async with asyncio.timeout(5):
            while asyncio.all_tasks() != before:  # noqa: ASYNC110 - no event tells of a task's end
                await asyncio.sleep(0)
        for link in [end.link for end in (*stations, *ends)]:
            assert isinstance(link, LeanLink)
            assert not hasattr(link, "__dict__")
            assert link._reader is link._farewell is link._deflate is None


async def test_nothing_of_a_handshake_stays() -> None:
    porch = Porch()
    async with pair(porch) as (server, dialer):
        station = dial(dialer, server)
        await station.open()
        await porch.ends["CP-1"].open()
        async with asyncio.timeout(5):
            while any(type(thing).__name__ in {"_Attempt", "Caller"} for thing in gc.get_objects()):
                await asyncio.sleep(0)
                gc.collect()
        assert len(server) == 1


class Wire:
    """A transport that only remembers."""

    def __init__(self) -> None:
        self.sent = b""
        self.aborted = False
        self.is_paused = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.sent += b"<EOF>"

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def set_protocol(self, protocol: Any) -> None: ...
    def set_write_buffer_limits(self, high: int) -> None: ...


def wired(kind: type[LeanLink], limits: Limits = QUICK, loop: Any = None) -> tuple[Any, Wire, Any]:
    loop = loop or _Still()
    wire, end = Wire(), _Ear()
    link = kind(Exchange(loop, limits, masks=itertools.repeat(b"mask"), compression=False), wire, end)
    link.begin("ocpp1.6", b"")
    return link, wire, end


class _Still:
    """An event loop in which no time passes."""

    def call_later(self, delay_s: float, call: Any, *args: Any) -> None:
        return None


class _Diary:
    """An event loop in which what was put off happens when a test says so."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, Any, Any]] = []

    def call_later(self, delay_s: float, call: Any, *args: Any) -> None:
        self._waiting.append((delay_s, call, args))

    def come(self, delay_s: float) -> None:
        """Let the calls happen that were put off by so much."""
        due = [entry for entry in self._waiting if entry[0] == delay_s]
        self._waiting = [entry for entry in self._waiting if entry[0] != delay_s]
        for _, call, args in due:
            call(*args)


class _Ear:
    def __init__(self) -> None:
        self.seen: list[str | bytes] = []

    def opened(self, link: Any, subprotocol: str) -> None: ...
    def received(self, data: str | bytes) -> None:
        self.seen.append(data)

    def lost(self, why: Lost) -> None: ...


chunks = st.lists(
    st.tuples(
        st.sampled_from([0x81, 0x81, 0x82, 0x01, 0x80, 0x89]), st.text(max_size=70), st.sampled_from([1, 1, 2, 3])
    ),
    max_size=6,
)


@pytest.mark.parametrize("kind", [CsmsLink, StationLink])
@given(chunks=chunks, split=st.booleans())
@example(chunks=[(0x81, "x" * 130, 1), (0x81, "x" * 131, 1)], split=False)
@example(chunks=[(0x81, "x" * 126, 1), (0x81, "€", 1)], split=False)
def test_the_short_way_is_the_way_of_the_reader(kind: type[LeanLink], chunks: Any, split: bool) -> None:
    """One whole text message takes a short cut; what is received must be the same."""
    limit = 130
    link, wire, ear = wired(kind, Limits(message_bytes=limit))
    portions = []
    for first, text, times in chunks:
        data = frame(
            first,
            (text * times).encode()[:125] if first & 8 else (text * times).encode(),
            b"abcd" if kind.masked_in else None,
        )
        portions += [data[:3], data[3:]] if split else [data]
    reader, expected = Reader(masked=kind.masked_in, limit=limit), []
    try:
        for portion in portions:
            expected += [payload for opcode, payload in reader.feed(portion) if opcode in {1, 2}]
    except Violation as violation:
        close = violation.code.to_bytes(2, "big")
    else:
        close = None
    for portion in portions:
        if portion:
            link.data_received(portion)
    assert ear.seen == expected
    assert (link._farewell is None) is (close is None)
    if kind is CsmsLink and close is not None:
        assert close in wire.sent
        assert wire.sent.endswith(b"<EOF>")


# Room ----------------------------------------------------------------------------------------------------------


async def test_beyond_the_most_connections_callers_are_told_when_to_come_back() -> None:
    porch = Porch()
    async with pair(porch, connections_max=2) as (server, dialer):
        inside = [dial(dialer, server, name) for name in ("A", "B")]
        for station in inside:
            await station.open()
        assert await dial(dialer, server, "C").gone() == Lost(Ending.REFUSED, 503, serving.FULL.reason, 30)
        inside[0].link.abort()
        await porch.ends["A"].gone()
        await dial(dialer, server, "C").open()
        assert [knock.identity for knock in porch.knocks] == ["A", "B", "C"]


def _lowest_free_file() -> int:
    number = os.dup(0)
    os.close(number)
    return number


async def test_out_of_files_callers_are_told_so_one_by_one_and_later_let_in(caplog: pytest.LogCaptureFixture) -> None:
    porch, loop = Porch(), asyncio.get_running_loop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with pair(porch) as (server, dialer):
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_lowest_free_file(), hard))
        try:
            for caller in callers:
                await loop.sock_connect(caller, (HOST, server.port))
                await loop.sock_sendall(caller, REQUEST)
            for caller in callers:
                reply = await asyncio.wait_for(loop.sock_recv(caller, 4096), timeout=10)
                assert reply.startswith(b"HTTP/1.1 503 ")
                assert b"Retry-After: 30\r\n" in reply
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for caller in callers:
                caller.close()
        assert porch.knocks == []
        await dial(dialer, server).open()
    assert "file descriptors" in caplog.text


async def test_a_caller_cannot_keep_the_last_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "LAST_CHAIR_S", 0.05)
    porch, loop = Porch(), asyncio.get_running_loop()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with pair(porch) as (server, _):
        silent, asking = socket.socket(), socket.socket()
        resource.setrlimit(resource.RLIMIT_NOFILE, (_lowest_free_file(), hard))
        try:
            for caller in (silent, asking):
                caller.setblocking(False)
                await loop.sock_connect(caller, (HOST, server.port))
            await loop.sock_sendall(asking, REQUEST)
            assert (await asyncio.wait_for(loop.sock_recv(asking, 4096), timeout=10)).startswith(b"HTTP/1.1 503 ")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            silent.close()
            asking.close()


# Bad callers ---------------------------------------------------------------------------------------------------


async def answered(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    reply = await asyncio.wait_for(reader.read(1), timeout=10)
    writer.write(b"and more of it")  # to a server that has answered already
    reply += await asyncio.wait_for(reader.read(), timeout=10)
    writer.close()
    await writer.wait_closed()
    return reply


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n", b"HTTP/1.1 431 "),
        (REQUEST.replace(b"Host: csms", b"X: " + b"x" * 20_000), b"HTTP/1.1 431 "),
        (b"\x16\x03\x01\x02\x00", b"HTTP/1.1 400 "),
        (REQUEST.replace(b"GET", b"PUT"), b"HTTP/1.1 405 "),
    ],
)
async def test_a_refusal_arrives_however_much_was_sent(request_: bytes, status: bytes) -> None:
    porch = Porch()
    async with pair(porch) as (server, _):
        reply = await answered(server.port, request_)
        assert reply.startswith(status)
        assert reply.count(b"HTTP/1.1 ") == 1
    assert porch.knocks == []


async def test_a_request_may_come_byte_by_byte_and_frames_right_behind_it() -> None:
    porch = Porch()
    async with pair(porch) as (server, _):
        reader, writer = await asyncio.open_connection(HOST, server.port)
        for byte in REQUEST:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(frame(0x81, b"early", b"mask"))
        await reader.readuntil(b"\r\n\r\n")
        assert await porch.ends["CP-1"].messages(1) == ["early"]
        writer.close()


async def test_a_gate_that_takes_too_long_is_not_waited_for() -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    class Sleeper:
        async def admit(self, knock: Knock) -> Turned:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

    async with pair(Sleeper(), limits=Limits(open_timeout_s=0.1)) as (server, dialer):
        station = dial(dialer, server)
        await asked.wait()
        assert (await station.gone()).ending is Ending.UNREACHABLE
        await ended.wait()


async def test_a_peer_that_only_half_closes_is_gone() -> None:
    porch = Porch()
    async with pair(porch) as (server, _):
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        (await porch.ends["CP-1"].open()).send("last")
        writer.write_eof()
        assert await porch.ends["CP-1"].gone() == Lost(Ending.CLOSED, 1006)
        assert await reader.read() == frame(0x81, b"last")
        writer.close()


# Turns ---------------------------------------------------------------------------------------------------------


class Scribe(End):
    """Writes what it receives into a log that others write into, too, and does what is to be done at a message."""

    def __init__(self, log: list[str | bytes], at: dict[str, Any]) -> None:
        super().__init__()
        self._log = log
        self._at = at

    def received(self, data: str | bytes) -> None:
        super().received(data)
        self._log.append(data)
        if data in self._at:
            self._at.pop(str(data))(self.link)


@contextlib.asynccontextmanager
async def upgraded(server: lean.Server, identity: str) -> AsyncIterator[tuple[Any, Any]]:
    reader, writer = await asyncio.open_connection(HOST, server.port)
    writer.write(REQUEST.replace(b"CP-1", identity.encode()))
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def many(count: int, prefix: str = "") -> tuple[list[str], bytes]:
    texts = [f"{prefix}{number}" for number in range(count)]
    return texts, b"".join(frame(0x81, text.encode(), b"mask") for text in texts)


async def test_who_brings_much_at_once_leaves_others_their_turn() -> None:
    log: list[str | bytes] = []
    at: dict[str, Any] = {}
    porch = Porch(make=lambda: Scribe(log, at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, much), upgraded(server, "B") as (_, little):
        at["0"] = lambda _: little.write(frame(0x81, b"later", b"mask"))
        texts, data = many(200)
        much.write(data)
        assert await porch.ends["A"].messages(200) == texts
        assert await porch.ends["B"].messages(1) == ["later"]
        assert log.index("later") < log.index("199")
        assert await answers(porch, "A", much)


class Counting:
    """A transport that notes what is written."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.written: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.written.append(data)
        self._transport.write(data)


def echo(number: str) -> Any:
    return lambda link: link.send(f"re {number}")


async def test_what_is_said_to_many_at_once_is_written_at_once() -> None:
    at: dict[str, Any] = {str(number): echo(str(number)) for number in range(20)}
    porch = Porch(make=lambda: Scribe([], at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (reader, writer):
        link: Any = await porch.ends["A"].open()
        link._transport = transport = Counting(link._transport)
        writer.write(many(20)[1])
        said = b"".join(frame(0x81, f"re {number}".encode()) for number in range(20))
        assert await reader.readexactly(len(said)) == said
        assert len(transport.written) == 2  # four, and the rest in its turn
        assert await answers(porch, "A", writer)


@pytest.mark.parametrize("end", ["close", "abort", "bad"])
async def test_what_was_said_before_the_end_is_written_before_it(end: str) -> None:
    at: dict[str, Any] = {"0": echo("0")} | ({"1": lambda link: getattr(link, end)()} if end != "bad" else {})
    porch = Porch(make=lambda: Scribe([], at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (reader, writer):
        texts, data = many(2)
        writer.write(data + (b"\xff\xff" if end == "bad" else b""))
        assert await porch.ends["A"].messages(2) == texts
        said = frame(0x81, b"re 0") + (b"" if end == "abort" else b"\x88")
        assert await reader.readexactly(len(said)) == said


@pytest.mark.parametrize("prefix", ["", "x" * 5000])
async def test_what_came_before_the_end_of_a_link_that_is_not_read_is_heard(prefix: str) -> None:
    at: dict[str, Any] = {f"{prefix}2": lambda link: link.pause_reading()}
    porch = Porch(make=lambda: Scribe([], at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, writer):
        texts, data = many(50, prefix)
        writer.write(data)
        end = porch.ends["A"]
        assert (await end.messages(3))[-1] == texts[2]
        link: Any = end.link
        link._transport.abort()  # as the kernel would
        assert (await end.gone()).code == 1006
        heard = len(end.seen)
        assert end.seen == texts[:heard]
        assert heard == 50 or prefix
        assert heard > 3
        assert not link._exchange._stalled
        assert not link._exchange._waiting_size


async def answers(porch: Porch, identity: str, writer: Any) -> bool:
    """Whether a link takes one more message."""
    count = len(porch.ends[identity].seen)
    writer.write(frame(0x81, b"one more", b"mask"))
    return (await porch.ends[identity].messages(count + 1))[-1] == "one more"


@pytest.mark.parametrize("portion", [1000, 10**6])
async def test_a_long_message_keeps_its_place(portion: int) -> None:
    porch = Porch()
    whole = b"x" * 5000
    parts = [(0x81, b"first"), (0x81, whole), (0x81, b"second"), (0x01, whole), (0x00, b""), (0x80, whole)]
    parts += [(0x82, whole), (0x81, b"third"), (0x81, whole), (0x81, b"last")]
    data = b"".join(frame(first, payload, b"mask") for first, payload in parts)
    text = whole.decode()
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, writer):
        for start in range(0, len(data), portion):
            writer.write(data[start : start + portion])
            await asyncio.sleep(0)
        expected = ["first", text, "second", 2 * text, whole, "third", text, "last"]
        assert await porch.ends["A"].messages(len(expected)) == expected
        assert await answers(porch, "A", writer)


@pytest.mark.parametrize("message", ["0", "3", "9", "199"])
@pytest.mark.parametrize("prefix", ["", "x" * 5000])
async def test_who_is_not_to_be_read_keeps_what_has_come_and_is_not_read(message: str, prefix: str) -> None:
    log: list[str | bytes] = []
    message = prefix + message
    at: dict[str, Any] = {message: lambda link: link.pause_reading()}
    porch = Porch(make=lambda: Scribe(log, at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, writer):
        texts, data = many(200, prefix)
        writer.write(data)
        end = porch.ends["A"]
        taken = texts[: texts.index(message) + 1]
        assert await end.messages(len(taken)) == taken
        link: Any = end.link
        other, sent = many(200, "B")
        async with upgraded(server, "B") as (_, neighbour):
            neighbour.write(sent)
            assert await porch.ends["B"].messages(200) == other  # there were turns enough
        assert not link._transport.is_reading()
        assert end.seen == taken
        link.resume_reading()
        assert await end.messages(200) == texts
        assert await answers(porch, "A", writer)


async def test_nothing_follows_a_long_message_at_which_a_link_is_paused() -> None:
    long = "x" * 5000
    at: dict[str, Any] = {long: lambda link: link.pause_reading()}
    porch = Porch(make=lambda: Scribe([], at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, writer):
        texts, data = many(3)
        writer.write(frame(0x81, long.encode(), b"mask") + data)
        end = porch.ends["A"]
        assert await end.messages(1) == [long]
        assert end.seen == [long]
        link: Any = end.link
        link.resume_reading()
        assert await end.messages(4) == [long, *texts]


async def test_who_may_be_read_again_while_it_waits_loses_nothing() -> None:
    log: list[str | bytes] = []

    def pause(link: Any) -> None:
        link.pause_reading()
        link._exchange.loop.call_soon(link.resume_reading)

    at: dict[str, Any] = {"2": pause, "9": pause}
    porch = Porch(make=lambda: Scribe(log, at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, writer):
        texts, data = many(200)
        writer.write(data)
        assert await porch.ends["A"].messages(200) == texts
        assert await answers(porch, "A", writer)


@pytest.mark.parametrize("message", ["0", "3", "9"])
async def test_who_is_cut_off_while_it_waits_is_forgotten_and_the_others_get_their_turns(message: str) -> None:
    log: list[str | bytes] = []
    at: dict[str, Any] = {message: lambda link: link._exchange.loop.call_soon(link.abort)}
    porch = Porch(make=lambda: Scribe(log, at))
    async with pair(porch) as (server, _), upgraded(server, "A") as (_, one), upgraded(server, "B") as (_, other):
        link: Any = await porch.ends["A"].open()
        one.write(many(200)[1])
        texts, data = many(200, "B")
        other.write(data)
        assert await porch.ends["A"].gone() == Lost(Ending.CUT)
        assert len(porch.ends["A"].seen) < 200
        assert await porch.ends["B"].messages(200) == texts
        assert link._exchange._behind == {}
        assert await answers(porch, "B", other)


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("prefix", ["", "x" * 1000, "x" * 9000])
async def test_what_came_with_the_end_of_the_stream_is_heard(secure: bool, prefix: str, tmp_path: Path) -> None:
    porch, authority = Porch(), Authority(tmp_path)
    issued = authority.issue()
    tls = {"tls": server_tls(issued.cert, issued.key)} if secure else {}
    async with pair(porch, **tls) as (server, _):
        context = client_tls(authority.cert) if secure else None
        reader, writer = await asyncio.open_connection("localhost" if secure else HOST, server.port, ssl=context)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        texts, data = many(200, prefix)
        writer.write(data)
        writer.close()
        assert await porch.ends["CP-1"].gone() == Lost(Ending.CLOSED, 1006)
        assert porch.ends["CP-1"].seen == texts


async def test_a_secure_link_that_ends_for_broken_rules_may_still_be_told_to_read(tmp_path: Path) -> None:
    """asyncio's TLS forgets what it is when it is closed twice, and breaks at whatever is asked of it after that."""
    porch, authority = Porch(), Authority(tmp_path)
    issued = authority.issue()
    async with pair(porch, tls=server_tls(issued.cert, issued.key)) as (server, _):
        context = client_tls(authority.cert)
        reader, writer = await asyncio.open_connection("localhost", server.port, ssl=context)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        link: Any = await porch.ends["CP-1"].open()
        link.data_received(b"\xff\xff")  # at once, so that nobody can have answered yet
        link.resume_reading()
        link.pause_reading()
        link.abort()
        assert await porch.ends["CP-1"].gone() == Lost(Ending.CUT)
        writer.close()


async def test_many_that_are_lost_while_they_wait_are_heard_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In turn, and none is asked before that whether it is done."""
    asked: list[Any] = []
    lost = LeanLink.connection_lost
    monkeypatch.setattr(LeanLink, "connection_lost", lambda link, exc: (asked.append(link), lost(link, exc))[1])
    names = [f"S{number}" for number in range(20)]
    at: dict[str, Any] = {f"{name}-0": lambda link: link.pause_reading() for name in names}
    porch = Porch(make=lambda: Scribe([], at))
    async with pair(porch) as (server, _), contextlib.AsyncExitStack() as stack:
        for name in names:
            _, writer = await stack.enter_async_context(upgraded(server, name))
            writer.write(many(100, f"{name}-")[1])
            assert await porch.ends[name].messages(1) == [f"{name}-0"]
        links: list[Any] = [porch.ends[name].link for name in names]
        for link in links:
            link._transport.abort()
        for name in names:
            assert (await porch.ends[name].gone()).code == 1006
            assert porch.ends[name].seen == many(100, f"{name}-")[0]
        assert {asked.count(link) for link in links} == {2}
        assert links[0]._exchange._lost == {}


@pytest.mark.parametrize("kind", [CsmsLink, StationLink])
@given(
    sent=st.lists(st.tuples(st.sampled_from([0, 1, 100, 4096, 4097, 9000]), st.integers(1, 3)), max_size=40),
    cuts=st.lists(st.integers(0, 60_000), max_size=8),
    turns=st.lists(st.integers(0, 3), max_size=8),
)
@example(sent=[(0, 1)] * 40, cuts=[70], turns=[])
@example(sent=[(0, 1)] * 6 + [(9000, 1), (9000, 3), (0, 2)], cuts=[20], turns=[1])
def test_whatever_waits_for_its_turn_comes_in_order(kind: type[LeanLink], sent: Any, cuts: Any, turns: Any) -> None:
    """However messages are fragmented, the stream is cut, and turns come between the portions."""
    loop = _Turning()
    link, wire, ear = wired(kind, loop=loop)
    mask = b"mask" if kind.masked_in else None
    expected, stream = [], b""
    for number, (size, pieces) in enumerate(sent):
        text = f"{number} " + "x" * size
        expected.append(text)
        step = -(-len(text) // pieces)
        for start in range(0, len(text), step):
            first = (0x01 if start == 0 else 0x00) | (0x80 if start + step >= len(text) else 0)
            stream += frame(first, text[start : start + step].encode(), mask)
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(stream)), len(stream)]
    for place, (start, end) in enumerate(itertools.pairwise(edges)):
        if start < end:
            link.data_received(stream[start:end])
        loop.run(turns[place] if place < len(turns) else 0)
    loop.run(1000)
    assert ear.seen == expected
    assert link._exchange._behind == {}
    assert link._reader is None
    assert not wire.is_paused
    assert loop.is_still


@pytest.mark.parametrize("kind", [CsmsLink, StationLink])
def test_what_is_long_waits_even_alone(kind: type[LeanLink]) -> None:
    loop = _Turning()
    link, wire, ear = wired(kind, loop=loop)
    mask = b"mask" if kind.masked_in else None
    link.data_received(frame(0x81, b"x" * 4096, mask))
    assert len(ear.seen) == 1
    link.data_received(frame(0x81, b"x" * 4097, mask))
    assert (len(ear.seen), wire.is_paused) == (1, True)
    loop.run(1)
    assert (len(ear.seen), wire.is_paused) == (2, False)


def test_who_is_gone_has_no_turn_any_more() -> None:
    loop = _Turning()
    link, _, ear = wired(CsmsLink, loop=loop)
    link.data_received(many(40)[1])
    assert link._exchange.is_behind(link)
    link.abort()
    link.connection_lost(None)
    assert not link._exchange.is_behind(link)
    loop.run(1)
    assert loop.is_still
    assert len(ear.seen) == 4


def test_so_much_of_what_is_long_waits_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "WAITING_MOST", 12_000)
    loop = _Turning()
    first, wire, ear = wired(CsmsLink, loop=loop)
    links = [first]
    for _ in range(2):
        link: Any = CsmsLink(first._exchange, wire, ear)  # type: ignore[arg-type]
        link.begin("ocpp1.6", b"")
        links.append(link)
    for _ in range(2):
        for number, link in enumerate(links):
            link.data_received(frame(0x81, b"%d" % number * 5000, b"mask"))
        assert [str(text)[0] for text in ear.seen] == ["2"]  # the others fill the room
        loop.run(3)
        assert [str(text)[0] for text in ear.seen] == ["2", "0", "1"]
        ear.seen.clear()


def test_a_link_brings_so_many_at_once_and_so_many_in_its_turn() -> None:
    loop = _Turning()
    link, wire, ear = wired(CsmsLink, loop=loop)
    texts, data = many(30)
    link.data_received(data)
    brought = [len(ear.seen)]
    while wire.is_paused:
        loop.run(1)
        brought.append(len(ear.seen))
    assert brought == [4, 20, 30]
    assert ear.seen == texts


class _Turning(_Still):
    """An event loop in which what is next happens when a test says so."""

    def __init__(self) -> None:
        self._next: list[Any] = []

    def call_soon(self, call: Any) -> None:
        self._next.append(call)

    @property
    def is_still(self) -> bool:
        """Whether nothing is to happen."""
        return not self._next

    def run(self, times: int) -> None:
        """Let so many rounds pass, at most."""
        for _ in range(times):
            due, self._next = self._next, []
            for call in due:
                call()


# Those who talk on ---------------------------------------------------------------------------------------------

PATIENT = Limits(open_timeout_s=5, close_timeout_s=60)


async def test_who_talks_on_behind_our_close_frame_is_hung_up_on() -> None:
    porch = Porch()
    async with pair(porch, limits=PATIENT) as (server, _), upgraded(server, "A") as (reader, writer):
        (await porch.ends["A"].open()).close(4000, "enough")
        writer.write(many(65)[1])
        assert await reader.read() == frame(0x88, b"\x0f\xa0enough")  # and there the stream ends
        writer.close()
        assert await porch.ends["A"].gone() == Lost(Ending.CLOSED, 4000, "enough")
        assert porch.ends["A"].seen == []


def test_so_many_messages_may_come_behind_our_close_frame() -> None:
    link, wire, _ = wired(CsmsLink)
    link.close(4000)
    for _ in range(32):
        link.data_received(many(2)[1])
    assert b"<EOF>" not in wire.sent
    link.data_received(many(2)[1])
    assert wire.sent.endswith(b"<EOF>")


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_messages_behind_our_close_frame_count_whatever_their_length_and_company(size: int) -> None:
    loop = _Turning()
    link, wire, _ = wired(CsmsLink, loop=loop)
    link.close(4000)
    for _ in range(64):
        link.data_received(frame(0x81, b"x" * size, b"mask"))
        loop.run(2)
    assert b"<EOF>" not in wire.sent
    link.data_received(frame(0x81, b"x" * size, b"mask"))
    loop.run(2)
    assert wire.sent.endswith(b"<EOF>")


async def test_who_answers_our_close_frame_is_heard_although_much_was_on_its_way() -> None:
    porch = Porch()
    async with pair(porch, limits=PATIENT) as (server, _), upgraded(server, "A") as (reader, writer):
        (await porch.ends["A"].open()).close(4000)
        writer.write(many(40)[1] + frame(0x88, b"\x0f\xa0", b"mask"))
        assert await reader.read() == frame(0x88, b"\x0f\xa0")
        writer.close()
        assert await porch.ends["A"].gone() == Lost(Ending.CLOSED, 4000)


async def test_who_is_closed_while_it_waits_still_gets_a_clean_close() -> None:
    log: list[str | bytes] = []
    at: dict[str, Any] = {"3": lambda link: link._exchange.loop.call_soon(link.close, 4000)}
    porch = Porch(make=lambda: Scribe(log, at))
    async with pair(porch, limits=PATIENT) as (server, _), upgraded(server, "A") as (reader, writer):
        writer.write(many(40)[1])
        assert await reader.readexactly(4) == frame(0x88, b"\x0f\xa0")
        writer.write(frame(0x88, b"\x0f\xa0", b"mask"))
        assert await reader.read() == b""
        writer.close()
        assert await porch.ends["A"].gone() == Lost(Ending.CLOSED, 4000)
        assert len(porch.ends["A"].seen) < 40


# Pauses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked_first", [True, False])
async def test_no_pong_is_missed_while_a_link_is_not_read(asked_first: bool) -> None:
    loop: Any = _Diary()
    limits = Limits(ping_interval_s=0.25, pong_timeout_s=20)
    exchange = Exchange(loop, limits, masks=None, compression=False)
    link = _Pinged()
    exchange.enter(link)
    if asked_first:
        loop.come(limits.ping_interval_s)
    exchange.paused(link)
    loop.come(limits.ping_interval_s)
    exchange.resumed(link)
    for _ in range(2):
        loop.come(limits.pong_timeout_s)
    assert len(link.pings) == asked_first
    assert link.ended == []
    loop.come(limits.ping_interval_s)
    loop.come(limits.pong_timeout_s)
    assert link.ended == [1011]


# Pings ---------------------------------------------------------------------------------------------------------


async def test_who_answers_pings_stays_and_who_does_not_goes() -> None:
    porch = Porch()
    limits = Limits(ping_interval_s=0.02, pong_timeout_s=0.3, close_timeout_s=0.1)
    async with pair(porch, limits=limits) as (server, dialer):
        alive = dial(dialer, server, "ALIVE")
        await alive.open()
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        assert (await reader.readexactly(10))[:2] == bytes([0x89, 8])
        writer.write(frame(0x8A, b"another", b"mask"))  # a pong that nobody asked for
        assert await porch.ends["CP-1"].gone() == Lost(Ending.CLOSED, 1011, "keepalive ping timeout")
        assert alive.why is None
        writer.close()


async def test_one_timer_serves_all_links_and_none_runs_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "SHORTEST_TURN_S", 0.001)
    exchange = Exchange(
        asyncio.get_running_loop(), Limits(ping_interval_s=0.064, pong_timeout_s=9), masks=None, compression=False
    )
    assert exchange._timer is None
    links: list[Any] = [_Pinged() for _ in range(200)]
    for link in links:
        exchange.enter(link)
    assert len(exchange._groups) == 64
    assert sum(1 for group in exchange._groups if group) > 8, "they are spread"
    async with asyncio.timeout(5):
        while not all(link.pings for link in links):  # noqa: ASYNC110 - the timer tells nobody
            await asyncio.sleep(0.01)
    assert sorted(map(id, exchange)) == sorted(map(id, links))
    timer: Any = exchange._timer
    for link in links:
        exchange.leave(link)
    assert timer.cancelled()
    assert exchange._timer is None
    await exchange.emptied()


class _Pinged:
    def __init__(self) -> None:
        self.pings: list[bytes] = []
        self.ended: list[int] = []
        self.weight = bytes(500)

    def ping(self, payload: bytes) -> None:
        self.pings.append(payload)

    def fail(self, code: int, reason: str) -> None:
        self.ended.append(code)


# The way there -------------------------------------------------------------------------------------------------


async def test_sources_take_turns() -> None:
    porch = Porch()
    async with pair(porch, {"sources": ("127.0.0.2", "127.0.0.3", "::1")}) as (server, dialer):
        for number in range(4):
            await dial(dialer, server, f"CP-{number}").open()
    assert [knock.peer.partition(":")[0] for knock in porch.knocks] == ["127.0.0.2", "127.0.0.3"] * 2


async def test_a_source_that_is_not_ours_is_reported() -> None:
    async with pair(Porch(), {"sources": ("192.0.2.1",)}) as (server, dialer):
        assert (await dial(dialer, server).gone()).ending is Ending.UNREACHABLE


async def test_a_storm_asks_for_a_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, loop = [], asyncio.get_running_loop()
    async with pair(Porch()) as (server, dialer):

        async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, None, None, None, (HOST, port))]

        monkeypatch.setattr(type(loop), "getaddrinfo", lambda _, *a, **k: getaddrinfo(*a, **k), raising=False)
        stations = [End() for _ in range(10)]
        for number, station in enumerate(stations):
            dialer.dial(Target(f"ws://csms.example:{server.port}/", f"CP-{number}", OFFERS), station)
        for station in stations:
            await station.open()
    assert asked.count("csms.example") == 1


@given(
    identity=st.text(min_size=1, max_size=20),
    url=st.sampled_from(
        ["ws://h", "ws://h:1/a/", "wss://h/a/b?c=d", "ws://[::1]/x", "ws://h/{id}/x/", "ws://h?cp={id}"]
    ),
)
def test_the_request_goes_where_the_url_says(identity: str, url: str) -> None:
    try:
        identity.encode()
    except UnicodeEncodeError:
        return
    place = endpoint(url)
    assert f"{'wss' if place.secure else 'ws'}://{place.name}{place.target(identity)}" == connection_url(url, identity)


def test_an_endpoint_knows_its_usual_port_and_its_credentials() -> None:
    assert (endpoint("wss://h/").port, endpoint("ws://h/").name, endpoint("ws://h:8/").name) == (443, "h", "h:8")
    assert endpoint("ws://b%C3%BCcher:p%3Aw@b\u00fccher.example/").host == "xn--bcher-kva.example"
    assert endpoint("ws://u:p%3Aw@h/").credentials == "Basic dTpwOnc="
    for url in ("http://h/", "ws:///x", "ws://h:x/", "ws://[::1/"):
        with pytest.raises(ValueError, match=r"\w"):
            endpoint(url)


def test_masks_are_drawn_by_the_pool_and_never_repeat() -> None:
    drawn = []

    def draw(count: int) -> bytes:
        drawn.append(count)
        return b"".join(
            number.to_bytes(4, "big") for number in range(len(drawn) << 16, (len(drawn) << 16) + count // 4)
        )

    keys = masks(draw)
    assert len({next(keys) for _ in range(POOL_KEYS + 1)}) == POOL_KEYS + 1
    assert drawn == [4 * POOL_KEYS] * 2
    assert len(handshake_key(masks())) == 24
    assert next(masks()) != next(masks())


# Connecting ----------------------------------------------------------------------------------------------------


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        sock.listen(0)
        yield sock


@pytest.fixture
def caller() -> Iterator[socket.socket]:
    with socket.socket() as sock:
        sock.setblocking(False)
        yield sock


def test_a_peer_on_the_same_machine_is_connected_at_once(listening: socket.socket, caller: socket.socket) -> None:
    assert connected_at_once(caller, listening.getsockname())
    assert caller.getpeername() == listening.getsockname()


def test_a_peer_that_does_not_answer_yet_is_waited_for(listening: socket.socket, caller: socket.socket) -> None:
    with socket.socket() as first:
        first.connect(listening.getsockname())  # nobody accepts it, so there is no place for another
        assert not connected_at_once(caller, listening.getsockname())


def test_a_peer_that_refuses_is_not_asked_twice(listening: socket.socket, caller: socket.socket) -> None:
    address = listening.getsockname()
    listening.close()
    with pytest.raises(ConnectionRefusedError, match="Connect call failed"):
        connected_at_once(caller, address)


async def test_whoever_is_not_connected_at_once_is_connected_later(listening: socket.socket) -> None:
    with socket.socket() as first:
        first.connect(listening.getsockname())
        dialer = lean.LeanDialer(limits=QUICK)
        station = End()
        host, port = listening.getsockname()
        dialer.dial(Target(f"ws://{host}:{port}", "CP-1", OFFERS), station)
        await asyncio.sleep(0)
        listening.accept()[0].close()  # now there is a place; the kernel tries again within a second
        loop = asyncio.get_running_loop()
        listening.setblocking(False)
        accepted, _ = await asyncio.wait_for(loop.sock_accept(listening), 5)
        with accepted:
            assert (await loop.sock_recv(accepted, 4096)).startswith(b"GET /CP-1 HTTP/1.1")
        await dialer.close()
