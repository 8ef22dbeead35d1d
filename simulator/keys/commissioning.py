"""The keys and certificates that a station leaves the factory or its installer's hands with (2.0.1 part 2 A00 §1.6)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from protocol.x509 import load_chain, pem
from simulator.keys.memory import Identity, Kept, Own, Root, Use
from simulator.keys.request import belongs


def commissioned(
    *,
    csms_roots: str = "",
    manufacturer_roots: str = "",
    mobility_roots: str = "",
    v2g_roots: str = "",
    certificate: str = "",
    key: str = "",
    v2g: Iterable[tuple[str, str, str]] = (),
) -> Kept:
    """Return the memory of a key store with roots, and with the station's certificate chain and its key (PKCS#8).

    All in PEM. ``v2g``: of each ISO 15118 controller its SeccId, certificate chain and key. The memory goes into
    ``Flash(memories={Kept: ...})``. Raises ValueError for what is none, and for a key that is not that of its
    certificate.
    """
    texts = {
        Use.CSMS: csms_roots,
        Use.MANUFACTURER: manufacturer_roots,
        Use.MOBILITY: mobility_roots,
        Use.V2G: v2g_roots,
    }
    roots = tuple(Root(use, pem(found)) for use, text in texts.items() if text for found in load_chain(text))
    own = [_own(Own.STATION, "", certificate, key)] if certificate or key else []
    own += [_own(Own.V2G, *each) for each in v2g]
    return Kept(roots, tuple(own), refuses_outer=bool(csms_roots))


@cache
def shipped(roots: tuple[Root, ...]) -> Kept:
    """Return the memory of stations that leave the factory with roots alone: one for all of a kind."""
    return Kept(roots, refuses_outer=any(root.use is Use.CSMS for root in roots))


def _own(own: Own, secc: str, certificate: str, key: str) -> Identity:
    if not certificate or not key:
        raise ValueError("a certificate and its key come together")
    mine = Identity(own, key, certificate, secc)
    if not belongs(mine.leaf, key):
        raise ValueError("this is not the key of the certificate")
    return mine
