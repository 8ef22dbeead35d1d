"""How a run reaches its CSMS, and one that is somebody else's.

The reference CSMS is in ``scenarios.own`` and ``scenarios.child``: whoever plays a station needs none of it.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from protocol.link import Dialer
from protocol.transports.websocket import WebSocketDialer
from scenarios.addresses import Commission
from scenarios.model import Berth, Scenario
from simulator.clock import Clock

if TYPE_CHECKING:
    from scenarios.operator import Operator


@dataclass(frozen=True, slots=True)
class Reached:
    """A CSMS that stations can dial; ``tls`` says whom they trust. Without ``operator``, ``no_operator`` says why.

    ``files``: where its files are served, if the scenario has any; ``commission``: what stations are delivered with,
    where that is more than the URL.
    """

    url: str
    dialer: Dialer
    operator: Operator | None = None
    no_operator: str = ""
    tls: ssl.SSLContext | None = None
    files: tuple[str, int] | None = None
    commission: Callable[[Berth], Awaitable[Commission]] | None = None


Notice = Callable[[str, dict[str, Any]], None]
"""Told what became of the CSMS: the fact and its fields."""


def unheard(_fact: str, _fields: dict[str, Any]) -> None:
    """A notice where nobody listens."""


class CsmsAccess(Protocol):
    """One way to reach a CSMS, opened once per run."""

    own_clock: bool
    """Whether the CSMS's clock is the run's, so that virtual time deceives nobody."""

    notice: Notice
    """Told what becomes of the CSMS without the scenario's doing; the run sets it."""

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        """Make the CSMS reachable. Raises AccessError."""

    async def stop(self) -> None:
        """The CSMS ends without notice. Raises AccessError where we cannot do that."""

    async def start(self) -> None:
        """The CSMS comes back with what it had stored."""

    async def close(self) -> None:
        """Let go of everything."""


class AccessError(Exception):
    """The CSMS cannot be reached or operated; the text is one clear line."""


class Foreign:
    """Somebody else's CSMS at a URL. Its clock is its own; ``operator`` is a hook to operate it, if there is one.

    ``tls`` says which certificates the stations trust behind a ``wss://`` URL; without it, those of the system.
    """

    own_clock = False

    def __init__(
        self,
        url: str,
        operator: Operator | None = None,
        dialer: Dialer | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._operator = operator
        self._dialer = dialer
        self._own_dialer: WebSocketDialer | None = None
        self._tls = tls
        self.notice: Notice = unheard

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        if self._dialer is None:
            self._own_dialer = WebSocketDialer()
        dialer = self._dialer or self._own_dialer
        assert dialer is not None
        why_not = f"there is no way to operate the CSMS at {self._url}"
        return Reached(self._url, dialer, self._operator, why_not, self._tls)

    async def stop(self) -> None:
        raise AccessError(f"the CSMS at {self._url} cannot be restarted from here")

    async def start(self) -> None:
        raise AccessError(f"the CSMS at {self._url} cannot be restarted from here")

    async def close(self) -> None:
        if self._own_dialer is not None:
            await self._own_dialer.close()
