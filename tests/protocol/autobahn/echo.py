"""Our two ends as the Autobahn suite wants them: they send back what they receive.

``echo.py lean|websockets URL LOOP``: serve at that port until killed; ``echo.py client URL LOOP``: run every case of a
fuzzing server.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import broadcast

from protocol.link import Admitted, Knock, Lost, Target
from protocol.transports import lean, loop, websocket
from protocol.transports.lean.dialer import _Attempt
from protocol.transports.websocket.link import SocketLink

AGENT = "lean"
OFFER = "ocpp2.0.1"
LIMITS = lean.Limits(open_timeout_s=30, close_timeout_s=1, message_bytes=2**25, queue_bytes=2**27)
COMPRESSION = True
SERVERS: dict[str, Any] = {"lean": lean.serve, "websockets": websocket.serve}


class Echo:
    """Sends back every message; binary ones behind the link's back, because OCPP-J knows none."""

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.gone: asyncio.Future[Lost] = asyncio.get_running_loop().create_future()

    def opened(self, link: Any, subprotocol: str) -> None:
        self.link = link

    def received(self, data: str | bytes) -> None:
        if isinstance(data, str):
            self.link.send(data)
        elif isinstance(self.link, SocketLink):
            broadcast([self.link._connection], data)
        else:
            self.link._transport.write(self.link.framed(0x82, data))

    def lost(self, why: Lost) -> None:
        self.gone.set_result(why)


class Ear(Echo):
    """Only listens."""

    def received(self, data: str | bytes) -> None:
        self.heard.append(data)


class Mirror:
    """A gate behind which everybody is echoed."""

    async def admit(self, knock: Knock) -> Admitted:
        return Admitted(OFFER, Echo())


async def serve(transport: str, url: str) -> None:
    port = urlsplit(url).port or 0
    await SERVERS[transport](Mirror(), "127.0.0.1", port, limits=LIMITS, compression=COMPRESSION)
    print("listening", flush=True)
    await asyncio.Event().wait()


async def _visit(dialer: lean.LeanDialer, url: str, path: str, receiver: Echo) -> list[str | bytes]:
    place, _, query = path.partition("?")  # the dialer makes the identity the last segment of the path
    dialer.dial(Target(f"{url}/?{query}", place, (OFFER,)), receiver)
    await receiver.gone
    return receiver.heard


async def run_cases(url: str) -> None:
    dialer = lean.LeanDialer(limits=LIMITS, compression=COMPRESSION)
    counted: list[str | bytes] = []
    while not counted:  # the suite does not say when it listens
        counted = await _visit(dialer, url, "getCaseCount", Ear())
        await asyncio.sleep(0.1)
    for number in range(1, int(counted[0]) + 1):
        await _visit(dialer, url, f"runCase?case={number}&agent={AGENT}", Echo())
    await _visit(dialer, url, f"updateReports?agent={AGENT}", Ear())


def _need_no_subprotocol() -> None:
    """The fuzzing server never agrees to a subprotocol, which our station takes for a refusal."""
    hand_over = _Attempt._hand_over

    def unconditionally(attempt: _Attempt, subprotocol: str | None, deflate: Any) -> None:
        hand_over(attempt, subprotocol or OFFER, deflate)

    _Attempt._hand_over = unconditionally  # type: ignore[method-assign]


def main(role: str, url: str, name: str | None = None) -> None:
    if role in SERVERS:
        loop.run(serve(role, url), name=name)
    else:
        _need_no_subprotocol()
        loop.run(run_cases(url), name=name)


if __name__ == "__main__":
    main(*sys.argv[1:])
