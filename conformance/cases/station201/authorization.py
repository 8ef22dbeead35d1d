"""Block C, authorization. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    charging,
    configured,
    connected,
    ready,
    start_points,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    Token,
    answer,
    check,
    expect,
    given,
    other_than,
    present,
    satisfying,
    seen,
    silence,
    station201,
)


def _cable_locked(station: Subject) -> Script:
    """Nobody may plug in yet, so that a transaction can begin with the authorization alone."""
    yield from ready(station)
    yield from configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True)
    points = yield from start_points(station)
    if "Authorized" not in points:
        yield from configured(station, "TxCtrlr", "TxStartPoint", "Authorized", optional=True)


def _refused(station: Subject, token: Token, rule: str, *, status: str = "") -> Script:
    """A token that the CSMS refuses moves nothing: all that is still told of a transaction are meter values."""
    yield present(station, token)
    having = {"idToken.idToken": token.id, "idToken.type": token.type}
    request: Received = yield expect("Authorize", station.message_s, having=having, rule=rule)
    if status:
        yield answer(request, idTokenInfo={"status": status})
    moved = {"triggerReason": other_than("MeterValueClock", "MeterValuePeriodic")}
    rule = f"{rule} C01.FR.01"
    yield silence(station.message_s, "TransactionEvent", where=moved, rule=rule)
    powered: list[Received] = yield seen("TransactionEvent", where={"transactionInfo.chargingState": "Charging"})
    yield check(not powered, "no energy", f"{len(powered)} events of charging", rule)


@station201(
    "TC_C_02_CS",
    "Local start with invalid/unknown token",
    verifies="C01.FR.02 C06.FR.02",
    catches="charges_anyone tells_of_refused_tokens",
)
def invalid_token(station: Subject) -> Script:
    yield from given(connected(station))
    yield from _refused(station, station.tokens.invalid, "C01.FR.02")


@station201(
    "TC_C_05_CS",
    "Invalid token with cable lock: connector stays locked",
    verifies="C01.FR.02 C06.FR.02",
    catches="charges_anyone asks_nobody",
)
def invalid_token_at_locked_cable(station: Subject) -> Script:
    yield from given(_cable_locked(station))
    yield from _refused(station, station.tokens.invalid, "C01.FR.02")


@station201(
    "TC_C_56_CS",
    "Local start with unknown token",
    verifies="C01.FR.02",
    catches="charges_anyone asks_nobody",
)
def unknown_token(station: Subject) -> Script:
    yield from given(connected(station))
    yield from _refused(station, station.tokens.invalid, "C01.FR.02", status="Unknown")


@station201(
    "TC_C_06_CS",
    "Local start with blocked/restricted token",
    verifies="C01.FR.02",
    catches="charges_anyone",
)
def blocked_token(station: Subject) -> Script:
    yield from given(connected(station))
    yield from _refused(station, station.tokens.blocked, "C01.FR.02")


@station201(
    "TC_C_07_CS",
    "Local start with expired token",
    verifies="C01.FR.02",
    catches="charges_anyone",
)
def expired_token(station: Subject) -> Script:
    yield from given(connected(station))
    yield from _refused(station, station.tokens.expired, "C01.FR.02")


@station201(
    "TC_C_04_CS",
    "Other token cannot stop the transaction",
    verifies="C01.FR.02 C01.FR.03",
    catches="stopped_by_anyone",
)
def other_token(station: Subject) -> Script:
    yield from given(charging(station))
    yield present(station, station.tokens.other)
    yield expect("Authorize", station.message_s, optional=True)
    told = satisfying("some token", bool)
    yield silence(station.message_s, "TransactionEvent", where={"idToken": told}, rule="C01.FR.03")
    ended: list[Received] = yield seen("TransactionEvent", where={"eventType": "Ended"})
    yield check(not ended, "the transaction goes on", "an Ended event", "C01.FR.03")
