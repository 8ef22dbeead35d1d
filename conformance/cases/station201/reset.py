"""Block B, resets of a station and of its EVSEs. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.cases.station201.states import (
    Tx,
    authorized,
    bay_left,
    charging,
    connector_is,
    connectors_since,
    disconnected,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    reserved,
    stopped_locally,
    told_of_startup,
)
from conformance.vocabulary import (
    ABSENT,
    Matcher,
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    seen,
    station201,
)


def _reset(kind: str, status: str, rule: str, *, evse: int = 0) -> Script:
    at = {"evseId": evse} if evse else {}
    yield ask("Reset", {"type": kind, **at}, having={"status": status}, rule=rule)


def _rebooted(
    station: Subject,
    reason: str,
    *,
    here: str = "Available",
    places: Sequence[tuple[int, int]] = (),
    rule: str = "B01.FR.05",
) -> Script:
    """The station boots for this reason, and the connectors at ``places`` are ``here``, the others free."""
    booting = "B12.FR.03 B01.FR.03" if reason == "ScheduledReset" else "B11.FR.03 B01.FR.03"
    boot: Received = yield expect("BootNotification", station.boot_s, having={"reason": reason}, rule=booting)
    yield from connectors_since(boot, station, here=here, places=places, rule=rule)


def _here(station: Subject) -> list[tuple[int, int]]:
    return [(station.evse, station.connector)]


def _ends_normally(station: Subject, tx: Tx, rule: str = "B12.FR.03 E07.FR.02") -> Script:
    """The driver stops and unplugs; returns whether the transaction ended before the cable was out."""
    yield from stopped_locally(station, tx, rule=rule)
    yield from post_session(station, tx)
    if tx.ended:
        return True
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)
    return False


@station201(
    "TC_B_20_CS",
    "Reset station OnIdle, no transaction",
    verifies="B11.FR.01 B11.FR.03 B11.FR.04 B01.FR.03",
    catches="never_reboots tells_connectors_before_it_boots",
)
def reset_idle(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reset("OnIdle", "Accepted", "B11.FR.01")
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B11.FR.03")
    yield from connectors_since(boot, station, rule="B11.FR.04")


@station201(
    "TC_B_21_CS",
    "Reset station OnIdle waits for transaction end",
    verifies="B12.FR.01 B12.FR.03",
    catches="forgets_why_it_reboots resets_while_charging",
)
def reset_scheduled(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from _reset("OnIdle", "Scheduled", "B12.FR.01")
    early = yield from _ends_normally(station, tx)
    yield from _rebooted(station, "ScheduledReset", here="Occupied", places=_here(station) if early else ())
    yield from told_of_startup(station)


@station201(
    "TC_B_22_CS",
    "Immediate reset ends running transaction",
    verifies="B12.FR.02 B12.FR.04 E07.FR.03 B01.FR.03",
    catches="ends_without_reason ends_as_if_the_driver_had",
)
def reset_immediate(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from _reset("Immediate", "Accepted", "B12.FR.02")
    yield from _cut_off(station, tx, "B12.FR.04", idToken=ABSENT)
    yield from _rebooted(station, "RemoteReset", here="Occupied", places=_here(station))


def _cut_off(station: Subject, tx: Tx, rule: str, **more: Matcher) -> Script:
    """The reset ends the transaction."""
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Ended"},
        having={
            "triggerReason": "ResetCommand",
            "transactionInfo.transactionId": tx.id,
            "transactionInfo.chargingState": "EVConnected",
            "transactionInfo.stoppedReason": "ImmediateReset",
            **more,
        },
        rule=rule,
    )


@station201(
    "TC_B_23_CS",
    "Unavailable state survives reset",
    verifies="B01.FR.03 B11.FR.01 B11.FR.02 B11.FR.03 B11.FR.04",
    catches="opens_when_it_reboots",
)
def unavailable_survives(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station))
    yield from _reset("OnIdle", "Accepted", "B11.FR.01")
    yield from _rebooted(station, "RemoteReset", here="Unavailable", places=_here(station), rule="B11.FR.02")


def _closed(station: Subject) -> Script:
    evse = {"id": station.evse, "connectorId": station.connector}
    yield ask("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": evse}, having={"status": "Accepted"})
    yield connector_is(station, "Unavailable")


@station201(
    "TC_B_24_CS",
    "Reservation survives reset",
    verifies="B01.FR.03 B11.FR.01 B11.FR.03 B11.FR.04 B11.FR.05",
    catches="forgets_who_reserved",
)
def reservation_survives(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(reserved(station, 1, station.tokens.valid))
    yield from _reset("Immediate", "Accepted", "B11.FR.01")
    kept = [each for each in station.connectors if each[0] == station.evse]
    yield from _rebooted(station, "RemoteReset", here="Reserved", places=kept, rule="B11.FR.05")


@station201(
    "TC_B_41_CS",
    "OnIdle reset waits for all transactions on several EVSEs",
    verifies="B12.FR.01 B12.FR.03 E07.FR.03",
    catches="resets_while_charging forgets_the_second_evse",
)
def reset_after_all(station: Subject) -> Script:
    yield from given(ready(station))
    other = replace(station.tokens, valid=station.tokens.other)
    first, second = replace(station, evse=1, connector=1), replace(station, evse=2, connector=1, tokens=other)
    one: Tx = yield from given(_charging_at(first))
    two: Tx = yield from given(_charging_at(second))
    boots: list[Received] = yield seen("BootNotification")
    yield from _reset("OnIdle", "Scheduled", "B12.FR.01")
    if (yield from _ends_normally(first, one)):
        yield from disconnected(first, one, ends=None)
    again: list[Received] = yield seen("BootNotification")
    yield check(again == boots, "no boot while an EV charges", f"{len(again) - len(boots)}", "B12.FR.01 B12.FR.03")
    early = yield from _ends_normally(second, two)
    yield from _rebooted(station, "ScheduledReset", here="Occupied", places=_here(second) if early else ())


def _charging_at(place: Subject) -> Script:
    tx: Tx = yield from new_session(place)
    yield from plugged(place, tx)
    yield from authorized(place, tx)
    yield from energized(place, tx)
    return tx


@station201(
    "TC_B_25_CS",
    "Reset one EVSE, no transaction",
    verifies="B11.FR.01 B11.FR.08 B11.FR.10",
    catches="resets_no_evse",
)
def reset_evse(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reset("OnIdle", "Accepted", "B11.FR.01 B11.FR.08", evse=station.evse)


@station201(
    "TC_B_26_CS",
    "Reset one EVSE OnIdle with transaction",
    verifies="B12.FR.01 B12.FR.07",
    catches="resets_while_charging cuts_off_whom_it_should_wait_for",
)
def reset_evse_scheduled(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from _reset("OnIdle", "Scheduled", "B12.FR.01", evse=station.evse)
    if (yield from _ends_normally(station, tx, "B12.FR.07 E07.FR.02")):
        yield from disconnected(station, tx, ends=None)
    ends: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "ResetCommand"})
    yield check(not ends, "a transaction that ends as its driver wants", "triggerReason ResetCommand", "B12.FR.07")


@station201(
    "TC_B_27_CS",
    "Reset one EVSE Immediate with transaction",
    verifies="B12.FR.02 B12.FR.08 E07.FR.03",
    catches="ends_without_reason ends_as_if_the_driver_had",
)
def reset_evse_immediate(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from _reset("Immediate", "Accepted", "B12.FR.02", evse=station.evse)
    yield from _cut_off(station, tx, "B12.FR.08")


@station201(
    "TC_B_28_CS",
    "EVSE reset refused when unsupported",
    verifies="B11.FR.01 B11.FR.09 B12.FR.01 B12.FR.09",
    catches="resets_any_evse",
)
def reset_evse_refused(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _reset("OnIdle", "Rejected", "B11.FR.09", evse=station.evse)


@station201(
    "TC_B_29_CS",
    "EVSE reset refused when unsupported, transaction running",
    verifies="B12.FR.01 B12.FR.09",
    catches="schedules_a_reset_of_any_evse",
)
def reset_evse_refused_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield from _reset("OnIdle", "Rejected", "B12.FR.09", evse=station.evse)
