"""A station that comes again has one live connection, the newer one. Was the older dead, or is somebody else there?"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from csms_reference.events import news
from csms_reference.services import security
from csms_reference.store import StoreError
from protocol.link import Link, Pausing, Pinging

if TYPE_CHECKING:
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)

DUPLICATE = "DuplicateConnection"
"""The type of the security event."""

ANSWERS_WITHIN_S = 2.0
"""The older of two connections counts as alive when its peer answers a ping within this time."""

PING = b"still there?"


def see_off(csms: Csms, link: Link, station: str, peer: str, where: str) -> None:
    """Close the older of two connections, which is not served any more.

    Its peer is pinged before. When it answers, two ends had the station's identity and its password at once, which is
    a security event; a station that lost its network, or was switched off, does not answer on the link it had before.
    A link that cannot ping is closed at once, and nothing is said of its peer. ``where`` says where the station is now.
    """
    if isinstance(link, Pausing):
        link.resume_reading()  # or no pong would be read
    if isinstance(link, Pinging):
        _Ending(csms, link, station, peer, where).begin(link)
    else:
        _close(link)


def _close(link: Link) -> None:
    link.close(1008, "replaced by a newer connection")


class _Ending:
    """The last moments of a connection."""

    __slots__ = ("_csms", "_link", "_peer", "_station", "_timer", "_where")

    def __init__(self, csms: Csms, link: Link, station: str, peer: str, where: str) -> None:
        self._csms = csms
        self._link = link
        self._station = station
        self._peer = peer
        self._where = where
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, link: Pinging) -> None:
        """Ping, and wait for the pong: in wall time, for a peer behind a socket knows no other."""
        self._csms.busy.begin()
        self._timer = asyncio.get_running_loop().call_later(ANSWERS_WITHIN_S, self._silent)
        link.ping(PING, self._answered)

    def _silent(self) -> None:
        self._timer = None
        _close(self._link)
        self._csms.busy.end()

    def _answered(self) -> None:
        if self._timer is None:
            return  # too late
        self._timer.cancel()
        self._timer = None
        _close(self._link)
        self._csms.spawn(self._note())

    async def _note(self) -> None:
        csms, now_ms = self._csms, self._csms.now_ms()
        why = f"the connection from {self._peer} was alive when the station came again {self._where}"
        log.warning("%s: %s", self._station, why)
        try:
            await csms.store.write(
                lambda database: security.note(
                    database,
                    self._station,
                    DUPLICATE,
                    why,
                    timestamp_ms=now_ms,
                    received_ms=now_ms,
                    from_station=False,
                    kept=csms.kept,
                )
            )
            news.security_event(
                csms.bus, self._station, now_ms, DUPLICATE, info=why, from_station=False, happened_ms=now_ms
            )
        except StoreError as problem:
            log.error("%s: a security event was not kept: %s", self._station, problem)  # noqa: TRY400 -- told there
        finally:
            csms.busy.end()
