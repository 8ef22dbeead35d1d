"""How set_network_profile becomes a CALL, and what the table remembers of it (2.0.1 B09; 2.1 B09.FR.14)."""

import pytest

from csms_reference.services import addresses
from csms_reference.services.addresses import Address
from csms_reference.store.network_tables import network_profiles

FIELDS = {"slot": 2, "url": "wss://new.example", "security_profile": 3}
DATA = {
    "ocppCsmsUrl": "wss://new.example", "securityProfile": 3, "messageTimeout": 30, "ocppInterface": "Wired0",
    "ocppTransport": "JSON",
}  # fmt: skip
VPN = {"server": "vpn.example", "user": "u", "password": "secret", "key": "shared", "type": "IKEv2"}


@pytest.mark.proves("csms", "SetNetworkProfile", "2.0.1 2.1")
@pytest.mark.parametrize(
    ("version", "fields", "data"),
    [
        ("2.0.1", {}, {"ocppVersion": "OCPP20"}),
        ("2.0.1", {"timeout_s": 5, "vpn": VPN}, {"ocppVersion": "OCPP20", "messageTimeout": 5, "vpn": VPN}),
        ("2.1", {}, {}),
        ("2.1", {"identity": "CP-2", "basic_auth_password": "0123456789abcdef", "ocpp_version": "OCPP21"},
         {"identity": "CP-2", "basicAuthPassword": "0123456789abcdef", "ocppVersion": "OCPP21"}),
    ],
)  # fmt: skip
async def test_the_message(bench, version, fields, data):
    it = bench()
    station = await it.station("CP-1", version)
    station.replies["SetNetworkProfile"] = {"status": "Accepted"}
    end = await it.csms.command("CP-1", "set_network_profile", **FIELDS, **fields)
    assert end.status == "Accepted"
    assert station.calls[-1] == ("SetNetworkProfile", {"configurationSlot": 2, "connectionData": DATA | data})
    (row,) = await it.csms.store.read(lambda database: addresses.of(database, "CP-1"))
    assert row.identity == fields.get("identity")
    assert "secret" not in str(row)
    assert "0123456789abcdef" not in str(row)


async def test_slots_stand_in_their_order_and_the_newest_counts(bench):
    it = bench()

    def write(database):
        for slot, url in ((2, "ws://b"), (1, "ws://a"), (2, "ws://c")):
            addresses.taken(database, "CP-1", Address(slot, url, 0, 30, "Any"), 5)

    await it.csms.store.write(write)
    rows = await it.csms.store.read(lambda database: addresses.of(database, "CP-1"))
    assert [(row.slot, row.url) for row in rows] == [(1, "ws://a"), (2, "ws://c")]
    assert {"password", "key"}.isdisjoint(network_profiles.c.keys())
