"""What the bench says as a 2.0.1 station, shared by the cases for a CSMS (part 6, reusable states of the CSMS)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.vocabulary import NOW, Payload, Received, Script, Subject, Token, ask, connect, expect, let_pass

STATION_INFO = {"model": "Bench", "vendorName": "Chargebench"}
ACCEPTED = {"idTokenInfo.status": "Accepted"}
REGISTER = "Energy.Active.Import.Register"


@dataclass(slots=True)
class Session:
    """A transaction of the bench: counts its events, and knows whether the next one is the first."""

    csms: Subject
    id: str
    plugged: bool = False
    seq_no: int = field(default=0)

    def event(self, trigger: str, *, kind: str = "", state: str = "", **more: Any) -> Payload:
        """A TransactionEvent. ``kind`` defaults to Started for the first one and Updated after it."""
        info: Payload = {"transactionId": self.id, **more.pop("info", {})}
        if state:
            info["chargingState"] = state
        payload = {
            "eventType": kind or ("Updated" if self.seq_no else "Started"),
            "timestamp": NOW,
            "triggerReason": trigger,
            "seqNo": self.seq_no,
            "transactionInfo": info,
            **more,
        }
        self.seq_no += 1
        return payload

    @property
    def place(self) -> Payload:
        """The EVSE and connector of the session."""
        return {"evse": {"id": self.csms.evse, "connectorId": self.csms.connector}}


def session(csms: Subject, number: int = 1) -> Session:
    """A new transaction of this case."""
    return Session(csms, f"tx-{csms.nonce}-{number}")


def attached(csms: Subject) -> Script:
    """The station has dialled, booted and told its connectors."""
    yield connect(csms)
    yield from booted(csms)


def booted(csms: Subject, reason: str = "PowerUp") -> Script:
    """Booted: the boot is accepted, every connector is reported."""
    yield ask("BootNotification", boot(reason), having={"status": "Accepted"}, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


def boot(reason: str = "PowerUp") -> Payload:
    """A BootNotification request."""
    return {"reason": reason, "chargingStation": STATION_INFO}


def connectors_are(csms: Subject, status: str) -> Script:
    """Every connector is reported."""
    for evse, connector in csms.connectors:
        yield ask("StatusNotification", status_of(evse, connector, status))


def connector_is(csms: Subject, status: str) -> Script:
    """The connector under test is reported."""
    yield ask("StatusNotification", status_of(csms.evse, csms.connector, status))


def status_of(evse: int, connector: int, status: str) -> Payload:
    """A StatusNotification request."""
    return {"timestamp": NOW, "connectorStatus": status, "evseId": evse, "connectorId": connector}


def authorize(token: Token) -> Payload:
    """An Authorize request."""
    return {"idToken": token.payload}


def plugged(csms: Subject, tx: Session) -> Script:
    """EVConnectedPreSession: the connector is occupied and the transaction tells so."""
    yield from connector_is(csms, "Occupied")
    event = tx.event("CablePluggedIn", state="EVConnected", **tx.place)
    yield ask("TransactionEvent", event, rule="E01.FR.02 E02.FR.06")
    tx.plugged = True


def authorized(csms: Subject, tx: Session, token: Token | None = None) -> Script:
    """Authorized: the token is accepted, alone and in the transaction."""
    token = token or csms.tokens.valid
    yield ask("Authorize", authorize(token), having=ACCEPTED, rule="C01.FR.07")
    yield ask("TransactionEvent", tx.event("Authorized", idToken=token.payload), having=ACCEPTED, rule="E02.FR.02")


def energized(csms: Subject, tx: Session) -> Script:
    """EnergyTransferStarted: energy flows."""
    if not tx.plugged:
        yield from plugged(csms, tx)
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="Charging"), rule="E01.FR.18 E02.FR.13")


def charging(csms: Subject, number: int = 1) -> Script:
    """A whole local start, cable first; returns the session."""
    tx = session(csms, number)
    yield from plugged(csms, tx)
    yield from authorized(csms, tx)
    yield from energized(csms, tx)
    return tx


def suspended(csms: Subject, tx: Session) -> Script:
    """EnergyTransferSuspended: the EV takes no energy for now."""
    yield let_pass(csms.transaction_s)
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="SuspendedEV"), rule="E01.FR.18 E02.FR.13")


def stopped(csms: Subject, tx: Session) -> Script:
    """StopAuthorized: the driver's token ended the right to charge."""
    token = csms.tokens.valid.payload
    yield ask("TransactionEvent", tx.event("StopAuthorized", idToken=token), having=ACCEPTED, rule="E01.FR.12")


def post_session(csms: Subject, tx: Session) -> Script:
    """EVConnectedPostSession: no energy any more."""
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="EVConnected"), rule="E01.FR.18 E02.FR.13")


def disconnected(csms: Subject, tx: Session, **more: Any) -> Script:
    """EVDisconnected: the cable is out, the transaction over."""
    yield from connector_is(csms, "Available")
    info = {"stoppedReason": "EVDisconnected"}
    event = tx.event("EVCommunicationLost", kind="Ended", state="Idle", info=info, **more)
    yield ask("TransactionEvent", event, rule="E06.FR.02")


def meter(value: float, context: str) -> list[Payload]:
    """A meter value of the energy register (Wh)."""
    return [{"timestamp": NOW, "sampledValue": [{"value": value, "context": context, "measurand": REGISTER}]}]


def told(csms: Subject, action: str, **how: Any) -> Script:
    """The CSMS, told to, sends a request; returns it unanswered."""
    request: Received = yield expect(action, csms.message_s, **how)
    return request
