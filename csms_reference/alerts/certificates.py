"""CertificateExpiring: what our authorities have issued, they themselves, and the files that the settings name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import Row, Select, and_, exists, or_, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.instants import show, to_ms
from csms_reference.settings import Settings
from csms_reference.store.certificate_tables import certificates
from csms_reference.store.tables import stations
from protocol.x509 import common_name, fingerprint, load_chain

log = logging.getLogger(__name__)

DAY_MS = 86_400_000

LAST_PART = 3
"""Of a certificate that lasts for less, only the last third of its time counts: such are renewed often."""

FILES = ("tls_cert", "tls_second_cert", "client_ca", "contract_ca")
"""Settings that name files with certificates."""


class Certificates:
    """Judges the newest certificate of a kind of each station, or name, that is not revoked: it has been renewed when
    there is a newer one. One that ran out as long ago as it would have been told of before is nobody's."""

    every_s = 60.0

    async def look(self, docket: Docket) -> None:
        """Look at what runs out soon, and what has run out."""
        settings, now_ms = docket.settings, docket.now_ms
        ahead_ms = int(settings.alert_certificate_days * DAY_MS)
        rows = await docket.read(lambda database: list(database.execute(_ending(now_ms, ahead_ms))))
        ending = [_issued(row) for row in rows] + [_of_file(name, each) for name, each in _in_files(settings)]
        urgent_ms = int(settings.alert_certificate_urgent_days * DAY_MS)
        found = [each.condition(now_ms, urgent_ms) for each in ending if each.is_near(now_ms, ahead_ms)]
        await docket.settle(Kind.CERTIFICATE, ["Issued", "Authority", "File"], found)


@dataclass(frozen=True, slots=True)
class _Ending:
    """A certificate, and what an alert says of it."""

    from_ms: int
    until_ms: int
    said: dict[str, Any]

    def is_near(self, now_ms: int, ahead_ms: int) -> bool:
        """Whether it ends within that time and has but a part of its own left, or ended no longer ago."""
        left_ms = self.until_ms - now_ms
        return -ahead_ms < left_ms < min(ahead_ms, (self.until_ms - self.from_ms) // LAST_PART)

    def condition(self, now_ms: int, urgent_ms: int) -> Condition:
        left_ms = self.until_ms - now_ms
        severity = Severity.MAJOR if left_ms < urgent_ms else Severity.MINOR
        if left_ms <= 0:
            severity = Severity.CRITICAL
        details = {**self.said["details"], "not_after": show(self.until_ms)}
        said = {**self.said, "details": details}
        return Condition(kind=Kind.CERTIFICATE, severity=severity, since_ms=now_ms, **said)


def _ending(now_ms: int, ahead_ms: int) -> Select[Any]:
    mine, newer = certificates.c, certificates.alias("newer")
    same = or_(newer.c.station == mine.station, and_(mine.station.is_(None), newer.c.name_key == mine.name_key))
    renewed = exists().where(
        newer.c.kind == mine.kind, same, newer.c.not_after_ms > mine.not_after_ms, newer.c.revoked_ms.is_(None)
    )
    gone = and_(mine.station.is_not(None), ~exists().where(stations.c.station == mine.station))
    soon = mine.not_after_ms.between(now_ms - ahead_ms, now_ms + ahead_ms)
    return select(certificates).where(soon, mine.revoked_ms.is_(None), ~renewed, ~gone)


def _issued(row: Row[Any]) -> _Ending:
    """Its name is left out: that of a contract's certificate is a token's."""
    said = {
        "reason": "Authority" if row.kind == "authority" else "Issued",
        "subject": row.fingerprint,
        "station": row.station,
        "certificate": row.id,
        "details": {"kind": row.kind, "authority": row.authority, "serial": row.serial},
    }
    return _Ending(row.not_before_ms, row.not_after_ms, said)


def _in_files(settings: Settings) -> Iterator[tuple[str, x509.Certificate]]:
    """The certificates in the files of this node. What cannot be read was said when the endpoint opened."""
    for name in FILES:
        if (file := getattr(settings, name)) is None:
            continue
        try:
            found = load_chain(Path(file).read_text(encoding="ascii"))
        except (OSError, ValueError) as problem:
            log.warning("%s: when the certificates in %s run out is not known: %s", name, file, problem)
            continue
        yield from ((name, each) for each in found)


def _of_file(name: str, certificate: x509.Certificate) -> _Ending:
    said = {
        "reason": "File",
        "subject": fingerprint(certificate),
        "details": {"setting": name, "subject": common_name(certificate.subject)},
    }
    return _Ending(to_ms(certificate.not_valid_before_utc), to_ms(certificate.not_valid_after_utc), said)
