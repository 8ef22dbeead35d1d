"""The keys and certificates that a station leaves the factory or its installer's hands with (2.0.1 part 2 A00 §1.6)."""

from __future__ import annotations

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
) -> Kept:
    """Return the memory of a key store with roots, and with the station's certificate chain and its key (PKCS#8).

    All in PEM; it goes into ``Flash(memories={Kept: ...})``. Raises ValueError for what is none, and for a key that is
    not that of the certificate.
    """
    texts = {
        Use.CSMS: csms_roots,
        Use.MANUFACTURER: manufacturer_roots,
        Use.MOBILITY: mobility_roots,
        Use.V2G: v2g_roots,
    }
    roots = tuple(Root(use, pem(found)) for use, text in texts.items() if text for found in load_chain(text))
    return Kept(roots, _own(certificate, key), refuses_outer=bool(csms_roots))


def _own(certificate: str, key: str) -> tuple[Identity, ...]:
    if not certificate and not key:
        return ()
    if not certificate or not key:
        raise ValueError("a certificate and its key come together")
    mine = Identity(Own.STATION, key, certificate)
    if not belongs(mine.leaf, key):
        raise ValueError("this is not the key of the certificate")
    return (mine,)
