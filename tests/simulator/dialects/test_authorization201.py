"""Cache and local list in 2.0.1 and 2.1 (part 2 C11, D01, D02)."""

import pytest

from simulator.tokens import Token, TokenInfo
from tests.simulator.csms import NEWER, World

Payload = dict


def entry(name: str, status: str | None = "Accepted", kind: str = "ISO14443", **more) -> Payload:
    info = {} if status is None else {"idTokenInfo": {"status": status, **more}}
    return {"idToken": {"idToken": name, "type": kind}, **info}


async def online(version=NEWER[0], **config) -> World:
    world = World(version, config={key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    return world


async def send(world: World, version: int, *entries: Payload, full: bool = False):
    ask = {"updateType": "Full" if full else "Differential", "versionNumber": version}
    return await world.ask("SendLocalList", ask | ({"localAuthorizationList": list(entries)} if entries else {}))


async def version_of(world: World) -> int:
    return (await world.ask("GetLocalListVersion"))["versionNumber"]


@pytest.mark.parametrize("version", NEWER, ids=str)
@pytest.mark.proves("station", "SendLocalList GetLocalListVersion", "2.0.1 2.1")
async def test_a_list_is_replaced_and_changed(version):
    """D01.FR.04, .05, .15–.17, .19; D02.FR.01, .02."""
    world = await online(version)
    entries = world.station.flash.local_list.entries
    assert await version_of(world) == 0
    assert await send(world, 3, entry("A"), entry("B"), full=True) == {"status": "Accepted"}
    assert await version_of(world) == 3
    assert await send(world, 3, entry("C")) == {"status": "VersionMismatch"}
    assert await send(world, 4, entry("B", "Blocked"), entry("A", None), entry("C")) == {"status": "Accepted"}
    entries = world.station.flash.local_list.entries
    assert {key: info.status for key, info in entries.items()} == {"b": "Blocked", "c": "Accepted"}
    assert await send(world, 5) == {"status": "Accepted"}
    assert (await version_of(world), len(entries)) == (5, 2)
    assert await send(world, 1, entry("Z"), full=True) == {"status": "Accepted"}  # whatever there was
    assert await version_of(world) == 1
    assert await send(world, 2, full=True) == {"status": "Accepted"}
    assert (await version_of(world), world.station.flash.local_list.entries) == (2, {})


@pytest.mark.parametrize(
    ("version", "entries", "full"),
    [
        (0, [entry("A")], True),  # D01.FR.18
        (-1, [entry("A")], True),
        (2, [entry("A"), entry("a", "Blocked")], True),  # D01.FR.06
        (2, [entry("A", None)], True),
        (2, [entry("A"), entry("A", None)], False),
    ],
)
async def test_a_list_that_cannot_be(version, entries, full):
    """D01.FR.02: refused as a whole, and nothing has changed."""
    world = await online()
    await send(world, 1, entry("Z"), full=True)
    assert await send(world, version, *entries, full=full) == {"status": "Failed"}
    assert (await version_of(world), list(world.station.flash.local_list.entries)) == (1, ["z"])


async def test_two_types_are_two_tokens():
    """C01.FR.25 (errata 2025-01) tells what unique means in D01.FR.06."""
    world = await online()
    assert await send(world, 1, entry("A"), entry("A", kind="KeyCode"), full=True) == {"status": "Accepted"}
    assert await send(world, 2, entry("A", None, kind="KeyCode")) == {"status": "Accepted"}
    assert list(world.station.flash.local_list.entries) == ["a"]


async def test_a_list_that_is_switched_off():
    """D02.FR.03: no version; and nothing is taken in."""
    world = await online()
    await send(world, 7, entry("A"), full=True)
    await world.set(LocalAuthListCtrlr__Enabled="false")
    assert await version_of(world) == 0
    assert await send(world, 8, entry("B"), full=True) == {"status": "Failed"}
    await world.set(LocalAuthListCtrlr__Enabled="true")
    assert await version_of(world) == 7


async def test_too_many_items_or_bytes():
    """D01.FR.11: ItemsPerMessage, BytesPerMessage."""
    world = await online(LocalAuthListCtrlr__ItemsPerMessage=2, LocalAuthListCtrlr__BytesPerMessage=400)
    assert await send(world, 1, *map(entry, "ABC"), full=True) == "OccurrenceConstraintViolation"
    words = {"format": "UTF8", "content": "x" * 300}
    assert await send(world, 1, entry("A", personalMessage=words), full=True) == "FormatViolation"
    assert await send(world, 1, *map(entry, "AB"), full=True) == {"status": "Accepted"}


async def test_more_than_there_is_room_for(monkeypatch):
    """D01.FR.12: no more entries than Entries' maxLimit."""
    monkeypatch.setattr("simulator.tokens.LocalList.size", 2)
    world = await online()
    assert await send(world, 1, *map(entry, "ABC"), full=True) == {"status": "Failed"}
    assert await send(world, 1, *map(entry, "AB"), full=True) == {"status": "Accepted"}
    assert await send(world, 2, entry("C")) == {"status": "Failed"}
    assert await send(world, 2, entry("C"), entry("A", None)) == {"status": "Accepted"}
    assert world.station.variables.text("LocalAuthListCtrlr.Entries") == "2"


async def test_a_list_survives_a_loss_of_power():
    """D01.FR.10."""
    world = await online()
    await send(world, 3, entry("A"), full=True)
    await world.do(world.station.power_off)
    await world.boot()
    assert await version_of(world) == 3
    assert int(world.station.variables.text("LocalAuthListCtrlr.Storage")) > 0


@pytest.mark.parametrize("version", NEWER, ids=str)
@pytest.mark.proves("station", "ClearCache", "2.0.1 2.1")
async def test_the_cache_is_cleared(version):
    """C11.FR.01–.04; the local list is another thing (D01.FR.09)."""
    world = await online(version)
    await send(world, 3, entry("A"), full=True)
    world.station.flash.cache.remember(Token("B"), TokenInfo("Accepted"), world.station.now)
    assert await world.ask("ClearCache") == {"status": "Accepted"}
    assert not world.station.flash.cache.entries
    assert list(world.station.flash.local_list.entries) == ["a"]
    world.station.flash.cache.remember(Token("B"), TokenInfo("Accepted"), world.station.now)
    await world.set(AuthCacheCtrlr__Enabled="false")
    assert await world.ask("ClearCache") == {"status": "Rejected"}
    assert world.station.flash.cache.entries
