"""What every case of a 1.6 charge point begins with, brought about at one that is not new.

The bench keeps notes of what it did (``Subject.past``), so that only what is there has to be undone.
"""

from __future__ import annotations

from conformance.vocabulary import (
    Operate,
    Reply,
    Script,
    Subject,
    anew,
    ask,
    expect,
    let_pass,
    linked,
    satisfying,
)

AVAILABLE = "Available"
TIMEOUT = "ConnectionTimeOut"
GLANCE_S = 1.0
"""How often it is looked whether the charge point has come that far, in seconds."""
ANY = satisfying("any error", bool)


def idle(station: Subject) -> Script:
    """Idle, without anything that a case before left behind; a new charge point has nothing of it."""
    if station.past is None:
        return
    yield from _back(station)
    if station.past.first is None:
        yield from _learnt(station)
    yield from _ended(station)
    yield from _cleared(station)
    yield from _set_back(station)
    yield from _available(station)
    yield anew()


def _back(station: Subject) -> Script:
    """The charge point is connected and accepted; what it could not tell while there was no link, it tells now."""
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
    """What can be set is as it was before any case."""
    assert station.past is not None
    reply: Reply = yield ask("GetConfiguration", {}, or_error=ANY)
    station.past.first = {
        ("", "", 0, 0, each["key"], ""): str(each["value"])
        for each in reply.get("configurationKey", [])
        if not each.get("readonly", True) and "value" in each
    }


def _ended(station: Subject) -> Script:
    """No transaction runs, nothing is broken and nothing plugged in, as far as hands did it."""
    past = station.past
    assert past is not None
    for name in sorted(past.transactions):
        yield ask("RemoteStopTransaction", {"transactionId": int(name)}, or_error=ANY)
    for name, evse, connector in sorted(past.faults):
        yield Operate("mend", {"name": name, "evse": evse, "connector": connector}, needed=False)
    if past.transactions:
        yield let_pass(GLANCE_S)
    for evse in sorted(past.plugged):
        if past.told.get((0, evse), AVAILABLE) != AVAILABLE:  # the cable may be held for whoever began the session
            yield ask("UnlockConnector", {"connectorId": evse}, or_error=ANY)
        yield Operate("unplug", {"evse": evse}, needed=False)
    for name in sorted(past.transactions):  # it may have ended already
        yield expect("StopTransaction", station.message_s, where={"transactionId": int(name)}, optional=True)
    if past.presented:
        wait = yield from _value(TIMEOUT)
        yield let_pass((float(wait) if wait.isdecimal() else station.plug_timeout_s) + GLANCE_S)
        past.presented.clear()
    for each in (past.transactions, past.faults, past.plugged):
        each.clear()


def _value(key: str) -> Script:
    reply: Reply = yield ask("GetConfiguration", {"key": [key]}, or_error=ANY)
    return str(reply.get("configurationKey.0.value", ""))


def _cleared(station: Subject) -> Script:
    """What the CSMS gave the charge point for a while is taken back."""
    past = station.past
    assert past is not None
    for number in sorted(past.reservations):
        yield ask("CancelReservation", {"reservationId": number}, or_error=ANY)
    if past.profiles:
        yield ask("ClearChargingProfile", {}, or_error=ANY)
    if past.listed:
        yield ask("SendLocalList", {"listVersion": 1, "updateType": "Full"}, or_error=ANY)
    if past.cached:
        yield ask("ClearCache", {}, or_error=ANY)
    past.reservations.clear()
    past.profiles = past.listed = past.cached = False


def _set_back(station: Subject) -> Script:
    """What was set has the value that it had before the first case."""
    past = station.past
    assert past is not None
    first = past.first or {}
    reboot = False
    for variable in sorted(past.changed & first.keys()):
        request = {"key": variable[4], "value": first[variable]}
        reply: Reply = yield ask("ChangeConfiguration", request, or_error=ANY)
        reboot = reboot or reply.get("status") == "RebootRequired"
    past.changed.clear()
    if reboot:
        reset: Reply = yield ask("Reset", {"type": "Hard"}, or_error=ANY)
        if reset.get("status") == "Accepted":
            yield expect("BootNotification", station.boot_s, optional=True)


def _available(station: Subject) -> Script:
    """Everything is operative, and every connector free."""
    past = station.past
    assert past is not None
    for _, connector in sorted(past.closed):
        yield ask("ChangeAvailability", {"connectorId": connector, "type": "Operative"}, or_error=ANY)
    past.closed.clear()
    for _ in range(int(station.message_s / GLANCE_S)):
        if all(past.told.get((0, each), AVAILABLE) == AVAILABLE for each in range(1, sum(station.evses) + 1)):
            break
        yield let_pass(GLANCE_S)
