"""Central smart charging: a site's power is shared whenever a transaction begins or ends (K02)."""

import pytest

from csms_reference.settings import Settings, SettingsError
from tests.csms_reference.api.test_schedules import NEEDS, begun, sent


async def settled(it, station, count):
    await it.quiet()
    await station.until(lambda: len(sent(station, "SetChargingProfile")) >= count)
    await it.quiet()


def watts(station):
    told = [ask["chargingProfile"] for ask in sent(station, "SetChargingProfile")]
    return [each["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] for each in told]


async def taking(it, identity, version="2.0.1"):
    station = await it.station(identity, version)
    station.replies["SetChargingProfile"] = {"status": "Accepted"}
    return station


@pytest.mark.proves("csms", "SetChargingProfile TransactionEvent", "2.0.1 2.1")
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_who_charges_shares_the_sites_power(bench, version):
    """K02.FR.01, .03: who comes second takes half from the first, and gives it back."""
    it = bench(site_limit_w=20_000)
    one, other = await taking(it, "CP-1", version), await taking(it, "CP-2", version)
    await begun(one, transaction="A")
    await settled(it, one, 1)
    await begun(other, transaction="B")
    await settled(it, other, 1)
    await settled(it, one, 2)
    assert (watts(one), watts(other)) == ([20_000, 10_000], [10_000])
    await begun(other, transaction="B", kind="Ended", seq_no=1)
    await settled(it, one, 3)
    assert watts(one)[-1] == 20_000
    first, *_ = sent(one, "SetChargingProfile")
    assert first["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert len({ask["chargingProfile"]["id"] for ask in sent(one, "SetChargingProfile")}) == 1


@pytest.mark.proves("csms", "SetChargingProfile StartTransaction", "1.6")
async def test_those_of_16_share_too(bench):
    it = bench(site_limit_w=20_000, accept_unknown_tokens=True)
    station = await taking(it, "CP-1", "1.6")
    for connector in (1, 2):
        start = {"connectorId": connector, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z"}
        number = (await station.ask("StartTransaction", start))["transactionId"]
        await settled(it, station, 2 * connector - 1)
    asked = [ask["csChargingProfiles"] for ask in sent(station, "SetChargingProfile")]
    limits = [each["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] for each in asked]
    assert sorted(limits) == [10_000, 10_000, 20_000]
    stop = {"transactionId": number, "meterStop": 5, "timestamp": "2026-03-01T08:10:00Z"}
    await station.ask("StopTransaction", stop)
    await settled(it, station, 4)


@pytest.mark.proves("csms", "NotifyEVChargingNeeds", "2.0.1")
async def test_an_ev_with_needs_gets_no_more_than_its_share(bench):
    """K02.FR.01, K15.FR.07: 7.6 A would do, but there are 4,500 W for each of two."""
    it = bench(site_limit_w=9000)
    one, other = await taking(it, "CP-1"), await taking(it, "CP-2")
    await begun(one, transaction="A")
    await begun(other, transaction="B")
    await settled(it, one, 1)
    await settled(it, other, 1)
    count = len(sent(one, "SetChargingProfile"))
    assert await one.ask("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
    await settled(it, one, count + 1)
    schedule = sent(one, "SetChargingProfile")[-1]["chargingProfile"]["chargingSchedule"][0]
    assert schedule["chargingRateUnit"] == "A"
    assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6.5}]
    await it.quiet()
    count, other_count = len(sent(one, "SetChargingProfile")), len(sent(other, "SetChargingProfile"))
    await begun(other, transaction="B", kind="Ended", seq_no=1)  # then there is enough for its plan
    await settled(it, one, count + 1)
    schedule = sent(one, "SetChargingProfile")[-1]["chargingProfile"]["chargingSchedule"][0]
    assert [each["limit"] for each in schedule["chargingSchedulePeriod"]] == [7.6]
    assert len(sent(other, "SetChargingProfile")) == other_count


async def test_without_a_limit_nobody_is_told_anything(bench):
    it = bench()
    station = await taking(it, "CP-1")
    await begun(station)
    await it.quiet()
    assert not station.calls


def test_only_one_process_can_share():
    with pytest.raises(SettingsError, match="site_limit_w"):
        Settings(workers=2, site_limit_w=1.0)
    with pytest.raises(SettingsError, match="above zero"):
        Settings(site_limit_w=0.0)
