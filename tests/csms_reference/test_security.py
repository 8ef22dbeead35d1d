"""Security events as they are kept."""

from __future__ import annotations

from csms_reference.services import security
from csms_reference.services.retention import TRIMMED_EVERY, Kept
from csms_reference.store.certificate_tables import security_events


async def note(it, kind, at_ms, **more):
    await it.store.write(
        lambda database: security.note(database, "CP-1", kind, None, timestamp_ms=at_ms, received_ms=at_ms, **more)
    )


async def test_what_the_csms_notices_itself_is_kept_every_time(bench):
    it = bench()
    for _ in range(2):
        await note(it, "InvalidChargingStationCertificate", 5, from_station=False)
        await note(it, "TamperDetectionActivated", 5)
    rows = await it.store.read(lambda database: security.page(database, "CP-1", 0, 10))
    assert [row.from_station for row in rows] == [False, True, False]
    kind = "TamperDetectionActivated"
    assert len(await it.store.read(lambda database: security.page(database, "CP-1", 0, 10, kind))) == 1


async def test_old_events_give_way(bench):
    it = bench()
    for number in range(20 * TRIMMED_EVERY):
        await note(it, "X", number, kept=Kept(notices=5))
    assert len(await it.rows(security_events)) < 5 * TRIMMED_EVERY
