"""Configuration keys of 1.6."""

import pytest

from protocol.versions import V16
from simulator.dialects import keys16
from simulator.variables import MODEL
from tests.simulator.csms import World


async def online() -> World:
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    return world


def test_every_alias_is_a_variable():
    assert set(keys16.ALIASES.values()) <= set(MODEL)
    assert len(set(keys16.ALIASES.values())) == len(keys16.ALIASES)
    assert not set(keys16.ALIASES) & set(keys16.FIXED)


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
        ("Nonsense", "1", "NotSupported"),
    ],
)
async def test_change_configuration(key, value, status):
    """§5.3."""
    world = await online()
    assert await world.ask("ChangeConfiguration", {"key": key, "value": value}) == {"status": status}
    if status == "Accepted":
        [item] = (await world.ask("GetConfiguration", {"key": [key]}))["configurationKey"]
        assert item["value"] == value.strip()


def test_commissioning_by_key():
    world = World(V16, config={"ConnectionTimeOut": 30})
    assert world.station.variables.number("TxCtrlr.EVConnectionTimeOut") == 30
