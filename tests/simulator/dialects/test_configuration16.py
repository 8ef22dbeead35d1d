"""GetConfiguration and ChangeConfiguration (1.6 §5.3, §5.8)."""

import pytest

from protocol.versions import V16
from simulator.builtin import profile_names
from simulator.dialects import configuration16, keys16
from tests.simulator.csms import World


async def online() -> World:
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    return world


async def test_a_value_is_no_longer_than_the_schema_allows():
    """KeyValue, CiString500."""
    world = await online()
    world.station.flash.changed["SecurityCtrlr.OrganizationName"] = "o" * 600
    [item] = (await world.ask("GetConfiguration", {"key": ["CpoName"]}))["configurationKey"]
    assert item["value"] == "o" * configuration16.LONGEST


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
    every = {*keys16.names(), *keys16.meter_keys(world.station)}
    assert {item["key"] for item in keys} == every - {"AuthorizationKey"}
    for item in keys:
        if (variable := keys16.ALIASES.get(item["key"])) is not None:
            assert item["value"] == world.station.variables.text(variable)
        if item["readonly"]:
            ask = {"key": item["key"], "value": item["value"]}
            assert await world.ask("ChangeConfiguration", ask, 0) == {"status": "Rejected"}


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
