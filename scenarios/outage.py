"""A dialer that faults can act on: it breaks links and keeps stations from reaching the CSMS."""

from __future__ import annotations

from collections.abc import Callable

from protocol.link import Dialer, Ending, Link, Lost, Receiver, Target
from simulator.clock import Clock

_NO_ROUTE = Lost(Ending.UNREACHABLE, reason="no route to the CSMS")


class OutageDialer:
    """Dials through another dialer, unless the station's route, or everybody's, is down."""

    def __init__(self, dialer: Dialer, clock: Clock) -> None:
        self._dialer = dialer
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._closed_until: dict[str, float] = {}
        self._all_closed_until = 0.0
        self.remote = dialer.remote

    def dial(self, target: Target, receiver: Receiver) -> None:
        """Dial, or fail as an unreachable host does. The outcome arrives at the receiver."""
        closed_until = max(self._all_closed_until, self._closed_until.get(target.identity, 0.0))
        if self._clock.now < closed_until:
            self._clock.soon(lambda: receiver.lost(_NO_ROUTE))
        else:
            self._dialer.dial(target, _Tracked(target.identity, receiver, self._links))

    def cut(self, station: str, for_s: float = 0.0) -> None:
        """Break the station's link without a closing handshake; let it reach nobody for ``for_s``."""
        self._closed_until[station] = self._clock.now + for_s
        if (link := self._links.get(station)) is not None:
            link.abort()

    def cut_all(self, for_s: float) -> None:
        """Break every link; nobody reaches the CSMS for ``for_s``."""
        self._all_closed_until = self._clock.now + for_s
        for link in list(self._links.values()):
            link.abort()


class _Tracked:
    """Passes everything on to the station's receiver and keeps the open link where faults find it."""

    def __init__(self, station: str, receiver: Receiver, links: dict[str, Link]) -> None:
        self._station = station
        self._receiver = receiver
        self._links = links
        self._link: Link | None = None
        self.received: Callable[[str | bytes], None] = receiver.received

    def opened(self, link: Link, subprotocol: str) -> None:
        self._link = self._links[self._station] = link
        self._receiver.opened(link, subprotocol)

    def lost(self, why: Lost) -> None:
        if self._link is not None and self._links.get(self._station) is self._link:
            del self._links[self._station]
        self._receiver.lost(why)
