"""Where stations come in: the transport, its certificate, and how many find room."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Protocol

from csms_reference.csms import Csms
from csms_reference.settings import ClockKind, Settings, Transport
from protocol.link import Admitted, Gate, Knock, Turned
from protocol.transports import lean, websocket

log = logging.getLogger(__name__)

RETRY_AFTER_S = 30
"""When a station may knock again that found no room."""

FAREWELL_S = 7.0
"""How long stations may take over the closing handshake before they are cut off."""

HELD_S = 2.0
"""So long who comes too often waits for the answer that says so: it would only come again."""

HELD_MOST = 1000
"""Beyond so many nobody waits."""

LAST_WRITES_S = 30.0
"""How long the database may take over what is in hand at the end."""


class Endpoint(Protocol):
    """A port at which stations connect."""

    port: int

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop to listen and close every link."""


class Door:
    """Lets in as many stations as there is room for; a station that is in may always come again."""

    def __init__(self, csms: Csms, most: int) -> None:
        self._csms = csms
        self._most = most
        self._deciding = 0
        self._full = False
        self._held = 0
        self.refused = 0

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Turn away who finds no room, and let the CSMS decide on the others."""
        inside = self._csms.connections
        if len(inside) + self._deciding >= self._most and knock.identity not in inside:
            if not self._full:
                log.warning("full: %d stations are connected, others are turned away", len(inside))
            self._full = True
            self.refused += 1
            return Turned(503, "no room for more stations", RETRY_AFTER_S)
        self._full = False
        self._deciding += 1
        try:
            answer = await self._csms.admit(knock)
        finally:
            self._deciding -= 1
        if isinstance(answer, Turned) and answer.status == 429:
            await self._hold()
        return answer

    async def _hold(self) -> None:
        if self._held < HELD_MOST and self._csms.settings.clock is ClockKind.REAL:
            self._held += 1
            try:
                await asyncio.sleep(HELD_S)
            finally:
                self._held -= 1


def transport_of(settings: Settings) -> Transport:
    """What carries the WebSockets: of a single process the one that knows every corner of the RFC."""
    if settings.transport is not Transport.AUTO:
        return settings.transport
    return Transport.LEAN if settings.workers > 1 else Transport.WEBSOCKETS


async def open_endpoint(
    gate: Gate, settings: Settings, *, tls: ssl.SSLContext | None = None, reuse_port: bool = False
) -> Endpoint:
    """Listen where the settings say. Raises PortTaken, OSError."""
    if transport_of(settings) is Transport.LEAN:
        return await lean.serve(gate, settings.host, settings.port, tls=tls, compression=True, reuse_port=reuse_port)
    return await websocket.serve(gate, settings.host, settings.port, tls=tls, compression=True, reuse_port=reuse_port)


async def close_endpoint(endpoint: Endpoint, csms: Csms) -> None:
    """Close every link with 1001, cut off who lingers, and write what is in hand: all in bounded time."""
    csms.strain.end()
    try:
        async with asyncio.timeout(FAREWELL_S):
            await endpoint.close(1001, "the CSMS is going down")
    except TimeoutError:
        left = [connection.link for connection in csms.connections.values() if connection.link is not None]
        if left:
            log.warning("%d stations lingered over their goodbye and are cut off", len(left))
        for link in left:
            link.abort()
    try:
        async with asyncio.timeout(LAST_WRITES_S):
            await csms.close()
    except TimeoutError:
        log.error("the database took more than %g s at the end; what waits was not acknowledged", LAST_WRITES_S)  # noqa: TRY400 -- a time-out has no story
