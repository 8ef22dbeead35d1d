"""States that a 1.6 charge point is brought into, shared by its cases."""

from __future__ import annotations

from typing import Any

from conformance.vocabulary import (
    Expect,
    Operate,
    Received,
    Script,
    Subject,
    ask,
    expect,
    let_pass,
    one_of,
    plug,
    present,
)


def connectors(station: Subject) -> range:
    """The connector ids of the charge point: 1.6 counts them without EVSEs."""
    return range(1, sum(station.evses) + 1)


def status(station: Subject, wanted: Any, *, connector: int | None = None, within_s: float = 0) -> Expect:
    """The charge point reports a connector's state (of the connector under test unless another is named)."""
    where = {"connectorId": station.evse if connector is None else connector, "status": wanted}
    return expect("StatusNotification", within_s or station.message_s, where=where)


def all_available(station: Subject) -> Script:
    """The charge point reports itself and every connector as available."""
    for connector in (0, *connectors(station)):
        yield status(station, "Available", connector=connector)


def ready(station: Subject) -> Script:
    """The charge point is up, accepted and idle; one that was not switched on by the rig is taken to be."""
    boots = yield Operate("ready")
    if boots:
        yield expect("BootNotification", station.boot_s)
        yield from all_available(station)


def configured(station: Subject, key: str, value: object, *, optional: bool = False) -> Script:
    """Set one key; with ``optional`` a charge point that lacks it, or has it fixed, goes on as it is."""
    wanted = ("Accepted", "RebootRequired", "Rejected", "NotSupported") if optional else ("Accepted", "RebootRequired")
    yield ask("ChangeConfiguration", {"key": key, "value": str(value)}, having={"status": one_of(*wanted)})


def plugged(station: Subject) -> Script:
    """The cable is in: Preparing."""
    yield plug(station)
    yield status(station, "Preparing")


def authorized(station: Subject, *, preparing: bool = True) -> Script:
    """A valid idTag was presented; without a cable the connector waits for one."""
    token = station.tokens.valid
    yield present(station, token)
    yield expect("Authorize", station.message_s, having={"idTag": token.id})
    if preparing:
        yield status(station, "Preparing")


def started(station: Subject) -> Script:
    """The transaction starts and energy flows, in either order; returns the StartTransaction."""
    having = {"idTag": station.tokens.valid.id, "connectorId": station.evse}
    start: Received = yield expect("StartTransaction", station.message_s, having=having)
    yield status(station, "Charging")
    return start


def charging(station: Subject) -> Script:
    """A whole local start, cable first."""
    yield from ready(station)
    yield from plugged(station)
    yield from authorized(station, preparing=False)
    yield from started(station)


def after_a_while(station: Subject) -> Script:
    """Charge for the configured duration."""
    yield let_pass(station.transaction_s)
