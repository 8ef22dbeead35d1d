"""Callers who never come to an end: they are cut off in time, and those who have work to do do not notice (SEC-18)."""

import asyncio
import contextlib
import ssl
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect

from protocol.transports import lean, websocket
from protocol.transports.limits import SERVE_LIMITS
from tests.certificates import Authority

EACH = 20
"""Callers who stop at the same place."""

WITHIN_S = 2.0
"""How long somebody may take for the upgrade here; it is 10 s otherwise. An honest station on a busy machine must make
it, TLS included."""

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
PLACES = {
    "before a word": b"",
    "in the request line": b"GET /CP",
    "in a header": b"GET /CP-9 HTTP/1.1\r\nHost: csms\r\nAuthoriz",
    "before the last line": b"GET /CP-9 HTTP/1.1\r\nHost: csms\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
}


@pytest.fixture(params=["lean", "websockets"])
def transport(request, monkeypatch):
    """A transport on which callers have little time."""
    hurried = replace(SERVE_LIMITS, open_timeout_s=WITHIN_S)
    for made in (lean.serve, websocket.serve):
        monkeypatch.setitem(made.__kwdefaults__, "limits", hurried)
    return request.param


class Slow:
    """Somebody who says that much, and then an octet now and then, until they are cut off."""

    def __init__(self, port, said, tls=None):
        self._port, self._said, self._tls = port, said, tls

    async def live(self):
        """Until the end, which may come at any point."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls)
            writer.write(self._said)
            telling = asyncio.ensure_future(self._dribble(writer))
            try:
                while await reader.read(4096):
                    pass
            finally:
                telling.cancel()
                writer.transport.abort()

    async def _dribble(self, writer):
        while True:
            await asyncio.sleep(WITHIN_S / 5)
            writer.write(b"a")


async def heartbeats(station, count):
    """The longest that a station which does its work waits for an answer, in seconds."""
    loop, longest = asyncio.get_running_loop(), 0.0
    for number in range(count):
        began_s = loop.time()
        await station.send(f'[2,"{number}","Heartbeat",{{}}]')
        assert f'[3,"{number}",' in await station.recv()
        longest = max(longest, loop.time() - began_s)
    return longest


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
async def test_slow_callers_are_cut_off_and_nobody_else_notices(serving, transport, secure, tmp_path):
    tls, settings = None, {}
    if secure:
        pair = Authority(tmp_path).issue()
        settings = {"tls_cert": str(pair.cert), "tls_key": str(pair.key)}
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    async with serving(transport=transport, **settings) as running:
        await running.csms.register("CP-1")
        port = running.ocpp_port
        where = f"{'wss' if secure else 'ws'}://127.0.0.1:{port}/CP-1"
        async with connect(where, ssl=tls, subprotocols=["ocpp2.0.1"]) as station, asyncio.timeout(60):
            slow = [Slow(port, said, tls) for said in PLACES.values() for _ in range(EACH)]
            slow += [Slow(port, HELLO) for _ in range(EACH)] if secure else []
            living = [asyncio.ensure_future(each.live()) for each in slow]
            while not all(each.done() for each in living):
                assert await heartbeats(station, 1) < 5
            await asyncio.gather(*living)
            assert running.csms.connections.keys() == {"CP-1"}
