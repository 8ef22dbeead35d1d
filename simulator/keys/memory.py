"""What a station keeps of keys and certificates without power."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from cryptography import x509

from protocol.x509 import hash_data, load_chain


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

    def hash_data(self, algorithm: str = "SHA256") -> dict[str, str]:
        """CertificateHashDataType of the certificate as its own issuer, which roots are."""
        return hash_data(self.certificate, self.certificate, algorithm)


@dataclass(frozen=True)
class Identity:
    """A certificate of the station's own with its private key (PKCS#8 in PEM). ``chain``: PEM, the leaf first.

    ``combined``: it serves for the CSMS and for EVs alike.
    """

    own: Own
    key: str
    chain: str
    combined: bool = False

    @cached_property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The chain as it came, the leaf first."""
        return tuple(load_chain(self.chain))

    @property
    def leaf(self) -> x509.Certificate:
        """The station's own certificate."""
        return self.certificates[0]

    def serves(self, own: Own) -> bool:
        """Whether it is used for that."""
        return self.own is own or (self.combined and own is not Own.V2G20)


@dataclass(frozen=True, slots=True)
class Request:
    """A CSR for which the CSMS has sent no certificate yet.

    ``key``: PKCS#8 in PEM; ``csr``: PKCS#10 in PEM; ``sent``: how often it was; ``id``: 2.1's requestId; ``secc``: the
    name of the controller in it; ``dormant``: it is not sent again by itself.
    """

    own: Own
    key: str
    csr: str
    id: int
    combined: bool = False
    sent: int = 0
    dormant: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What the CSMS has said of one certificate (M06.FR.06). ``response``: DER in base64; ``since``: when."""

    serial: str
    response: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The memory of the key store.

    ``former_root``: the CSMS root before, kept until the new one has proven itself (AdditionalRootCertificateCheck);
    ``former``: the station certificate before, likewise. ``refuses_outer``: only what is in here counts, not what the
    station was commissioned with from outside. ``prefers_former``: the new certificate did not get the station in, so
    the one before is tried. ``named``: how many CSRs there were.
    """

    roots: tuple[Root, ...] = ()
    own: tuple[Identity, ...] = ()
    former_root: Root | None = None
    former: Identity | None = None
    requests: tuple[Request, ...] = ()
    refuses_outer: bool = False
    prefers_former: bool = False
    named: int = 0
    statuses: tuple[Status, ...] = ()

    def of(self, use: Use) -> tuple[Root, ...]:
        """The roots of one use."""
        return tuple(root for root in self.roots if root.use is use)

    def identity(self, own: Own) -> Identity | None:
        """The newest certificate for that, by the start of its validity (A02.FR.15)."""
        fitting = [each for each in self.own if each.serves(own)]
        return max(fitting, key=lambda each: each.leaf.not_valid_before_utc, default=None)

    def request(self, own: Own, *, combined: bool) -> Request | None:
        """The CSR of that kind."""
        return next((each for each in self.requests if each.own is own and each.combined == combined), None)

    def with_identity(self, new: Identity) -> Kept:
        """The same with a certificate of the station's own in the place of those that it stands for."""
        return replace(self, own=(*(each for each in self.own if each.own is not new.own), new))

    def with_request(self, new: Request) -> Kept:
        """The same with a CSR in the place of the one of its kind."""
        others = (each for each in self.requests if (each.own, each.combined) != (new.own, new.combined))
        return replace(self, requests=(*others, new))

    def without_request(self, old: Request) -> Kept:
        """The same without a CSR."""
        return replace(self, requests=tuple(each for each in self.requests if each is not old))
