"""The same network over real sockets: delays in the clock's time, and TLS handshakes that really fail."""

from __future__ import annotations

import contextlib
import math
import random
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocol.link import Dialer
from protocol.security import client_tls, server_tls
from protocol.transports import lean, websocket
from protocol.transports.limits import SERVE_LIMITS, Limits
from simulator import facts
from simulator.clock import Clock, Scaled
from tests.certificates import DAY, Authority
from tests.simulator.csms import START, Csms, World
from tests.simulator.test_network import EVENTS

HOST = "127.0.0.1"
TRANSPORTS = {"lean": (lean.serve, lean.LeanDialer), "websockets": (websocket.serve, websocket.WebSocketDialer)}


class Sockets:
    """Stands in for the network in memory: its dialer goes over TCP."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    def serve(self, gate: object) -> None:
        pass

    def dialer(self) -> Dialer:
        return self._dialer


class Wired(World):
    """A World whose station and CSMS are joined by a socket."""

    def __init__(self, dialer: Dialer, clock: Clock | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.clock = clock or Clock(START, patience_s=2.0)
        self.network = Sockets(dialer)  # type: ignore[assignment]
        self.csms = Csms(self.clock, self.network)
        self.station = self.build()


@contextlib.asynccontextmanager
async def wired(
    transport: str = "lean",
    tls: ssl.SSLContext | None = None,
    tls_of_station: ssl.SSLContext | None = None,
    clock: Clock | None = None,
    limits: Limits = SERVE_LIMITS,
) -> AsyncIterator[Wired]:
    """A world over sockets."""
    serve, dialer_of = TRANSPORTS[transport]
    dialer: Any = dialer_of()
    world = Wired(dialer, clock, tls=tls_of_station)
    server = await serve(world.csms, HOST, 0, tls=tls, limits=limits)
    world.station.url = f"{'wss' if tls else 'ws'}://localhost:{server.port}/ocpp"
    try:
        yield world
    finally:
        world.station.power_off()
        await dialer.close()
        await server.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def endings(world: World) -> set[tuple[str, str]]:
    return {(fact.ending, fact.reason) for fact in world.told(facts.Disconnected)}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_latency_is_the_clocks(transport: str) -> None:
    async with wired(transport) as world:
        world.station.network.change(latency_s=0.4)
        await world.boot()
        asked_s = world.clock.now
        world.station.life.heartbeat()
        await world.run(asked_s + 5)
        assert world.csms.times("Heartbeat") == [round(asked_s + 0.4, 3)]
        assert world.frames[-1].t == pytest.approx(asked_s + 0.8)
        assert world.clock.out_of_patience == 0


async def test_latency_in_scaled_time_takes_its_share_of_the_walls() -> None:
    async with wired(clock=Clock(START, Scaled(20))) as world:
        await world.boot()
        world.station.network.change(latency_s=2.0)
        asked_s, wall_s = world.clock.now, time.monotonic()
        world.station.life.heartbeat()
        while not world.frames[-1].t > asked_s:
            await world.run(world.clock.now + 0.5)
        assert world.frames[-1].t >= asked_s + 4.0
        assert time.monotonic() - wall_s >= 4.0 / 20 * 0.95


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_silent_socket_is_given_up_and_another_one_made(transport: str) -> None:
    async with wired(transport) as world:
        await world.boot()
        await world.set(OCPPCommCtrlr__WebSocketPingInterval=30)
        first = world.csms.link
        world.station.network.change(for_s=200, silent=True)
        begin_s = world.clock.now
        world.csms.say('[3,"nobody",{}]')
        await world.run(begin_s + 190)
        assert ("closed", "no pong") in endings(world)
        assert world.csms.link is first  # half-open: nobody has told the CSMS
        assert world.told(facts.FrameIgnored) == []
        await world.run(begin_s + 900)
        assert world.station.online
        assert world.csms.link is not first


async def test_what_waits_in_silence_arrives_after_it() -> None:
    async with wired() as world:
        await world.boot()
        world.station.network.change(for_s=10, silent=True)
        world.station.life.heartbeat()
        begin_s = world.clock.now
        await world.run(begin_s + 9)
        assert world.csms.of("Heartbeat") == []
        await world.run(begin_s + 20)
        assert len(world.csms.of("Heartbeat")) == 1
        assert endings(world) == set()
        assert world.clock.out_of_patience == 0


async def test_a_csms_that_pings_notices_the_silence() -> None:
    """While nothing passes no ping is answered, though the socket could."""
    limits = Limits(ping_interval_s=0.1, pong_timeout_s=0.2, close_timeout_s=0.2)
    async with wired(clock=Clock(START, Scaled(40)), limits=limits) as world:
        await world.boot()
        await world.run(world.clock.now + 20)
        assert world.csms.link is not None
        world.station.network.change(silent=True)
        await world.run(world.clock.now + 40)
        assert world.csms.link is None
        assert world.station.line.open
        world.station.network.change(silent=False)
        await world.run(world.clock.now + 5)
        assert endings(world) != set()


async def test_a_half_open_socket_is_reset() -> None:
    async with wired() as world:
        await world.boot()
        world.station.network.half_open()
        await world.run(world.clock.now + 5)
        assert world.station.online
        world.station.life.heartbeat()
        await world.run(world.clock.now + 1)
        assert endings(world) == {("closed", "connection reset by peer")}


# -- TLS


@contextlib.contextmanager
def frank(context: ssl.SSLContext) -> Iterator[int]:
    """A server that says by an alert why it ends a handshake, as asyncio's do not. Yields its port."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = listening.accept()
                with contextlib.suppress(OSError), caller, context.wrap_socket(caller, server_side=True):
                    pass

    with socket.create_server((HOST, 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


async def security_events(world: World) -> list[str]:
    return [ask["type"] for ask in world.csms.of("SecurityEventNotification") if ask["type"] != "StartupOfTheDevice"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("expired", "expired"), ("wrong_name", "Hostname mismatch"), ("wrong_ca", "unable to get local issuer")],
)
async def test_a_csms_with_a_bad_certificate_is_refused_and_told_of_it_later(
    authority: Authority, tmp_path: Path, kind: str, reason: str
) -> None:
    """A00.FR.308, A00.FR.309, A00.FR.310, A00.FR.311."""
    bad = Authority(tmp_path, "Wrong CA").issue("bad") if kind == "wrong_ca" else getattr(authority, kind)()
    context = server_tls(bad.cert, bad.key)
    async with wired(tls=context, tls_of_station=client_tls(authority.cert)) as world:
        world.station.power_on()
        await world.run(200)
        assert world.csms.knocks == []
        assert all(ending == "tls" and reason in why for ending, why in endings(world))
        assert len(world.told(facts.WaitedToReconnect)) > 1
        good = authority.issue("good")
        context.load_cert_chain(good.cert, good.key)
        await world.run(900)
        assert world.station.online
        assert await security_events(world) == ["InvalidCsmsCertificate"]


async def test_an_untrusted_certificate_by_fault_fails_in_a_real_handshake(authority: Authority) -> None:
    pair, greeted = authority.issue(), []
    context = server_tls(pair.cert, pair.key)
    context.sni_callback = lambda _socket, name, _context: greeted.append(name)
    async with wired(tls=context, tls_of_station=client_tls(authority.cert)) as world:
        await world.boot()
        greeted.clear()
        world.station.network.change(for_s=300, certificate="untrusted")
        world.station.network.cut()
        await world.run(world.clock.now + 290)
        ((ending, why),) = endings(world) - {("cut", "")}
        assert ending == "tls"
        assert "unable to get local issuer" in why
        assert len(greeted) > 1
        await world.run(world.clock.now + 600)
        assert world.station.online
        assert await security_events(world) == ["InvalidCsmsCertificate"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("what", ["InvalidTLSVersion", "InvalidTLSCipherSuite"])
async def test_a_csms_with_outdated_tls_is_told_of_it(authority: Authority, what: str) -> None:
    """A00.FR.316, A00.FR.323."""
    pair = authority.issue()
    context = server_tls(pair.cert, pair.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    if what == "InvalidTLSVersion":
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with wired(tls_of_station=client_tls(authority.cert)) as world:
        with frank(context) as port:
            world.station.url = f"wss://localhost:{port}/ocpp"
            world.station.power_on()
            await world.run(100)
        assert {ending for ending, _ in endings(world)} == {"tls"}, endings(world)
        assert [fact.type for fact in world.told(facts.SecurityEventRaised)][1:] == [what], endings(world)


async def test_an_expired_client_certificate_is_the_csmss_to_refuse(authority: Authority) -> None:
    """Profile 3 (A00.FR.401 and following): it is no InvalidCsmsCertificate."""
    server, client = authority.issue(), authority.issue("client", valid=(-3 * DAY, -DAY), usage=CLIENT_AUTH)
    asking = server_tls(server.cert, server.key)
    asking.verify_mode = ssl.CERT_REQUIRED
    asking.load_verify_locations(authority.cert)
    showing = client_tls(authority.cert)
    showing.load_cert_chain(client.cert, client.key)
    async with wired(tls=asking, tls_of_station=showing) as world:
        url = world.station.url
        with frank(asking) as port:
            world.station.url = f"wss://localhost:{port}/ocpp"
            world.station.power_on()
            await world.run(100)
        ((ending, why),) = endings(world)
        assert ending == "tls"
        assert "alert certificate expired" in why
        world.station.url = url
        await world.run(300)
        assert world.csms.knocks == []
        fresh = authority.issue("fresh", usage=CLIENT_AUTH)
        showing.load_cert_chain(fresh.cert, fresh.key)
        await world.run(3000)
        assert world.station.online
        assert await security_events(world) == []


CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_over_sockets_time_waits_for_nothing_that_never_comes(seed: int, transport: str) -> None:
    luck = random.Random(seed)
    names = [name for name in sorted(EVENTS) if not name.startswith("csms")]
    async with wired(transport) as world:
        await world.boot()
        await world.set(OCPPCommCtrlr__WebSocketPingInterval=luck.choice([0, 30]))
        for _ in range(luck.randint(4, 12)):
            EVENTS[luck.choice(names)](world)
            await world.run(world.clock.now + luck.uniform(0, 120))
        world.station.network.change(latency_s=0.0, jitter_s=0.0, loss=0.0, silent=False, bandwidth_bytes_s=math.inf)
        world.station.power_on()
        await world.run(world.clock.now + 4 * 3600)
        assert world.station.online
        assert world.clock.busy.count == 0
        assert world.clock.out_of_patience == 0
