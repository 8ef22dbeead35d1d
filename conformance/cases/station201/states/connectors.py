"""What a 2.0.1 station tells of its connectors, as StatusNotification or as NotifyEvent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from conformance.vocabulary import AnyOf, Received, Script, Subject, any_of, check, expect, mismatches, satisfying, seen


def connector_is(station: Subject, status: str, *, evse: int = 0, connector: int = 0, rule: str = "") -> AnyOf:
    """The station reports a connector's state, as StatusNotification or as NotifyEvent."""
    evse, connector = evse or station.evse, connector or station.connector

    def tells(events: Any) -> bool:
        return isinstance(events, list) and any(_availability(event) == (evse, connector, status) for event in events)

    told = satisfying(f"Connector {evse}.{connector} AvailabilityState {status}, trigger Delta", tells)
    where = {"evseId": evse, "connectorId": connector, "connectorStatus": status}
    return any_of(
        expect("StatusNotification", station.message_s, where=where, rule=rule),
        expect("NotifyEvent", station.message_s, where={"eventData": told}, rule=rule),
    )


def connector_since(before: int, station: Subject, status: str, *, rule: str = "") -> Script:
    """The connector under test is reported so after the first ``before`` messages, whatever was done in between."""
    step = connector_is(station, status, rule=rule)
    calls: list[Received] = yield seen()
    for call in calls[before:]:
        fits = (one for one in step.expectations if one.action == call.action)
        if any(not mismatches(call.payload, one.where) for one in fits):
            yield check(True, f"connector {status}", "", rule)
            return
    yield step


def _availability(event: Any) -> tuple[Any, Any, Any] | None:
    component, variable = event.get("component", {}), event.get("variable", {})
    told = (component.get("name"), variable.get("name"), event.get("trigger"))
    if told != ("Connector", "AvailabilityState", "Delta"):
        return None
    evse = component.get("evse", {})
    return evse.get("id"), evse.get("connectorId"), event.get("actualValue")


def all_connectors_are(station: Subject, status: str, *, rule: str = "") -> Script:
    """Every connector's state is reported."""
    for evse, connector in station.connectors:
        yield connector_is(station, status, evse=evse, connector=connector, rule=rule)


def connectors_since(
    boot: Received,
    station: Subject,
    *,
    here: str = "Available",
    places: Collection[tuple[int, int]] | None = None,
    rule: str = "",
) -> Script:
    """Every connector is reported after this boot: those at ``places`` as ``here``, the others Available.

    Without ``places`` it is the one under test. What was told before the boot does not count (B01.FR.05).
    """
    special = [(station.evse, station.connector)] if places is None else places
    for evse, connector in station.connectors:
        status = here if (evse, connector) in special else "Available"
        told: Received = yield connector_is(station, status, evse=evse, connector=connector, rule=rule)
        while told.line < boot.line:
            told = yield connector_is(station, status, evse=evse, connector=connector, rule=rule)
