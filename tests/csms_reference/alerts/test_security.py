"""SecurityEvent: what somebody has to look at, counted, and closed by people alone."""

import pytest

from csms_reference.alerts.security import SEVERITIES, Security
from csms_reference.displacement import DUPLICATE
from csms_reference.services import alerts, security

AT = "2026-03-01T08:00:00Z"


async def happens(station, kind, at=AT):
    await station.ask("SecurityEventNotification", {"type": kind, "timestamp": at, "techInfo": "who knows"})


@pytest.mark.parametrize("kind", ["TamperDetectionActivated", "InvalidFirmwareSignature", "MaintenanceLoginFailed"])
async def test_what_is_critical(watch, kind):
    on = watch()
    await happens(await on.it.station(), kind)
    assert await on.look(Security()) == [("SecurityEvent", kind, SEVERITIES[kind])]
    assert await on.alerts("station", "details") == [("CP-1", {"tech_info": "who knows", "from_station": True})]


@pytest.mark.parametrize("kind", ["StartupOfTheDevice", "InvalidMessages", "ReconfigurationOfSecurityParameters"])
async def test_what_is_not_or_happens_every_day(watch, kind):
    on = watch()
    await happens(await on.it.station(), kind)
    assert await on.look(Security()) == []


async def test_settings_name_further_types(watch):
    on = watch(alert_security_events=["StartupOfTheDevice"])
    await happens(await on.it.station(), "StartupOfTheDevice")
    assert await on.look(Security()) == [("SecurityEvent", "StartupOfTheDevice", "Major")]


async def test_one_alert_counts_and_does_not_end_by_itself(watch):
    on = watch()
    rule, station = Security(), await on.it.station()
    for second in range(3):
        await happens(station, "TamperDetectionActivated", f"2026-03-01T08:00:0{second}Z")
    await on.look(rule)
    await happens(station, "TamperDetectionActivated", "2026-03-01T08:00:09Z")
    for _ in range(3):
        assert len(await on.look(rule, 50)) == 1
    assert await on.alerts("times") == [(4,)]


async def test_what_was_closed_comes_back_with_the_next_event_only(watch):
    on = watch()
    rule, station = Security(), await on.it.station()
    await happens(station, "TamperDetectionActivated")
    await on.look(rule)
    await on.it.store.write(lambda database: alerts.close(database, 1, "ann", None, 0))
    assert await on.look(rule, 1) == []
    await happens(station, "TamperDetectionActivated", "2026-03-01T08:10:00Z")
    assert len(await on.look(rule, 1)) == 1
    assert await on.alerts("id", "times") == [(1, 1), (2, 1)]


async def test_a_duplicate_connection_that_the_csms_noticed(watch):
    on = watch()
    noticed = {"timestamp_ms": on.docket.now_ms, "received_ms": on.docket.now_ms, "from_station": False}
    await on.it.station()
    await on.it.store.write(lambda database: security.note(database, "CP-1", DUPLICATE, "from elsewhere", **noticed))
    assert await on.look(Security()) == [("SecurityEvent", DUPLICATE, "Critical")]
