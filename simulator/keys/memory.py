"""What a station keeps of keys and certificates without power."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from cryptography import x509

from protocol.x509 import load_chain


class Use(StrEnum):
    """What the CSMS can install (InstallCertificateUseEnumType)."""

    CSMS = "CSMSRootCertificate"
    MANUFACTURER = "ManufacturerRootCertificate"
    MOBILITY = "MORootCertificate"
    V2G = "V2GRootCertificate"
    OEM = "OEMRootCertificate"  # 2.1


class Own(StrEnum):
    """What the station has a key for (CertificateSigningUseEnumType)."""

    STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    V2G20 = "V2G20Certificate"  # 2.1


@dataclass(frozen=True)
class Root:
    """A CA's certificate that the station trusts for one use. ``pem``: that certificate alone."""

    use: Use
    pem: str

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The certificate."""
        return load_chain(self.pem)[0]


@dataclass(frozen=True)
class Identity:
    """A certificate of the station's own with its private key (PKCS#8 in PEM). ``chain``: PEM, the leaf first.

    ``secc``: the ISO 15118 controller that it is for; empty for the station's. ``combined``: the station's serves
    towards EVs too.
    """

    own: Own
    key: str
    chain: str
    secc: str = ""
    combined: bool = False

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The chain as it came, the leaf first."""
        return tuple(load_chain(self.chain))

    @property
    def leaf(self) -> x509.Certificate:
        """The station's own certificate."""
        return self.certificates[0]


@dataclass(frozen=True, slots=True)
class Request:
    """A CSR for which the CSMS has sent no good certificate yet.

    ``key``: PKCS#8 in PEM; ``csr``: PKCS#10 in PEM; ``id``: which one it is, 2.1's requestId; ``sent``: how often the
    CSMS has said yes to it; ``dormant``: it is not sent again by itself (A02.FR.19, .20).
    """

    own: Own
    key: str
    csr: str
    id: int
    secc: str = ""
    combined: bool = False
    sent: int = 0
    dormant: bool = False

    @property
    def place(self) -> tuple[Own, str]:
        """What it is for: two of one place stand for each other."""
        return self.own, self.secc


@dataclass(frozen=True, slots=True)
class Status:
    """What the CSMS has said of one certificate (M06.FR.06). ``response``: DER in base64; ``since``: when."""

    serial: str
    response: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The memory of the key store.

    ``former_root``: the CSMS root before, kept until the new one has proven itself (AdditionalRootCertificateCheck).
    ``former``: the station certificate before, kept while the new one is ``unproven``; where it came from outside, it
    is not in here. ``prefers_former``: the new certificate did not get the station in, so the one before is tried.
    ``refuses_outer``: only CSMS roots in here count, not what the station was commissioned with from outside.
    ``named``: how many CSRs there were. ``forgone``: the switches that are off until the next start (A02.FR.21).
    """

    roots: tuple[Root, ...] = ()
    own: tuple[Identity, ...] = ()
    former_root: Root | None = None
    former: Identity | None = None
    unproven: bool = False
    prefers_former: bool = False
    requests: tuple[Request, ...] = ()
    refuses_outer: bool = False
    named: int = 0
    statuses: tuple[Status, ...] = ()
    forgone: tuple[str, ...] = ()

    def of(self, use: Use) -> tuple[Root, ...]:
        """The roots of one use."""
        return tuple(root for root in self.roots if root.use is use)

    def identity(self, own: Own, secc: str = "") -> Identity | None:
        """The certificate for that; towards EVs the station's own where it is a combined one."""
        combined = next((each for each in self.own if each.combined), None) if own is Own.V2G else None
        return next((each for each in self.own if (each.own, each.secc) == (own, secc)), combined)

    def with_identity(self, new: Identity) -> Kept:
        """The same with a certificate of the station's own in the place of the one before."""
        others = (each for each in self.own if (each.own, each.secc) != (new.own, new.secc))
        return replace(self, own=(*others, new))

    def with_request(self, new: Request) -> Kept:
        """The same with a CSR in the place of the one for the same."""
        others = (each for each in self.requests if each.place != new.place)
        return replace(self, requests=(*others, new))

    def without_request(self, old: Request) -> Kept:
        """The same without a CSR."""
        return replace(self, requests=tuple(each for each in self.requests if each.id != old.id))
