"""The controllers' variables are those that the specification asks for."""

import pytest

from simulator.configuration import model_of
from simulator.devicemodel.controllers import STANDARD
from simulator.variables import Mutability, Place
from tests.simulator.csms import World, profile

REQUIRED = """
OCPPCommCtrlr: MessageTimeout.Default FileTransferProtocols NetworkConfigurationPriority
    NetworkProfileConnectionAttempts OfflineThreshold MessageAttempts.TransactionEvent
    MessageAttemptInterval.TransactionEvent UnlockOnEVSideDisconnect ResetRetries RetryBackOffRepeatTimes
    RetryBackOffRandomRange RetryBackOffWaitMinimum WebSocketPingInterval
DeviceDataCtrlr: ItemsPerMessage.GetReport ItemsPerMessage.GetVariables ItemsPerMessage.SetVariables
    BytesPerMessage.GetReport BytesPerMessage.GetVariables BytesPerMessage.SetVariables
ClockCtrlr: DateTime TimeSource
SecurityCtrlr: OrganizationName CertificateEntries SecurityProfile
AuthCtrlr: AuthorizeRemoteStart LocalAuthorizeOffline LocalPreAuthorize
LocalAuthListCtrlr: Entries ItemsPerMessage BytesPerMessage
TxCtrlr: EVConnectionTimeOut StopTxOnEVSideDisconnect TxStartPoint TxStopPoint StopTxOnInvalidId
SampledDataCtrlr: TxEndedMeasurands TxEndedInterval TxStartedMeasurands TxUpdatedMeasurands TxUpdatedInterval
AlignedDataCtrlr: Measurands Interval TxEndedMeasurands TxEndedInterval
MonitoringCtrlr: ItemsPerMessage.SetVariableMonitoring BytesPerMessage.SetVariableMonitoring
ChargingStation: Available AvailabilityState SupplyPhases
"""
"""Part 2 §2.1–§2.7, §2.11, §2.13 and part 4 §8: what is marked as required of the functions that are there."""


def required() -> list[str]:
    keys, component = [], ""
    for word in REQUIRED.split():
        if word.endswith(":"):
            component = word[:-1]
        else:
            keys.append(f"{component}.{word}")
    return keys


@pytest.mark.parametrize("name", ["ac-22kw", "dc-150kw"])
def test_what_is_required_is_there(name):
    model = model_of(profile(name))
    assert [key for key in required() if key not in model] == []
    for number, evse in enumerate(profile(name).evses, 1):
        assert {"Available", "AvailabilityState", "SupplyPhases", "Power"} <= {
            variable.name for variable in model.component("EVSE", place=Place(number))
        }
        assert model[f"EVSE({number}).Power"].high == evse.max_w
        for connector in range(1, len(evse.connectors) + 1):
            assert {"Available", "ConnectorType", "SupplyPhases"} <= {
                variable.name for variable in model.component("Connector", place=Place(number, connector))
            }


def test_what_can_be_set_is_kept():
    """Part 2 §2: variables that are writable are persistent."""
    for variable in STANDARD:
        assert variable.mutability is Mutability.READ_ONLY or variable.persistent, variable.key
        assert not (variable.constant and variable.mutability is not Mutability.READ_ONLY), variable.key


def test_what_is_for_people_to_read_is_there_where_there_is_a_display():
    for name, there in (("ac-22kw", False), ("ac-22kw-duo", True)):
        station = World(name=name).station
        for key in ("DisplayMessageCtrlr.{}", "TariffCostCtrlr.{}.Tariff", "TariffCostCtrlr.{}.Cost"):
            assert station.variables.flag(key.format("Available")) is there
            assert station.variables.flag(key.format("Enabled")) is there
            written = station.configuration.write(key.format("Enabled"), "true")
            assert written == ("Accepted" if there else "Rejected")
