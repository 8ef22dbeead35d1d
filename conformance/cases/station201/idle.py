"""What every case of a 2.0.1 station begins with (part 6, §2.1), brought about at one that is not new.

The bench keeps notes of what it did (``Subject.past``), so that only what is there has to be undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.vocabulary import (
    Matcher,
    Operate,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    anew,
    ask,
    expect,
    let_pass,
    linked,
    one_of,
    satisfying,
    seen,
)

Variable = tuple[str, str, int, int, str, str]
INVENTORY = 900_001
"""The requestId of the report of what can be set."""

AVAILABLE = "Available"
CONNECTION: Variable = ("TxCtrlr", "", 0, 0, "EVConnectionTimeOut", "")
GLANCE_S = 1.0
"""How often it is looked whether the station has come that far, in seconds."""
ANY = satisfying("any error", bool)


def idle(station: Subject) -> Script:
    """Idle, without anything that a case before left behind; a new station has nothing of it."""
    past = station.past
    if past is None:
        yield from opened_up(station)
        return
    yield from _back(station)
    if past.first is None:
        yield from _learnt(station)
    yield from _ended(station)
    yield from _cleared(station)
    yield from _set_back(station)
    yield from _available(station)
    yield anew()


def opened_up(station: Subject) -> Script:
    """Nothing is left closed by a case before: the station, and the EVSE and connector under test, are operative."""
    for place in ((0, 0), (station.evse, 0), (station.evse, station.connector)):
        yield from _operative(place)


def _operative(place: tuple[int, int]) -> Script:
    evse, connector = place
    at: Payload = {"evse": {"id": evse, **({"connectorId": connector} if connector else {})}} if evse else {}
    yield ask("ChangeAvailability", {"operationalStatus": "Operative", **at}, or_error=ANY)


def _back(station: Subject) -> Script:
    """The station is connected and accepted; what it could not tell while there was no link, it tells now."""
    assert station.past is not None
    for _ in range(int((station.boot_s + station.reconnect_s) / GLANCE_S)):
        if (yield linked()):
            break
        yield let_pass(GLANCE_S)
    yield let_pass(GLANCE_S)
    if station.past.retry_s is not None:
        yield expect("BootNotification", station.past.retry_s + station.boot_s, optional=True)
        yield let_pass(station.tolerance_s)


def _learnt(station: Subject) -> Script:
    """What can be set is as it was before any case; a station that does not report it keeps what cases set."""
    assert station.past is not None
    request = {"requestId": INVENTORY, "reportBase": "ConfigurationInventory"}
    reply: Reply = yield ask("GetBaseReport", request, or_error=ANY)
    station.past.first = {}
    more = reply.get("status") == "Accepted"
    while more:
        where = {"requestId": INVENTORY}
        told: Received | None = yield expect("NotifyReport", station.message_s, where=where, optional=True)
        more = told is not None and told.get("tbc", False)
    parts: list[Received] = yield seen("NotifyReport", where={"requestId": INVENTORY})
    for part in parts:
        station.past.first.update(_values(part))


def _values(report: Received) -> Iterator[tuple[Variable, str]]:
    for data in report.get("reportData", []):
        for each in data.get("variableAttribute", []):
            settable = each.get("mutability", "ReadWrite") == "ReadWrite"
            if settable and each.get("type", "Actual") == "Actual" and "value" in each:
                yield _place(data), str(each["value"])


def _place(data: Payload) -> Variable:
    component, named = data["component"], data["variable"]
    evse = component.get("evse", {})
    at = evse.get("id", 0), evse.get("connectorId", 0)
    return component["name"], component.get("instance", ""), *at, named["name"], named.get("instance", "")


def _ended(station: Subject) -> Script:
    """No transaction runs, nothing is broken, nothing plugged in, and nobody parked, as far as hands did it."""
    past = station.past
    assert past is not None
    for name in sorted(past.transactions):
        yield ask("RequestStopTransaction", {"transactionId": name}, or_error=ANY)
    for name, evse, connector in sorted(past.faults):
        yield Operate("mend", {"name": name, "evse": evse, "connector": connector}, needed=False)
    if past.transactions:
        yield let_pass(GLANCE_S)
    for evse, connector in station.connectors:
        if evse in past.plugged and past.told.get((evse, connector), AVAILABLE) != AVAILABLE:
            # the cable may be held for whoever began the session
            yield ask("UnlockConnector", {"evseId": evse, "connectorId": connector}, or_error=ANY)
    for evse in sorted(past.plugged):
        yield Operate("unplug", {"evse": evse}, needed=False)
    for evse in sorted(past.bays):
        yield Operate("drive_out", {"evse": evse}, needed=False)
    for evse in sorted(past.limits):
        yield Operate("lift_limit", {"evse": evse}, needed=False)
    for name in sorted(past.transactions):  # the station may no longer know of it: then it has ended already
        where = {"eventType": "Ended", "transactionInfo.transactionId": name}
        yield expect("TransactionEvent", station.message_s, where=where, optional=True)
    if past.presented:
        reply: Reply = yield ask("GetVariables", {"getVariableData": [_named(CONNECTION)]}, or_error=ANY)
        wait = str(reply.get("getVariableResult.0.attributeValue"))
        yield let_pass((float(wait) if wait.isdecimal() else station.plug_timeout_s) + GLANCE_S)
        past.presented.clear()
    for each in (past.transactions, past.faults, past.plugged, past.bays, past.limits):
        each.clear()


def bay_free(station: Subject) -> Script:
    """Its sensor, where there is one, has seen that the last EV left the bay under test."""
    if station.past is None:
        return
    sensor: Variable = ("BayOccupancySensor", "", station.evse, 0, "Active", "")
    for _ in range(int(station.message_s / GLANCE_S)):
        reply: Reply = yield ask("GetVariables", {"getVariableData": [_named(sensor)]}, or_error=ANY)
        if str(reply.get("getVariableResult.0.attributeValue")).lower() != "true":
            return
        yield let_pass(GLANCE_S)


def firmware_idle(station: Subject) -> str | Matcher:
    """The status that tells of no update: after one that failed it may be told still (L01.FR.26)."""
    left = station.past.firmware if station.past is not None else ""
    return one_of("Idle", left) if left not in ("", "Installed") else "Idle"


def _cleared(station: Subject) -> Script:
    """What the CSMS gave the station for a while is taken back."""
    past = station.past
    assert past is not None
    for number in sorted(past.reservations):
        yield ask("CancelReservation", {"reservationId": number}, or_error=ANY)
    for number in sorted(past.displays):
        yield ask("ClearDisplayMessage", {"id": number}, or_error=ANY)
    if past.profiles:
        for purpose in ("ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"):
            criteria = {"chargingProfileCriteria": {"chargingProfilePurpose": purpose}}
            yield ask("ClearChargingProfile", criteria, or_error=ANY)
    if past.monitors:
        yield ask("SetMonitoringBase", {"monitoringBase": "FactoryDefault"}, or_error=ANY)
        yield ask("SetMonitoringLevel", {"severity": 9}, or_error=ANY)
    if past.listed:
        yield ask("SendLocalList", {"versionNumber": 1, "updateType": "Full"}, or_error=ANY)
    if past.cached:
        yield ask("ClearCache", or_error=ANY)
    past.reservations.clear()
    past.displays.clear()
    past.profiles = past.monitors = past.listed = past.cached = False


def _set_back(station: Subject) -> Script:
    """What was set has the value that it had before the first case."""
    past = station.past
    assert past is not None
    first = past.first or {}
    reboot = False
    for variable in sorted(past.changed & first.keys()):
        data = {**_named(variable), "attributeValue": first[variable]}
        reply: Reply = yield ask("SetVariables", {"setVariableData": [data]}, or_error=ANY)
        reboot = reboot or reply.get("setVariableResult.0.attributeStatus") == "RebootRequired"
    past.changed.clear()
    if reboot:
        reset: Reply = yield ask("Reset", {"type": "Immediate"}, or_error=ANY)
        if reset.get("status") in ("Accepted", "Scheduled"):
            yield expect("BootNotification", station.boot_s, optional=True)


def _named(variable: Variable) -> dict[str, Any]:
    component, instance, evse, connector, name, of = variable
    at = {"evse": {"id": evse, **({"connectorId": connector} if connector else {})}} if evse else {}
    return {
        "component": {"name": component, **({"instance": instance} if instance else {}), **at},
        "variable": {"name": name, **({"instance": of} if of else {})},
    }


def _available(station: Subject) -> Script:
    """Everything is operative, and every connector free."""
    past = station.past
    assert past is not None
    for place in sorted(past.closed):
        yield from _operative(place)
    past.closed.clear()
    for _ in range(int(station.message_s / GLANCE_S)):
        if all(past.told.get(place, AVAILABLE) == AVAILABLE for place in station.connectors):
            break
        yield let_pass(GLANCE_S)
