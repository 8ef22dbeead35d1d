"""CustomerInformation of OCPP 2.0.1 (N09, N10): what the station holds about a customer, told and cleared."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered
from simulator.customer import Customer, forget, known
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS

if TYPE_CHECKING:
    from simulator.station import Station

LONGEST = 512
"""Characters of data in one message (NotifyCustomerInformationRequest)."""

REFERENCES = ("idToken", "customerIdentifier", "customerCertificate")


@handles(HANDLERS, "CustomerInformation")
def customer_information(station: Station, ask: Payload) -> Payload:
    """N09.FR.02, .07, .09; N10.FR.01, .07."""
    if sum(reference in ask for reference in REFERENCES) != 1:
        return {"status": "Invalid"}
    if not ask["report"] and not ask["clear"]:
        return {"status": "Rejected"}
    customer = _customer(ask)
    lines = [] if customer is None else known(station, customer)
    if ask["clear"] and customer is not None:
        forget(station, customer)
    text = _text(lines, report=ask["report"])
    station.later(lambda: station.errand(_notify(station, ask["requestId"], text)))
    return {"status": "Accepted"}


def _customer(ask: Payload) -> Customer | None:
    """None: a certificate, of which the station keeps none."""
    if "idToken" in ask:
        return Customer(ask["idToken"]["idToken"])
    return Customer(ask["customerIdentifier"], any_id=True) if "customerIdentifier" in ask else None


def _text(lines: list[str], *, report: bool) -> str:
    """N09.FR.05, .06; N10.FR.03, .04, .06."""
    if not report:
        return "Data cleared"
    return "\n".join(lines) or "No data found"


def _notify(station: Station, request_id: int, text: str) -> Generator[simpy.Event, Any, None]:
    """In parts, numbered from 0; it ends where a part gets no answer."""
    generated = station.stamp()
    parts = [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)]
    for number, part in enumerate(parts):
        payload: Payload = {"requestId": request_id, "generatedAt": generated, "seqNo": number, "data": part}
        if number < len(parts) - 1:
            payload["tbc"] = True
        reply = yield station.line.call("NotifyCustomerInformation", payload)
        if not isinstance(reply, Answered):
            return
