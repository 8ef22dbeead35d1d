"""Certificates for stations, EVs, contracts, firmware and the CSMS itself, each from the authority it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from sqlalchemy import Connection as Database

from csms_reference.pki.authority import distinguished, for_end
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.services import certificates
from protocol.x509 import pem


class Kind(NamedTuple):
    """A kind of certificate. ``agrees``: its key also serves key agreement, as ISO 15118 needs it."""

    authority: str
    days: int
    agrees: bool = False


KINDS: dict[str, Kind] = {
    "station": Kind("cso", 365),
    "server": Kind("cso", 90),
    "v2g": Kind("v2g", 90, agrees=True),
    "contract": Kind("mo", 2 * 365, agrees=True),
    "provisioning": Kind("oem", 10 * 365, agrees=True),
    "firmware": Kind("manufacturer", 5 * 365),
}
"""What is issued. A station's V2G certificate is short-lived (block M §2.1: 2 to 3 months)."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new certificate, under its number. ``chain``: the leaf first, the root left out."""

    number: int
    chain: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> str:
        """The chain as a station is told it."""
        return pem(*self.chain)


def issue(
    database: Database,
    hierarchy: Hierarchy,
    kind: str,
    subject: x509.Name,
    key: CertificatePublicKeyTypes,
    *,
    at: datetime,
    station: str | None = None,
    days: float | None = None,
    hosts: Sequence[str] = (),
) -> Issued:
    """Issue a certificate of a kind and note it. Raises KeyError for an unknown kind."""
    what = KINDS[kind]
    authority = hierarchy.authority(database, what.authority, at)
    made = authority.issue(
        subject,
        key,
        at=at,
        until=at + timedelta(days=what.days if days is None else days),
        extensions=for_end(agrees=what.agrees, names=[_host(host) for host in hosts]),
        places=hierarchy.places,
    )
    number = certificates.keep(database, what.authority, made, kind=kind, station=station, at=at)
    return Issued(number, (made, *hierarchy.chain(database, what.authority, at)))


def named(common_name: str, hierarchy: Hierarchy) -> x509.Name:
    """The subject of something of the operator's."""
    return distinguished(common_name[:64], hierarchy.organisation)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
