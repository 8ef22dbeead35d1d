"""What a node is asked by another it does as if it had been asked here."""

import pytest

from csms_reference import outcome

WRONG = {"evseId": "one"}
"""No payload of UnlockConnector: it lacks a field, and has another of the wrong kind."""


@pytest.mark.parametrize("where", ["here", "there"])
async def test_a_payload_is_looked_at_unless_it_is_sent_as_it_is(two, where):
    a, b = two
    holder = a if where == "here" else b
    station = await holder.station()
    station.replies = {"UnlockConnector": {"status": "Unlocked"}}
    await holder.told()
    refused = await a.front.call("CP-1", "UnlockConnector", WRONG)
    assert (refused.status, station.calls) == (outcome.BAD_FIELDS, [])
    await a.front.call("CP-1", "UnlockConnector", WRONG, validate=False)
    await station.until(lambda: station.frames and "UnlockConnector" in station.frames[-1])
    assert '"one"' in station.frames[-1]
