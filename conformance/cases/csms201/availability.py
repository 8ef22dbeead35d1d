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
)


def _availability(csms: Subject, operative: bool, status: str, *, whole: bool = False) -> Script:
    wanted = "Operative" if operative else "Inoperative"
    place = {} if whole else {"evse": csms.evse}
    yield command(csms, "change_availability", operative=operative, **place)
    having = {"operationalStatus": wanted, **({"evse": ABSENT} if whole else {"evse.id": csms.evse})}
    request: Received = yield from told(csms, "ChangeAvailability", having={**having, "evse.connectorId": ABSENT})
    yield answer(request, status=status)


@csms201(
    "TC_G_03_CSMS",
    "EVSE set inoperative",
    verifies="G03.FR.01",
    catches="means_the_whole_station",
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
    catches="means_one_evse",
)
def station_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted", whole=True)
    yield from connectors_are(csms, "Unavailable")


@csms201(
    "TC_G_11_CSMS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.05",
    catches="means_the_whole_station",
)
def evse_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _availability(csms, False, "Scheduled")
    yield from stopped(csms, tx)
    yield from post_session(csms, tx)
    yield from disconnected(csms, tx)
    yield from connector_is(csms, "Unavailable")


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
    yield ask("NotifyEvent", {"generatedAt": NOW, "seqNo": 0, "eventData": [event]})
