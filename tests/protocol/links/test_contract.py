"""What both socket transports promise, alone and facing each other: every way in which a connection can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as raw_serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode

from protocol.link import Admitted, Ending, Knock, Lost, Pausing, Pinging, Target, Turned
from protocol.security import basic, client_tls, server_tls
from protocol.transports import lean
from protocol.transports.lean.server import Caller
from protocol.transports.limits import Limits
from protocol.transports.port import PortTaken
from protocol.transports.websocket import Server as WebSocketServer
from protocol.transports.websocket import serve as serve_websocket
from protocol.transports.websocket.dialer import WebSocketDialer
from protocol.transports.websocket.link import SocketLink
from protocol.transports.websocket.server import _Caller
from tests.certificates import DAY, Authority
from tests.protocol.ends import OFFERS, End, Porch

HOST = "127.0.0.1"
QUICK = Limits(open_timeout_s=5, close_timeout_s=0.3)

Server = WebSocketServer | lean.Server
AnyDialer = WebSocketDialer | lean.LeanDialer


@dataclass(frozen=True)
class Way:
    """Which transports carry a test."""

    dialer: Callable[..., AnyDialer]
    serve: Callable[..., Awaitable[Server]]
    caller: type[Caller | _Caller]


WAYS = {
    "websocket": Way(WebSocketDialer, serve_websocket, _Caller),
    "lean": Way(lean.LeanDialer, lean.serve, Caller),
    "lean-to-websocket": Way(lean.LeanDialer, serve_websocket, _Caller),
    "websocket-to-lean": Way(WebSocketDialer, lean.serve, Caller),
}
_way = WAYS["websocket"]


@pytest.fixture(autouse=True, params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """Run every test in every way."""
    global _way  # noqa: PLW0603 - read by ``served`` and ``dialling`` below
    _way = WAYS[request.param]
    return _way


def wire(link: Any) -> asyncio.Transport:
    return cast("asyncio.Transport", link._connection.transport if isinstance(link, SocketLink) else link._transport)


def is_compressed(link: Any) -> bool:
    return bool(link._connection.protocol.extensions) if isinstance(link, SocketLink) else link._deflate is not None


@pytest.fixture(autouse=True)
async def _nothing_goes_unhandled() -> AsyncIterator[None]:
    """Fail a test after which the event loop complained, or a task was left over."""
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    before = asyncio.all_tasks()
    yield
    assert complaints == []
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    done, pending = await asyncio.wait(left, timeout=5) if left else (set(), set())
    assert not pending
    assert all(task.cancelled() or task.exception() is None for task in done)


@contextlib.asynccontextmanager
async def served(porch: Porch, **settings: Any) -> AsyncIterator[Server]:
    server = await _way.serve(porch, HOST, settings.pop("port", 0), **{"limits": QUICK} | settings)
    try:
        yield server
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def dialling(**settings: Any) -> AsyncIterator[AnyDialer]:
    dialer = _way.dialer(**{"limits": QUICK} | settings)
    try:
        yield dialer
    finally:
        await dialer.close()


def target(server: Server | int, identity: str = "CP-1", **fields: Any) -> Target:
    port = server if isinstance(server, int) else server.port
    return Target(**{"url": f"ws://{HOST}:{port}/ocpp", "identity": identity, "offers": OFFERS} | fields)


async def joined(dialer: AnyDialer, porch: Porch, server: Server, identity: str = "CP-1") -> tuple[End, End]:
    station = End()
    dialer.dial(target(server, identity), station)
    await station.open()
    csms = porch.ends[identity]
    await csms.open()
    return station, csms


def raw(server: Server, path: str = "/ocpp/CP-1", **settings: Any) -> connect:
    return connect(
        f"ws://{HOST}:{server.port}{path}",
        **{"subprotocols": ["ocpp2.0.1"], "proxy": None, "compression": None} | settings,
    )


@contextlib.asynccontextmanager
async def raw_server(handler: Callable[[ServerConnection], Any], **settings: Any) -> AsyncIterator[int]:
    async with raw_serve(handler, HOST, 0, **settings) as server:
        yield server.sockets[0].getsockname()[1]


async def answered(port: int, request: bytes) -> bytes:
    """Send raw bytes and return everything that comes back."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    reply = await asyncio.wait_for(reader.read(), timeout=10)
    writer.close()
    await writer.wait_closed()
    return reply


def upgrade(path: str, *headers: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: csms",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        "Sec-WebSocket-Version: 13",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


# Talking -------------------------------------------------------------------------------------------------------


async def test_messages_go_both_ways_in_order() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, csms = await joined(dialer, porch, server)
        assert station.subprotocol == csms.subprotocol == "ocpp2.0.1"
        sent = [f"[2, {number}, \u20ac]" for number in range(500)]
        assert station.link is not None
        assert csms.link is not None
        for text in sent:
            station.link.send(text)
            csms.link.send(text)
        assert station.seen == csms.seen == [], "nothing is received inside send"
        assert await csms.messages(500) == sent
        assert await station.messages(500) == sent
        assert dialer.remote


async def test_the_gate_sees_who_knocks() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        for identity, password in (("RDAM|123", None), ("RDAM 123", "p\u00e4ss:word")):
            station = End()
            dialer.dial(target(server, identity, password=password), station)
            await station.open()
        first, second = porch.knocks
        assert (first.identity, first.offers, first.user, first.secure) == ("RDAM|123", OFFERS, None, False)
        assert (second.identity, second.user, second.password) == ("RDAM 123", "RDAM 123", "p\u00e4ss:word")
        assert first.peer.startswith(f"{HOST}:")
        assert "p\u00e4ss" not in repr(second)


async def test_offers_keep_their_order_over_several_headers_and_the_gate_chooses() -> None:
    porch = Porch(decide=lambda knock: Admitted("ocpp1.6", End()))
    async with served(porch) as server:
        extra = [("Sec-WebSocket-Protocol", "ocpp1.6,ocpp2.1")]
        async with raw(server, additional_headers=extra, subprotocols=["ocpp9", "ocpp1.6"]) as station:
            assert station.subprotocol == "ocpp1.6"
        assert porch.knocks[0].offers == ("ocpp9", "ocpp1.6", "ocpp1.6", "ocpp2.1")


async def test_binary_messages_arrive_as_bytes() -> None:
    porch = Porch()
    async with served(porch) as server, raw(server) as station:
        await station.send(b"\x00\xff")
        await station.send("text")
        assert await porch.ends["CP-1"].messages(2) == [b"\x00\xff", "text"]


@pytest.mark.parametrize("compression", [True, False])
async def test_compression_is_agreed_only_where_it_is_wanted(compression: bool) -> None:
    porch = Porch()
    async with served(porch, compression=compression) as server, raw(server, compression="deflate") as station:
        assert bool(station.protocol.extensions) is compression
        await station.send("a" * 1000)
        assert await porch.ends["CP-1"].messages(1) == ["a" * 1000]


async def test_our_two_ends_talk_compressed() -> None:
    porch = Porch()
    async with served(porch, compression=True) as server, dialling(compression=True) as dialer:
        station, csms = await joined(dialer, porch, server)
        assert station.link is not None
        assert csms.link is not None
        for text in ("a" * 100_000, "b" * 1000, "", "a"):
            station.link.send(text)
            csms.link.send(text)
        assert await csms.messages(4) == ["a" * 100_000, "b" * 1000, "", "a"]
        assert await station.messages(4) == csms.seen
        assert is_compressed(station.link)
        assert is_compressed(csms.link)


# Ending --------------------------------------------------------------------------------------------------------


async def test_close_tells_both_ends_the_code_after_the_last_message() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, csms = await joined(dialer, porch, server)
        assert station.link is not None
        station.link.send("last words")
        station.link.close(1000, "r" * 200)
        station.link.send("too late")
        station.link.close(1001)
        assert await csms.gone() == await station.gone() == Lost(Ending.CLOSED, 1000, "r" * 123)
        assert csms.story == ["opened", "received 'last words'", "lost"]
        station.link.send("after the end")
        station.link.abort()


async def test_abort_is_a_cut_here_and_1006_there() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, csms = await joined(dialer, porch, server)
        assert station.link is not None
        station.link.abort()
        assert station.why is None, "not from inside abort()"
        assert await station.gone() == Lost(Ending.CUT)
        assert await csms.gone() == Lost(Ending.CLOSED, 1006)


async def test_after_abort_nothing_more_is_received() -> None:
    def cut(link: Any) -> None:
        link.abort()

    porch = Porch(make=lambda: End(on_open=cut))
    async with served(porch) as server, raw(server) as station:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(50):
                await station.send("hello")
        csms = porch.ends["CP-1"]
        await csms.gone()
        assert csms.story == ["opened", "lost"]


def frame(first: int, payload: bytes) -> bytes:
    """Return one masked frame of a client; the mask is zero."""
    assert len(payload) < 126
    return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload


async def test_after_abort_not_even_what_has_arrived_already_is_received() -> None:
    class Once(End):
        def received(self, data: str | bytes) -> None:
            super().received(data)
            assert self.link is not None
            self.link.abort()

    porch = Porch(make=Once)
    async with served(porch) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame(0x81, b"hello") * 10)
        await porch.ends["CP-1"].gone()
        assert porch.ends["CP-1"].story == ["opened", "received 'hello'", "lost"]
        writer.close()


async def test_the_close_frame_that_began_the_ending_counts() -> None:
    porch = Porch()
    async with served(porch) as server:
        for ours, theirs in ((True, False), (False, True)):
            reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
            await reader.readuntil(b"\r\n\r\n")
            end = porch.ends["CP-1"]
            if ours:
                (await end.open()).close(1001, "ours")
                await reader.readexactly(2)
            writer.write(frame(0x88, (4002).to_bytes(2, "big") + b"theirs"))
            assert await end.gone() == (
                Lost(Ending.CLOSED, 4002, "theirs") if theirs else Lost(Ending.CLOSED, 1001, "ours")
            )
            writer.close()


async def test_a_server_that_closes_but_never_hangs_up_is_hung_up_on() -> None:
    stayed = asyncio.Event()

    async def linger(connection: ServerConnection) -> None:
        connection.protocol.send_close(4001, "bye")
        connection.transport.write(b"".join(connection.protocol.data_to_send()))
        connection.send_data = lambda: None  # type: ignore[method-assign]
        await connection.wait_closed()
        stayed.set()

    async with raw_server(linger, subprotocols=["ocpp1.6"]) as port, dialling() as dialer:
        station = End()
        dialer.dial(target(port), station)
        assert await station.gone() == Lost(Ending.CLOSED, 4001, "bye")
        await asyncio.wait_for(stayed.wait(), timeout=5)


async def test_a_peer_that_never_answers_the_close_is_dropped() -> None:
    porch = Porch()
    async with served(porch) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        csms = porch
        await reader.readuntil(b"\r\n\r\n")
        end = csms.ends["CP-1"]
        (await end.open()).close(1001, "bye")
        assert await end.gone() == Lost(Ending.CLOSED, 1001, "bye")
        writer.close()


async def test_a_code_that_no_frame_may_carry_is_our_own_mistake() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, _ = await joined(dialer, porch, server)
        assert station.link is not None
        with pytest.raises(ValueError, match="1005"):
            station.link.close(1005)


async def test_a_receiver_that_fails_costs_its_own_link_only(caplog: pytest.LogCaptureFixture) -> None:
    class Faulty(End):
        def received(self, data: str | bytes) -> None:
            raise RuntimeError("a bug in the receiver")

    porch = Porch(decide=lambda knock: Admitted(OFFERS[0], Faulty() if knock.identity == "BAD" else End()))
    async with served(porch) as server, dialling() as dialer:
        station, _ = await joined(dialer, porch, server)
        bad, faulty = await joined(dialer, porch, server, "BAD")
        assert bad.link is not None
        assert station.link is not None
        bad.link.send("x")
        assert (await bad.gone()).code == 1011
        assert (await faulty.gone()).code == 1011
        station.link.send("still here")
        assert await porch.ends["CP-1"].messages(1) == ["still here"]
    assert "a bug in the receiver" in caplog.text


async def test_a_server_that_closes_says_so_and_one_that_returns_is_found_again() -> None:
    porch = Porch()
    async with dialling() as dialer:
        async with served(porch) as server:
            port = server.port
            station, csms = await joined(dialer, porch, server)
        assert await station.gone() == Lost(Ending.CLOSED, 1001)
        assert (await csms.gone()).code == 1001
        lonely = End()
        dialer.dial(target(port), lonely)
        assert (await lonely.gone()).ending is Ending.UNREACHABLE
        async with served(porch, port=port) as server:
            again, _ = await joined(dialer, porch, server)
            assert again.story == ["opened"]


async def test_a_server_may_say_why_it_closes() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, _ = await joined(dialer, porch, server)
        await server.close(1012, "restart")
        assert await station.gone() == Lost(Ending.CLOSED, 1012, "restart")


async def test_the_dialer_closes_with_everything_it_began() -> None:
    porch = Porch()
    asked = asyncio.Event()

    class Sleeper(Porch):
        async def admit(self, knock: Knock) -> Admitted | Turned:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    async with served(porch) as server, served(Sleeper(), limits=Limits(open_timeout_s=0.5)) as slow:
        dialer = _way.dialer(limits=QUICK)
        station, csms = await joined(dialer, porch, server)
        waiting = End()
        dialer.dial(target(slow), waiting)
        await asked.wait()
        await dialer.close()
        assert station.why == waiting.why == Lost(Ending.CUT)
        assert waiting.story == ["lost"]
        assert (await csms.gone()).code == 1006


async def test_two_hundred_stations_at_once() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        stations = [End() for _ in range(200)]
        for number, station in enumerate(stations):
            dialer.dial(target(server, f"CP-{number:03}"), station)
        for number, station in enumerate(stations):
            (await station.open()).send(f"I am {number}")
        for number in range(200):
            csms = porch.ends[f"CP-{number:03}"]
            assert await csms.messages(1) == [f"I am {number}"]
            (await csms.open()).send(f"you are {number}")
        for number, station in enumerate(stations):
            assert await station.messages(1) == [f"you are {number}"]


# Limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_an_oversized_message_closes_with_1009(compression: str | None) -> None:
    porch = Porch()
    limits = Limits(message_bytes=1000, close_timeout_s=1)
    async with (
        served(porch, limits=limits, compression=True) as server,
        raw(server, compression=compression) as station,
    ):
        await station.send("x" * 1000)
        await station.send("x" * 1001)
        with pytest.raises(ConnectionClosed) as closed:
            await station.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        csms = porch.ends["CP-1"]
        why = await csms.gone()
        assert (why.ending, why.code) == (Ending.CLOSED, 1009)
        assert csms.seen == ["x" * 1000]


async def test_an_oversized_message_is_refused_by_a_station_too() -> None:
    porch = Porch()
    async with served(porch) as server, dialling(limits=Limits(message_bytes=1000)) as dialer:
        station, csms = await joined(dialer, porch, server)
        assert csms.link is not None
        csms.link.send("x" * 1001)
        assert (await station.gone()).code == (await csms.gone()).code == 1009
        assert station.seen == []


async def test_text_that_is_not_utf_8_closes_with_1007() -> None:
    porch = Porch()
    async with served(porch) as server, raw(server) as station:
        await station.send(b"\xff", text=True)
        assert (await porch.ends["CP-1"].gone()).code == 1007


# Pauses --------------------------------------------------------------------------------------------------------


async def test_who_is_not_read_waits_and_others_do_not() -> None:
    porch = Porch()
    async with served(porch) as server, dialling() as dialer:
        station, csms = await joined(dialer, porch, server, "PAUSED")
        free, free_csms = await joined(dialer, porch, server, "FREE")
        link = csms.link
        assert isinstance(link, Pausing)
        (await station.open()).send("before")
        await csms.messages(1)
        link.pause_reading()
        link.pause_reading()
        (await station.open()).send("meanwhile")
        link.send("now")
        assert await station.messages(1) == ["now"]
        for turn in range(3):
            (await free.open()).send("hello")
            await free_csms.messages(turn + 1)
        assert csms.seen[1:] in ([], ["meanwhile"])  # one message may have been on its way to us already
        known = len(csms.seen)
        (await station.open()).send("later")
        (await free.open()).send("hello")
        await free_csms.messages(4)
        assert len(csms.seen) == known
        link.resume_reading()
        link.resume_reading()
        assert await csms.messages(3) == ["before", "meanwhile", "later"]


async def test_a_link_that_is_not_read_can_be_closed() -> None:
    porch = Porch()
    async with served(porch, limits=Limits(close_timeout_s=15)) as server, dialling() as dialer:
        station, csms = await joined(dialer, porch, server)
        link = csms.link
        assert isinstance(link, Pausing)
        link.pause_reading()
        (await station.open()).send("meanwhile")
        other, other_csms = await joined(dialer, porch, server, "CP-2")
        for turn in range(3):
            (await other.open()).send("hello")
            await other_csms.messages(turn + 1)
        link.close(1008, "enough")
        assert await station.gone() == await csms.gone() == Lost(Ending.CLOSED, 1008, "enough")
        link.resume_reading()
        link.pause_reading()


async def test_what_is_sent_to_who_does_not_read_stays_with_the_sender() -> None:
    """However much that is: 64 MB here, of which the kernel takes some and this end next to nothing."""
    porch, size = Porch(), 500_000
    async with served(porch) as server, dialling(limits=Limits(queue_bytes=2**27, close_timeout_s=0.3)) as dialer:
        station, csms = await joined(dialer, porch, server)
        link = csms.link
        assert isinstance(link, Pausing)
        link.pause_reading()
        sender = await station.open()
        for _ in range(128):
            sender.send("x" * size)
        other, other_csms = await joined(dialer, porch, server, "CP-2")
        for turn in range(20):  # of the loop on both sides
            (await other.open()).send("hello")
            await other_csms.messages(turn + 1)
        assert len(csms.seen) <= 1
        assert wire(sender).get_write_buffer_size() > 64 * size
        link.abort()
        sender.abort()
        assert (await csms.gone()).ending is Ending.CUT


async def test_a_peer_that_does_not_read_is_dropped() -> None:
    porch = Porch()
    limits = Limits(queue_bytes=100_000, close_timeout_s=0.3)
    async with served(porch, limits=limits) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port, limit=1000)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        end = porch.ends["CP-1"]
        link = await end.open()
        while end.why is None:
            link.send("x" * 50_000)
            await asyncio.sleep(0)
        assert (end.why.ending, end.why.code) == (Ending.CLOSED, 1006)
        assert "unread" in end.why.reason
        writer.close()


async def test_answering_a_peer_that_is_gone_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """What came before the reset is still read; asyncio would warn of every answer to it."""
    porch = Porch()
    async with served(porch) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        end = porch.ends["CP-1"]
        link = await end.open()
        wire(link).abort()
        for _ in range(20):
            link.send("x")
        assert (await end.gone()).code == 1006
        writer.close()
    assert caplog.text == ""


async def test_a_peer_that_sends_pings_and_reads_no_pongs_is_dropped() -> None:
    porch = Porch()
    async with served(porch, limits=Limits(queue_bytes=100_000, close_timeout_s=0.3)) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port, limit=1000)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        ping = b"\x89\xfd" + bytes(4) + bytes(125)
        end = porch.ends["CP-1"]
        with contextlib.suppress(ConnectionError):
            while end.why is None:
                writer.write(ping * 1000)
                await writer.drain()
        assert (await end.gone()).code == 1006
        writer.close()


async def test_closing_a_link_whose_peer_does_not_read_does_not_take_forever() -> None:
    porch = Porch()
    async with served(porch, limits=Limits(queue_bytes=2**26, close_timeout_s=0.3)) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port, limit=1000)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        end = porch.ends["CP-1"]
        link = await end.open()
        for _ in range(16):  # more than the kernel takes
            link.send("x" * 1_000_000)
        link.close()
        assert (await end.gone()).ending is Ending.CLOSED
        writer.close()


async def test_a_peer_that_answers_no_ping_is_given_up() -> None:
    porch = Porch()
    limits = Limits(ping_interval_s=0.05, pong_timeout_s=0.05, close_timeout_s=0.1)
    async with served(porch, limits=limits) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp1.6"))
        await reader.readuntil(b"\r\n\r\n")
        why = await porch.ends["CP-1"].gone()
        assert (why.code, why.reason) == (1011, "keepalive ping timeout")
        writer.close()


async def test_a_caller_who_never_finishes_the_request_is_hung_up_on() -> None:
    async with served(Porch(), limits=Limits(open_timeout_s=0.1)) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        writer.write(b"GET /ocpp/CP-1 HTTP/1.1\r\n")
        assert await asyncio.wait_for(_rest(reader), timeout=5) == b""
        writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


async def test_a_server_that_never_answers_is_unreachable() -> None:
    async def listen_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _rest(reader)
        writer.close()

    impatient = Limits(open_timeout_s=0.1)
    async with await asyncio.start_server(listen_only, HOST, 0) as silent, dialling(limits=impatient) as dialer:
        station = End()
        dialer.dial(target(silent.sockets[0].getsockname()[1]), station)
        assert await station.gone() == Lost(Ending.UNREACHABLE, 0, "no answer within 0.1 s")


# Turned away ---------------------------------------------------------------------------------------------------


def guarded(knock: Knock) -> Turned | None:
    return None if (knock.user, knock.password) == (knock.identity, "right password") else Turned(401, "who are you?")


async def test_a_wrong_password_is_refused_and_the_right_one_is_not() -> None:
    porch = Porch(decide=guarded)
    async with served(porch) as server, dialling() as dialer:
        for password in (None, "wrong", ""):
            station = End()
            dialer.dial(target(server, password=password), station)
            assert await station.gone() == Lost(Ending.REFUSED, 401, "who are you?")
        station = End()
        dialer.dial(target(server, password="right password"), station)
        await station.open()


async def test_a_refusal_challenges_and_says_when_to_come_back() -> None:
    porch = Porch(decide=lambda knock: Turned(401) if knock.identity == "A" else Turned(503, "full", 30))
    async with served(porch) as server, dialling() as dialer:
        with pytest.raises(InvalidStatus) as refused:
            await raw(server, "/ocpp/A")
        assert refused.value.response.headers["WWW-Authenticate"].startswith("Basic ")
        assert "Server" not in refused.value.response.headers
        station = End()
        dialer.dial(target(server, "B"), station)
        assert await station.gone() == Lost(Ending.REFUSED, 503, "full", 30)


@pytest.mark.parametrize(
    "header", ["Basic !", "Basic", "Bearer abc", basic("CP-1", "x") + "x", "Basic " + "=" * 5000, "Basic \xff"]
)
async def test_a_malformed_authorization_is_nobody(header: str) -> None:
    porch = Porch(decide=guarded)
    async with served(porch) as server:
        with pytest.raises(InvalidStatus):
            await raw(server, additional_headers={"Authorization": header})
        assert (porch.knocks[0].user, porch.knocks[0].password) == (None, None)


async def test_two_authorizations_are_none() -> None:
    porch = Porch(decide=guarded)
    async with served(porch) as server:
        header = ("Authorization", basic("CP-1", "right password"))
        with pytest.raises(InvalidStatus):
            await raw(server, additional_headers=[header, header])
        assert porch.knocks[0].user is None


async def test_no_common_version_completes_the_handshake_and_closes() -> None:
    porch = Porch(decide=lambda knock: Turned(101, "I speak only ocpp2.1"))
    async with served(porch) as server, dialling() as dialer:
        async with raw(server) as station:
            assert station.response is not None
            assert station.response.status_code == 101
            assert "Sec-WebSocket-Protocol" not in station.response.headers
            assert "Server" not in station.response.headers
            with pytest.raises(ConnectionClosed) as closed:
                await station.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1002, "I speak only ocpp2.1")
        end = End()
        dialer.dial(target(server), end)
        assert (await end.gone()).ending is Ending.SUBPROTOCOL
        assert end.story == ["lost"]


async def test_a_server_that_chooses_what_nobody_offered() -> None:
    porch = Porch(decide=lambda knock: Admitted("ocpp9", End()))
    async with served(porch) as server, dialling() as dialer:
        station = End()
        dialer.dial(target(server), station)
        why = await station.gone()
        assert (why.ending, "ocpp9" in why.reason) == (Ending.SUBPROTOCOL, True)
        assert (await porch.ends["CP-1"].gone()).code == 1006


async def test_a_redirect_is_a_refusal_and_takes_no_credentials_elsewhere() -> None:
    porch = Porch()
    async with served(porch) as other:

        def redirect(connection: ServerConnection, _: Any) -> Any:
            response = connection.respond(302, "over there")
            response.headers["Location"] = f"ws://{HOST}:{other.port}/ocpp/CP-1"
            return response

        async with raw_server(lambda _: None, process_request=redirect) as port, dialling() as dialer:
            station = End()
            dialer.dial(target(port, password="secret"), station)
            assert await station.gone() == Lost(Ending.REFUSED, 302, "over there")
    assert porch.knocks == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/ocpp/", 404),
        ("/other/CP-1", 404),
        ("/ocppx/CP-1", 404),
        ("/ocpp/" + "x" * 49, 404),
        ("/ocpp/a%2Fb", 400),
        ("/ocpp/a%00", 400),
        ("/ocpp/a%0Ab", 400),
        ("/ocpp/%ff", 400),
        ("/ocpp/%zz", 400),
        ("/ocpp/%2e%2e", 400),
        ("http://csms/ocpp/CP-1", 400),
    ],
)
async def test_a_path_without_a_usable_identity_does_not_reach_the_gate(path: str, status: int) -> None:
    porch = Porch()
    async with served(porch, path_prefix="/ocpp") as server:
        reply = await answered(server.port, upgrade(path, "Sec-WebSocket-Protocol: ocpp1.6"))
        assert reply.startswith(f"HTTP/1.1 {status} ".encode())
    assert porch.knocks == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: csms\r\n\r\n", b"HTTP/1.1 426 "),
        (upgrade("/ocpp/CP-1").replace(b"Version: 13", b"Version: 12"), b"HTTP/1.1 400 "),
        (upgrade("/ocpp/CP-1", "Sec-WebSocket-Protocol: ocpp 1.6"), b"HTTP/1.1 400 "),
        (upgrade("/" + "x" * 70_000), b""),
        (b"\x16\x03\x01\x02\x00garbage\r\n\r\n", b""),
    ],
)
async def test_what_is_no_upgrade_request_does_not_reach_the_gate(request_: bytes, status: bytes) -> None:
    porch = Porch()
    async with served(porch) as server:
        assert (await answered(server.port, request_)).startswith(status)
    assert porch.knocks == []


async def test_a_gate_that_fails_answers_500(caplog: pytest.LogCaptureFixture) -> None:
    def fail(knock: Knock) -> Turned:
        raise RuntimeError("a bug in the gate")

    caplog.set_level(logging.ERROR, "websockets")  # the command line silences it
    async with served(Porch(decide=fail)) as server, dialling() as dialer:
        station = End()
        dialer.dial(target(server), station)
        why = await station.gone()
        assert (why.ending, why.code) == (Ending.REFUSED, 500)
    assert "a bug in the gate" in caplog.text


class SlowGate:
    """A gate that answers when told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer: asyncio.Future[Admitted | Turned] = asyncio.get_running_loop().create_future()

    async def admit(self, knock: Knock) -> Admitted | Turned:
        self.asked.set()
        return await self.answer


async def test_a_station_that_left_while_the_gate_decided_is_lost_without_having_opened(
    monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    noticed, lose = asyncio.Event(), way.caller.connection_lost

    def connection_lost(caller: Any, exc: Exception | None) -> None:
        lose(caller, exc)
        noticed.set()

    monkeypatch.setattr(way.caller, "connection_lost", connection_lost)
    gate, csms, station = SlowGate(), End(), End()
    server = await _way.serve(gate, HOST, 0, limits=QUICK)
    dialer = _way.dialer(limits=QUICK)
    dialer.dial(target(server), station)
    await gate.asked.wait()
    await dialer.close()
    await noticed.wait()
    gate.answer.set_result(Admitted(OFFERS[0], csms))
    assert (await csms.gone()).code == 1006
    assert csms.story == ["lost"]
    await server.close()


async def test_a_server_that_closes_while_its_gate_decides_lets_nobody_in() -> None:
    gate, csms, station = SlowGate(), End(), End()
    server = await _way.serve(gate, HOST, 0, limits=QUICK)
    async with dialling() as dialer:
        dialer.dial(target(server), station)
        await gate.asked.wait()
        closing = asyncio.ensure_future(server.close())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.answer.set_result(Admitted(OFFERS[0], csms))
        assert (await station.gone()).code == 503
        await csms.gone()
        assert csms.story == ["lost"]
        await closing


# Where nobody listens ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["ws://127.0.0.1:1/ocpp", "ws://nowhere.invalid/ocpp", "http://127.0.0.1/", "ws://", "ws://[::1/", "ws://h:x/"],
)
async def test_what_cannot_be_reached_is_unreachable(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with dialling() as dialer:
        station = End()
        dialer.dial(Target(url, "CP-1", OFFERS), station)
        why = await station.gone()
        assert (why.ending, why.code) == (Ending.UNREACHABLE, 0)
        assert why.reason
        assert caplog.records == []


async def test_an_identity_that_basic_cannot_carry_is_reported() -> None:
    async with served(Porch()) as server, dialling() as dialer:
        station = End()
        dialer.dial(target(server, "CP:1", password="x"), station)
        why = await station.gone()
        assert (why.ending, "CP:1" in why.reason) == (Ending.UNREACHABLE, True)


async def test_something_that_speaks_no_http_is_unreachable() -> None:
    def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(babble, HOST, 0) as other, dialling() as dialer:
        station = End()
        dialer.dial(target(other.sockets[0].getsockname()[1]), station)
        assert (await station.gone()).ending is Ending.UNREACHABLE


async def test_a_taken_port_is_named() -> None:
    async with served(Porch()) as server:
        with pytest.raises(PortTaken, match=f"port {server.port} on {HOST} is already in use") as taken:
            await _way.serve(Porch(), HOST, server.port)
        assert (taken.value.host, taken.value.port, taken.value.errno) == (HOST, server.port, errno.EADDRINUSE)


async def test_several_processes_may_share_a_port() -> None:
    async with served(Porch(), reuse_port=True) as first, served(Porch(), port=first.port, reuse_port=True) as second:
        assert second.port == first.port


# TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


def secure(server: Server | int, ca: Path, host: str = "localhost") -> Target:
    port = server if isinstance(server, int) else server.port
    return Target(f"wss://{host}:{port}/ocpp", "CP-1", OFFERS, "right password", client_tls(ca))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("kind", ["issue", "rsa"])
async def test_basic_over_tls(authority: Authority, host: str, kind: str) -> None:
    porch = Porch(decide=guarded)
    pair = getattr(authority, kind)()
    async with served(porch, tls=server_tls(pair.cert, pair.key)) as server, dialling() as dialer:
        station = End()
        dialer.dial(secure(server, authority.cert, host), station)
        (await station.open()).send("hello")
        csms = porch.ends["CP-1"]
        assert await csms.messages(1) == ["hello"]
        assert porch.knocks[0].secure
        (await csms.open()).abort()
        assert await csms.gone() == Lost(Ending.CUT)
        assert await station.gone() == Lost(Ending.CLOSED, 1006)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("expired", "expired"), ("wrong_name", "Hostname mismatch"), ("wrong_ca", "unable to get local issuer")],
)
async def test_a_wrong_certificate_ends_the_attempt(
    authority: Authority, tmp_path: Path, kind: str, reason: str
) -> None:
    pair = Authority(tmp_path, "Wrong CA").issue() if kind == "wrong_ca" else getattr(authority, kind)()
    porch = Porch()
    async with served(porch, tls=server_tls(pair.cert, pair.key)) as server, dialling() as dialer:
        station = End()
        dialer.dial(secure(server, authority.cert), station)
        why = await station.gone()
        assert why.ending is Ending.TLS
        assert reason in why.reason
    assert porch.knocks == []


async def test_without_a_trusted_root_of_its_own_a_station_trusts_the_system(authority: Authority) -> None:
    pair = authority.issue()
    async with served(Porch(), tls=server_tls(pair.cert, pair.key)) as server, dialling() as dialer:
        station = End()
        dialer.dial(Target(f"wss://localhost:{server.port}/", "CP-1", OFFERS), station)
        assert (await station.gone()).ending is Ending.TLS


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", ["station", "expired station", "none"])
async def test_a_station_shows_its_certificate(
    authority: Authority, tmp_path: Path, kind: str, newest: ssl.TLSVersion
) -> None:
    """Security profile 3. Dates are the gate's matter (A00.FR.429), and none at all too (profile 2)."""
    pair = authority.issue()
    issuer = Authority(tmp_path, "Stations")
    past = (-3 * DAY, -DAY)
    own = issuer.issue("cp", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH,
                       **({"valid": past} if "expired" in kind else {}))  # fmt: skip
    porch = Porch()
    server_side = server_tls(pair.cert, pair.key, client_ca=issuer.cert.read_text())
    server_side.maximum_version = newest
    async with served(porch, tls=server_side) as server, dialling() as dialer:
        station, to = End(), secure(server, authority.cert)
        if kind != "none":
            assert to.tls is not None
            to.tls.load_cert_chain(own.cert, own.key)
        dialer.dial(to, station)
        await station.open()
        shown = porch.knocks[0].certificate
        expected = None if kind == "none" else ssl.PEM_cert_to_DER_cert(own.cert.read_text())
        assert shown == expected


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_of_a_stranger_ends_the_handshake(
    authority: Authority, tmp_path: Path, newest: ssl.TLSVersion
) -> None:
    """A00.FR.407."""
    pair, porch = authority.issue(), Porch()
    issuer, stranger = Authority(tmp_path, "Stations"), Authority(tmp_path, "Strangers")
    own = stranger.issue("cp", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    server_side = server_tls(pair.cert, pair.key, client_ca=issuer.cert.read_text())
    server_side.maximum_version = newest
    async with served(porch, tls=server_side) as server, dialling() as dialer:
        station, to = End(), secure(server, authority.cert)
        assert to.tls is not None
        to.tls.load_cert_chain(own.cert, own.key)
        dialer.dial(to, station)
        assert (await station.gone()).ending in {Ending.TLS, Ending.UNREACHABLE}  # hung up on while it still talks
    assert porch.knocks == []


async def test_tls_1_1_is_refused(authority: Authority) -> None:
    pair = authority.issue()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(authority.cert)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    porch = Porch()
    async with served(porch, tls=server_tls(pair.cert, pair.key)) as server, dialling() as dialer:
        station = End()
        dialer.dial(Target(f"wss://localhost:{server.port}/", "CP-1", OFFERS, tls=old), station)
        assert (await station.gone()).ending is Ending.TLS
    assert porch.knocks == []


async def test_tls_and_plain_do_not_meet(authority: Authority) -> None:
    pair = authority.issue()
    async with (
        served(Porch()) as plain,
        served(Porch(), tls=server_tls(pair.cert, pair.key)) as tls,
        dialling() as dialer,
    ):
        station = End()
        dialer.dial(secure(plain, authority.cert), station)
        assert (await station.gone()).ending is Ending.TLS
        station = End()
        dialer.dial(target(tls), station)
        assert (await station.gone()).ending is Ending.UNREACHABLE


async def test_a_server_that_hangs_up_during_the_tls_handshake(authority: Authority) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    async with await asyncio.start_server(hang_up, HOST, 0) as other, dialling() as dialer:
        station = End()
        dialer.dial(secure(other.sockets[0].getsockname()[1], authority.cert, HOST), station)
        assert (await station.gone()).ending is Ending.TLS


async def test_a_slow_reader_over_tls_is_dropped(authority: Authority) -> None:
    pair = authority.issue()
    porch = Porch(decide=guarded)
    limits = Limits(queue_bytes=100_000, close_timeout_s=0.3)
    stop = asyncio.Event()

    async def sit(connection: ClientConnection) -> None:
        connection.transport.pause_reading()
        await stop.wait()

    async with served(porch, limits=limits, tls=server_tls(pair.cert, pair.key)) as server:
        station = await connect(
            f"wss://localhost:{server.port}/ocpp/CP-1",
            ssl=client_tls(authority.cert),
            subprotocols=["ocpp1.6"],  # type: ignore[list-item]
            proxy=None,
            additional_headers={"Authorization": basic("CP-1", "right password")},
        )
        sitting = asyncio.ensure_future(sit(station))
        end = porch.ends["CP-1"]
        link = await end.open()
        while end.why is None:
            link.send("x" * 50_000)
            await asyncio.sleep(0)
        assert "unread" in end.why.reason
        stop.set()
        await sitting
        station.transport.abort()
        await station.wait_closed()


async def test_pings_go_out_while_the_link_is_open() -> None:
    pings: list[bytes] = []

    class Listening(ServerConnection):
        def process_event(self, event: Any) -> None:
            if getattr(event, "opcode", None) is Opcode.PING:
                pings.append(bytes(event.data))
            super().process_event(event)

    async def sit(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with raw_server(sit, subprotocols=list(OFFERS), create_connection=Listening) as port, dialling() as dialer:
        station = End()
        dialer.dial(target(port), station)
        link = await station.open()
        assert isinstance(link, Pinging)
        link.ping(b"")
        link.ping(b"still there")
        async with asyncio.timeout(5):
            while len(pings) < 2:  # noqa: ASYNC110 - the connection tells nobody
                await asyncio.sleep(0.01)
        assert pings == [b"", b"still there"]
        link.close()
        link.ping(b"too late")
        await station.gone()
    assert len(pings) == 2
