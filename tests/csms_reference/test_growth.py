"""What stations may tell without end is bounded, on either kind of database, and never at the cost of others."""

from sqlalchemy import func, select

from csms_reference.services import certificates, charging, display
from csms_reference.services.charging import Wanted
from csms_reference.store.certificate_tables import certificates as issued
from csms_reference.store.certificate_tables import security_events
from csms_reference.store.charging_tables import charging_limits, charging_needs, charging_profiles
from csms_reference.store.display_tables import display_messages
from tests.csms_reference.pki.conftest import csr


async def rows(store, table, station="CP"):
    chosen = select(func.count()).select_from(table).where(table.c.station == station)
    return await store.read(lambda connection: connection.execute(chosen).scalar())


def profile(number):
    return {"id": number, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingSchedule": []}


async def told(store, station, count):
    """A station that thinks of a new id, EVSE or source each time."""

    def write(connection):
        for number in range(count):
            charging.reported(connection, station, 1, [profile(number)], number, source="CSO", evse=number, more=True)
            charging.limited(connection, station, number, f"S{number}", number, schedules=[])
            charging.wanted(connection, station, Wanted(number, None, {}, None, "Rejected"), number)
            display.told(connection, station, 1, [{"id": number, "priority": "InFront", "message": {}}], number)

    await store.write(write)


async def test_whoever_invents_ids_drives_out_its_own_rows_alone(either):
    await told(either, "OTHER", 3)
    await told(either, "CP", 700)
    for table, most in (
        (charging_profiles, charging.MOST_PROFILES),
        (charging_limits, charging.MOST_PLACES),
        (charging_needs, charging.MOST_PLACES),
        (display_messages, display.MOST_MESSAGES),
    ):
        assert most <= await rows(either, table) <= most + 1
        assert await rows(either, table, "OTHER") == 3
    known = await either.read(lambda connection: charging.known(connection, "CP"))
    assert known[-1].profile_id == 699  # the newest stay


async def test_certificates_without_end_drive_out_the_oldest(bench, monkeypatch):
    monkeypatch.setattr(certificates, "ISSUED_MOST", 3)
    it = bench()
    station, other = await it.station("CP"), await it.station("OTHER")
    for each in (station, other):
        each.replies["CertificateSigned"] = {"status": "Accepted"}
    for who, name, times in ((other, "OTHER", 2), (station, "CP", 6)):
        for number in range(times):
            await who.ask("SignCertificate", {"csr": csr(name)})
            await who.until(lambda: len(who.calls) == number + 1)  # noqa: B023 -- awaited at once
            await it.quiet()
    kept = [row["station"] for row in await it.rows(issued) if row["kind"] == "station"]
    assert kept == ["OTHER", "OTHER", "CP", "CP", "CP"]
    assert sum(row["kind"] == "authority" for row in await it.rows(issued)) == 2


async def test_strangers_events_give_way_too(bench, monkeypatch):
    """A00.FR.408: what the CSMS notices itself is kept as what stations tell."""
    monkeypatch.setattr("csms_reference.services.retention.TRIMMED_EVERY", 1)
    it = bench(notices_kept=5)
    for _ in range(8):
        await it.csms._admission._noticed("CP", "its certificate is revoked")
    assert len(await it.rows(security_events)) == 5
