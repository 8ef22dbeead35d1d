"""Local lists that follow the CSMS's tokens (2.0.1 D01, D02; 1.6 §5.15)."""

from functools import partial

import pytest

from csms_reference.services import locallist
from csms_reference.services.authorization import Standing, Terms, remove
from csms_reference.services.locallist import difference
from csms_reference.store.tables import stations
from tests.csms_reference.conftest import NOW


class Lister:
    """The list of a station as it answers to it."""

    def __init__(self, station, items=3):
        self.station, self.items, self.version, self.entries, self.sent = station, items, 0, {}, []
        self.broken = 0
        self.enabled = None  # what it says of its authorization cache
        self.answers = {}  # to whatever else it is asked
        old = station.session.version.name == "1.6"
        self.keys = ("listVersion", "idTag", "idTagInfo") if old else ("versionNumber", "idToken", "idTokenInfo")
        station.replies = self

    def __contains__(self, action):
        own = {"GetLocalListVersion", "SendLocalList", "GetVariables", "GetConfiguration"}
        return action in own or action in self.answers

    def __getitem__(self, action):
        version, token, info = self.keys
        ask = self.station.calls[-1][1]
        if action in self.answers:
            return self.answers[action]
        if action == "GetLocalListVersion":
            return {version: self.version}
        if action == "GetConfiguration" and ask["key"] == ["AuthorizationCacheEnabled"]:
            if self.enabled is None:
                return {"unknownKey": ask["key"]}
            return {"configurationKey": [{"key": ask["key"][0], "readonly": False, "value": self.enabled}]}
        if action == "GetConfiguration":
            return {"configurationKey": [{"key": "SendLocalListMaxLength", "readonly": True, "value": str(self.items)}]}
        if action == "GetVariables":
            named = ask["getVariableData"][0]
            if named["component"]["name"] == "AuthCacheCtrlr" and self.enabled is None:
                return {"getVariableResult": [named | {"attributeStatus": "UnknownComponent"}]}
            if named["component"]["name"] == "AuthCacheCtrlr":
                return {"getVariableResult": [named | {"attributeStatus": "Accepted", "attributeValue": self.enabled}]}
            return {"getVariableResult": [named | {"attributeStatus": "Accepted", "attributeValue": str(self.items)}]}
        return {"status": self._taken(ask, version, token, info)}

    def _taken(self, ask, version, token, info):
        self.sent.append((ask["updateType"], ask[version], len(ask.get("localAuthorizationList", ()))))
        full = ask["updateType"] == "Full"
        if self.broken or (not full and ask[version] <= self.version):
            self.broken = max(0, self.broken - 1)
            return "VersionMismatch"
        entries = {} if full else dict(self.entries)
        for entry in ask.get("localAuthorizationList", ()):
            name = entry[token] if token == "idTag" else entry[token]["idToken"]
            entries.pop(name, None)
            if info in entry:
                entries[name] = entry[info]["status"]
        self.version, self.entries = ask[version], entries
        return "Accepted"


@pytest.fixture(params=["1.6", "2.0.1", "2.1"])
async def pair(request, bench):
    it = bench(versions=("1.6", "2.0.1", "2.1"))
    return it, Lister(await it.station(version=request.param))


async def sync(it, **fields):
    return await it.csms.command("CP-1", "sync_local_list", **fields)


@pytest.mark.proves("csms", "SendLocalList GetLocalListVersion", "1.6 2.0.1 2.1")
async def test_all_then_what_has_changed(pair):
    """D01.FR.03, .15–.17: in as many messages as the station wants."""
    it, station = pair
    for name in "ABCD":
        await it.token(name)
    assert (await sync(it)).status == "Accepted"
    assert station.sent == [("Full", 1, 3), ("Differential", 2, 1)]
    assert station.entries == dict.fromkeys("ABCD", "Accepted")
    station.sent.clear()
    assert (await sync(it)).status == "Accepted"
    assert station.sent == []  # nothing has changed
    await it.token("A", status=Standing.BLOCKED)
    await it.store.write(lambda database: remove(database, "B"))
    await it.token("E")
    assert (await sync(it)).status == "Accepted"
    assert station.sent == [("Differential", 3, 3)]
    assert station.entries == {"A": "Blocked", "C": "Accepted", "D": "Accepted", "E": "Accepted"}
    [row] = await it.rows(stations)
    assert row["local_list_version"] == 3


async def test_a_station_with_another_list_gets_all(pair):
    """D02: it says so by its version; D01.FR.03."""
    it, station = pair
    await it.token("A")
    await sync(it)
    station.version, station.entries = 9, {"old": "Accepted"}
    station.sent.clear()
    assert (await sync(it)).status == "Accepted"
    assert station.sent == [("Full", 10, 1)]
    assert station.entries == {"A": "Accepted"}


async def test_what_is_refused_is_sent_as_a_whole(pair):
    """D01.FR.03: Failed or VersionMismatch."""
    it, station = pair
    await it.token("A")
    await sync(it)
    await it.token("B")
    station.broken = 1
    station.sent.clear()
    assert (await sync(it)).status == "Accepted"
    assert station.sent == [("Differential", 2, 1), ("Full", 2, 2)]


async def test_what_is_refused_as_a_whole_is_told(pair):
    it, station = pair
    await it.token("A")
    station.broken = 9
    assert (await sync(it, full=True)).status == "VersionMismatch"
    assert await it.store.read(lambda database: locallist.sent(database, "CP-1")) is None


async def test_a_list_that_somebody_else_has_sent(pair):
    it, station = pair
    await it.token("A")
    await sync(it)
    assert (
        await it.csms.command("CP-1", "send_local_list", version=5, entries=[{"id_token": "X"}])
    ).status == "Accepted"
    assert station.entries == {"X": "Accepted"}
    await sync(it)
    assert station.sent[-1] == ("Full", 6, 1)
    assert station.entries == {"A": "Accepted"}


async def test_an_empty_list(pair):
    it, station = pair
    assert (await sync(it)).status == "Accepted"
    assert station.sent == [("Full", 1, 0)]
    await it.token("A")
    await sync(it)
    await it.store.write(lambda database: remove(database, "A"))
    await sync(it)
    assert station.entries == {}


async def test_what_a_list_is_about(bench):
    """What holds at this station; what depends on the time of day is left to the CSMS."""
    it = bench()
    await it.token("here", terms=Terms(places={"CP-1": (2,)}, languages=("de",), message="Hallo", priority=1))
    await it.token("elsewhere", terms=Terms(places={"CP-2": ()}))
    await it.token("nightly", terms=Terms(hours="22:00-06:00"))
    await it.token("call", type="Central")
    await it.token("late", type="eMAID", expires_ms=int(NOW.timestamp() * 1000) - 1, group_id="G")
    found = await it.store.read(partial(locallist.wanted, station="CP-1", now_ms=it.csms.now_ms()))
    assert found == {
        "here": {"id_token": "here", "type": "ISO14443", "status": "Accepted", "evses": [2], "languages": ["de"],
                 "message": "Hallo", "priority": 1},
        "late": {"id_token": "late", "type": "eMAID", "status": "Expired", "group_id": "G",
                 "expires": "2026-03-01T07:59:59.999Z"},
    }  # fmt: skip
    station = Lister(await it.station())
    assert (await sync(it)).status == "Accepted"
    assert station.entries == {"here": "Accepted", "late": "Expired"}
    info = station.station.calls[-1][1]["localAuthorizationList"][0]["idTokenInfo"]
    assert (info["evseId"], info["language1"], info["chargingPriority"]) == ([2], "de", 1)


async def test_a_station_that_is_not_there(bench):
    assert (await sync(bench())).status == "unknown station"


def test_a_token_of_another_type_is_removed_first():
    card, code = ({"id_token": "A", "type": kind, "status": "Accepted"} for kind in ("ISO14443", "KeyCode"))
    assert difference({"a": card}, {"a": code}) == [{"id_token": "A", "type": "ISO14443", "status": None}, code]
    assert difference({"a": card}, {"a": card}) == []
