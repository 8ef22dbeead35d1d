"""Block E, how transactions end. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    Session,
    attached,
    charging,
    connector_is,
    disconnected,
    post_session,
    session,
    stopped,
    suspended,
)
from conformance.vocabulary import Script, Subject, ask, csms201, given, one_of


def _charging(csms: Subject) -> Script:
    yield from attached(csms)
    return (yield from charging(csms))


def _suspended(csms: Subject) -> Script:
    tx = yield from _charging(csms)
    yield from suspended(csms, tx)
    return tx


def _unplugged(csms: Subject) -> Script:
    """The driver has stopped and pulled the cable, and the transaction goes on."""
    tx = yield from _charging(csms)
    yield from stopped(csms, tx)
    yield from post_session(csms, tx)
    yield from connector_is(csms, "Available")
    yield ask("TransactionEvent", tx.event("EVCommunicationLost", state="Idle"))
    return tx


def _ended(tx: Session, trigger: str, reason: str, rule: str, state: str = "") -> Script:
    event = tx.event(trigger, kind="Ended", state=state, info={"stoppedReason": reason})
    yield ask("TransactionEvent", event, rule=rule)


@csms201(
    "TC_E_08_CSMS",
    "Stop on EnergyTransfer end after stop authorization",
    verifies="E06.FR.07",
    catches="chokes_on_the_end",
)
def energy_ends(csms: Subject) -> Script:
    tx = yield from given(_charging(csms))
    yield from given(stopped(csms, tx))
    yield from _ended(tx, "ChargingStateChanged", "Local", "E06.FR.07", "EVConnected")


@csms201(
    "TC_E_16_CSMS",
    "Stop by deauthorization: token invalid",
    verifies="E06.FR.04 E01.FR.11 E01.FR.12",
    catches="takes_any_token says_nothing_of_the_token chokes_on_the_end",
)
def deauthorized(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    event = tx.event("Authorized", idToken=csms.tokens.invalid.payload)
    having = {"idTokenInfo.status": one_of("Invalid", "Unknown")}
    yield ask("TransactionEvent", event, having=having, rule="E01.FR.11 E01.FR.12")
    yield from _ended(tx, "Deauthorized", "DeAuthorized", "E06.FR.04")


@csms201(
    "TC_E_17_CSMS",
    "Stop by deauthorization: EV-side unplug",
    verifies="E06.FR.04",
    catches="chokes_on_the_end chokes_on_a_pulled_cable",
)
def deauthorized_by_unplugging(csms: Subject) -> Script:
    tx = yield from given(_suspended(csms))
    yield from _ended(tx, "EVCommunicationLost", "EVDisconnected", "E06.FR.04", "Idle")


@csms201(
    "TC_E_19_CSMS",
    "Stop on parking bay left",
    verifies="E06.FR.01",
    catches="chokes_on_the_end",
)
def parking_bay_left(csms: Subject) -> Script:
    tx = yield from given(_unplugged(csms))
    yield from _ended(tx, "EVDeparted", "Local", "E06.FR.01")


@csms201(
    "TC_E_20_CSMS",
    "Stop on EV-side unplug (IEC 61851-1 capable)",
    verifies="E06.FR.02",
    catches="chokes_on_the_end chokes_on_a_pulled_cable",
)
def unplugged_at_ev(csms: Subject) -> Script:
    tx = yield from given(_suspended(csms))
    yield from disconnected(csms, tx)


@csms201(
    "TC_E_22_CSMS",
    "Stop on energy transfer suspended by EV",
    verifies="E06.FR.07",
    catches="chokes_on_the_end",
)
def energy_ended_by_ev(csms: Subject) -> Script:
    tx = yield from given(_charging(csms))
    yield from _ended(tx, "ChargingStateChanged", "StoppedByEV", "E06.FR.07", "SuspendedEV")


@csms201(
    "TC_E_26_CSMS",
    "EV-side unplug only suspends transaction",
    verifies="E10.FR.01",
    catches="chokes_on_a_pulled_cable chokes_on_a_second_cable",
)
def goes_on_after_replugging(csms: Subject) -> Script:
    tx = yield from given(_suspended(csms))
    yield ask("TransactionEvent", tx.event("EVCommunicationLost", state="Idle"), rule="E10.FR.01")
    yield from connector_is(csms, "Available")
    yield ask("TransactionEvent", tx.event("CablePluggedIn", state="EVConnected"), rule="E10.FR.01")
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="Charging"), rule="E10.FR.01")
