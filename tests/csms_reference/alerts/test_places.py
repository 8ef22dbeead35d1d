"""SessionStuck: connectors that wait for a session, or for its car to leave."""

import pytest

from csms_reference.alerts.places import Places
from protocol.stamps import stamp

WAITING = [("SessionStuck", "Waiting", "Warning")]
BLOCKED = [("SessionStuck", "Blocked", "Warning")]


@pytest.mark.parametrize(("status", "after_s", "found"), [
    ("Preparing", 3600, WAITING), ("Preparing", 3599, []), ("Finishing", 86_400, BLOCKED), ("Finishing", 86_399, []),
    ("Reserved", 86_400, BLOCKED), ("Available", 1e6, []), ("Charging", 1e6, []), ("Unavailable", 1e6, []),
])  # fmt: skip
async def test_1_6(watch, status, after_s, found):
    on = watch()
    station = await on.it.station(version="1.6")
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})
    assert await on.look(Places(), after_s) == found


async def test_it_is_over_when_something_happens(watch):
    on = watch(alert_waiting_s=60)
    rule, station = Places(), await on.it.station(version="1.6")
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
    assert await on.look(rule, 60) == WAITING
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
    assert await on.look(rule) == []


async def test_2_x_says_occupied_whatever_goes_on(watch):
    on = watch(alert_waiting_s=60)
    rule, station = Places(), await on.it.station()
    at = stamp(on.it.time)
    place = {"timestamp": at, "connectorStatus": "Occupied", "connectorId": 1}
    for evse in (1, 2):
        await station.ask("StatusNotification", {**place, "evseId": evse})
    event = {"eventType": "Started", "timestamp": at, "triggerReason": "CablePluggedIn", "seqNo": 0}
    about = {"transactionInfo": {"transactionId": "T1"}, "evse": {"id": 1, "connectorId": 1}}
    await station.ask("TransactionEvent", {**event, **about})
    assert await on.look(rule, 60) == WAITING
    assert await on.alerts("evse", "connector") == [(2, 1)]


@pytest.mark.parametrize("setting", ["alert_waiting_s", "alert_blocked_s"])
async def test_zero_is_for_ever(watch, setting):
    on = watch(**{setting: 0})
    station = await on.it.station(version="1.6")
    for connector, status in enumerate(("Preparing", "Finishing"), 1):
        await station.ask("StatusNotification", {"connectorId": connector, "errorCode": "NoError", "status": status})
    assert await on.look(Places(), 1e6) == (BLOCKED if setting == "alert_waiting_s" else WAITING)


async def test_for_ever_both(watch):
    on = watch(alert_waiting_s=0, alert_blocked_s=0)
    station = await on.it.station(version="1.6")
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Preparing"})
    assert await on.look(Places(), 1e6) == []
