"""A CSMS that closes has nothing left under way: who waits for a later time is not waited for."""

import asyncio

import pytest

from tests.csms_reference.api.test_schedules import NEEDS, needing
from tests.csms_reference.lines import Workers
from tests.csms_reference.pki.conftest import csr


async def silent(station, it):
    """It has asked for a certificate, and does not answer when it gets it: the CSMS will try again in a minute."""
    await station.ask("SignCertificate", {"csr": csr("CP-1")})
    await station.until(lambda: station.calls)
    it.forward(it.settings.call_timeout_s + 1)
    await it.quiet()


async def needy(station, it):
    """Its EV is to get a schedule in a while."""
    assert (await station.ask("NotifyEVChargingNeeds", NEEDS))["status"] == "Processing"
    await it.quiet()


@pytest.mark.parametrize("waits", [silent, needy])
async def test_nobody_is_waited_for_who_waits(bench, waits):
    it = bench(planning_s=3600)
    station = await needing(it, "2.0.1")
    await waits(station, it)
    async with asyncio.timeout(5):
        await it.csms.close()
    await it.quiet()
    assert (it.busy.count, it.csms.figures()["calls_in_hand"]) == (0, 0)
    assert it.wakes == []


async def test_a_station_that_is_slowed_down_keeps_nobody_waiting(bench):
    it = bench(calls_per_s=0.01, calls_burst=2)
    station = await it.station()
    for number in range(4):
        await station.raw(f'[2,"more-{number}","Heartbeat",{{}}]')
    assert it.csms.figures()["calls_in_hand"] == 1
    async with asyncio.timeout(5):
        await it.csms.close()
    await it.quiet()
    assert (it.busy.count, it.csms.figures()["calls_in_hand"]) == (0, 0)


async def test_a_worker_chooses_numbers_for_what_it_begins_by_itself(bench):
    """K15.FR.07: the profile for an EV needs an id, and no parent has chosen one."""
    it = bench()
    workers = Workers(it)
    station = await needing(it, "2.0.1")
    assert await station.ask("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
    await station.until(lambda: any(action == "SetChargingProfile" for action, _ in station.calls))
    await it.quiet()
    (own,) = (payload["chargingProfile"]["id"] for action, payload in station.calls if action == "SetChargingProfile")
    station.replies["GetBaseReport"] = {"status": "Accepted"}
    end = await workers.front.command("CP-1", "get_base_report", base="FullInventory")
    assert own != end.asked["requestId"]
    assert (own & 0x3FFFFFFF) == end.asked["requestId"]  # a second like this would have been one number
