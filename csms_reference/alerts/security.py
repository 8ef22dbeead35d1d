"""SecurityEvent: security events that somebody has to look at, of stations and of the CSMS itself."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from sqlalchemy import Row, select

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.alerts.following import Follower
from csms_reference.displacement import DUPLICATE
from csms_reference.services import alerts
from csms_reference.store.certificate_tables import security_events

EVENTS_AT_ONCE = 500

SEVERITIES: dict[str, Severity] = {
    "SecurityLogWasCleared": Severity.MAJOR,
    "MemoryExhaustion": Severity.MAJOR,
    "TamperDetectionActivated": Severity.CRITICAL,
    "InvalidFirmwareSignature": Severity.CRITICAL,
    "InvalidFirmwareSigningCertificate": Severity.CRITICAL,
    "InvalidCsmsCertificate": Severity.CRITICAL,
    "InvalidCentralSystemCertificate": Severity.CRITICAL,
    "InvalidChargingStationCertificate": Severity.CRITICAL,
    "InvalidChargePointCertificate": Severity.CRITICAL,
    "DiscardedRenewedClientCertificate": Severity.MAJOR,
    "InvalidTLSVersion": Severity.CRITICAL,
    "InvalidTLSCipherSuite": Severity.CRITICAL,
    "MaintenanceLoginFailed": Severity.MAJOR,
    DUPLICATE: Severity.CRITICAL,
}
"""What the appendix calls critical (2.1 part 2 appendix 1; the names of the 1.6 whitepaper §8 too), but for what
happens in the ordinary course: a boot, a reset, a new firmware, a clock that is set, a login. And two connections of
one station at the same time, which the CSMS notices."""


class Security:
    """One alert for each type and station, which counts. It does not end by itself."""

    every_s = 0.0

    async def look(self, docket: Docket) -> None:
        """Look at the security events since the last time."""
        wanted = {**dict.fromkeys(docket.settings.alert_security_events, Severity.MAJOR), **SEVERITIES}
        async for rows in _FOLLOWER.parts(docket):
            told = [(row, _condition([row], wanted[row.type]).key) for row in rows if row.type in wanted]
            marks = await docket.read(partial(alerts.marks, keys={key for _, key in told}))
            found = defaultdict(list)
            for row, key in told:
                if row.id > marks.get(key, 0):
                    found[key].append(row)
            await docket.note([_condition(its, wanted[its[0].type]) for its in found.values()])


_FOLLOWER = Follower("alerts.security", security_events, select(security_events), EVENTS_AT_ONCE)


def _condition(rows: list[Row[Any]], severity: Severity) -> Condition:
    """Of events of one type and station; the last of them is told."""
    last = rows[-1]
    return Condition(
        kind=Kind.SECURITY,
        reason=last.type,
        severity=severity,
        station=last.station,
        since_ms=rows[0].received_ms,
        details={"tech_info": last.tech_info, "from_station": last.from_station},
        mark=last.id,
        times=len(rows),
    )
