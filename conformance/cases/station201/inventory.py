"""What a 2.0.1 station's device model has to hold, and what an entry of a report says (part 2, chapter 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.vocabulary import Subject

Entry = Mapping[str, Any]
"""A ReportDataType."""

LISTS = ("OptionList", "SequenceList", "MemberList")
"""The data types whose values are told by valuesList."""

ALWAYS = """
    AlignedDataCtrlr.Interval AlignedDataCtrlr.Measurands AlignedDataCtrlr.TxEndedInterval
    AlignedDataCtrlr.TxEndedMeasurands AuthCtrlr.AuthorizeRemoteStart AuthCtrlr.LocalAuthorizeOffline
    AuthCtrlr.LocalPreAuthorize ChargingStation.AvailabilityState ChargingStation.Available
    ChargingStation.SupplyPhases ClockCtrlr.DateTime ClockCtrlr.TimeSource DeviceDataCtrlr.BytesPerMessage[GetReport]
    DeviceDataCtrlr.BytesPerMessage[GetVariables] DeviceDataCtrlr.BytesPerMessage[SetVariables]
    DeviceDataCtrlr.ItemsPerMessage[GetReport] DeviceDataCtrlr.ItemsPerMessage[GetVariables]
    DeviceDataCtrlr.ItemsPerMessage[SetVariables] OCPPCommCtrlr.FileTransferProtocols
    OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent] OCPPCommCtrlr.MessageAttempts[TransactionEvent]
    OCPPCommCtrlr.MessageTimeout[Default] OCPPCommCtrlr.NetworkConfigurationPriority
    OCPPCommCtrlr.NetworkProfileConnectionAttempts OCPPCommCtrlr.OfflineThreshold OCPPCommCtrlr.ResetRetries
    OCPPCommCtrlr.UnlockOnEVSideDisconnect SampledDataCtrlr.TxEndedInterval SampledDataCtrlr.TxEndedMeasurands
    SampledDataCtrlr.TxStartedMeasurands SampledDataCtrlr.TxUpdatedInterval SampledDataCtrlr.TxUpdatedMeasurands
    SecurityCtrlr.CertificateEntries SecurityCtrlr.OrganizationName SecurityCtrlr.SecurityProfile
    TxCtrlr.EVConnectionTimeOut TxCtrlr.StopTxOnEVSideDisconnect TxCtrlr.StopTxOnInvalidId TxCtrlr.TxStartPoint
    TxCtrlr.TxStopPoint
""".split()
"""Component.Variable[instance] of every station."""

WITH_A_BLOCK = """
    DisplayMessageCtrlr.DisplayMessages DisplayMessageCtrlr.SupportedFormats DisplayMessageCtrlr.SupportedPriorities
    ISO15118Ctrlr.ContractValidationOffline LocalAuthListCtrlr.BytesPerMessage LocalAuthListCtrlr.Entries
    LocalAuthListCtrlr.ItemsPerMessage MonitoringCtrlr.BytesPerMessage[SetVariableMonitoring]
    MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring] SmartChargingCtrlr.Entries[ChargingProfiles]
    SmartChargingCtrlr.LimitChangeSignificance SmartChargingCtrlr.PeriodsPerSchedule
    SmartChargingCtrlr.ProfileStackLevel SmartChargingCtrlr.RateUnit TariffCostCtrlr.Currency
    TariffCostCtrlr.TariffFallbackMessage TariffCostCtrlr.TotalCostFallbackMessage
""".split()
"""What a station needs that has the functional block: its controller is in the device model, and is not unavailable."""

WRITABLE = """
    AlignedDataCtrlr.TxEndedMeasurands AuthCtrlr.LocalPreAuthorize ClockCtrlr.TimeSource
    OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent] OCPPCommCtrlr.MessageAttempts[TransactionEvent]
    OCPPCommCtrlr.NetworkConfigurationPriority OCPPCommCtrlr.NetworkProfileConnectionAttempts
    OCPPCommCtrlr.OfflineThreshold OCPPCommCtrlr.ResetRetries SampledDataCtrlr.TxEndedMeasurands
    SampledDataCtrlr.TxStartedMeasurands SampledDataCtrlr.TxUpdatedMeasurands SecurityCtrlr.OrganizationName
    TxCtrlr.EVConnectionTimeOut TxCtrlr.StopTxOnInvalidId
""".split()
"""The ones of every station that its operator can set."""

STANDARD = frozenset(
    """
    AcDcConverter AcPhaseSelector AccessBarrier Actuator AirCoolingSystem AlignedDataCtrlr AreaVentilation
    AuthCacheCtrlr AuthCtrlr BayOccupancySensor BeaconLighting CHAdeMOCtrlr CPPWMController CableBreakawaySensor
    CaseAccessSensor ChargingStation ChargingStatusIndicator ClockCtrlr ConnectedEV Connector
    ConnectorHolsterRelease ConnectorHolsterSensor ConnectorPlugRetentionLock ConnectorProtectionRelease
    ControlMetering Controller DataLink DeviceDataCtrlr Display DisplayMessageCtrlr DistributionPanel ELVSupply
    EVRetentionLock EVSE ElectricalFeed EmergencyStopSensor EnvironmentalLighting ExternalTemperatureSensor
    FiscalMetering FloodSensor GroundIsolationProtection Heater HumiditySensor ISO15118Ctrlr LightSensor
    LiquidCoolingSystem LocalAuthListCtrlr LocalAvailabilitySensor LocalController LocalEnergyStorage
    MonitoringCtrlr OCPPCommCtrlr OverCurrentProtection OverCurrentProtectionRecloser PowerContactor RCD
    RCDRecloser RealTimeClock ReservationCtrlr SampledDataCtrlr SecurityCtrlr ShockSensor SmartChargingCtrlr
    SpacesCountSignage Switch TariffCostCtrlr TemperatureSensor TiltSensor TokenReader TxCtrlr UIInput
    UpstreamProtectionTrigger VehicleIdSensor
    """.split()
)
"""The standardized components (appendix 3) but CustomizationCtrlr, whose variables are a vendor's own."""

OF_AN_EVSE = ("AvailabilityState", "Available", "Power", "SupplyPhases")
OF_A_CONNECTOR = ("Available", "ConnectorType", "SupplyPhases")


def name_of(entry: Entry) -> str:
    """Component.Variable[instance] of an entry."""
    variable = entry.get("variable", {})
    instance = f"[{variable['instance']}]" if variable.get("instance") else ""
    return f"{entry.get('component', {}).get('name', '')}.{variable.get('name', '')}{instance}"


def place_of(entry: Entry) -> tuple[int, int]:
    """The EVSE and connector of an entry's component; 0 where it has none."""
    evse = entry.get("component", {}).get("evse", {})
    return evse.get("id", 0), evse.get("connectorId", 0)


def component_of(entry: Entry) -> str:
    """The name of an entry's component."""
    return str(entry.get("component", {}).get("name", ""))


def attributes(entry: Entry) -> list[Mapping[str, Any]]:
    """The attributes of an entry."""
    return list(entry.get("variableAttribute", []))


def actual(entry: Entry) -> str | None:
    """The value of an entry's attribute Actual, None where it has none."""
    return next((each.get("value") for each in attributes(entry) if each.get("type", "Actual") == "Actual"), None)


def characteristics(entry: Entry) -> Mapping[str, Any]:
    """The VariableCharacteristicsType of an entry, empty where it has none."""
    return entry.get("variableCharacteristics") or {}


def values_of(entry: Entry) -> set[str]:
    """What the valuesList of an entry names."""
    return {value.strip() for value in str(characteristics(entry).get("valuesList", "")).split(",") if value.strip()}


def listed_without_values(entries: Iterable[Entry]) -> list[str]:
    """The variables of a list type of which it is not told what may stand there."""
    return [name_of(each) for each in entries if characteristics(each).get("dataType") in LISTS and not values_of(each)]


def outside_their_list(entries: Iterable[Entry]) -> list[str]:
    """The variables of a list type with a value that their valuesList does not know."""
    return [name_of(each) for each in entries if characteristics(each).get("dataType") in LISTS and _stray(each)]


def _stray(entry: Entry) -> bool:
    held = str(actual(entry) or "")
    parts = [held] if characteristics(entry).get("dataType") == "OptionList" else held.split(",")
    return any(part.strip() not in values_of(entry) for part in parts if part.strip())


def told_though_write_only(entries: Iterable[Entry]) -> list[str]:
    """The variables that nobody may read and that are told all the same."""
    return [name_of(each) for each in entries if any(map(_is_secret_told, attributes(each)))]


def _is_secret_told(attribute: Mapping[str, Any]) -> bool:
    return attribute.get("mutability") == "WriteOnly" and "value" in attribute


def untold(entries: Iterable[Entry]) -> list[str]:
    """The variables of standardized components that may be read and have no Actual value.

    Of an EVSE's Power the limit is enough (errata of part 6, 6.2.19); what a vendor adds may be unset (B07.FR.11).
    """
    readable = [each for each in entries if component_of(each) in STANDARD and name_of(each) != "EVSE.Power"]
    return [
        name_of(each)
        for each in readable
        for attribute in attributes(each)
        if attribute.get("type", "Actual") == "Actual"
        and attribute.get("mutability") != "WriteOnly"
        and "value" not in attribute
    ]


def missing(entries: Iterable[Entry], station: Subject) -> list[str]:
    """The required variables that a full inventory does not hold."""
    held = {(name_of(each), place_of(each)) for each in entries}
    names = {name for name, _ in held}
    there = {component_of(each) for each in entries if component_of(each)} - _unavailable(entries)
    wanted = [*ALWAYS, *(name for name in WITH_A_BLOCK if name.partition(".")[0] in there)]
    placed = [
        *((f"EVSE.{name}", (evse, 0)) for evse in range(1, len(station.evses) + 1) for name in OF_AN_EVSE),
        *((f"Connector.{name}", place) for place in station.connectors for name in OF_A_CONNECTOR),
    ]
    absent = [
        f"{name} of {evse}.{connector}" for name, (evse, connector) in placed if (name, (evse, connector)) not in held
    ]
    return [name for name in wanted if not _holds(names, name)] + absent


def _holds(names: set[str], wanted: str) -> bool:
    """Whether a variable is there, with any instance where it is asked for without one."""
    return wanted in names or any(name.startswith(f"{wanted}[") for name in names)


def _unavailable(entries: Iterable[Entry]) -> set[str]:
    """The controllers that say that their function is not available."""
    return {
        component_of(each)
        for each in entries
        if name_of(each).partition("[")[0] == f"{component_of(each)}.Available" and str(actual(each)).lower() == "false"
    }
