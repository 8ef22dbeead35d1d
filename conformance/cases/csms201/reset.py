"""Block B, resets. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    Session,
    attached,
    boot,
    charging,
    connectors_are,
    disconnected,
    status_of,
    told,
)
from conformance.vocabulary import ABSENT, Script, Subject, answer, ask, command, csms201, given

BOOTED = {"status": "Accepted"}
INFO = {"idTokenInfo.status": "Accepted"}


def _reset(csms: Subject, kind: str, status: str, rule: str, *, evse: bool = False) -> Script:
    """The CSMS, told to, resets the station or the EVSE under test, and is answered."""
    yield command(csms, "reset", kind=kind, **({"evse": csms.evse} if evse else {}))
    having = {"type": kind, "evseId": csms.evse if evse else ABSENT}
    request = yield from told(csms, "Reset", having=having, rule=rule)
    yield answer(request, status=status)


def _ends_normally(csms: Subject, tx: Session) -> Script:
    """The driver stops and unplugs."""
    token = csms.tokens.valid.payload
    stop = tx.event("StopAuthorized", state="EVConnected", idToken=token)
    yield ask("TransactionEvent", stop, having=INFO, rule="E07.FR.03")
    yield from disconnected(csms, tx)


def _cut_off(csms: Subject, tx: Session) -> Script:
    """The reset ends the transaction."""
    info = {"stoppedReason": "ImmediateReset"}
    yield ask("TransactionEvent", tx.event("ResetCommand", kind="Ended", state="EVConnected", info=info))


@csms201(
    "TC_B_20_CSMS",
    "Reset station OnIdle, no transaction",
    verifies="B11.FR.04",
    catches="resets_at_once resets_one_evse",
)
def reset_idle(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _reset(csms, "OnIdle", "Accepted", "B11.FR.01")
    yield ask("BootNotification", boot("RemoteReset"), having=BOOTED, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_21_CSMS",
    "Reset station OnIdle waits for transaction end",
    verifies="B12.FR.01 B12.FR.03 E07.FR.03",
    catches="resets_at_once resets_one_evse",
)
def reset_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    yield from _reset(csms, "OnIdle", "Scheduled", "B12.FR.01")
    yield from _ends_normally(csms, tx)
    yield ask("BootNotification", boot("ScheduledReset"), having=BOOTED, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_22_CSMS",
    "Immediate reset ends running transaction",
    verifies="B12.FR.02",
    catches="resets_some_time resets_one_evse",
)
def reset_immediate(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    yield from _reset(csms, "Immediate", "Accepted", "B12.FR.02")
    yield from _cut_off(csms, tx)
    yield ask("BootNotification", boot("RemoteReset"), having=BOOTED, rule="B01.FR.02")
    for evse, connector in csms.connectors:
        here = (evse, connector) == (csms.evse, csms.connector)
        yield ask("StatusNotification", status_of(evse, connector, "Occupied" if here else "Available"))


@csms201(
    "TC_B_25_CSMS",
    "Reset one EVSE, no transaction",
    verifies="B11.FR.04",
    catches="resets_at_once resets_the_whole_station",
)
def reset_evse(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _reset(csms, "OnIdle", "Accepted", "B11.FR.01 B11.FR.08", evse=True)


@csms201(
    "TC_B_26_CSMS",
    "Reset one EVSE OnIdle with transaction",
    verifies="B12.FR.07",
    catches="resets_at_once resets_the_whole_station",
)
def reset_evse_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    yield from _reset(csms, "OnIdle", "Scheduled", "B12.FR.01 B12.FR.07", evse=True)
    yield from _ends_normally(csms, tx)


@csms201(
    "TC_B_27_CSMS",
    "Reset one EVSE Immediate with transaction",
    verifies="B12.FR.02 B12.FR.08",
    catches="resets_some_time resets_the_whole_station",
)
def reset_evse_immediate(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    yield from _reset(csms, "Immediate", "Accepted", "B12.FR.02 B12.FR.08", evse=True)
    yield from _cut_off(csms, tx)
