"""What a transaction costs the database, and what ends with it."""

import pytest
from sqlalchemy import select

from csms_reference.services import charging, display, endings
from csms_reference.services.charging import Wanted
from csms_reference.store import Store
from csms_reference.store.charging_tables import charging_needs, charging_profiles
from csms_reference.store.display_tables import display_messages

TOKEN = {"idToken": "TAG", "type": "ISO14443"}


def message(number, **fields):
    return {"id": number, "priority": "InFront", "message": {}, **fields}


def profile(number, transaction):
    fields = {"stackLevel": 0, "chargingProfilePurpose": "TxProfile", "transactionId": transaction}
    return {"id": number, "chargingSchedule": [], **fields}


async def test_what_is_its_own_ends_with_it_and_nothing_else(either):
    def write(connection):
        said = [message(1, transactionId="T"), message(2, transactionId="U"), message(3)]
        out_of_date = message(4, endDateTime="1970-01-01T00:00:00Z")
        display.told(connection, "CP", 1, [*said, out_of_date], 1)
        for evse, transaction in ((1, "T"), (2, "U")):
            charging.installed(connection, "CP", evse, profile(evse, transaction), 1)
            charging.wanted(connection, "CP", Wanted(evse, transaction, {}, None, "Accepted"), 1)
        endings.over(connection, "OTHER", "T", 5)
        endings.over(connection, "CP", "T", 5)
        endings.over(connection, "CP", "T", 5)

    await either.write(write)

    def left(connection):
        tables = display_messages.c.id, charging_profiles.c.profile_id, charging_needs.c.evse
        return [sorted(connection.execute(select(column)).scalars()) for column in tables]

    assert await either.read(left) == [[2, 3], [2], [2]]


@pytest.fixture
def counted(bench, tmp_path):
    """A bench on a file, and what its database is told while a coroutine runs."""
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite", inline=True)
    said = []
    it = bench(store)
    store._writer._driver.set_trace_callback(said.append)

    async def count(work):
        said.clear()
        await work
        await it.quiet()
        return len([line for line in said if line.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}])

    return it, count


def event(kind, number, **more):
    return {
        "eventType": kind,
        "timestamp": f"2026-03-01T08:00:0{number}Z",
        "triggerReason": "CablePluggedIn",
        "seqNo": number,
        "transactionInfo": {"transactionId": "T"},
        "evse": {"id": 1, "connectorId": 1},
        **more,
    }


async def test_what_nobody_uses_costs_at_most_one_look(counted):
    """Tariffs are found missing with the token; what ends with a transaction takes one statement, E05.FR.01 another."""
    it, count = counted
    await it.token()
    station = await it.station()
    assert await count(station.ask("Heartbeat", {})) == 0
    assert await count(station.ask("Authorize", {"idToken": TOKEN})) == 1
    assert await count(station.ask("TransactionEvent", event("Started", 0, idToken=TOKEN))) == 4
    assert await count(station.ask("TransactionEvent", event("Updated", 1))) == 4
    assert await count(station.ask("TransactionEvent", event("Updated", 2, idToken=TOKEN))) == 4
    assert await count(station.ask("TransactionEvent", event("Ended", 3))) == 4


async def test_it_costs_no_more_for_who_is_not_known(counted):
    it, count = counted
    it.csms.token_policy = type(it.csms.token_policy)(accept_unknown=True)
    station = await it.station()
    assert await count(station.ask("TransactionEvent", event("Started", 0, idToken=TOKEN))) == 4
