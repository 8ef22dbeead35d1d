"""The station's side: dial a CSMS, and say in the words of ``Lost`` why it did not work."""

from __future__ import annotations

import asyncio
import logging
import ssl
from functools import cache
from typing import cast
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidHeader, InvalidStatus, InvalidURI, NegotiationError
from websockets.http11 import Response
from websockets.typing import Subprotocol

from protocol.link import Ending, Lost, Receiver, Target
from protocol.security import basic, client_tls
from protocol.transports.address import connection_url
from protocol.transports.websocket.link import DIAL_LIMITS, Bounded, Limits, SocketLink, tell

log = logging.getLogger(__name__)

_system_trust = cache(client_tls)  # reading the system's roots for every attempt would cost more than the attempt


class WebSocketDialer:
    """Dials CSMSs over TCP and TLS. ``compression`` offers permessage-deflate (2.1 part 4 §3.4)."""

    remote = True

    def __init__(self, *, limits: Limits = DIAL_LIMITS, compression: bool = False) -> None:
        self._limits = limits
        self._compression = compression
        self._tasks: set[asyncio.Task[None]] = set()

    def dial(self, target: Target, receiver: Receiver) -> None:
        task = asyncio.get_running_loop().create_task(self._run(target, receiver))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop every link and every attempt; their receivers are told."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, target: Target, receiver: Receiver) -> None:
        why = Lost(Ending.CUT)
        try:
            connection = await self._connect(target)
        except Exception as error:  # noqa: BLE001 - every failure to connect becomes a Lost; unknown ones are logged
            why = _failure(error, target, self._limits)
            connection = None
        except asyncio.CancelledError:
            tell(receiver.lost, why)
            raise
        if connection is None:
            tell(receiver.lost, why)
        elif connection.subprotocol is None:
            tell(receiver.lost, Lost(Ending.SUBPROTOCOL, reason="the server agreed to none of the offered versions"))
            await connection.close(1002, "no subprotocol agreed")
        else:
            await SocketLink(connection, self._limits).run(receiver, connection.subprotocol)

    async def _connect(self, target: Target) -> ClientConnection:
        limits, headers = self._limits, {}
        if target.password is not None:
            headers["Authorization"] = basic(target.user or target.identity, target.password)
        connection = await _Call(
            connection_url(target.url, target.identity),
            subprotocols=[Subprotocol(offer) for offer in target.offers] or None,
            additional_headers=headers,
            user_agent_header=None,
            compression="deflate" if self._compression else None,
            ssl=(target.tls or _system_trust()) if _is_secure(target) else None,
            proxy=None,
            open_timeout=limits.open_timeout_s,
            close_timeout=limits.close_timeout_s,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.pong_timeout_s,
            max_size=limits.message_bytes,
            create_connection=_Line,
        )
        cast("_Line", connection).queue_bytes = limits.queue_bytes
        return connection


class _Line(Bounded, ClientConnection):
    """A station's connection."""


class _Call(connect):
    """One attempt. A redirect is an answer like any other: credentials go where the configuration says, only."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def _failure(error: Exception, target: Target, limits: Limits) -> Lost:
    """Say in the words of ``Lost`` why a dial failed."""
    if isinstance(error, InvalidStatus):
        return _refused(error.response)
    if _disagreed(error):
        return Lost(Ending.SUBPROTOCOL, reason=str(error))
    tls = _tls_error(error)
    if tls is not None:
        return Lost(Ending.TLS, reason=getattr(tls, "verify_message", "") or str(tls))
    if isinstance(error, ConnectionResetError) and _is_secure(target):  # asyncio's word for it; TCP alone is refused
        return Lost(Ending.TLS, reason="the server hung up during the TLS handshake")
    if isinstance(error, TimeoutError):
        return Lost(Ending.UNREACHABLE, reason=f"no answer within {limits.open_timeout_s:g} s")
    if not isinstance(error, OSError | InvalidHandshake | InvalidURI | ValueError):
        log.error("a dial failed in an unknown way", exc_info=error)
    return Lost(Ending.UNREACHABLE, reason=str(error) or type(error).__name__)


def _is_secure(target: Target) -> bool:
    return urlsplit(target.url).scheme == "wss"


def _disagreed(error: Exception) -> bool:
    if isinstance(error, InvalidHeader):
        return error.name == "Sec-WebSocket-Protocol"
    return isinstance(error, NegotiationError) and "subprotocol" in str(error)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """Return the TLS failure behind an error; a server may refuse us only after the handshake (TLS 1.3)."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _refused(response: Response) -> Lost:
    reason = (response.body or b"").decode(errors="replace").strip()[:200] or response.reason_phrase
    retry = response.headers.get_all("Retry-After")
    after_s = int(retry[0]) if len(retry) == 1 and retry[0].isascii() and retry[0].isdigit() else None
    return Lost(Ending.REFUSED, response.status_code, reason, after_s)
