"""The memory behind cache and list fills as they do."""

from __future__ import annotations

from simulator.tokens import ENTRY_BYTES, TokenInfo, used_bytes
from tests.simulator.hardware.lab import lab, value


def test_what_entries_take() -> None:
    assert used_bytes([]) == 0
    assert used_bytes([("tag", TokenInfo("Accepted"))]) == ENTRY_BYTES + 3 + 8
    assert used_bytes([("tag", TokenInfo("Accepted", group="crew"))]) == ENTRY_BYTES + 3 + 8 + 4


async def test_the_cache_fills_with_what_the_csms_says() -> None:
    world = lab()
    await world.boot()
    assert value(world, "AuthCacheCtrlr", "Storage") == "0"
    assert value(world, "AuthCacheCtrlr", "Policy") == "LRU"
    await world.do(lambda: world.station.present("TAG", 1))
    assert value(world, "AuthCacheCtrlr", "Storage") == str(ENTRY_BYTES + 3 + 8)
    await world.ask("ClearCache")
    assert value(world, "AuthCacheCtrlr", "Storage") == "0"


async def test_the_list_fills_with_what_the_csms_sends() -> None:
    world = lab(LocalAuthList={"storage_bytes": 5000})
    await world.boot()
    entry = {"idToken": {"idToken": "TAG", "type": "ISO14443"}, "idTokenInfo": {"status": "Accepted"}}
    update = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [entry]}
    await world.ask("SendLocalList", update)
    assert value(world, "LocalAuthListCtrlr", "Storage") == str(ENTRY_BYTES + 3 + 8)
    assert value(world, "LocalAuthListCtrlr", "Entries") == "1"
    assert world.station.variables.model["LocalAuthListCtrlr.Storage"].high == 5000
