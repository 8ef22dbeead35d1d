"""Network connection profiles at the CSMS: the command, what is kept of it, and what the API tells (B09)."""

import pytest

from tests.csms_reference.clients import content

ASKED = {"command": "set_network_profile", "slot": 2, "url": "wss://new.example/ocpp", "security_profile": 2}


async def kept(client, station="CP-1"):
    return content(await client.get(f"/stations/{station}/network-profiles"))


@pytest.mark.proves("csms", "SetNetworkProfile", "2.0.1")
async def test_what_a_station_takes_is_kept(api):
    """B09.FR.01."""
    it, client = api
    station = await it.station()
    assert await kept(client) == []
    station.replies["SetNetworkProfile"] = {"status": "Accepted"}
    answer = await client.post("/stations/CP-1/commands", json=ASKED)
    assert answer.json()["status"] == "Accepted"
    assert await kept(client) == [
        {
            "slot": 2,
            "url": "wss://new.example/ocpp",
            "security_profile": 2,
            "timeout_s": 30,
            "interface": "Wired0",
            "identity": None,
            "apn": None,
            "vpn": None,
            "set": "2026-03-01T08:00:00.000Z",
        }
    ]
    apn = {"apn": "internet", "apnPassword": "a secret", "apnAuthentication": "AUTO"}
    more = {"slot": 2, "url": "ws://other", "security_profile": 1, "apn": apn, "interface": "Wireless0"}
    await client.post("/stations/CP-1/commands", json=ASKED | more)
    (one,) = await kept(client)
    assert (one["url"], one["apn"], one["interface"]) == ("ws://other", "internet", "Wireless0")
    assert await kept(client, "CP-2") == []


@pytest.mark.proves("csms", "SetNetworkProfile", "2.0.1")
@pytest.mark.parametrize("status", ["Rejected", "Failed"])
async def test_what_a_station_does_not_take_is_not_kept(api, status):
    """B09.FR.02, B09.FR.03."""
    it, client = api
    station = await it.station()
    station.replies["SetNetworkProfile"] = {"status": status, "statusInfo": {"reasonCode": "InvalidConfSlot"}}
    answer = (await client.post("/stations/CP-1/commands", json=ASKED)).json()
    assert answer["status"] == status
    assert answer["answer"]["statusInfo"] == {"reasonCode": "InvalidConfSlot"}
    assert await kept(client) == []


async def test_16_has_no_such_thing(api):
    it, client = api
    await it.station("CP-1", "1.6")
    assert (await client.post("/stations/CP-1/commands", json=ASKED)).status_code != 200
    assert await kept(client) == []
