"""Block E, transactions. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    ACCEPTED,
    Session,
    attached,
    authorize,
    authorized,
    charging,
    connector_is,
    disconnected,
    energized,
    meter,
    plugged,
    post_session,
    session,
    stopped,
    told,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms201,
    given,
    let_pass,
)


def _first_event(csms: Subject, *states: str) -> Script:
    """Authorized and plugged before the transaction begins, which is with the first of these charging states."""
    yield from given(attached(csms))
    token = csms.tokens.valid
    yield ask("Authorize", authorize(token), having=ACCEPTED, rule="C01.FR.07")
    yield from connector_is(csms, "Occupied")
    tx = session(csms)
    first, *rest = states
    event = tx.event("ChargingStateChanged", state=first, idToken=token.payload, **tx.place)
    yield ask("TransactionEvent", event, having=ACCEPTED, rule="E01.FR.12 E03.FR.02")
    for state in rest:
        yield ask("TransactionEvent", tx.event("ChargingStateChanged", state=state), rule="E01.FR.18")


@csms201(
    "TC_E_01_CSMS",
    "Transaction starts when the power path closes",
    verifies="E01.FR.05",
    catches="refuses_valid_tokens says_nothing_of_the_token",
)
def power_path_closed(csms: Subject) -> Script:
    yield from _first_event(csms, "SuspendedEVSE", "Charging")


@csms201(
    "TC_E_02_CSMS",
    "Transaction starts with the energy",
    verifies="E01.FR.06",
    catches="refuses_valid_tokens says_nothing_of_the_token",
)
def energy_transfer(csms: Subject) -> Script:
    yield from _first_event(csms, "Charging")


@csms201(
    "TC_E_03_CSMS",
    "Local start, cable first",
    verifies="E02.FR.02",
    catches="refuses_valid_tokens says_nothing_of_the_token",
)
def cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    yield from authorized(csms, tx)
    yield from energized(csms, tx)


@csms201(
    "TC_E_04_CSMS",
    "Local start, authorization first",
    verifies="E03.FR.02",
    catches="refuses_valid_tokens says_nothing_of_the_token",
)
def token_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from authorized(csms, tx)
    yield from energized(csms, tx)


@csms201(
    "TC_E_09_CSMS",
    "Transaction starts when the EV is connected",
    verifies="E01.FR.02",
    catches="chokes_on_a_start",
)
def ev_connected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from plugged(csms, session(csms))


@csms201(
    "TC_E_10_CSMS",
    "Transaction starts on local Authorized",
    verifies="E01.FR.03",
    catches="refuses_valid_tokens says_nothing_of_the_token chokes_on_a_start",
)
def authorized_locally(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from authorized(csms, session(csms))


SIGNED = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn18eyJTQSI6IkVDRFNBIn0=",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "b2NhOmJhc2UxNjphc24xOjMwNTk=",
}


@csms201(
    "TC_E_11_CSMS",
    "Transaction starts on DataSigned",
    verifies="E01.FR.04",
    catches="refuses_valid_tokens says_nothing_of_the_token chokes_on_a_start",
)
def data_signed(csms: Subject) -> Script:
    yield from given(attached(csms))
    token = csms.tokens.valid
    yield ask("Authorize", authorize(token), having=ACCEPTED, rule="C01.FR.07")
    yield from connector_is(csms, "Occupied")
    tx = session(csms)
    (value,) = meter(0.0, "Transaction.Begin")
    value["sampledValue"][0]["signedMeterValue"] = SIGNED
    event = tx.event("SignedDataReceived", idToken=token.payload, meterValue=[value], **tx.place)
    yield ask("TransactionEvent", event, having=ACCEPTED, rule="E01.FR.04 E01.FR.12 E03.FR.02")
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="Charging"), rule="E01.FR.18")


@csms201(
    "TC_E_12_CSMS",
    "Transaction starts on ParkingBayOccupancy",
    verifies="E01.FR.01",
    catches="chokes_on_a_start",
)
def parking_bay(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield ask("TransactionEvent", session(csms).event("EVDetected"), rule="E01.FR.01")


@csms201(
    "TC_E_38_CSMS",
    "Local start while EV is not ready",
    verifies="E01.FR.18 E01.FR.19",
    catches="chokes_on_a_waiting_ev chokes_on_a_cable",
)
def ev_not_ready(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(authorized(csms, tx))
    yield from plugged(csms, tx)
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="SuspendedEV"), rule="E01.FR.18 E01.FR.19")


@csms201(
    "TC_E_07_CSMS",
    "Local stop opens the power path",
    verifies="E06.FR.06",
    catches="chokes_on_the_end",
)
def stop_power_path(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _ended(tx, "StopAuthorized", "Local", "E06.FR.06")


@csms201(
    "TC_E_14_CSMS",
    "Unplugging after the stop ends the transaction",
    verifies="E06.FR.02",
    catches="chokes_on_the_end",
)
def stop_unplugged(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    yield from disconnected(csms, tx)


@csms201(
    "TC_E_15_CSMS",
    "Stop by the token that started",
    verifies="E06.FR.03",
    catches="chokes_on_the_end",
)
def stop_authorized(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _ended(tx, "StopAuthorized", "Local", "E06.FR.03")


def _ended(tx: Session, trigger: str, reason: str, rule: str) -> Script:
    yield ask("TransactionEvent", tx.event(trigger, kind="Ended", info={"stoppedReason": reason}), rule=rule)


@csms201(
    "TC_E_21_CSMS",
    "Remote stop ends the transaction",
    verifies="E06.FR.03 F03.FR.01 F03.FR.09 F03.FR.10",
    catches="stops_another_transaction",
)
def stop_remote(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield command(csms, "remote_stop", transaction_id=tx.id)
    having = {"transactionId": tx.id}
    request: Received = yield from told(csms, "RequestStopTransaction", having=having, rule="F03.FR.01")
    yield answer(request, status="Accepted")
    yield from _ended(tx, "RemoteStop", "Remote", "E06.FR.03 F03.FR.03")


@csms201(
    "TC_E_39_CSMS",
    "Cable never plugged: transaction times out",
    verifies="E03.FR.04 E03.FR.05 E06.FR.04",
    catches="chokes_on_the_end",
)
def plug_timeout(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(authorized(csms, tx))
    yield let_pass(csms.plug_timeout_s)
    yield from _ended(tx, "EVConnectTimeout", "Timeout", "E03.FR.05 E06.FR.04")


@csms201(
    "TC_E_53_CSMS",
    "seqNo begins at 0 again with each transaction",
    verifies="E01.FR.07",
    catches="chokes_on_a_number_again",
)
def sequence_restarts(csms: Subject) -> Script:
    yield from given(attached(csms))
    for number in (1, 2):
        tx = session(csms, number)
        yield from connector_is(csms, "Occupied")
        event = tx.event("CablePluggedIn", state="EVConnected", **tx.place)
        yield ask("TransactionEvent", event, rule="E01.FR.07")
        tx.plugged = True
        yield from authorized(csms, tx)
        yield from energized(csms, tx)
        yield from stopped(csms, tx)
        yield from post_session(csms, tx)
        yield from disconnected(csms, tx)
