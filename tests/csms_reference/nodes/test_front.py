"""Two nodes behave as one CSMS: commands find their station, the newest connection wins, nothing stays open."""

import asyncio

import pytest

from csms_reference import outcome
from csms_reference.nodes.redis import Away
from csms_reference.services import registration
from protocol.link import Admitted, Knock, Turned


async def test_a_command_goes_to_the_node_that_holds_the_station(two):
    a, b = two
    await b.station("CP-B")
    await b.told()
    end = await a.front.command("CP-B", "clear_cache")
    assert (end.status, end.answer) == ("Accepted", {"status": "Accepted"})
    raw = await a.front.call("CP-B", "ClearCache", {})
    assert raw.answered
    assert set(await a.front.seen(["CP-B", "CP-X"])) == {"CP-B"}
    assert (await a.front.seen(["CP-B"]))["CP-B"] == b.csms.connections["CP-B"].seen_ms


async def test_who_is_nowhere_is_offline_and_who_never_was_unknown(two):
    a, b = two
    station = await b.station("CP-B")
    station.link.close()
    await station.until(lambda: station.ended)
    await b.told()
    assert (await a.front.command("CP-B", "clear_cache")).status == outcome.OFFLINE
    assert (await a.front.command("CP-9", "clear_cache")).status == outcome.UNKNOWN_STATION
    assert await a.front.seen(["CP-B"]) == {}


async def test_the_newer_connection_wins_and_what_the_older_was_asked_fails(two):
    a, b = two
    older = await a.station(answers=False)
    await a.told()
    asked = asyncio.ensure_future(b.front.command("CP-1", "clear_cache"))
    await older.until(lambda: older.calls)
    newer = await b.station()
    await older.until(lambda: older.ended)
    assert (older.ended.code, (await asked).status) == (1008, outcome.DISCONNECTED)
    assert "CP-1" not in a.csms.connections
    assert (await a.front.command("CP-1", "clear_cache")).status == "Accepted"
    assert newer.ended is None


async def test_a_station_may_go_to_and_fro(two):
    stations = []
    for turn in range(6):
        stations.append(await two[turn % 2].station())
        await two[turn % 2].told()
    for older in stations[:-1]:
        await older.until(lambda older=older: older.ended)
    assert (stations[-1].ended, [len(one.csms.connections) for one in two]) == (None, [0, 1])
    assert (await two[0].front.command("CP-1", "clear_cache")).status == "Accepted"


async def test_a_command_that_meets_a_moved_station_is_not_carried_out_there(two):
    a, b = two
    station = await b.station()
    await b.told()
    entry = (await a.node.holdings.where(["CP-1"]))["CP-1"]
    about = {"station": "CP-1", "name": "clear_cache", "fields": {}, "order": None, "serial": entry.serial + 1}
    end = await a.node.post.ask(entry.node, entry.life, "command", about)
    assert (end["status"], station.calls) == (outcome.OFFLINE, [])


async def test_a_ban_and_a_removal_reach_the_other_node(two):
    a, b = two
    banned, removed = await b.station("CP-1"), await b.station("CP-2")
    await b.told()
    assert await a.front.register("CP-1", registration="Rejected") is False
    assert await a.front.remove("CP-2") is True
    for station in (banned, removed):
        await station.until(lambda station=station: station.ended)
        assert station.ended.code == 1008


async def test_late_news_of_a_station_are_what_it_is_by_then(two, monkeypatch):
    a, b = two
    back, gone = await b.station("CP-1"), await b.station("CP-2")
    await b.told()

    async def away(*_arguments):
        raise Away("switched off")

    monkeypatch.setattr(a.node.holdings, "_scripts", away)
    for name in ("CP-1", "CP-2"):
        await a.front.register(name)
        await a.front.remove(name)
    await b.csms.register("CP-1")
    monkeypatch.undo()
    await a.front.catch_up()
    await gone.until(lambda: gone.ended)
    known = await a.csms.store.read(lambda base: [registration.find(base, name) for name in ("CP-1", "CP-2")])
    assert ([row is not None for row in known], back.ended) == ([True, False], None)


async def test_without_redis_stations_here_work_and_others_are_unreachable(two, monkeypatch):
    a, b = two
    await a.station("CP-A")
    banned = await b.station("CP-B")
    await a.told()
    await b.told()

    async def away(*_arguments):
        raise Away("switched off")

    monkeypatch.setattr(a.node.holdings, "_scripts", away)
    assert (await a.front.command("CP-A", "clear_cache")).status == "Accepted"
    assert (await a.front.command("CP-B", "clear_cache")).status == outcome.UNREACHABLE
    assert (await a.front.command("CP-9", "clear_cache")).status == outcome.UNKNOWN_STATION
    assert set(await a.front.seen(["CP-A", "CP-B"])) == {"CP-A"}
    await a.front.register("CP-B", registration="Rejected")
    monkeypatch.undo()
    await a.front.catch_up()
    await banned.until(lambda: banned.ended)


async def test_what_a_node_was_asked_ends_when_it_leaves(two):
    a, b = two
    station = await b.station(answers=False)
    await b.told()
    asked = asyncio.ensure_future(a.front.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    await b.node.close()
    async with asyncio.timeout(5):
        end = await asked
    assert (end.status, "the node is gone" in end.error) == (outcome.DISCONNECTED, True)
    station.link.close()


@pytest.mark.parametrize("broken", ["command", "seen"])
async def test_what_fails_there_fails_here(two, monkeypatch, broken):
    a, b = two
    await b.station()
    await b.told()

    async def fail(*_arguments, **_more):
        raise RuntimeError("a bug")

    monkeypatch.setattr(b.node.local, broken, fail)
    if broken == "seen":
        assert await a.front.seen(["CP-1"]) == {"CP-1": None}
    else:
        with pytest.raises(Exception, match="a bug"):
            await a.front.command("CP-1", "clear_cache")


async def test_who_was_given_a_password_may_go_elsewhere_with_it_at_once(two):
    """Its answer is still on its way then, and nobody has noted it."""
    a, b = two
    station = await b.station()
    await b.told()
    await b.csms.register("CP-1", password="old-old-old-old-old")
    giving = asyncio.ensure_future(b.csms.command("CP-1", "set_password", password="new-new-new-new-new"))
    await station.until(lambda: station.calls)

    def knock(password):
        return a.csms.admit(Knock("CP-1", ("ocpp2.0.1",), user="CP-1", password=password))

    for password, kind in (("wrong", Turned), ("new-new-new-new-new", Admitted), ("old-old-old-old-old", Turned)):
        assert isinstance(await knock(password), kind), password
    station.link.close()
    assert not (await giving).answered
    assert isinstance(await knock("new-new-new-new-new"), Admitted)
