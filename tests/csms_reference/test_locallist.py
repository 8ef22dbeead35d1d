"""Local lists that follow the CSMS's tokens (2.0.1 D01, D02; 1.6 §5.15)."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import text

from csms_reference.services import locallist
from csms_reference.services.authorization import Standing, Terms, Token, put, remove
from csms_reference.services.locallist import difference
from csms_reference.store import Store
from csms_reference.store.errors import SealError
from csms_reference.store.tables import stations, variables
from protocol.errors import Code
from tests.csms_reference.conftest import NOW


class Lister:
    """The list of a station as it answers to it."""

    def __init__(self, station, items=3):
        self.station, self.items, self.version, self.entries, self.sent = station, items, 0, {}, []
        self.broken = 0
        self.most = self.most_bytes = None
        self.ends = []  # what it answers to the next messages
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
            told = {"SendLocalListMaxLength": self.items, "LocalAuthListMaxLength": self.most}
            keys = [
                {"key": key, "readonly": True, "value": str(told[key])} for key in ask["key"] if told[key] is not None
            ]
            return {"configurationKey": keys}
        if action == "GetVariables":
            named = ask["getVariableData"][0]
            if named["component"]["name"] == "AuthCacheCtrlr" and self.enabled is None:
                return {"getVariableResult": [named | {"attributeStatus": "UnknownComponent"}]}
            if named["component"]["name"] == "AuthCacheCtrlr":
                return {"getVariableResult": [named | {"attributeStatus": "Accepted", "attributeValue": self.enabled}]}
            told = {"ItemsPerMessage": self.items, "BytesPerMessage": self.most_bytes}
            values = [(named, told[named["variable"]["name"]]) for named in ask["getVariableData"]]
            return {"getVariableResult": [
                named | ({"attributeStatus": "UnknownVariable"} if value is None else
                         {"attributeStatus": "Accepted", "attributeValue": str(value)}) for named, value in values
            ]}  # fmt: skip
        return {"status": self._taken(ask, version, token, info)}

    def _taken(self, ask, version, token, info):
        self.sent.append((ask["updateType"], ask[version], len(ask.get("localAuthorizationList", ()))))
        if self.ends and (end := self.ends.pop(0)) != "Accepted":
            return end
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
    async with asyncio.timeout(10):
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


# -- what a station can take, and what it may say ----------------------------------------------------------------------


async def reported(it, variable, most):
    """The station has told of a variable of its list controller, and of its limit."""
    named = {"component": "LocalAuthListCtrlr", "component_instance": "", "evse": 0, "connector": 0}
    row = {"station": "CP-1", "variable": variable, "variable_instance": "", "attribute": "Actual", "value": "0"}
    row |= {**named, "max_limit": most, "request_id": 1, "reported_ms": 0}
    await it.store.write(lambda database: database.execute(variables.insert(), row))


async def test_a_list_that_the_station_has_no_room_for(pair):
    """1.6 §9.2.2, D01.FR.12: nothing is sent, so that the station keeps what it has."""
    it, station = pair
    for name in "ABC":
        await it.token(name)
    station.most = 2
    await reported(it, "Entries", 2.0)
    end = await sync(it)
    assert (end.status, end.error) == ("too large", "the list has 3 entries, the station takes 2")
    assert station.sent == []
    await it.store.write(lambda database: remove(database, "C"))
    assert (await sync(it)).status == "Accepted"
    assert station.entries == dict.fromkeys("AB", "Accepted")


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_message_has_no_more_bytes_than_the_station_takes(bench, version):
    """D01.FR.11."""
    it = bench(versions=("2.0.1", "2.1"))
    station = Lister(await it.station(version=version), items=1000)
    station.most_bytes = 600
    for number in range(20):
        await it.token(f"TOKEN-{number:02}", terms=Terms(message="x" * 40))
    assert (await sync(it)).status == "Accepted"
    assert len(station.entries) == 20
    sizes = [len(frame) for frame in station.station.frames if "SendLocalList" in frame]
    assert max(sizes) <= 600
    assert len(sizes) < 20  # and not less than there is room for
    await it.token("LONG", terms=Terms(message="x" * 500))
    end = await sync(it)
    assert end.status == "too large"
    assert "BytesPerMessage is 600" in end.error
    assert "LONG" not in station.entries


@pytest.mark.parametrize("told", ["0", "-3", "٣", "1e9", "", " 5", "9" * 400, "NaN"])
async def test_a_limit_that_makes_no_sense_is_none(pair, told):
    it, station = pair
    station.items = told
    for number in range(25):
        await it.token(f"T-{number}")
    assert (await sync(it)).status == "Accepted"
    assert [count for _, _, count in station.sent] == [20, 5]


async def test_a_station_that_has_no_list_says_so_by_its_version(bench):
    """1.6 §5.10: -1."""
    it = bench()
    station = Lister(await it.station(version="1.6"))
    station.version = -1
    end = await sync(it)
    assert (end.status, station.sent) == ("NotSupported", [])


async def test_a_station_that_does_not_know_the_message(pair):
    it, station = pair
    station.station.replies = {}
    it.csms.spawn(refuse(station.station))
    end = await sync(it)
    assert (end.status, end.error) == ("refused", "NotImplemented: no lists")


async def refuse(station):
    station.session.refuse((await asked(station)).message_id, Code.NOT_IMPLEMENTED, "no lists")
    station._flush()


async def asked(station):
    await station.until(lambda: station.calls)
    return [event for event in station.events if getattr(event, "action", "") == "GetLocalListVersion"][-1]


async def test_a_version_at_the_end_of_all_numbers(pair):
    """The next one would be no number that a station can be expected to take; a whole list may have any (§7.47)."""
    it, station = pair
    for name in "ABCD":
        await it.token(name)
    for version in (2**31 - 1, 2**31 - 2):
        station.version = version
        assert (await sync(it)).status == "Accepted"
        assert station.sent == [("Full", 1, 3), ("Differential", 2, 1)]
        station.sent.clear()
    [row] = await it.rows(stations)
    assert row["local_list_version"] == 2


async def test_the_last_number_that_is_one(pair):
    it, station = pair
    await it.token("A")
    station.version = 2**31 - 3
    await sync(it)
    assert station.sent == [("Full", 2**31 - 2, 1)]
    await it.token("B")
    await sync(it)
    assert station.sent[1:] == [("Differential", 2**31 - 1, 1)]
    await it.token("C")
    await sync(it)
    assert station.sent[2:] == [("Full", 1, 3)]


@pytest.mark.parametrize("said", ["null", '"7"', "1.5", "[]", "true", "2147483648", "1e400", "9" * 400])
async def test_a_version_that_is_no_number_is_no_answer(pair, said):
    it, station = pair
    station.station.replies = {}

    async def answer():
        message_id = (await asked(station.station)).message_id
        station.station.link.send(f'[3,"{message_id}",{{"{station.keys[0]}":{said}}}]')

    it.csms.spawn(answer())
    assert (await sync(it)).status == "misanswered"
    assert station.sent == []


async def test_a_station_that_takes_no_more_in_the_middle_is_known_to_have_the_rest(pair):
    it, station = pair
    for name in "ABCDEFG":
        await it.token(name)
    station.ends = ["Accepted", "Failed"]
    assert (await sync(it)).status == "Failed"
    known = await it.store.read(lambda database: locallist.sent(database, "CP-1"))
    assert (known.version, len(known.entries)) == (1, 3)
    station.sent.clear()
    assert (await sync(it)).status == "Accepted"
    assert [update for update, _, _ in station.sent] == ["Differential"] * 2
    assert station.entries == dict.fromkeys("ABCDEFG", "Accepted")


async def test_a_conflict_leads_to_one_whole_list_and_no_second(pair):
    it, station = pair
    await it.token("A")
    await sync(it)
    await it.token("B")
    station.broken = 99
    station.sent.clear()
    assert (await sync(it)).status == "VersionMismatch"
    assert [update for update, _, _ in station.sent] == ["Differential", "Full"]


@pytest.mark.parametrize("version", [0, -1, 2**31, 10**30])
async def test_a_list_sent_by_hand_has_a_version_that_can_be(pair, version):
    """D01.FR.18 and the errata of 1.6: 0 and -1 mean that there is no list."""
    it, station = pair
    end = await it.csms.command("CP-1", "send_local_list", version=version, entries=[])
    assert (end.status, station.sent) == ("bad fields", [])


async def test_tokens_that_a_version_cannot_name_are_left_to_the_csms(pair):
    """Or one of them would keep all others from the list."""
    it, station = pair
    lengths, name = {"1.6": 20, "2.0.1": 36, "2.1": 255}, station.station.session.version.name
    fits, longer = "x" * lengths[name], "y" * (lengths[name] + 1)
    await it.token(fits)
    if name != "2.1":
        await it.token(longer)
    await it.token("VIN", type="VIN")
    await it.token("HALF", terms=Terms(places={"CP-1": (2,)}))
    assert (await sync(it)).status == "Accepted"
    others = {"1.6": {"VIN"}, "2.0.1": {"HALF"}, "2.1": {"VIN", "HALF"}}
    assert station.entries.keys() == {fits} | others[name]


async def test_every_standing_can_be_said(pair):
    """1.6 has fewer words: §7.2."""
    it, station = pair
    for standing in Standing:
        await it.token(standing.value, status=standing)
    assert (await sync(it)).status == "Accepted"
    old = station.keys[0] == "listVersion"
    said = {"NoCredit": "Blocked", "Unknown": "Invalid"} if old else {}
    listed = {each.value for each in Standing} - {"NotAtThisLocation", "NotAllowedTypeEVSE"}
    assert station.entries.keys() == listed
    assert {name: station.entries[name] for name in said} == said


async def test_long_groups_stay_apart(pair):
    """Two groups that begin alike must not stop each other's transactions (C09.FR.03)."""
    it, station = pair
    beginning = "G" * 40
    for name in ("A", "B"):
        await it.token(name, group_id=f"{beginning}{name}")
    await it.token("C", group_id=f"{beginning}a")  # ids ignore case
    assert (await sync(it)).status == "Accepted"
    ((_, ask),) = [call for call in station.station.calls if call[0] == "SendLocalList"]
    said = []
    for entry in ask["localAuthorizationList"]:
        info = entry[station.keys[2]]
        said.append(info["parentIdTag"] if "parentIdTag" in info else info["groupIdToken"]["idToken"])
    assert said[0] == said[2] != said[1]
    if station.keys[0] == "listVersion":
        asked = {name: await station.station.ask("Authorize", {"idTag": name}) for name in "ABC"}
        assert [asked[name]["idTagInfo"]["parentIdTag"] for name in "ABC"] == said
    else:
        tokens = [{"idToken": {"idToken": name, "type": "ISO14443"}} for name in "ABC"]
        asked = [(await station.station.ask("Authorize", each))["idTokenInfo"]["groupIdToken"] for each in tokens]
        assert asked == [{"idToken": each, "type": "Central"} for each in said]


async def test_whose_tokens_a_list_has(bench):
    """An owner's station has the owner's and the operator's; the operator's own station has all."""
    it = bench()
    for name, owner in (("HERS", "NORTH"), ("HIS", "SOUTH"), ("OURS", None)):
        await it.store.write(partial(put, token=Token(name), owner=owner))
    for name, owner in (("N", "NORTH"), ("S", "SOUTH"), ("O", None)):
        await it.csms.register(name, owner=owner)
    found = {
        name: set(await it.store.read(partial(locallist.wanted, station=name, now_ms=0))) for name in ("N", "S", "O")
    }
    assert found == {"N": {"hers", "ours"}, "S": {"his", "ours"}, "O": {"hers", "his", "ours"}}


async def test_a_token_in_the_row_of_another_is_told_to_nobody(tmp_path):
    """Who can write to the database could let a blocked card charge."""
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite", inline=True)
    await store.write(partial(put, token=Token("GOOD")))
    await store.write(partial(put, token=Token("BAD", Standing.BLOCKED)))

    def swap(database):
        rows = {row.status: row for row in database.execute(text("select * from tokens"))}
        for row, other in ((rows["Accepted"], rows["Blocked"]), (rows["Blocked"], rows["Accepted"])):
            database.execute(
                text("update tokens set id_token = :sealed where token_key = :key"),
                {"sealed": other.id_token, "key": row.token_key},
            )

    await store.write(swap)
    with pytest.raises(SealError):
        await store.read(partial(locallist.wanted, station="CP-1", now_ms=0))
    store.close()
