"""Which authorities there are, and where they are kept. Each is made when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from sqlalchemy import Connection as Database
from sqlalchemy import select

from csms_reference.instants import to_ms
from csms_reference.pki.authority import Authority, Places, distinguished, found_below, found_root
from csms_reference.services import certificates
from csms_reference.settings import Settings
from csms_reference.store.certificate_tables import authorities
from csms_reference.store.prepared import Prepared, insert_new
from protocol.x509 import pem

YEAR = timedelta(days=365)


class Plan(NamedTuple):
    """What an authority is to be."""

    common_name: str
    parent: str | None
    lasts: timedelta


PLANS: dict[str, Plan] = {
    "cso-root": Plan("CSO Root CA", None, 20 * YEAR),
    "cso": Plan("CSO Sub-CA", "cso-root", 10 * YEAR),
    "v2g-root": Plan("V2G Root CA", None, 30 * YEAR),
    "v2g": Plan("V2G Charging Station Sub-CA", "v2g-root", 10 * YEAR),
    "mo-root": Plan("eMobility Operator Root CA", None, 20 * YEAR),
    "mo": Plan("eMobility Operator Sub-CA", "mo-root", 10 * YEAR),
    "oem-root": Plan("OEM Root CA", None, 30 * YEAR),
    "oem": Plan("OEM Provisioning Sub-CA", "oem-root", 20 * YEAR),
    "manufacturer-root": Plan("Manufacturer Root CA", None, 20 * YEAR),
    "manufacturer": Plan("Firmware Signing Sub-CA", "manufacturer-root", 10 * YEAR),
}
"""A00.FR.601, FR.604: the operator's hierarchy and the manufacturer's; the others are those of ISO 15118."""

ROOT_OF_USE: dict[str, str] = {
    "CSMSRootCertificate": "cso-root",
    "CentralSystemRootCertificate": "cso-root",
    "V2GRootCertificate": "v2g-root",
    "MORootCertificate": "mo-root",
    "OEMRootCertificate": "oem-root",
    "ManufacturerRootCertificate": "manufacturer-root",
}
"""Our root for each InstallCertificateUseEnumType (1.6: CertificateUseEnumType)."""

NOWHERE = "http://csms.invalid"
"""What certificates name where nothing is public: nobody gets there, but a station may ask us about it (M06)."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The authorities of one CSMS."""

    organisation: str
    places: Places

    @classmethod
    def of(cls, settings: Settings) -> Hierarchy:
        """As the settings have it."""
        base = settings.public_base or NOWHERE
        return cls(settings.organisation, Places(f"{base}/ocsp", f"{base}/crl/"))

    def authority(self, database: Database, name: str, at: datetime) -> Authority:
        """Return an authority, with those above it, made now if there was none. Raises KeyError for an unknown name."""
        plan = PLANS[name]
        found = find(database, name)
        if found is not None:
            return found
        subject = distinguished(f"{self.organisation} {plan.common_name}"[:64], self.organisation)
        until = at + plan.lasts
        if plan.parent is None:
            made = found_root(name, subject, at=at, until=until)
        else:
            parent = self.authority(database, plan.parent, at)
            made = found_below(parent, name, subject, at=at, until=until, places=self.places)
        row = {"name": name, "parent": plan.parent, "certificate": pem(made.certificate)}
        if not _ADD(database, {**row, "private_key": made.private_pem, "created_ms": to_ms(at)}).rowcount:
            return self.authority(database, name, at)  # another process was quicker
        certificates.keep(database, plan.parent or name, made.certificate, kind="authority", station=None, at=at)
        return made

    def chain(self, database: Database, name: str, at: datetime) -> list[x509.Certificate]:
        """Return the certificates from an authority up to, but without, its root."""
        found: list[x509.Certificate] = []
        place: str | None = name
        while place is not None:
            authority = self.authority(database, place, at)
            if authority.parent is not None:
                found.append(authority.certificate)
            place = authority.parent
        return found

    def root(self, database: Database, name: str, at: datetime) -> x509.Certificate:
        """Return the root above an authority."""
        authority = self.authority(database, name, at)
        return authority.certificate if authority.parent is None else self.root(database, authority.parent, at)


_ADD = Prepared(insert_new(authorities), ("name", "parent", "certificate", "private_key", "created_ms"))


def find(database: Database, name: str) -> Authority | None:
    """Return an authority that has been made already."""
    row = database.execute(select(authorities).where(authorities.c.name == name)).one_or_none()
    return None if row is None else Authority.of(row.name, row.parent, row.certificate, row.private_key)


def every(database: Database) -> list[Authority]:
    """Return all authorities that have been made so far."""
    rows = database.execute(select(authorities).order_by(authorities.c.name))
    return [Authority.of(row.name, row.parent, row.certificate, row.private_key) for row in rows]
