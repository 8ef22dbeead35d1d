"""Configuration keys of 1.6."""

import pytest

from protocol.versions import V16
from simulator.dialects import keys16
from simulator.profile import profile_names
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
    "AuthorizationKey", "CpoName", "SecurityProfile",
}  # fmt: skip
"""What §9.1, §9.2 and the security whitepaper §7 require of a station with these profiles."""

ABSENT = {
    "ReserveConnectorZeroSupported", "ChargeProfileMaxStackLevel", "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled", "SupportedFileTransferProtocols",
}  # fmt: skip
"""What belongs to profiles that are not supported."""


async def online() -> World:
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    return world


def test_every_alias_is_a_variable():
    assert set(keys16.ALIASES.values()) <= set(MODEL)
    assert len(set(keys16.ALIASES.values())) == len(keys16.ALIASES)
    assert not set(keys16.ALIASES) & set(keys16.FIXED)


def test_every_required_key_is_there_and_none_of_other_profiles():
    assert set(keys16.names()) >= REQUIRED
    assert not set(keys16.names()) & ABSENT


async def test_every_list_tells_its_greatest_length():
    """§5.3: without a key ...MaxLength a list has one item."""
    world = await online()
    for key, variable in keys16.ALIASES.items():
        if MODEL[variable].type is DataType.MEMBER_LIST:
            assert int(keys16.value(world.station, f"{key}MaxLength")) == len(MODEL[variable].options)
    assert keys16.value(world.station, "ConnectorPhaseRotationMaxLength") == "3"
    assert keys16.value(world.station, "LocalAuthListMaxLength") == str(LocalList.size)
    assert keys16.value(world.station, "SupportedFeatureProfilesMaxLength") == "3"


async def test_more_keys_than_allowed_are_refused():
    """§9.1.9."""
    world = await online()
    names = ["HeartbeatInterval"] * keys16.MAX_KEYS
    assert len((await world.ask("GetConfiguration", {"key": names}))["configurationKey"]) == keys16.MAX_KEYS
    assert await world.ask("GetConfiguration", {"key": [*names, "x"]}) == "OccurenceConstraintViolation"


@pytest.mark.parametrize("name", profile_names())
async def test_every_key_of_every_profile_reads_as_its_variable(name):
    world = World(V16, name=name, password="a-password-of-20-chr")
    await world.boot()
    keys = (await world.ask("GetConfiguration"))["configurationKey"]
    assert {item["key"] for item in keys} == set(keys16.names()) - {"AuthorizationKey"}
    for item in keys:
        if (variable := keys16.ALIASES.get(item["key"])) is not None:
            assert item["value"] == world.station.variables.text(variable)
        if item["readonly"]:
            ask = {"key": item["key"], "value": item["value"]}
            assert await world.ask("ChangeConfiguration", ask, 0) == {"status": "Rejected"}


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


async def test_what_needs_a_reboot(monkeypatch):
    """§5.3."""
    monkeypatch.setitem(keys16.ALIASES, "ResetRetries", "OCPPCommCtrlr.NetworkConfigurationPriority")
    world = await online()
    ask = {"key": "ResetRetries", "value": "1"}
    assert await world.ask("ChangeConfiguration", ask) == {"status": "RebootRequired"}


async def test_get_configuration():
    """§5.8."""
    world = await online()
    everything = await world.ask("GetConfiguration")
    keys = {item["key"]: item for item in everything["configurationKey"]}
    assert "unknownKey" not in everything
    assert "AuthorizationKey" not in keys  # write-only
    assert keys["NumberOfConnectors"] == {"key": "NumberOfConnectors", "readonly": True, "value": "2"}
    assert keys["HeartbeatInterval"] == {"key": "HeartbeatInterval", "readonly": False, "value": "900"}
    assert keys["ConnectorPhaseRotation"]["value"] == "0.RST,1.RST,2.RST"
    some = await world.ask("GetConfiguration", {"key": ["heartbeatINTERVAL", "Nonsense", "AuthorizationKey"]})
    assert [item["key"] for item in some["configurationKey"]] == ["HeartbeatInterval"]
    assert some["unknownKey"] == ["Nonsense", "AuthorizationKey"]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("HeartbeatInterval", "60", "Accepted"),
        ("heartbeatinterval", " 60 ", "Accepted"),
        ("HeartbeatInterval", "-1", "Rejected"),
        ("HeartbeatInterval", "x", "Rejected"),
        ("LocalPreAuthorize", "true", "Accepted"),
        ("LocalPreAuthorize", "maybe", "Rejected"),
        ("MeterValuesSampledData", "Voltage,SoC", "Accepted"),
        ("MeterValuesSampledData", "Nonsense", "Rejected"),
        ("NumberOfConnectors", "3", "Rejected"),
        ("SecurityProfile", "2", "Rejected"),
        ("AuthorizationKey", "too short", "Rejected"),
        ("AuthorizationKey", "no blanks in a password", "Rejected"),
        ("AuthorizationKey", "a-password-of-20-chr", "Accepted"),
        ("HeartbeatInterval", "060", "Rejected"),
        ("HeartbeatInterval", "99999999999", "Rejected"),
        ("TimeOffset", "+01:00", "Accepted"),
        ("TimeOffset", "one", "Rejected"),
        ("StopTxnAlignedData", "", "Accepted"),
        ("CpoName", "", "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_change_configuration(key, value, status):
    """§5.3."""
    world = await online()
    assert await world.ask("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}
    if status == "Accepted" and key != "AuthorizationKey":
        [item] = (await world.ask("GetConfiguration", {"key": [key]}))["configurationKey"]
        assert item["value"] == value.strip()


def test_commissioning_by_key():
    world = World(V16, config={"ConnectionTimeOut": 30})
    assert world.station.variables.number("TxCtrlr.EVConnectionTimeOut") == 30
