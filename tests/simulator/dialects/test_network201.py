"""SetNetworkProfile (2.0.1 B09): what is taken, and what is refused with which reason code."""

import pytest

from protocol.versions import V16, V21, V201
from simulator.addressing import NetworkProfile, Slots, profile_in
from simulator.dialects import dialect_of
from simulator.hardware.place import Place
from tests.simulator.csms import NEWER
from tests.simulator.test_addressing import booted
from tests.simulator.towns import NEW, OLD


@pytest.mark.proves("station", "SetNetworkProfile", "2.0.1 2.1")
@pytest.mark.parametrize("version", NEWER, ids=str)
async def test_what_fits_is_kept(version):
    """B09.FR.01; ocppVersion is ignored."""
    world = await booted(version)
    assert await world.store(3, ocppVersion="OCPP16", ocppCsmsUrl=f"{NEW}/") == {"status": "Accepted"}
    assert profile_in(world.station, 3) == NetworkProfile(NEW, 0, 20, "Wired0")
    assert world.hosts() == ["old"]


async def test_21_may_say_who_the_station_is_there():
    world = await booted(V21)
    assert await world.store(2, identity="CP-2", basicAuthPassword="0123456789abcdef") == {"status": "Accepted"}
    kept = profile_in(world.station, 2)
    assert (kept.identity, kept.password) == ("CP-2", "0123456789abcdef")
    assert "0123456789abcdef" not in repr(kept)


def test_16_has_no_such_message():
    assert "SetNetworkProfile" not in dialect_of(V16).handlers
    assert "SetNetworkProfile" in dialect_of(V201).handlers


@pytest.mark.proves("station", "SetNetworkProfile", "2.0.1")
@pytest.mark.parametrize(
    ("slot", "changes", "status", "reason"),
    [
        (0, {}, "Rejected", "InvalidConfSlot"),  # B09.FR.05
        (4, {}, "Rejected", "InvalidConfSlot"),
        (-1, {}, "Rejected", "InvalidConfSlot"),
        (2, {"ocppTransport": "SOAP"}, "Rejected", "InvalidNetworkConf"),  # B09.FR.02
        (2, {"ocppCsmsUrl": "http://new.example"}, "Rejected", "InvalidNetworkConf"),
        (2, {"ocppCsmsUrl": "ws://"}, "Rejected", "InvalidNetworkConf"),
        (2, {"ocppCsmsUrl": "ws://[::1"}, "Rejected", "InvalidNetworkConf"),
        (2, {"ocppCsmsUrl": "wss://new.example"}, "Rejected", "InvalidNetworkConf"),  # no TLS in profile 0
        (2, {"securityProfile": 2}, "Rejected", "InvalidNetworkConf"),  # no ws in profile 2
        (2, {"securityProfile": 4}, "Rejected", "InvalidNetworkConf"),
        (2, {"messageTimeout": 0}, "Rejected", "InvalidNetworkConf"),
        (2, {"vpn": {"server": "s", "user": "u", "password": "p", "key": "k", "type": "IPSec"}},
         "Rejected", "InvalidNetworkConf"),
        (2, {"apn": {"apn": "internet", "apnAuthentication": "AUTO"}}, "Rejected", "InvalidNetworkConf"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(slot, changes, status, reason):
    world = await booted()
    answer = await world.store(slot, **changes)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == (status, reason)
    assert Slots not in world.station.flash.memories


async def test_a_full_memory_keeps_nothing():
    """B09.FR.03."""
    world = await booted()
    world.station.troubled("storage full", Place())
    answer = await world.store()
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Failed", "OutOfStorage")
    assert Slots not in world.station.flash.memories


async def inventory(world) -> dict[str, dict[str, str]]:
    """The NetworkConfiguration components of a full report: their variables by slot."""
    world.csms.got.clear()
    await world.ask("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, 20)
    found: dict[str, dict[str, str]] = {}
    for part in world.csms.of("NotifyReport"):
        for entry in part["reportData"]:
            if entry["component"]["name"] == "NetworkConfiguration":
                slot = found.setdefault(entry["component"]["instance"], {})
                slot[entry["variable"]["name"]] = entry["variableAttribute"][0]["value"]
    return found


@pytest.mark.proves("station", "GetBaseReport NotifyReport", "2.1")
async def test_21_tells_what_its_slots_hold():
    """B09.FR.08, .09, .11–.13 (2.1)."""
    world = await booted(V21)
    before = await inventory(world)
    assert list(before) == ["1", "2", "3"]
    assert before["1"]["OcppCsmsUrl"] == OLD
    assert (before["2"]["OcppCsmsUrl"], before["2"]["ApnEnabled"]) == ("", "false")
    await world.store(2, identity="CP-2", basicAuthPassword="0123456789abcdef")
    after = (await inventory(world))["2"]
    assert after == {
        "OcppCsmsUrl": NEW, "OcppInterface": "Wired0", "OcppTransport": "JSON", "OcppVersion": "OCPP21",
        "MessageTimeout": "20", "SecurityProfile": "0", "Identity": "CP-2", "ApnEnabled": "false", "Apn": "",
        "VpnEnabled": "false",
    }  # fmt: skip
