"""Block N, events of monitors. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.monitoring import empty, power_of_evse
from conformance.cases.csms201.states import attached
from conformance.vocabulary import NOW, Reply, Script, Subject, Watched, ask, check, csms201, given

TIMES = 3


def _events(csms: Subject, rule: str, **fields: Any) -> Script:
    """Events such as this one are told; each gets an empty answer."""
    yield from given(attached(csms))
    for number in range(1, TIMES + 1):
        event = {
            "eventId": number,
            "timestamp": NOW,
            "actualValue": "1",
            "eventNotificationType": "CustomMonitor",
            "variableMonitoringId": 1,
            **power_of_evse(csms).payload,
            **fields,
        }
        reply: Reply = yield ask("NotifyEvent", {"generatedAt": NOW, "seqNo": 0, "eventData": [event]}, rule=rule)
        yield check(empty(reply), "an empty NotifyEvent response", reply.payload, rule)


@csms201(
    "TC_N_21_CSMS",
    "Hard-wired monitor raises event",
    verifies="N07.FR.03",
    catches="chokes_on_hard_wired_events answers_events_with_a_status",
)
def hard_wired(csms: Subject) -> Script:
    yield from _events(csms, "N07.FR.03", trigger="Alerting", eventNotificationType="HardWiredNotification")


@csms201(
    "TC_N_24_CSMS",
    "Periodic monitor",
    verifies="N08.FR.02",
    catches="chokes_on_periodic_events answers_events_with_a_status",
)
def periodic(csms: Subject) -> Script:
    yield from _events(csms, "N08.FR.02", trigger="Periodic")


@csms201(
    "TC_N_48_CSMS",
    "Monitor on write-only variable",
    verifies="N07.FR.03",
    catches="chokes_on_events_without_a_value answers_events_with_a_status",
)
def without_a_value(csms: Subject) -> Script:
    secret = Watched("SecurityCtrlr", "BasicAuthPassword").payload
    yield from _events(csms, "N07.FR.03", trigger="Delta", actualValue="", **secret)


@csms201(
    "TC_N_49_CSMS",
    "Threshold alarm cleared after reboot",
    verifies="N07.FR.03",
    catches="chokes_on_cleared_alerts answers_events_with_a_status",
)
def cleared(csms: Subject) -> Script:
    yield from _events(csms, "N07.FR.03", trigger="Alerting", cleared=True)


@csms201(
    "TC_N_50_CSMS",
    "Periodic event delivered",
    verifies="N08.FR.02",
    catches="chokes_on_periodic_events answers_events_with_a_status",
)
def periodic_delivered(csms: Subject) -> Script:
    yield from _events(csms, "N08.FR.02", trigger="Periodic", eventNotificationType="PreconfiguredMonitor")
