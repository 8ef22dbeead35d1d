"""The in-memory pair: order, endings, and a gate that takes its time."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocol.busy import Busy
from protocol.link import Admitted, Ending, Knock, Lost, Target, Turned
from protocol.security import client_tls, server_tls
from protocol.transports.memory import MemoryLink, MemoryNetwork
from tests.certificates import Authority
from tests.protocol.ends import OFFERS, End, Porch


def target(identity: str = "CP-1", **fields: object) -> Target:
    return Target(**{"url": "ws://csms/ocpp", "identity": identity, "offers": OFFERS} | fields)  # type: ignore[arg-type]


@dataclass
class Queue:
    """A deliver function under the test's control."""

    waiting: deque[Callable[[], None]] = field(default_factory=deque)

    def __call__(self, fn: Callable[[], None]) -> None:
        self.waiting.append(fn)

    def run(self, count: int | None = None) -> None:
        """Deliver ``count`` callbacks, or all until none are left."""
        while self.waiting and (count is None or count > 0):
            self.waiting.popleft()()
            count = None if count is None else count - 1


@dataclass
class World:
    """A network, its queue, and a porch that serves it."""

    queue: Queue = field(default_factory=Queue)
    busy: Busy = field(default_factory=Busy)
    porch: Porch = field(default_factory=Porch)
    network: MemoryNetwork = field(init=False)

    def __post_init__(self) -> None:
        self.network = MemoryNetwork(self.queue, self.busy)
        self.network.serve(self.porch)

    async def settle(self) -> None:
        """Run the queue and the gate until neither has anything left to do."""
        while self.queue.waiting or self.busy.count:
            self.queue.run()
            await self.busy.idle(within_s=5)

    async def join(self, identity: str = "CP-1") -> tuple[End, End, MemoryLink, MemoryLink]:
        station = End()
        self.network.dialer().dial(target(identity), station)
        await self.settle()
        csms = self.porch.ends[identity]
        assert isinstance(station.link, MemoryLink)
        assert isinstance(csms.link, MemoryLink)
        return station, csms, station.link, csms.link


async def test_both_ends_open_with_the_agreed_subprotocol() -> None:
    world = World()
    station, csms, _, _ = await world.join()
    assert (station.subprotocol, csms.subprotocol) == (OFFERS[0], OFFERS[0])
    assert not world.network.dialer().remote


async def test_nothing_happens_but_through_the_queue() -> None:
    world = World()
    station = End()
    world.network.dialer().dial(target(), station)
    await asyncio.sleep(0)
    assert (world.porch.knocks, world.busy.count) == ([], 0)
    world.queue.run(1)
    assert world.busy.count == 1
    assert await world.busy.idle(within_s=5)
    assert station.story == []
    assert len(world.queue.waiting) == 1, "the opening must be queued before the work counts as done"
    world.queue.run()
    assert station.story == ["opened"]


async def test_messages_keep_their_order_and_none_is_received_inside_send() -> None:
    world = World()
    station, csms, up, down = await world.join()
    for text in ("a", "b"):
        up.send(text)
        down.send(text.upper())
    assert (station.seen, csms.seen) == ([], [])
    world.queue.run(3)
    assert (station.seen, csms.seen) == (["A"], ["a", "b"])
    world.queue.run()
    assert station.seen == ["A", "B"]


async def test_what_the_gate_sends_on_opening_comes_after_the_opening() -> None:
    world = World(porch=Porch(make=lambda: End(on_open=lambda link: link.send("first"))))
    station, _, _, _ = await world.join()
    assert station.story == ["opened", "received 'first'"]


async def test_a_message_sent_before_close_is_delivered_before_the_loss() -> None:
    world = World()
    station, csms, up, _ = await world.join()
    up.send("last words")
    up.close(1000, "bye")
    up.send("too late")
    await world.settle()
    assert csms.story == ["opened", "received 'last words'", "lost"]
    assert csms.why == station.why == Lost(Ending.CLOSED, 1000, "bye")


async def test_after_close_the_closing_end_receives_nothing() -> None:
    world = World()
    station, _, up, down = await world.join()
    down.send("crossing")
    up.close()
    await world.settle()
    assert station.story == ["opened", "lost"]


async def test_abort_is_a_cut_here_and_1006_there() -> None:
    world = World()
    station, csms, up, down = await world.join()
    down.send("crossing")
    up.abort()
    assert station.story == ["opened"], "not from inside abort()"
    await world.settle()
    assert station.story == ["opened", "lost"]
    assert (station.why, csms.why) == (Lost(Ending.CUT), Lost(Ending.CLOSED, 1006))


async def test_crossing_closes_and_aborts_tell_each_end_once() -> None:
    world = World()
    station, csms, up, down = await world.join()
    up.close(1000)
    down.close(1001)
    up.abort()
    down.abort()
    await world.settle()
    up.close()
    down.send("nothing")
    await world.settle()
    assert station.story == csms.story == ["opened", "lost"]


async def test_a_code_that_no_frame_may_carry_is_our_own_mistake() -> None:
    _, _, up, _ = await World().join()
    with pytest.raises(ValueError, match="1006"):
        up.close(1006)


async def test_nobody_serves() -> None:
    world = World()
    world.network.serve(None)
    station = End()
    world.network.dialer().dial(target(), station)
    assert station.story == []
    await world.settle()
    assert station.why is not None
    assert station.why.ending is Ending.UNREACHABLE


@pytest.mark.parametrize("how", ["serve", "down"])
async def test_the_death_of_the_csms_drops_all_links_and_its_return_lets_stations_back_in(how: str) -> None:
    world = World()
    joined = [await world.join(f"CP-{number}") for number in range(3)]
    joined[0][2].send("up")
    joined[0][3].send("down")
    if how == "serve":
        world.network.serve(None)
    else:
        world.network.down()
    await world.settle()
    for station, csms, _, _ in joined:
        assert (station.why, csms.why) == (Lost(Ending.CLOSED, 1006), Lost(Ending.CUT))
    assert joined[0][1].seen == [], "the dead receive nothing"
    world.network.serve(world.porch)
    station, _, _, _ = await world.join("CP-0")
    assert station.story == ["opened"]


@pytest.mark.parametrize(
    ("answer", "lost"),
    [
        (Turned(401, "who?"), Lost(Ending.REFUSED, 401, "who?")),
        (Turned(503, "later", 30), Lost(Ending.REFUSED, 503, "later", 30)),
        (Turned(101), Lost(Ending.SUBPROTOCOL, 0, "no common subprotocol")),
    ],
)
async def test_turned_away(answer: Turned, lost: Lost) -> None:
    world = World(porch=Porch(decide=lambda knock: answer))
    station = End()
    world.network.dialer().dial(target(), station)
    await world.settle()
    assert (station.story, station.why) == (["lost"], lost)


async def test_a_subprotocol_nobody_offered_fails_at_both_ends() -> None:
    csms = End(on_open=lambda link: link.send("hello"))
    world = World(porch=Porch(decide=lambda knock: Admitted("ocpp9", csms)))
    station = End()
    world.network.dialer().dial(target(), station)
    await world.settle()
    assert station.story == ["lost"]
    assert station.why is not None
    assert station.why.ending is Ending.SUBPROTOCOL
    assert csms.story == ["opened", "lost"]


async def test_a_gate_that_fails_answers_500(caplog: pytest.LogCaptureFixture) -> None:
    def fail(knock: Knock) -> Turned:
        raise RuntimeError("a bug in the gate")

    world = World(porch=Porch(decide=fail))
    station = End()
    world.network.dialer().dial(target(), station)
    await world.settle()
    assert station.why is not None
    assert (station.why.ending, station.why.code) == (Ending.REFUSED, 500)
    assert "a bug in the gate" in caplog.text


async def test_the_gate_sees_what_it_would_see_over_a_socket() -> None:
    world = World()
    world.network.dialer().dial(target("CP 1", password="secret", url="wss://csms/ocpp"), End())
    world.network.dialer().dial(target("CP-2"), End())
    await world.settle()
    first, second = world.porch.knocks
    assert first == Knock("CP 1", OFFERS, "CP 1", "secret", secure=True, peer="memory")
    assert (second.user, second.password, second.secure) == (None, None, False)


@pytest.mark.parametrize(("identity", "code"), [("", 404), ("x" * 49, 404), ("a/b", 400), ("a\0", 400)])
async def test_an_identity_that_no_socket_would_carry_does_not_reach_the_gate(identity: str, code: int) -> None:
    world = World()
    station = End()
    world.network.dialer().dial(target(identity), station)
    await world.settle()
    assert station.why is not None
    assert (station.why.ending, station.why.code) == (Ending.REFUSED, code)
    assert world.porch.knocks == []


class SlowGate:
    """A gate that answers when told to."""

    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[Admitted | Turned]] = {}

    async def admit(self, knock: Knock) -> Admitted | Turned:
        self.asked[knock.identity] = asyncio.get_running_loop().create_future()
        return await self.asked[knock.identity]


async def test_stations_come_in_in_the_order_of_dialling_whatever_the_gate_does() -> None:
    world = World()
    gate = SlowGate()
    world.network.serve(gate)
    order: list[str] = []
    for name in ("one", "two", "three"):
        station = End(on_open=lambda _, name=name: order.append(name))  # type: ignore[misc]
        world.network.dialer().dial(target(name), station)
    world.queue.run()
    await asyncio.sleep(0)
    for name in ("three", "two", "one"):
        assert world.busy.count > 0
        gate.asked[name].set_result(Admitted(OFFERS[0], End()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await world.settle()
    assert order == ["one", "two", "three"]


async def test_a_csms_that_dies_while_deciding_leaves_nobody_half_in() -> None:
    world = World()
    gate, csms, station = SlowGate(), End(), End()
    world.network.serve(gate)
    world.network.dialer().dial(target(), station)
    world.queue.run()
    await asyncio.sleep(0)
    world.network.down()
    gate.asked["CP-1"].set_result(Admitted(OFFERS[0], csms))
    await world.settle()
    assert station.story == csms.story == ["lost"]
    assert station.why is not None
    assert station.why.ending is Ending.UNREACHABLE


async def test_ended_links_are_forgotten() -> None:
    world = World()
    _, _, up, _ = await world.join()
    up.close()
    await world.settle()
    assert not world.network._served
    assert not world.network._tasks


# TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


async def dialled(world: World, url: str = "wss://localhost/", tls: ssl.SSLContext | None = None) -> End:
    station = End()
    world.network.dialer().dial(target(url=url, tls=tls), station)
    await world.settle()
    return station


async def test_a_served_context_shakes_hands_for_real(authority: Authority) -> None:
    world = World()
    pair = authority.issue()
    own = authority.issue("cp", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    world.network.serve(world.porch, tls=server_tls(pair.cert, pair.key, client_ca=authority.cert.read_text()))
    tls = client_tls(authority.cert)
    await (await dialled(world, tls=tls)).open()
    tls.load_cert_chain(own.cert, own.key)
    await (await dialled(world, tls=tls)).open()
    assert [knock.certificate for knock in world.porch.knocks] == [None, ssl.PEM_cert_to_DER_cert(own.cert.read_text())]
    assert all(knock.secure for knock in world.porch.knocks)


async def test_a_server_that_is_not_trusted_ends_the_attempt(authority: Authority) -> None:
    world = World()
    pair = authority.wrong_name()
    world.network.serve(world.porch, tls=server_tls(pair.cert, pair.key))
    why = await (await dialled(world, tls=client_tls(authority.cert))).gone()
    assert why.ending is Ending.TLS
    assert "Hostname mismatch" in why.reason
    assert world.porch.knocks == []


async def test_a_station_that_is_not_trusted_hears_the_alert(authority: Authority, tmp_path: Path) -> None:
    world = World()
    pair = authority.issue()
    own = Authority(tmp_path, "Strangers").issue("cp", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    world.network.serve(world.porch, tls=server_tls(pair.cert, pair.key, client_ca=authority.cert.read_text()))
    tls = client_tls(authority.cert)
    tls.load_cert_chain(own.cert, own.key)
    why = await (await dialled(world, tls=tls)).gone()
    assert why.ending is Ending.TLS
    assert "unknown ca" in why.reason
    assert world.porch.knocks == []


async def test_without_a_context_at_both_ends_or_tls_nobody_shakes_hands(authority: Authority) -> None:
    world = World()
    pair = authority.wrong_name()
    served = server_tls(pair.cert, pair.key)
    await (await dialled(world, tls=client_tls(authority.cert))).open()
    world.network.serve(world.porch, tls=served)
    await (await dialled(world)).open()
    await (await dialled(world, "ws://localhost/", client_tls(authority.cert))).open()
    assert [knock.secure for knock in world.porch.knocks] == [True, True, False]


async def test_a_url_without_a_host_cannot_be_shaken_hands_with(authority: Authority) -> None:
    world = World()
    pair = authority.issue()
    world.network.serve(world.porch, tls=server_tls(pair.cert, pair.key))
    why = await (await dialled(world, "wss:///", client_tls(authority.cert))).gone()
    assert why.ending is Ending.UNREACHABLE
