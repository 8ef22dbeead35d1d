"""Block P, data transfer. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    ready,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    given,
    one_of,
    silence,
    station201,
)


@station201(
    "TC_P_01_CS",
    "DataTransfer to station, unknown vendor/message",
    verifies="P01.FR.05 P01.FR.06",
    catches="accepts_any_vendor",
)
def data_transfer(station: Subject) -> Script:
    yield from given(ready(station))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuchMessage"}
    yield ask("DataTransfer", request, having=refused, rule="P01.FR.05")
    yield silence(1, "BootNotification")
