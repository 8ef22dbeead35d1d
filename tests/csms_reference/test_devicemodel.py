"""The tables of what stations tell: the last word counts, repeats are one, others' rows stay."""

import pytest

from csms_reference.services import devicemodel
from csms_reference.services.devicemodel import Attribute, Event, Monitor, Named, Told
from csms_reference.store import Store
from csms_reference.store.tables import events, monitors, variables

POWER = Named("EVSE", "", 1, 0, "Power", "")


@pytest.fixture
def database():
    store = Store.open(inline=True)
    with store.engine.begin() as connection:
        yield connection
    store.close()


def ids(database, table, station="CP", after=0, limit=100, **where):
    return [row.id for row in devicemodel.page(database, table, station, after, limit, **where)]


def test_the_last_word_on_a_variable_counts(database):
    for request, value in ((1, "0"), (2, "100")):
        devicemodel.reported(database, "CP", request, [Attribute(POWER, "Actual", value)], now_ms=request)
    (row,) = devicemodel.page(database, variables, "CP", 0, 10)
    assert (row.value, row.request_id, row.reported_ms) == ("100", 2, 2)


@pytest.mark.parametrize(
    ("which", "left"),
    [({"ids": [1, 9]}, [2]), ({"before_ms": 20}, [2]), ({}, []), ({"ids": []}, [1, 2])],
)
def test_monitors_are_forgotten_one_station_at_a_time(database, which, left):
    for station in ("CP", "OTHER"):
        for number in (1, 2):
            each = Monitor(POWER, number, "Delta", 1.0, 5, transaction=False)
            devicemodel.monitored(database, station, [each], now_ms=10 * number)
    devicemodel.forget_monitors(database, "CP", **which)
    assert ids(database, monitors) == left
    assert ids(database, monitors, "OTHER") == [1, 2]


def test_an_event_is_one_however_often_it_comes(database):
    said = [Event(POWER, number, "t", None, "Delta", "CustomMonitor", "1", monitor=number) for number in (1, 2, 3)]
    devicemodel.happened(database, "CP", said, now_ms=1)
    devicemodel.happened(database, "CP", said[1:], now_ms=2)
    assert ids(database, events) == [1, 2, 3]
    assert ids(database, events, after=1, limit=1) == [2]
    assert ids(database, events, monitor=3, evse=1) == [3]
    assert ids(database, events, evse=2) == []


def test_parts_about_customers_are_joined_by_request(database):
    for request, number in ((5, 1), (5, 0), (4, 0), (5, 0)):
        devicemodel.told_of_customer(database, "CP", Told(request, number, False, f"{request}{number}", None), now_ms=1)
    found = devicemodel.of_customers(database, "CP")
    assert {request: [part.data for part in parts] for request, parts in found.items()} == {4: ["40"], 5: ["50", "51"]}
