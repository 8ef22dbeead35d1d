"""The door lets in as many as fit; an endpoint closes in bounded time, whoever lingers."""

import asyncio
import socket

import pytest
import websockets

from csms_reference.endpoint import RETRY_AFTER_S, Door, close_endpoint, open_endpoint, transport_of
from csms_reference.settings import Settings, Transport
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
