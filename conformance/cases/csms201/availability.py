"""Block G, availability. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    attached,
    charging,
    connector_is,
    connectors_are,
    disconnected,
    post_session,
    status_of,
    stopped,
    told,
)
from conformance.vocabulary import (
    ABSENT,
    NOW,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms201,
    given,
    let_pass,
)

STATION = "station"
EVSE = "evse"
CONNECTOR = "connector"


def _availability(csms: Subject, operative: bool, status: str, *, of: str = EVSE) -> Script:
    """The CSMS changes the availability of the station, of an EVSE, or of a connector."""
    place = {} if of == STATION else {"evse": csms.evse}
    place |= {"connector": csms.connector} if of == CONNECTOR else {}
    yield command(csms, "change_availability", operative=operative, **place)
    having = {
        "operationalStatus": "Operative" if operative else "Inoperative",
        **({"evse": ABSENT} if of == STATION else {"evse.id": csms.evse}),
        "evse.connectorId": csms.connector if of == CONNECTOR else ABSENT,
    }
    rule = "G04.FR.01" if of == STATION else "G03.FR.01"
    request: Received = yield from told(csms, "ChangeAvailability", having=having, rule=rule)
    yield answer(request, status=status)


@csms201(
    "TC_G_03_CSMS",
    "EVSE set inoperative",
    verifies="G03.FR.01",
    catches="means_the_whole_station means_one_connector opens_what_it_should_close",
)
def evse_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted")
    yield from connector_is(csms, "Unavailable")


@csms201(
    "TC_G_04_CSMS",
    "EVSE set operative",
    verifies="G03.FR.01",
    catches="never_operative_again",
)
def evse_operative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_availability(csms, False, "Accepted"))
    yield from given(connector_is(csms, "Unavailable"))
    yield from _availability(csms, True, "Accepted")
    yield from connector_is(csms, "Available")


@csms201(
    "TC_G_05_CSMS",
    "Station set inoperative",
    verifies="G04.FR.01",
    catches="means_one_evse opens_what_it_should_close",
)
def station_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted", of=STATION)
    yield from connectors_are(csms, "Unavailable")


@csms201(
    "TC_G_06_CSMS",
    "Station set operative",
    verifies="G04.FR.01",
    catches="reopens_one_evse never_operative_again",
)
def station_operative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_availability(csms, False, "Accepted", of=STATION))
    yield from given(connectors_are(csms, "Unavailable"))
    yield from _availability(csms, True, "Accepted", of=STATION)
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_G_07_CSMS",
    "Connector set inoperative",
    verifies="G03.FR.01",
    catches="means_the_whole_evse opens_what_it_should_close",
)
def connector_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted", of=CONNECTOR)
    yield from connector_is(csms, "Unavailable")


@csms201(
    "TC_G_08_CSMS",
    "Connector set operative",
    verifies="G03.FR.01",
    catches="never_operative_again reopens_the_whole_evse",
)
def connector_operative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_availability(csms, False, "Accepted", of=CONNECTOR))
    yield from given(connector_is(csms, "Unavailable"))
    yield from _availability(csms, True, "Accepted", of=CONNECTOR)
    yield from connector_is(csms, "Available")


def _scheduled(csms: Subject, of: str) -> Script:
    """What is to be closed is charging: it closes once the EV has gone."""
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _availability(csms, False, "Scheduled", of=of)
    if of == STATION:
        for evse, connector in csms.connectors:
            if evse != csms.evse:
                yield ask("StatusNotification", status_of(evse, connector, "Unavailable"))
    yield let_pass(csms.transaction_s)
    yield from stopped(csms, tx)
    yield from post_session(csms, tx)
    yield from disconnected(csms, tx)
    yield from connector_is(csms, "Unavailable")


@csms201(
    "TC_G_11_CSMS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.05",
    catches="means_the_whole_station means_one_connector opens_what_it_should_close",
)
def evse_scheduled(csms: Subject) -> Script:
    yield from _scheduled(csms, EVSE)


@csms201(
    "TC_G_14_CSMS",
    "Station inoperative scheduled during transaction",
    verifies="G04.FR.01",
    catches="means_one_evse opens_what_it_should_close",
)
def station_scheduled(csms: Subject) -> Script:
    yield from _scheduled(csms, STATION)


@csms201(
    "TC_G_17_CSMS",
    "Connector inoperative scheduled during transaction",
    verifies="G03.FR.01",
    catches="means_the_whole_evse opens_what_it_should_close",
)
def connector_scheduled(csms: Subject) -> Script:
    yield from _scheduled(csms, CONNECTOR)


@csms201(
    "TC_G_20_CSMS",
    "Connector lock failure event reported",
    verifies="G05.FR.03",
    catches="chokes_on_events",
)
def lock_failure(csms: Subject) -> Script:
    yield from given(attached(csms))
    event = {
        "eventId": 1,
        "timestamp": NOW,
        "trigger": "Delta",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {
            "name": "ConnectorPlugRetentionLock",
            "evse": {"id": csms.evse, "connectorId": csms.connector},
        },
        "variable": {"name": "Problem"},
    }
    yield ask("NotifyEvent", {"generatedAt": NOW, "seqNo": 0, "eventData": [event]}, rule="G05.FR.03")
