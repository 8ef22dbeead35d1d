"""Block P, data transfer. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.charging import DEFAULT, Scale, idle, installed, profile, scale
from conformance.cases.station201.states import ready
from conformance.vocabulary import (
    Payload,
    Script,
    Subject,
    ask,
    given,
    one_of,
    optionally,
    silence,
    station201,
)

CUSTOM_DATA = "OCPP-2.0.1.part2.1.4"
"""What lets anybody add data of his own to any message."""
CUSTOM: Payload = {"vendorId": "org.chargebench.unknown", "anything": [1, {"goes": True}]}
THRESHOLD_S = "200"


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


@station201(
    "TC_P_03_CS",
    "customData tolerated in messages",
    verifies=CUSTOM_DATA,
    catches="stumbles_over_custom_data stores_nothing_with_custom_data",
)
def custom_data(station: Subject) -> Script:
    yield from given(ready(station))
    component, variable = {"name": "OCPPCommCtrlr"}, {"name": "OfflineThreshold"}
    item: Payload = {"component": component, "variable": variable, "attributeType": "Actual", "customData": CUSTOM}
    written = {"setVariableResult.0.attributeStatus": "Accepted"}
    request = {"setVariableData": [{**item, "attributeValue": THRESHOLD_S}], "customData": CUSTOM}
    yield ask("SetVariables", request, having=written, rule=CUSTOM_DATA)
    read = {
        "getVariableResult.0.attributeStatus": "Accepted",
        "getVariableResult.0.attributeType": optionally("Actual"),
        "getVariableResult.0.attributeValue": THRESHOLD_S,
    }
    yield ask("GetVariables", {"getVariableData": [item], "customData": CUSTOM}, having=read, rule=CUSTOM_DATA)


@station201(
    "TC_P_04_CS",
    "customData inside a charging profile tolerated",
    verifies=CUSTOM_DATA,
    catches="stumbles_over_custom_profiles",
    needs="P_SMART_CHARGING",
)
def custom_profile(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, DEFAULT, customData=CUSTOM)
    for period in what["chargingSchedule"][0]["chargingSchedulePeriod"]:
        period["customData"] = CUSTOM
    yield from installed(station, what, station.evse, rule=CUSTOM_DATA)
