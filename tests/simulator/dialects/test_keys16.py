"""Configuration keys of 1.6."""

from protocol.versions import V16
from simulator.dialects import keys16
from simulator.dialects.quantities import ONLY_2X
from simulator.ocmf import printed_key
from simulator.tokens import LocalList
from simulator.variables import MODEL, DataType
from tests.simulator.csms import World

REQUIRED = {
    "AuthorizeRemoteTxRequests", "ClockAlignedDataInterval", "ConnectionTimeOut", "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys", "HeartbeatInterval", "LocalAuthorizeOffline", "LocalPreAuthorize",
    "MeterValuesAlignedData", "MeterValuesSampledData", "MeterValueSampleInterval", "NumberOfConnectors",
    "ResetRetries", "StopTransactionOnEVSideDisconnect", "StopTransactionOnInvalidId", "StopTxnAlignedData",
    "StopTxnSampledData", "SupportedFeatureProfiles", "TransactionMessageAttempts", "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect", "LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength",
    "AuthorizationKey", "CpoName", "SecurityProfile", "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled",
}  # fmt: skip
"""What §9.1, §9.2, §9.4 and the security whitepaper §7 require of a station with these profiles."""


async def online() -> World:
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    return world


def test_every_alias_is_a_variable():
    assert set(keys16.ALIASES.values()) <= set(MODEL)
    assert len(set(keys16.ALIASES.values())) == len(keys16.ALIASES)
    assert not set(keys16.ALIASES) & set(keys16.FIXED)


def test_every_required_key_is_there():
    assert set(keys16.names()) >= REQUIRED


async def test_every_list_tells_its_greatest_length():
    """§5.3: without a key ...MaxLength a list has one item."""
    world = await online()
    for key, variable in keys16.ALIASES.items():
        if MODEL[variable].type is DataType.MEMBER_LIST:
            names = set(MODEL[variable].options) - ONLY_2X
            assert int(keys16.value(world.station, f"{key}MaxLength")) == len(names)
    assert keys16.value(world.station, "ConnectorPhaseRotationMaxLength") == "3"
    assert keys16.value(world.station, "LocalAuthListMaxLength") == str(LocalList.size)
    assert keys16.value(world.station, "SupportedFeatureProfilesMaxLength") == str(len(keys16.PROFILES))


def test_phases_that_cannot_rotate():
    """§9.1.7."""
    assert keys16.value(World(V16, name="ac-7kw-single-phase").station, "ConnectorPhaseRotation") == (
        "0.NotApplicable,1.NotApplicable"
    )


async def test_an_attached_cable_has_no_lock_to_open():
    """UnlockConnectorOnEVSideDisconnect; 2.0.1 part 2 §2.1.12."""
    world = World(V16, name="ac-11kw-cable")
    await world.boot()
    ask = {"key": "UnlockConnectorOnEVSideDisconnect", "value": "true"}
    assert await world.ask("ChangeConfiguration", ask) == {"status": "Rejected"}
    assert keys16.value(world.station, ask["key"]) == "false"


def test_commissioning_by_key():
    world = World(V16, config={"ConnectionTimeOut": 30})
    assert world.station.variables.number("TxCtrlr.EVConnectionTimeOut") == 30


async def test_what_each_meter_signs_with_can_be_read():
    """OCA, Signed Meter Values, §3.3.1."""
    world = World(V16, "ac-22kw-duo")
    await world.boot()
    answer = await world.ask("GetConfiguration", {"key": ["meterpublickey1", "MeterPublicKey2", "MeterPublicKey3"]})
    first, second = answer["configurationKey"]
    assert (first["key"], first["readonly"], answer["unknownKey"]) == ("MeterPublicKey1", True, ["MeterPublicKey3"])
    assert first["value"] == printed_key(world.station.chance, 1) != second["value"]
    change = {"key": "MeterPublicKey1", "value": "mine"}
    assert await world.ask("ChangeConfiguration", change) == {"status": "Rejected"}
    assert await world.ask("ChangeConfiguration", change | {"key": "MeterPublicKey3"}) == {"status": "NotSupported"}
