"""Connector states: the last counts, all are kept; notices that carry their time are kept once."""

import pytest

from csms_reference.services.status import ConnectorStatus, changed, notice, of_station
from csms_reference.store import Store
from csms_reference.store.tables import connectors, notices, stations, status_history


async def test_connector_states(bench):
    it = bench()
    station = await it.station("CP-1", "1.6")
    await station.ask("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"})
    for status, error in [("Charging", "NoError"), ("Faulted", "GroundFailure")]:
        await station.ask("StatusNotification", {"connectorId": 1, "errorCode": error, "status": status, "info": "x"})
    rows = [(row["evse"], row["connector"], row["status"], row["error_code"]) for row in await it.rows(connectors)]
    assert rows == [(0, 0, "Available", None), (1, 1, "Faulted", "GroundFailure")]
    assert len(await it.rows(status_history)) == 3


@pytest.fixture
def database():
    store = Store.open(inline=True)
    with store.engine.begin() as opened:
        opened.execute(stations.insert().values(station="CP", registration="Accepted", created_ms=0))
        yield opened
    store.close()


def test_what_arrives_last_counts_whatever_its_clock_says(database):
    changed(database, "CP", ConnectorStatus(1, 1, "Occupied", 900), 1000)
    changed(database, "CP", ConnectorStatus(1, 1, "Available", 100), 2000)
    (row,) = of_station(database, "CP")
    assert (row.status, row.since_ms, row.received_ms) == ("Available", 100, 2000)


@pytest.mark.parametrize(("at_ms", "kept"), [(5, 1), (None, 2)])
def test_a_notice_with_a_time_of_its_own_is_kept_once(database, at_ms, kept):
    for received_ms in (10, 20):
        notice(database, "CP", "NotifyReport", "{}", timestamp_ms=at_ms, received_ms=received_ms)
    assert len(database.execute(notices.select()).all()) == kept
