"""The versions as data: actions and directions against the message catalogue, spellings, negotiation."""

from __future__ import annotations

import copy
import pickle

import pytest

from protocol.errors import Code
from protocol.versions import V16, V21, V201, VERSIONS, Side, Version, by_name, by_subprotocol, newest_common

# Who may CALL what. 1.6: edition 2 and the security whitepaper; 2.x: part 2.
EXPECTED: dict[tuple[Version, Side], str] = {}
EXPECTED[V16, Side.STATION] = """
    Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
    LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
    StartTransaction StatusNotification StopTransaction
"""
EXPECTED[V16, Side.CSMS] = """
    CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
    DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics
    GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
    RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
    UnlockConnector UpdateFirmware
"""
EXPECTED[V201, Side.STATION] = """
    Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
    Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
    NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
    NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
    ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent
"""
EXPECTED[V201, Side.CSMS] = """
    CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage
    ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer DeleteCertificate GetBaseReport
    GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion
    GetLog GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware
    RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile
    SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables
    TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware
"""
EXPECTED[V21, Side.STATION] = (
    EXPECTED[V201, Side.STATION]
    + " "
    + """
    BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
    NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl
    VatNumberValidation
"""
)
EXPECTED[V21, Side.CSMS] = (
    EXPECTED[V201, Side.CSMS]
    + " "
    + """
    AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl
    GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap
    SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging
"""
)


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
@pytest.mark.parametrize("side", Side)
def test_each_side_may_call_what_the_specification_lets_it(version: Version, side: Side) -> None:
    assert version.calls[side] == set(EXPECTED[version, side].split())


@pytest.mark.parametrize(("version", "sizes"), [(V16, (14, 26)), (V201, (25, 40)), (V21, (36, 55))], ids=repr)
def test_the_number_of_actions_per_side(version: Version, sizes: tuple[int, int]) -> None:
    assert tuple(len(version.calls[side]) for side in Side) == sizes


def test_data_transfer_alone_goes_both_ways() -> None:
    for version in VERSIONS:
        assert version.calls[Side.STATION] & version.calls[Side.CSMS] == {"DataTransfer"}


def test_only_2_1_knows_send_and_callresulterror() -> None:
    assert V21.sends == {Side.STATION: {"NotifyPeriodicEventStream"}, Side.CSMS: frozenset()}
    assert list(V21.kinds) == [2, 3, 4, 5, 6]
    assert V21.has_callresulterror
    for version in (V16, V201):
        assert not any(version.sends.values())
        assert list(version.kinds) == [2, 3, 4]
        assert not version.has_callresulterror


def test_1_6_spells_two_codes_in_its_own_way_and_lacks_two() -> None:
    assert V16.spell(Code.FORMAT_VIOLATION) == "FormationViolation"
    assert V16.spell(Code.OCCURRENCE_CONSTRAINT_VIOLATION) == "OccurenceConstraintViolation"
    assert V16.spell(Code.RPC_FRAMEWORK_ERROR) == "GenericError"
    assert V16.spell(Code.MESSAGE_TYPE_NOT_SUPPORTED) == "NotSupported"
    theirs = {code for code in Code if V16.spell(code) == code.value}
    assert len(theirs) == len(Code) - 4


@pytest.mark.parametrize("version", [V201, V21], ids=repr)
def test_2_x_spells_every_code_as_it_is(version: Version) -> None:
    assert all(version.spell(code) == code.value for code in Code)


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_either_spelling_of_a_peer_is_understood(version: Version) -> None:
    assert version.read_code("FormationViolation") is Code.FORMAT_VIOLATION
    assert version.read_code("FormatViolation") is Code.FORMAT_VIOLATION
    assert version.read_code("OccurenceConstraintViolation") is Code.OCCURRENCE_CONSTRAINT_VIOLATION
    assert version.read_code("Nonsense") is None


def test_subprotocols_and_names() -> None:
    assert [version.subprotocol for version in VERSIONS] == ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]
    assert all(by_subprotocol(version.subprotocol) is version for version in VERSIONS)
    assert all(by_name(version.name) is version for version in VERSIONS)
    assert by_subprotocol("OCPP1.6") is None
    assert by_subprotocol("ocpp2.0") is None
    with pytest.raises(KeyError):
        by_name("1.5")


@pytest.mark.parametrize(
    ("offers", "spoken", "agreed"),
    [
        (["ocpp1.6", "ocpp2.0.1"], VERSIONS, V201),
        (["ocpp1.6", "ocpp2.0.1", "ocpp2.1"], (V16, V201), V201),
        (["ocpp2.1"], (V16, V201), None),
        (["OCPP1.6", "ocpp9"], VERSIONS, None),
        ([], VERSIONS, None),
    ],
)
def test_the_newest_common_version_wins(offers: list[str], spoken: list[Version], agreed: Version | None) -> None:
    assert newest_common(offers, spoken) is agreed


@pytest.mark.parametrize("version", VERSIONS, ids=repr)
def test_a_copy_or_pickle_is_the_version_itself(version: Version) -> None:
    assert pickle.loads(pickle.dumps(version)) is version
    assert copy.deepcopy(version) is version


def test_the_other_side() -> None:
    assert Side.STATION.other is Side.CSMS
    assert Side.CSMS.other is Side.STATION
