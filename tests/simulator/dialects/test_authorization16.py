"""Cache and local list in 1.6 (§5.4, §5.10, §5.15)."""

import pytest

from protocol.versions import V16
from simulator.tokens import Token, TokenInfo
from tests.simulator.csms import World


def entry(name: str, status: str | None = "Accepted", **more) -> dict:
    return {"idTag": name} | ({} if status is None else {"idTagInfo": {"status": status, **more}})


async def online(**config) -> World:
    world = World(V16, config=config)
    await world.boot()
    return world


async def send(world: World, version: int, *entries: dict, full: bool = False) -> str:
    ask = {"updateType": "Full" if full else "Differential", "listVersion": version}
    ask |= {"localAuthorizationList": list(entries)} if entries else {}
    return (await world.ask("SendLocalList", ask))["status"]


async def version_of(world: World) -> int:
    return (await world.ask("GetLocalListVersion"))["listVersion"]


@pytest.mark.proves("station", "SendLocalList GetLocalListVersion", "1.6")
async def test_a_list_is_replaced_and_changed():
    """§5.15; §5.10: 0 for an empty list, -1 for none."""
    world = await online()
    assert await version_of(world) == 0
    assert await send(world, 3, entry("A"), entry("B", "Blocked"), full=True) == "Accepted"
    assert await send(world, 3, entry("C")) == "VersionMismatch"
    assert await send(world, 4, entry("A", None), entry("C", expiryDate="2030-01-01T00:00:00Z")) == "Accepted"
    assert list(world.station.flash.local_list.entries) == ["b", "c"]
    assert await version_of(world) == 4
    assert await send(world, 5, full=True) == "Accepted"
    assert await version_of(world) == 0
    await world.set(LocalAuthListCtrlr__Enabled="false")
    assert await version_of(world) == -1
    assert await send(world, 6, entry("A"), full=True) == "NotSupported"


@pytest.mark.parametrize(
    ("version", "entries", "full"),
    [(0, [entry("A")], True), (2, [entry("A"), entry("a")], True), (2, [entry("A", None)], True)],
)
async def test_a_list_that_cannot_be(version, entries, full):
    world = await online()
    await send(world, 1, entry("Z"), full=True)
    assert await send(world, version, *entries, full=full) == "Failed"
    assert (await version_of(world), list(world.station.flash.local_list.entries)) == (1, ["z"])


async def test_too_many_items():
    """§9.3: SendLocalListMaxLength."""
    world = await online(SendLocalListMaxLength=2)
    assert await send(world, 1, *map(entry, "ABC"), full=True) == "Failed"
    assert await send(world, 1, *map(entry, "AB"), full=True) == "Accepted"


@pytest.mark.proves("station", "Authorize StartTransaction", "1.6")
async def test_the_list_lets_drivers_in():
    """§3.5: LocalPreAuthorize online, LocalAuthorizeOffline offline; types mean nothing here."""
    world = await online(LocalPreAuthorize=True)
    await send(world, 1, entry("A"), entry("B", "Blocked"), full=True)
    await world.do(lambda: world.station.present(Token("a", "ISO15693")), 5)
    assert world.station.evse(1).authorization is not None
    await world.do(lambda: world.station.present("A"), 5)
    assert not world.csms.of("Authorize")
    await world.do(world.csms.down, 5)
    await world.do(lambda: world.station.present("B"), 5)
    assert world.station.evse(1).authorization is None


@pytest.mark.proves("station", "ClearCache", "1.6")
async def test_the_cache_is_cleared():
    world = await online()
    world.station.flash.cache.remember(Token("B"), TokenInfo("Accepted"), world.station.now)
    assert await world.ask("ClearCache") == {"status": "Accepted"}
    assert not world.station.flash.cache.entries
    await world.set(AuthCacheCtrlr__Enabled="false")
    assert await world.ask("ClearCache") == {"status": "Rejected"}
