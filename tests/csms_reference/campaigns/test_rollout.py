"""Campaigns at stations: in waves, at the right time, at the right stations, and each station once."""

from collections import Counter

import pytest

from csms_reference.campaigns.states import Standing, State
from tests.csms_reference.campaigns.conftest import UPDATE

pytestmark = pytest.mark.one_node("a campaign is run by one node; takeover is tested in test_engine")


async def test_an_update_goes_from_wave_to_wave(yard):
    it = yard()
    await it.fleet(10)
    waves = [{"count": 2, "soak_s": 60}, {"percent": 50, "approval": True}]
    number = await it.start(UPDATE, waves=waves, expected="2.0", pace={"at_once": 3})
    states = Counter((await it.states(number)).values())
    assert states == {Standing.SENT: 1, Standing.IN_PROGRESS: 1, Standing.PENDING: 8} or states["Pending"] == 8
    await it.pass_time(8)
    assert Counter((await it.states(number)).values()) == {Standing.SUCCEEDED: 2, Standing.PENDING: 8}
    assert (await it.campaign(number))["phase"] == "soaking"
    await it.pass_time(50)
    assert Counter((await it.states(number)).values())[Standing.SUCCEEDED] == 2
    await it.pass_time(20)
    assert Counter((await it.states(number)).values()) == {Standing.SUCCEEDED: 5, Standing.PENDING: 5}
    assert (await it.campaign(number))["phase"] == "approval"
    await it.move(number, "approve")
    await it.pass_time(60)
    assert set((await it.states(number)).values()) == {Standing.SUCCEEDED}
    row = await it.campaign(number)
    assert (row["state"], row["wave"], row["ended_ms"] is not None) == (State.COMPLETED, 2, True)
    assert [len(machine.updates) for machine in it.machines.values()] == [1] * 10
