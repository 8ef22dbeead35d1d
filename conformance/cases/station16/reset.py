"""Resets, connector locks, faults and the states that survive them. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station16.states import (
    AVAILABLE,
    FINISHING,
    PREPARING,
    all_are,
    authorizes_remote,
    availability,
    charging,
    connectors,
    ended,
    ready,
    remote_start,
    status,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    any_of,
    ask,
    check,
    expect,
    fault,
    given,
    one_of,
    plug,
    power_off,
    power_on,
    present,
    seen,
    silence,
    station16,
    unplug,
)

LOCK, BROKEN = "lock jammed", "door open"


def faulted(station: Subject) -> Script:
    """The charge point, idle until now, is out of order and says so."""
    yield fault(station, BROKEN)
    yield status(station, "Faulted")


def _reset(kind: str) -> Script:
    yield ask("Reset", {"type": kind}, having={"status": "Accepted"}, rule="1.6:5.14")


@station16(
    "TC_013_CS",
    "Hard reset, idle",
    verifies="1.6:5.14",
    catches="forgets_unavailable_16 never_reboots_16",
)
def hard_reset(station: Subject) -> Script:
    yield from _reset_keeps_availability(station, "Hard")


@station16(
    "TC_014_CS",
    "Soft reset, idle",
    verifies="1.6:5.14",
    catches="forgets_unavailable_16 never_reboots_16",
)
def soft_reset(station: Subject) -> Script:
    yield from _reset_keeps_availability(station, "Soft")


def _reset_keeps_availability(station: Subject, kind: str) -> Script:
    yield from given(ready(station))
    yield from given(availability(station, "Inoperative", "Unavailable"))
    yield from _reset(kind)
    yield expect("BootNotification", station.boot_s, rule="1.6:5.14")
    for connector in (0, *connectors(station)):
        wanted = "Unavailable" if connector == station.evse else AVAILABLE
        yield status(station, wanted, connector=connector, rule="1.6:5.14")
    yield from availability(station, "Operative", AVAILABLE)


@station16(
    "TC_015_CS",
    "Hard reset with transaction",
    verifies="1.6:5.14",
    catches="stops_for_another_reason_16 never_reboots_16",
)
def hard_reset_charging(station: Subject) -> Script:
    yield from _reset_ends(station, "Hard")


@station16(
    "TC_016_CS",
    "Soft reset with transaction",
    verifies="1.6:5.14",
    catches="stops_for_another_reason_16 never_reboots_16 stops_after_the_reset_16",
)
def soft_reset_charging(station: Subject) -> Script:
    yield from _reset_ends(station, "Soft")


def _reset_ends(station: Subject, kind: str) -> Script:
    yield from given(charging(station))
    yield from _reset(kind)
    boot: Received = yield expect("BootNotification", station.boot_s, rule="1.6:5.14")
    stops: list[Received] = yield seen("StopTransaction")
    if not stops and kind == "Hard":
        stops = [(yield expect("StopTransaction", station.message_s, rule="1.6:5.14"))]
    reasons = [stop.get("reason") for stop in stops]
    yield check(reasons == [f"{kind}Reset"], f"one StopTransaction, reason {kind}Reset", reasons, "1.6:5.14")
    if kind == "Soft":
        early = bool(stops) and stops[0].line < boot.line
        yield check(early, "StopTransaction before the reset", "not so", "1.6:5.14")
    yield status(station, one_of(FINISHING, PREPARING))


def _unlock(connector: int, wanted: str) -> Script:
    yield ask("UnlockConnector", {"connectorId": connector}, having={"status": wanted}, rule="1.6:5.18 1.6:7.46")


@station16(
    "TC_017_1_CS",
    "Unlock idle connector, detachable cable",
    verifies="1.6:5.18 1.6:7.46",
    catches="never_unlocks_16",
)
def unlock_idle(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _unlock(station.evse, "Unlocked")


@station16(
    "TC_017_2_CS",
    "Unlock idle connector, fixed cable",
    verifies="1.6:5.18 1.6:7.46",
    catches="unlocks_anything_16",
)
def unlock_fixed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _unlock(station.evse, "NotSupported")


@station16(
    "TC_018_1_CS",
    "Unlock with transaction, detachable cable",
    verifies="1.6:5.18 1.6:4.10 1.6:7.46",
    catches="stops_for_another_reason_16 never_unlocks_16",
)
def unlock_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield from _unlock(station.evse, "Unlocked")
    yield from ended(station, "UnlockCommand", "1.6:5.18 1.6:4.10")
    yield unplug(station)
    yield status(station, AVAILABLE)


@station16(
    "TC_018_2_CS",
    "Unlock with transaction, fixed cable",
    verifies="1.6:5.18 1.6:7.46",
    catches="unlocks_anything_16",
)
def unlock_fixed_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield from _unlock(station.evse, "NotSupported")


@station16(
    "TC_031_CS",
    "Unlock unknown connector",
    verifies="1.6:5.18 1.6:7.46",
    catches="unlocks_anything_16",
)
def unlock_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _unlock(max(connectors(station)) + 1, "NotSupported")


@station16(
    "TC_030_CS",
    "Unlock fails",
    verifies="1.6:5.18 1.6:7.46",
    catches="unlocks_anything_16",
)
def unlock_fails(station: Subject) -> Script:
    yield from given(charging(station))
    yield fault(station, LOCK)
    yield from _unlock(station.evse, "UnlockFailed")


@station16(
    "TC_024_CS",
    "Connector lock failure at start",
    verifies="1.6:4.9 1.6:7.6 1.6:7.7",
    catches="hides_a_lock_failure_16 never_preparing_16 starts_unlocked_16 charges_unlocked_16",
)
def lock_fails(station: Subject) -> Script:
    yield from given(ready(station))
    asks = yield from given(authorizes_remote(station))
    yield fault(station, LOCK)
    yield from remote_start(station, asks)
    yield status(station, PREPARING)
    yield plug(station)
    yield status(station, "Faulted", errorCode="ConnectorLockFailure", rule="1.6:7.6")
    yield silence(station.message_s, "StatusNotification", where={"status": "Charging"}, rule="1.6:7.7")
    starts: list[Received] = yield seen("StartTransaction")
    yield check(not starts, "no StartTransaction", f"{len(starts)} of them", "1.6:7.7")


@station16(
    "TC_041_CS",
    "Faulted connector behaviour",
    verifies="1.6:4.9 1.6:7.7",
    catches="charges_though_broken_16 hides_faults_16",
)
def no_start_when_faulted(station: Subject) -> Script:
    yield from given(ready(station))
    yield from faulted(station)
    yield present(station, station.tokens.valid)
    yield plug(station)
    yield silence(station.transaction_s, "StartTransaction", rule="1.6:7.7")


@station16(
    "TC_032_1_CS",
    "Power failure, transactions stopped before going down",
    verifies="1.6:4.10 1.6:7.36",
    catches="stops_for_another_reason_16 stops_after_the_boot_16",
)
def power_lost_with_backup(station: Subject) -> Script:
    yield from given(charging(station))
    yield power_off(station)
    yield from ended(station, "PowerLoss", "1.6:4.10 1.6:7.36")
    yield power_on(station)
    yield from _back(station)


def _back(station: Subject) -> Script:
    """The charge point tells after its boot how it stands; the cable is still in."""
    yield from _others_back(station)
    yield status(station, one_of(FINISHING, PREPARING))


def _others_back(station: Subject) -> Script:
    """The charge point has booted, and tells of itself and of the connectors that nobody used."""
    yield expect("BootNotification", station.boot_s, rule="1.6:4.2")
    for connector in (0, *connectors(station)):
        if connector != station.evse:
            yield status(station, AVAILABLE, connector=connector)


@station16(
    "TC_032_2_CS",
    "Power failure, transactions stopped after reboot",
    verifies="1.6:4.10 1.6:7.36",
    catches="stops_for_another_reason_16 forgets_what_ran_16 forgets_the_others_16",
)
def power_lost(station: Subject) -> Script:
    yield from given(charging(station))
    yield power_off(station)
    yield power_on(station)
    yield from _others_back(station)
    how = expect("StopTransaction", station.message_s, rule="1.6:4.10")
    first: Received | None = yield any_of(how, status(station, "Charging"))
    if first is not None and first.action == "StatusNotification":
        yield present(station, station.tokens.valid)
        first = yield how
    if first is not None:
        reason = first.get("reason", "Local")
        fits = reason in {"PowerLoss", "Reboot", "Local"}
        yield check(fits, "reason PowerLoss (Local, if it was resumed)", reason, "1.6:4.10 1.6:7.36")
    yield status(station, one_of(FINISHING, PREPARING))


@station16(
    "TC_034_CS",
    "Power failure keeps Unavailable state",
    verifies="1.6:5.2",
    catches="forgets_unavailable_16",
)
def power_lost_while_closed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from availability(station, "Inoperative", "Unavailable", 0)
    yield power_off(station)
    yield power_on(station)
    yield expect("BootNotification", station.boot_s, rule="1.6:4.2")
    yield from all_are(station, "Unavailable", rule="1.6:5.2")
