"""Block G, availability. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    Tx,
    all_connectors_are,
    charging,
    connector_is,
    disconnected,
    new_session,
    plugged,
    post_session,
    ready,
    stopped_locally,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    given,
    station201,
    unplug,
)


def _plugged_before(station: Subject) -> Script:
    yield from ready(station)
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    return tx


@station201(
    "TC_G_01_CS",
    "Connector Available -> Occupied reported",
    verifies="G01.FR.01 N07.FR.19",
    catches="never_occupied",
)
def becomes_occupied(station: Subject) -> Script:
    yield from given(ready(station))
    tx = yield from given(new_session(station))
    yield from plugged(station, tx)


@station201(
    "TC_G_02_CS",
    "Connector Occupied -> Available reported",
    verifies="G01.FR.01 N07.FR.19",
    catches="stays_occupied",
)
def becomes_available(station: Subject) -> Script:
    yield from given(_plugged_before(station))
    yield unplug(station)
    yield connector_is(station, "Available", rule="G01.FR.01")


def _evse_becomes(station: Subject, operational: str, status: str) -> Script:
    request = {"operationalStatus": operational, "evse": {"id": station.evse}}
    yield ask("ChangeAvailability", request, having={"status": "Accepted"}, rule="G03.FR.01")
    yield from _evse_reports(station, status)


def _evse_reports(station: Subject, status: str) -> Script:
    for evse, connector in station.connectors:
        if evse == station.evse:
            yield connector_is(station, status, evse=evse, connector=connector, rule="G03.FR.04")


@station201(
    "TC_G_03_CS",
    "EVSE set inoperative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06",
    catches="ignores_availability",
)
def evse_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _evse_becomes(station, "Inoperative", "Unavailable")


@station201(
    "TC_G_04_CS",
    "EVSE set operative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.07",
    catches="stays_unavailable",
)
def evse_operative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_evse_becomes(station, "Inoperative", "Unavailable"))
    yield from _evse_becomes(station, "Operative", "Available")


@station201(
    "TC_G_05_CS",
    "Station set inoperative",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.05 G04.FR.07",
    catches="ignores_availability",
)
def station_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("ChangeAvailability", {"operationalStatus": "Inoperative"}, having={"status": "Accepted"})
    yield from all_connectors_are(station, "Unavailable")


@station201(
    "TC_G_11_CS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.05",
    catches="unavailable_at_once",
)
def evse_scheduled(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    request = {"operationalStatus": "Inoperative", "evse": {"id": station.evse}}
    yield ask("ChangeAvailability", request, having={"status": "Scheduled"}, rule="G03.FR.05")
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if tx.ended:
        yield from _evse_reports(station, "Unavailable")
    else:
        yield from disconnected(station, tx, status="Unavailable")
