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
from simulator import facts
from simulator.function import Function, function
from simulator.keys.memory import Identity, Kept, Own, Root, Use
from simulator.keys.trust import Trust, anchors, present, trust

if TYPE_CHECKING:
    from simulator.station import Station

_NONE: Mapping[tuple[bool, bool], Trust] = MappingProxyType({})

MOST_OUTER = 20
"""A context from outside with more roots is a public bundle, and none of them the station's own."""

LED_NOWHERE = ("refused", "subprotocol", "tls", "unreachable")
"""How an attempt to connect ends that has led nowhere (``protocol.link.Ending``)."""

DISCARDED = "DiscardedRenewedClientCertificate"
"""The security event of A02.FR.29 (errata of 2025-01)."""


def held(station: Station) -> Kept:
    """Everything that a station holds: roots that came from outside belong to it until others do."""
    kept = station.flash.memory(Kept)
    return kept if kept.refuses_outer else replace(kept, roots=(*_from_outside(station), *kept.roots))


def _from_outside(station: Station) -> tuple[Root, ...]:
    found = () if station.outer_tls is None else anchors(station.outer_tls)
    return tuple(Root(Use.CSMS, pem(each)) for each in found) if len(found) <= MOST_OUTER else ()


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
        """Remember. What came from outside stays there as long as it counts."""
        if not kept.refuses_outer:
            outer = _from_outside(self.station)
            kept = replace(kept, roots=tuple(root for root in kept.roots if root not in outer))
        self.station.flash.remember(kept)
        self._contexts = _NONE

    def roots(self, use: Use) -> tuple[x509.Certificate, ...]:
        """Whom the station trusts for a use."""
        return tuple(root.certificate for root in self.kept.of(use))

    def identity(self, own: Own, secc: str = "") -> Identity | None:
        """The certificate that the station shows as that; None where it has none, or only from outside."""
        kept = self.station.flash.memory(Kept)
        return kept.former if own is Own.STATION and kept.prefers_former else kept.identity(own, secc)

    def fits(self, security_profile: int) -> bool:
        """Whether there is what a security profile needs (A05.FR.02, .03): a root for 2, a certificate too for 3."""
        now, outer = self.station.now, self.station.outer_tls
        outside = outer is not None and not self.station.flash.memory(Kept).refuses_outer
        if security_profile >= 2 and not outside and not any(_current(root, now) for root in self.roots(Use.CSMS)):
            return False
        mine = self.identity(Own.STATION)
        return security_profile < 3 or outside or (mine is not None and _current(mine.leaf, now))

    def rests_on(self, root: Root) -> bool:
        """Whether the connection to the CSMS cannot be verified without this root."""
        if root.use is not Use.CSMS or self.security_profile < 2:
            return False
        return self._met == root.certificate if self._met is not None else len(self.kept.of(Use.CSMS)) == 1

    @property
    def security_profile(self) -> int:
        """The one in use; 0 for none."""
        return self.station.variables.number("SecurityCtrlr.SecurityProfile")

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

    def forget_tls(self) -> None:
        """What TLS is made of beside certificates has changed."""
        self._contexts = _NONE

    def _context(self, mine: Identity | None, *, migrating: bool) -> Trust:
        kept, station = self.kept, self.station
        roots = [root.certificate for root in kept.of(Use.CSMS)]
        if kept.former_root is not None and not migrating:
            roots.append(kept.former_root.certificate)
        wildcards = station.variables.flag("SecurityCtrlr.AllowCSMSTLSWildcards")
        trusted = roots if roots or kept.refuses_outer else None
        context = trust(trusted, lambda: station.now, self._verified, wildcards=wildcards)
        if mine is not None:
            present(context, mine.chain, mine.key)
        return context

    def _verified(self, chain: tuple[x509.Certificate, ...]) -> None:
        self._met = chain[-1]

    # -- whether the new ones work ----------------------------------------------------------------------------------

    def told(self, fact: facts.Fact) -> None:
        """A new certificate or root has proven itself, or not."""
        if isinstance(fact, facts.Connected):
            self._failures = 0
            self._connected(self.station.flash.memory(Kept))
        elif isinstance(fact, facts.Disconnected):
            self._met = None
            if fact.ending in LED_NOWHERE:
                self._missed(self.station.flash.memory(Kept))

    def _connected(self, kept: Kept) -> None:
        """A02.FR.10 (errata): one of two certificates has got the station in, the other goes; M05.FR.13: likewise the
        CSMS root before."""
        root = next((root for root in kept.of(Use.CSMS) if root.certificate == self._met), None)
        if kept.former_root is not None and root is not None:
            kept = replace(kept, former_root=None)
            self.keep(kept)
        if not kept.unproven or self.security_profile < 3:
            return
        if kept.prefers_former:
            others = tuple(each for each in kept.own if each.own is not Own.STATION)
            kept = replace(kept, own=others if kept.former is None else (*others, kept.former))
            self.station.security.add(DISCARDED)  # A02.FR.29
        self.keep(replace(kept, former=None, unproven=False, prefers_former=False))

    def _missed(self, kept: Kept) -> None:
        """A02.FR.28 (errata): after as many attempts as all connection profiles have, try the other certificate."""
        if not kept.unproven or (kept.former is None and self.station.outer_tls is None):
            return
        self._failures += 1
        variables = self.station.variables
        slots = max(1, len(variables.items("OCPPCommCtrlr.NetworkConfigurationPriority")))
        if self._failures >= variables.number("OCPPCommCtrlr.NetworkProfileConnectionAttempts") * slots:
            self._failures = 0
            self.keep(replace(kept, prefers_former=not kept.prefers_former))


def _current(certificate: x509.Certificate, now: datetime) -> bool:
    try:
        check_dates(certificate, now)
    except Untrusted:
        return False
    return True
