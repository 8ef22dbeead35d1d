"""A station's way to its CSMS and what is wrong with it. A station without troubles has none of this, nor pays for it.

What is wrong is a field, as in any part: who changes one calls ``disturbed``. ``change`` does both, for a while or for
good. What a station makes of it is its own business: time-outs, back-off, offline queues, security events.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from protocol.link import Dialer, Ending, Lost, Target
from simulator.connection import Connection
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope
from simulator.hardware.place import STATION
from simulator.stream import PATIENCE_S, PERFECT, Quality

if TYPE_CHECKING:
    from simulator.hardware.site import Site
    from simulator.line import Ear
    from simulator.station import Station
    from simulator.variables import Variable

NETWORK = "Network"
"""What the rig knows it as."""

RESOLVER_S = 10.0
"""How long a resolver tries: two attempts of five seconds (resolv.conf(5): timeout, attempts)."""

CERTIFICATES: Mapping[str, str] = {
    "expired": "certificate has expired",
    "not yet valid": "certificate is not yet valid",
    "untrusted": "unable to get local issuer certificate",
    "self-signed": "self-signed certificate",
    "wrong name": "Hostname mismatch, certificate is not valid for this host",
    "client expired": "ssl/tls alert certificate expired",
}
"""What can be wrong with a certificate: the CSMS's or, with ``client``, the station's; and what OpenSSL says of it."""


class Uplink:
    """The component behind every station's Network; no variable shows it."""

    name: ClassVar[str] = NETWORK
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()

    def variables(self) -> Sequence[Variable]:
        return ()

    def part(self, site: Site) -> Part:
        return Network(site)


UPLINK = Uplink()


class Network:
    """The way of one station. Faults, all of which may change at any time:

    ``latency_s``, ``jitter_s``, ``loss`` (share of segments) and ``bandwidth_bytes_s`` slow down what passes, both ways
    alike. ``silent``: nothing passes, and neither end is told. ``patience_s``: after which a sender that gets no
    acknowledgement gives up. ``closed_until_s``: the connection breaks, and no other can be made until then.
    ``name_unknown``: the CSMS's name has no address; connections that stand do not notice. ``refusal``: a proxy or
    captive portal answers every upgrade with this HTTP status; 0 for none. ``certificate``: a key of CERTIFICATES, by
    which TLS fails; empty for none.
    """

    __slots__ = (
        "_carrier",
        "_connections",
        "_quality",
        "_until_s",
        "_was_silent",
        "bandwidth_bytes_s",
        "certificate",
        "closed_until_s",
        "jitter_s",
        "latency_s",
        "loss",
        "name_unknown",
        "patience_s",
        "refusal",
        "silent",
        "site",
    )

    def __init__(self, site: Site) -> None:
        self.site = site
        self.latency_s = 0.0
        self.jitter_s = 0.0
        self.loss = 0.0
        self.bandwidth_bytes_s = math.inf
        self.silent = False
        self.patience_s = PATIENCE_S
        self.closed_until_s = 0.0
        self.name_unknown = False
        self.refusal = 0
        self.certificate = ""
        self._was_silent = False
        self._quality = self._carrier = PERFECT
        self._connections: list[Connection] = []
        self._until_s: dict[str, float] = {}

    # -- what anyone may do -----------------------------------------------------------------------------------------

    def change(self, for_s: float = math.inf, **fields: Any) -> None:
        """Set faults, and have each as it was at first again after ``for_s``. Raises ValueError for what cannot be."""
        for name, value in fields.items():
            check(name, value)
        for name, value in fields.items():
            setattr(self, name, value)
            self._until_s[name] = self.site.now + for_s
        if for_s < math.inf:
            self.site.after(for_s, partial(self._restore, tuple(fields)))
        self.disturbed()

    def cut(self, for_s: float = 0.0) -> None:
        """Break the connection without a closing handshake; let the station reach nobody for ``for_s``."""
        self.closed_until_s = max(self.closed_until_s, self.site.now + for_s)
        self.site.station.line.sever()

    def half_open(self) -> None:
        """Let the CSMS lose the connection; the station does not notice until it sends something."""
        self._between()
        for connection in tuple(self._connections):
            connection.half_open()

    def vanish(self) -> None:
        """Let the station lose the connection, its address along with it; the CSMS does not notice until it pings."""
        self._between()
        for connection in self._connections:
            connection.stall()
        self.site.station.line.cut()

    def carried(self, quality: Quality) -> None:
        """Be as slow as the link that carries, beside what is wrong further on."""
        if quality != self._carrier:
            self._carrier = quality
            self.disturbed()

    # -- what the line asks -----------------------------------------------------------------------------------------

    @property
    def quality(self) -> Quality:
        """What it does to what passes."""
        return self._quality

    @property
    def remote(self) -> bool:
        """Whether the CSMS is behind a socket."""
        return self.site.station.line.remote

    def dial(self, dialer: Dialer, target: Target, ear: Ear) -> None:
        """Dial through what is wrong; the outcome arrives at the ear."""
        secure = target.url.startswith("wss:")
        if dialer.remote and secure and self.certificate == "untrusted":
            target = replace(target, tls=_trusting_nobody())
        elif (hindrance := self._hindrance(secure)) is not None:
            after_s, why = hindrance
            self.site.station.line.lend(1)
            self.site.after(after_s, partial(ear.lost, why))
            return
        if self._shapes:
            connection = self._through(ear)
            connection.dial(dialer, target, self._trips_s(2 if secure else 1))
        else:
            dialer.dial(target, ear)

    def forget(self, connection: Connection) -> None:
        """A connection is over at both ends."""
        if connection in self._connections:
            self._connections.remove(connection)

    # -- what a part does -------------------------------------------------------------------------------------------

    def disturbed(self) -> None:
        """Follow the faults as they are now."""
        own = Quality(self.latency_s, self.jitter_s, self.loss, self.bandwidth_bytes_s)
        self._quality = self._carrier.and_then(own)
        line = self.site.station.line
        if line.open and self.site.now < self.closed_until_s:
            line.sever()
        elif self._shapes:
            self._between()
        if self.silent is not self._was_silent:
            self._was_silent = self.silent
            for connection in tuple(self._connections):
                (connection.stall if self.silent else connection.resume)()

    def value(self, variable: str) -> None:
        return None

    def trace(self, variable: str) -> None:
        return None

    def write(self, variable: str, value: str) -> bool:
        return True

    # -- details ----------------------------------------------------------------------------------------------------

    @property
    def _shapes(self) -> bool:
        """Whether frames are not simply passed on."""
        return self.silent or self._quality != PERFECT

    def _hindrance(self, secure: bool) -> tuple[float, Lost] | None:
        """Why a dial must fail, and after how long."""
        if self.site.now < self.closed_until_s:
            return 0.0, Lost(Ending.UNREACHABLE, reason="no route to the CSMS")
        if self.silent:
            return None  # the attempt itself finds out
        if self.name_unknown:
            return RESOLVER_S, Lost(Ending.UNREACHABLE, reason="Name or service not known")
        if self.certificate:
            return self._trips_s(2), Lost(Ending.TLS, reason=CERTIFICATES[self.certificate])
        if self.refusal:
            return self._trips_s(3 if secure else 2), Lost(Ending.REFUSED, self.refusal, "not from the CSMS")
        return None

    def _trips_s(self, count: int) -> float:
        return count * self._quality.round_trip_s

    def _between(self) -> None:
        """Put a connection between the line and the link that stands or is being made, unless there is one."""
        line = self.site.station.line
        if line.ear is None or line.ear.hearing is not line:
            return
        connection = self._through(line.ear)
        if line.link is None:
            connection.limit()
        else:
            line.interpose(connection)

    def _through(self, ear: Ear) -> Connection:
        line = self.site.station.line
        connection = Connection(self, line, ear, line.link)
        ear.hearing = connection
        self._connections.append(connection)
        return connection

    def _restore(self, names: tuple[str, ...]) -> None:
        fresh = Network(self.site)
        for name in names:
            if self.site.now >= self._until_s[name]:
                setattr(self, name, getattr(fresh, name))
        self.disturbed()


_LIMITS: Mapping[str, Callable[[Any], bool]] = {
    "latency_s": lambda value: value >= 0,
    "jitter_s": lambda value: value >= 0,
    "loss": lambda value: 0 <= value <= 1,
    "bandwidth_bytes_s": lambda value: value > 0,
    "silent": lambda value: isinstance(value, bool),
    "patience_s": lambda value: value > 0,
    "closed_until_s": lambda value: value >= 0,
    "name_unknown": lambda value: isinstance(value, bool),
    "refusal": lambda value: value == 0 or 300 <= value < 600,
    "certificate": lambda value: value == "" or value in CERTIFICATES,
}


def check(name: str, value: Any) -> None:
    """Say whether a fault can have a value. Raises ValueError where it cannot, or there is none of that name."""
    if name not in _LIMITS:
        raise ValueError(f"a network has no {name}; it has {', '.join(_LIMITS)}")
    if not _LIMITS[name](value):
        raise ValueError(f"{name} cannot be {value!r}")


def network(station: Station) -> Network:
    """A station's way to its CSMS, made when first asked for."""
    return cast("Network", station.rig.part(NETWORK, STATION))


def kept(station: Station) -> Network | None:
    """The same if anything has happened to it yet."""
    return cast("Network | None", station.kept(NETWORK, 0))


@cache
def _trusting_nobody() -> ssl.SSLContext:
    """A client that finds every certificate untrusted, in a real handshake."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _fault(name: str, observable: str, **fields: Any) -> Fault:
    return Fault(name, observable, MappingProxyType({NETWORK: fields}))


# fmt: off
breakable(
    _fault("link outage", "nothing passes and nobody is told: calls time out, messages wait", silent=True),
    _fault("no route", "the connection breaks, and none can be made", closed_until_s=math.inf),
    _fault("slow link", "every reply is late by the latency of both ways", latency_s=0.6, jitter_s=0.2),
    _fault("lossy link", "replies are late by retransmissions; nothing is lost", loss=0.2),
    _fault("narrow link", "long messages take their time", bandwidth_bytes_s=1200.0),
    _fault("DNS failure", "the next dial fails after 10 s, and those after it", name_unknown=True),
    _fault("captive portal", "the next upgrade is answered with 302", refusal=302),
    _fault("server certificate expired", "TLS fails at the next dial; 2.0.1: InvalidCsmsCertificate",
           certificate="expired"),
    _fault("server certificate untrusted", "TLS fails at the next dial; 2.0.1: InvalidCsmsCertificate",
           certificate="untrusted"),
    _fault("server certificate of another host", "TLS fails at the next dial; 2.0.1: InvalidCsmsCertificate",
           certificate="wrong name"),
    _fault("client certificate expired", "the CSMS ends the next TLS handshake", certificate="client expired"),
)
# fmt: on
