"""Asking stations for their transactions (2.0.1 E14)."""

import json

import pytest

from csms_reference.services.transactions import LOST
from csms_reference.store.tables import transactions
from tests.csms_reference.test_authorization import event


async def flags(it):
    [row] = await it.rows(transactions)
    return json.loads(row["flags"])


@pytest.mark.proves("csms", "GetTransactionStatus", "2.0.1 2.1")
async def test_a_transaction_whose_end_is_lost(bench):
    """E14.FR.01–.05: known by neither running nor waiting; until its end comes after all."""
    it = bench()
    station = await it.station()
    await station.ask("TransactionEvent", event())
    ask = lambda: it.csms.command("CP-1", "get_transaction_status", transaction_id="T1")  # noqa: E731
    for ongoing, waiting in ((True, False), (False, True)):
        station.replies["GetTransactionStatus"] = {"ongoingIndicator": ongoing, "messagesInQueue": waiting}
        assert (await ask()).status == "Accepted"
        assert await flags(it) == []
    station.replies["GetTransactionStatus"] = {"ongoingIndicator": False, "messagesInQueue": False}
    assert (await ask()).answer == {"ongoingIndicator": False, "messagesInQueue": False}
    assert await flags(it) == [LOST]
    [row] = await it.rows(transactions)
    assert (row["state"], row["abandoned"]) == ("Abandoned", "NotAtStation")
    await station.ask("TransactionEvent", event("Ended", 2, "EVDeparted", None))
    assert await flags(it) == []
    [row] = await it.rows(transactions)
    assert (row["state"], row["abandoned"]) == ("Ended", None)
    await ask()
    assert await flags(it) == []


async def test_whether_anything_waits(bench):
    """E14.FR.06–.08."""
    it = bench()
    station = await it.station()
    station.replies["GetTransactionStatus"] = {"messagesInQueue": True}
    end = await it.csms.command("CP-1", "get_transaction_status")
    assert end.answer == {"messagesInQueue": True}
    assert station.calls[-1] == ("GetTransactionStatus", {})


async def test_there_is_no_such_thing_in_16(bench):
    it = bench()
    await it.station(version="1.6")
    assert (await it.csms.command("CP-1", "get_transaction_status")).status == "not supported"
