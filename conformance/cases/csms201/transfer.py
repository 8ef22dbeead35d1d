"""Block P, data transfer. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    attached,
    session,
    status_of,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    csms201,
    given,
    one_of,
)

CUSTOM_DATA = "OCPP-2.0.1.part2.1.4"
"""What lets anybody add data of his own to any message."""


@csms201(
    "TC_P_02_CSMS",
    "DataTransfer to CSMS, unknown vendor/message",
    verifies="P02.FR.06 P02.FR.07",
    catches="welcomes_any_vendor",
)
def data_transfer(csms: Subject) -> Script:
    yield from given(attached(csms))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuchMessage"}
    yield ask("DataTransfer", request, having=refused, rule="P02.FR.06")


@csms201(
    "TC_P_03_CSMS",
    "customData tolerated in messages",
    verifies=CUSTOM_DATA,
    catches="chokes_on_custom_data",
)
def custom_data(csms: Subject) -> Script:
    yield from given(attached(csms))
    custom = {"vendorId": "org.chargebench", "anything": [1, {"goes": True}]}
    status = {**status_of(csms.evse, csms.connector, "Occupied"), "customData": custom}
    yield ask("StatusNotification", status, rule=CUSTOM_DATA)
    tx = session(csms)
    event = tx.event("CablePluggedIn", state="EVConnected", info={"customData": custom}, **tx.place)
    yield ask("TransactionEvent", {**event, "customData": custom}, rule=CUSTOM_DATA)
