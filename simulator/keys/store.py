"""The station's key store: whom it trusts, what it shows, and the TLS that follows from it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography import x509

from protocol.x509 import Untrusted, check_dates, pem
from simulator.function import Function, function
from simulator.keys.memory import Identity, Kept, Own, Root, Use
from simulator.keys.trust import Trust, anchors, present, trust

if TYPE_CHECKING:
    from simulator.station import Station

_NONE: Mapping[tuple[bool, bool], Trust] = MappingProxyType({})

MOST_OUTER = 20
"""A context from outside with more roots is a public bundle, and none of them the station's own."""

FAILED_DIALS = ("refused", "subprotocol", "tls", "unreachable")
"""How an attempt to connect ends that has led nowhere (``protocol.link.Ending``)."""


def held(station: Station) -> Kept:
    """Everything that a station holds: roots that came from outside belong to it until others do."""
    kept = station.flash.memory(Kept)
    if kept.refuses_outer or station.outer_tls is None:
        return kept
    outer = anchors(station.outer_tls)
    if len(outer) > MOST_OUTER:
        return kept
    return replace(kept, roots=(*(Root(Use.CSMS, pem(found)) for found in outer), *kept.roots))


def entries(station: Station) -> int:
    """How many CA certificates are installed (CertificateEntries)."""
    kept = held(station)
    return len(kept.roots) + (kept.former_root is not None)


@function
class Keys(Function):
    """Keys and certificates of one station.

    ``tls`` is what its connections are made with. ``jammed`` is a fault that anyone may set: the secure element takes
    nothing in and gives nothing up.
    """

    memory = Kept

    __slots__ = ("_contexts", "_failures", "_met", "jammed")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._contexts: Mapping[tuple[bool, bool], Trust] = _NONE
        self._met: x509.Certificate | None = None
        self._failures = 0
        self.jammed = False

    # -- what it holds ----------------------------------------------------------------------------------------------

    @property
    def kept(self) -> Kept:
        """Everything that the station holds."""
        return held(self.station)

    def keep(self, kept: Kept) -> None:
        """Remember; TLS is made anew from it."""
        self.station.flash.remember(kept)
        self._contexts = _NONE

    def roots(self, use: Use) -> tuple[x509.Certificate, ...]:
        """Whom the station trusts for a use."""
        return tuple(root.certificate for root in self.kept.of(use))

    def identity(self, own: Own) -> Identity | None:
        """The certificate that the station shows as that; None where it has none."""
        kept = self.station.flash.memory(Kept)
        if own is Own.STATION and kept.prefers_former and kept.former is not None:
            return kept.former
        return kept.identity(own)

    def fits(self, security_profile: int) -> bool:
        """Whether there is what a security profile needs (A05.FR.02, .03): a root for 2, a certificate for 3."""
        now, outer = self.station.now, self.station.outer_tls
        outside = outer is not None and not self.station.flash.memory(Kept).refuses_outer
        if security_profile >= 2 and not outside and not any(_current(root, now) for root in self.roots(Use.CSMS)):
            return False
        mine = self.identity(Own.STATION)
        return security_profile < 3 or outside or (mine is not None and _current(mine.leaf, now))

    # -- TLS --------------------------------------------------------------------------------------------------------

    def tls(self, security_profile: int, *, migrating: bool = False) -> ssl.SSLContext | None:
        """The TLS of a connection in a security profile: None for the system's own trust, and where there is no TLS.

        With the station's roots and, in profile 3, its certificate and key; the same object until they change. What
        the station was commissioned with from outside is used until something is installed. While ``migrating`` to
        another CSMS, a CSMS root on its way out does not count (M05.FR.15).
        """
        if security_profile < 2:
            return None
        kept, outer = self.station.flash.memory(Kept), self.station.outer_tls
        mine = self.identity(Own.STATION) if security_profile == 3 else None
        if mine is None and (not kept.refuses_outer or (security_profile == 3 and outer is not None)):
            return outer
        found = self._contexts.get((mine is not None, migrating))
        if found is None:
            found = self._context(mine, migrating=migrating)
            self._contexts = {**self._contexts, (mine is not None, migrating): found}
        return found

    def _context(self, mine: Identity | None, *, migrating: bool) -> Trust:
        kept, station = self.kept, self.station
        roots = [root.certificate for root in kept.of(Use.CSMS)]
        if kept.former_root is not None and not migrating:
            roots.append(kept.former_root.certificate)
        trusted = roots if roots or kept.refuses_outer else None
        wildcards = station.variables.flag("SecurityCtrlr.AllowCSMSTLSWildcards")
        context = trust(trusted, lambda: station.now, self._verified, wildcards=wildcards)
        if mine is not None:
            present(context, mine.chain, mine.key)
        return context

    def _verified(self, chain: tuple[x509.Certificate, ...]) -> None:
        self._met = chain[-1]


def _current(certificate: x509.Certificate, now: datetime) -> bool:
    try:
        check_dates(certificate, now)
    except Untrusted:
        return False
    return True
