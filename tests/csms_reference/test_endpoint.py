"""The door lets in as many as fit; an endpoint closes in bounded time, whoever lingers."""

import asyncio
import socket

import pytest
import websockets

from csms_reference.endpoint import RETRY_AFTER_S, Door, close_endpoint, open_endpoint, transport_of
from csms_reference.settings import ClockKind, Settings, Transport
from protocol.link import Admitted, Knock, Turned


async def test_who_finds_no_room_is_told_when_to_come_again(bench, caplog):
    it = bench()
    door = Door(it.csms, 2)
    it.network.serve(door)
    first, _ = await it.station("CP-1"), await it.station("CP-2")
    for _ in range(3):
        turned = await it.dial("CP-3")
        assert (turned.ended.code, turned.ended.retry_after_s) == (503, RETRY_AFTER_S)
    assert (door.refused, len([line for line in caplog.messages if line.startswith("full")])) == (3, 1)
    again = await it.dial("CP-1")
    assert again.ended is None
    await first.until(lambda: first.ended)
    again.link.close()
    await it.quiet()
    assert (await it.station("CP-3")).ended is None


async def test_who_is_being_decided_on_takes_room_already():
    class Undecided:
        def __init__(self):
            self.connections = {}

        async def admit(self, _knock):
            return await answer

    answer = asyncio.get_running_loop().create_future()
    door = Door(Undecided(), 1)
    first = asyncio.ensure_future(door.admit(Knock("CP-1", ())))
    await asyncio.sleep(0)
    assert isinstance(await door.admit(Knock("CP-2", ())), Turned)
    answer.set_result(Admitted("ocpp1.6", None))
    assert isinstance(await first, Admitted)
    assert isinstance(await door.admit(Knock("CP-2", ())), Admitted)


class Turning:
    """A CSMS that turns everybody away."""

    def __init__(self, status, clock=ClockKind.REAL):
        self.connections = {}
        self.settings = Settings(clock=clock)
        self.answer = Turned(status, "no", 7)

    async def admit(self, _knock):
        return self.answer


@pytest.fixture
async def knocking(monkeypatch):
    """Have so many knock at a door, and return who still waits for an answer and the answers of the others."""
    monkeypatch.setattr("csms_reference.endpoint.HELD_S", 3600)
    waiting = []

    async def knock(door, count):
        come = [asyncio.ensure_future(door.admit(Knock(f"CP-{number}", ()))) for number in range(count)]
        for _ in range(5):
            await asyncio.sleep(0)
        kept = [each for each in come if not each.done()]
        waiting.extend(kept)
        return kept, [each.result() for each in come if each.done()]

    yield knock
    for each in waiting:
        each.cancel()


async def test_who_comes_too_often_hears_of_it_later(knocking, monkeypatch):
    csms = Turning(429)
    door = Door(csms, 1)
    held, answers = await knocking(door, 3)  # and takes no room meanwhile
    assert (len(held), answers, door.refused) == (3, [], 0)
    monkeypatch.setattr("csms_reference.endpoint.HELD_S", 0)
    assert await door.admit(Knock("CP-1", ())) is csms.answer


async def test_so_many_are_held_back_at_a_time(knocking, monkeypatch):
    monkeypatch.setattr("csms_reference.endpoint.HELD_MOST", 2)
    csms = Turning(429)
    door = Door(csms, 9)
    held, answers = await knocking(door, 5)
    assert (len(held), answers) == (2, [csms.answer] * 3)
    held[0].cancel()  # it hung up
    held, answers = await knocking(door, 2)
    assert (len(held), answers) == (1, [csms.answer])


@pytest.mark.parametrize(
    "csms",
    [Turning(401), Turning(404), Turning(503), Turning(429, ClockKind.SIMULATED)],
    ids=[401, 404, 503, "simulated"],
)
async def test_nobody_else_is_held_back_and_nobody_while_time_is_simulated(knocking, csms):
    assert await knocking(Door(csms, 9), 2) == ([], [csms.answer] * 2)


@pytest.mark.parametrize(
    ("workers", "asked", "given"),
    [(1, "auto", "websockets"), (2, "auto", "lean"), (1, "lean", "lean"), (2, "websockets", "websockets")],
)
def test_the_transport_follows_from_the_number_of_processes_unless_it_is_named(workers, asked, given):
    assert transport_of(Settings(workers=workers, transport=Transport(asked))) == given


@pytest.mark.parametrize("transport", ["websockets", "lean"])
async def test_who_lingers_is_cut_off(bench, monkeypatch, transport, caplog):
    monkeypatch.setattr("csms_reference.endpoint.FAREWELL_S", 0.1)
    it = bench(port=0, transport=transport)
    endpoint = await open_endpoint(it.csms, it.settings)
    polite = await websockets.connect(f"ws://127.0.0.1:{endpoint.port}/CP-1", subprotocols=["ocpp2.0.1"], proxy=None)
    mute = await asyncio.to_thread(upgraded, endpoint.port)
    with mute:
        await close_endpoint(endpoint, it.csms)
        await asyncio.to_thread(drained, mute)
    with pytest.raises(websockets.ConnectionClosed):
        await polite.recv()
    assert polite.close_code == 1001
    assert it.csms.connections == {}
    assert "1 stations lingered" in caplog.text


class Closed:
    """An endpoint that closes at once."""

    port = 0

    async def close(self, _code, _reason):
        pass


async def test_nobody_looks_how_late_the_loop_is_once_the_endpoint_is_closed(bench, monkeypatch):
    monkeypatch.setattr("csms_reference.strain.EVERY_S", 0.001)
    it = bench()
    it.csms.strain.begin()
    await close_endpoint(Closed(), it.csms)
    monkeypatch.setattr(it.csms.strain, "late", lambda _: pytest.fail("looked"))
    await asyncio.sleep(0.01)


async def test_an_endpoint_that_never_closes_does_not_keep_anybody(bench, monkeypatch):
    monkeypatch.setattr("csms_reference.endpoint.FAREWELL_S", 0.01)
    it = bench()
    station = await it.station()

    class Endless:
        port = 0

        async def close(self, _code, _reason):
            await asyncio.Event().wait()

    aborted = []

    def abort(link):
        aborted.append(link)

    link = it.csms.connections["CP-1"].link
    monkeypatch.setattr(type(link), "abort", abort)
    await close_endpoint(Endless(), it.csms)
    assert aborted == [link]
    await station.until(lambda: station.ended)


def upgraded(port):
    """A socket that is a WebSocket now, behind which nobody will ever answer."""
    mute = socket.create_connection(("127.0.0.1", port), timeout=10)
    mute.sendall(
        b"GET /CP-2 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n"
    )
    assert mute.recv(12) == b"HTTP/1.1 101"
    return mute


def drained(mute):
    """Read to the end, which comes when the other side has cut the connection."""
    try:
        while mute.recv(4096):
            pass
    except ConnectionResetError:
        pass
