"""What the bench says as a 1.6 charge point, shared by the cases for a central system."""

from __future__ import annotations

from typing import Any

from conformance.vocabulary import (
    NOW,
    PRESENT,
    Instant,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Token,
    ask,
    command,
    connect,
    disconnect,
    expect,
    let_pass,
)

ACCEPTED = {"idTagInfo.status": "Accepted"}
BOOT = {"chargePointModel": "Bench", "chargePointVendor": "Chargebench"}
METER_START_WH, METER_STOP_WH = 1000, 2500


def status_of(connector: int, status: str, error: str = "NoError") -> Payload:
    """A StatusNotification request."""
    return {"connectorId": connector, "errorCode": error, "status": status, "timestamp": NOW}


def is_now(csms: Subject, status: str, error: str = "NoError") -> Script:
    """The connector under test is reported."""
    yield ask("StatusNotification", status_of(csms.evse, status, error), rule="1.6:4.9")


def connectors_are(csms: Subject, status: str) -> Script:
    """The charge point and every connector are reported."""
    for connector in range(sum(csms.evses) + 1):
        yield ask("StatusNotification", status_of(connector, status), rule="1.6:4.9")


def attached(csms: Subject) -> Script:
    """The charge point has dialled, booted and told its connectors."""
    yield connect(csms)
    yield from booted(csms)


def accepted(csms: Subject) -> Script:
    """The boot is accepted."""
    yield ask("BootNotification", BOOT, having={"status": "Accepted", "currentTime": PRESENT}, rule="1.6:4.2")


def booted(csms: Subject, status: str = "Available") -> Script:
    """The boot is accepted, the charge point and every connector are reported."""
    yield from accepted(csms)
    yield from connectors_are(csms, status)


def rebooted(csms: Subject) -> Script:
    """The charge point goes down and comes back."""
    yield disconnect(close=True)
    yield let_pass(csms.tolerance_s)
    yield connect(csms)
    yield from booted(csms)


def authorized(csms: Subject, token: Token | None = None, **having: Any) -> Script:
    """A valid idTag is accepted."""
    tag = (token or csms.tokens.valid).id
    yield ask("Authorize", {"idTag": tag}, having={**ACCEPTED, **having}, rule="1.6:4.1")


def start_of(csms: Subject, token: Token | None = None, *, at: Instant = NOW, **more: Any) -> Payload:
    """A StartTransaction request."""
    place = {"connectorId": csms.evse, "idTag": (token or csms.tokens.valid).id}
    return {**place, "meterStart": METER_START_WH, "timestamp": at, **more}


def started(
    csms: Subject, token: Token | None = None, *, at: Instant = NOW, rule: str = "1.6:4.8", **more: Any
) -> Script:
    """The transaction starts; returns the id that the central system gave it."""
    request = start_of(csms, token, at=at, **more)
    reply: Reply = yield ask("StartTransaction", request, having=ACCEPTED, rule=rule)
    return reply.get("transactionId")


def charging(csms: Subject, token: Token | None = None, **more: Any) -> Script:
    """A whole local start, cable first; returns the transaction id."""
    yield from is_now(csms, "Preparing")
    yield from authorized(csms, token)
    transaction = yield from started(csms, token, **more)
    yield from is_now(csms, "Charging")
    return transaction


def stopped(transaction: Any, reason: str, *, at: Instant = NOW) -> Script:
    """The transaction ends."""
    request = {"transactionId": transaction, "meterStop": METER_STOP_WH, "timestamp": at, "reason": reason}
    yield ask("StopTransaction", request, rule="1.6:4.10")


def ended(csms: Subject, transaction: Any, reason: str) -> Script:
    """The transaction ends, and the cable is taken out."""
    yield from stopped(transaction, reason)
    yield from is_now(csms, "Finishing")
    yield from is_now(csms, "Available")


def told(csms: Subject, action: str, **how: Any) -> Script:
    """The central system, told to, sends a request; returns it unanswered."""
    request: Received = yield expect(action, csms.message_s, **how)
    return request


def goes_on() -> Script:
    """The central system takes the answer, and still answers itself."""
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="1.6:4.6")


def reset_asked(csms: Subject, kind: str) -> Script:
    """The central system, told to, asks for a reset; returns its request unanswered."""
    yield command(csms, "reset", kind=kind)
    request: Received = yield from told(csms, "Reset", having={"type": kind}, rule="1.6:5.14")
    return request
