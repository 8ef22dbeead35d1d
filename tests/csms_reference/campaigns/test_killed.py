"""The process that runs a campaign is killed in the middle, and there is the next one: docs/campaigns.md."""

import random

import pytest
import pytest_asyncio

from tests.csms_reference.lives import alive, serving

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.one_node("its process is killed, and there is the next one"),
]

ENDS = ("Succeeded", "Failed", "Skipped")
UNKNOWN = "it is not known whether it was carried out"
VARIABLE = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
SETTINGS = [
    {"command": "set_variables", "versions": ["1.6"], "fields": {"values": {"HeartbeatInterval": 60}}},
    {
        "command": "set_variables",
        "versions": ["2.0.1"],
        "fields": {"values": {"SampledDataCtrlr.TxUpdatedInterval": 60}},
    },
]
UPDATE = {"command": "update_firmware", "fields": {"location": "http://files.example/2.0.bin"}}
YES = {"status": "Accepted"}
ABLE = {
    "ChangeConfiguration": YES,
    "SetVariables": {"setVariableResult": [VARIABLE | {"attributeStatus": "Accepted"}]},
    "UpdateFirmware": YES,
    "TriggerMessage": YES,
    "Reset": YES,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mortal(tmp_path_factory, migrated):
    async with serving(tmp_path_factory.mktemp("campaigns"), migrated) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def lives(mortal):
    async with alive(*mortal) as made:
        yield made


async def start(lives, actions, stations, **plan):
    """Have stations do it; where the campaign is."""
    target = {"stations": [each.identity for each in stations]}
    made = await lives.post("/campaigns", name="test", actions=actions, target=target, **plan)
    where = f"/campaigns/{made['id']}"
    await lives.post(f"{where}/start")
    return where


async def fleet(lives, prefix, count):
    """Slow stations, every other of 1.6."""
    made = [await lives.station(f"{prefix}-{nth}", ("1.6", "2.0.1")[nth % 2], ABLE) for nth in range(count)]
    for station in made:
        station.slow = True
    return made


async def take_asked(lives, stations):
    """Whose turn comes next is drawn: take one that has been asked out of these, once there is one."""
    await lives.until(lambda: any(station.calls for station in stations))
    found = next(station for station in stations if station.calls)
    stations.remove(found)
    return found


async def kept(lives, station):
    """How its commands ended."""
    return [(each["state"], each["status"]) for each in await lives.get("/commands", station=station.identity)]


async def test_settings_are_repeated_where_the_answer_was_not_kept_and_nowhere_else(lives):
    left = await fleet(lives, "S", 5)
    where = await start(lives, SETTINGS, left, pace={"at_once": 2})
    done, held = await take_asked(lives, left), await take_asked(lives, left)
    done.answer()
    await lives.becomes(done, "Succeeded")
    unkept = await take_asked(lives, left)
    await lives.kill_with(unkept)
    assert [station.calls for station in left] == [[], []]

    await lives.begin()
    before = await lives.states(where)
    assert before.pop(done.identity) == "Succeeded"
    assert set(before.values()) <= {"Pending", "Waiting", "Sent"}
    other, last = left
    await lives.return_all(last)
    for station in (held, unkept, other):
        await lives.becomes(station, "Succeeded")
    assert (await lives.get(where))["state"] == "Running"  # it has its turn whenever it comes
    last.slow = False
    await last.come()
    await lives.ended(where)

    assert (await lives.get(where))["progress"] == {"Succeeded": 5}
    rows = await lives.rows(where)
    for station, times in ((done, 1), (held, 2), (unkept, 2), (other, 1), (last, 1)):
        assert len(station.calls) == rows[station.identity]["attempt"] == times
    once = [("accepted", "Accepted")]
    assert await kept(lives, done) == await kept(lives, last) == once
    assert await kept(lives, held) == await kept(lives, unkept) == [("failed", "lost"), *once]
    assert await lives.ends(ENDS, 5) == dict.fromkeys(lives.stations, 1)


async def say(station, *statuses):
    """Tell of the newest update that it was asked for."""
    number = station.asked("UpdateFirmware")[-1]["requestId"]
    for status in statuses:
        named = {} if status == "Idle" else {"requestId": number}
        await station.ask("FirmwareStatusNotification", {"status": status, **named})


async def finish(station):
    """Install it, and boot."""
    await say(station, "Installed")
    station.firmware = "2.0"
    await station.boot()


async def test_an_update_is_not_begun_twice_where_it_may_be_under_way(lives):
    names = ("U-DONE", "U-AGREED", "U-BUSY", "U-IDLE", "U-BOOTED", "U-AWAY")
    done, agreed, busy, idle, booted, away = stations = [await lives.station(name, able=ABLE) for name in names]
    away.link.close(1000, "")
    for station in (busy, idle, booted):
        station.slow = True
    where = await start(lives, [UPDATE], stations, expected="2.0")
    for station in stations[:-1]:
        await station.holds("UpdateFirmware")
    await lives.becomes(done, "InProgress")
    await finish(done)
    await lives.becomes(done, "Succeeded")
    await lives.becomes(agreed, "InProgress")
    await say(agreed, "Downloading")
    await lives.kill_with(idle)

    await lives.begin()
    booted.firmware = "2.0"  # it did it while nobody was there to be told
    await lives.return_all()
    await lives.becomes(booted, "Succeeded")
    await finish(agreed)
    await busy.holds("TriggerMessage")
    await say(busy, "Installing")
    await lives.becomes(busy, "InProgress")
    await finish(busy)
    await idle.holds("TriggerMessage")
    await say(idle, "Idle")
    await idle.holds("UpdateFirmware", 2)
    await away.holds("UpdateFirmware")
    for station in (idle, away):
        await lives.becomes(station, "InProgress")
        await finish(station)
    await lives.ended(where)

    assert (await lives.get(where))["progress"] == {"Succeeded": 6}
    asked = {station.identity: len(station.asked("UpdateFirmware")) for station in stations}
    assert asked == dict.fromkeys(names, 1) | {"U-IDLE": 2}
    assert {payload["requestedMessage"] for each in stations for payload in each.asked("TriggerMessage")} == {
        "FirmwareStatusNotification"
    }
    assert [len(each.asked("TriggerMessage")) for each in (done, agreed, busy, idle, away)] == [0, 0, 1, 1, 0]
    assert await lives.ends(ENDS, len(names)) == dict.fromkeys(names, 1)


async def test_a_reset_is_not_repeated_and_known_by_its_boot_alone(lives):
    """Two campaigns: one wants the answer alone, the other one a boot."""
    names = ("R-DONE", "R-HELD", "R-AWAY", "B-HELD", "B-DONE")
    done, held, away, mute, booted = [await lives.station(name, able=ABLE) for name in names]
    away.link.close(1000, "")
    held.slow = mute.slow = True
    actions, plan = [{"command": "reset", "fields": {"kind": "OnIdle"}}], {"threshold": {"count": 9}}
    answered = await start(lives, actions, [done, held, away], **plan)
    boots = await start(lives, actions, [mute, booted], success="booted", **plan)
    for station in (done, held, mute, booted):
        await station.holds("Reset")
    await lives.becomes(done, "Succeeded")
    await booted.boot()
    await lives.becomes(booted, "Succeeded")
    await lives.kill_with(held)

    await lives.begin()
    await lives.return_all(mute)
    await lives.ended(answered)
    assert await lives.states(answered) == {"R-DONE": "Succeeded", "R-HELD": "Failed", "R-AWAY": "Succeeded"}
    assert (await lives.rows(answered))["R-HELD"]["why"] == UNKNOWN
    await mute.connect()
    await mute.ask("Heartbeat", {})
    row = (await lives.rows(boots))["B-HELD"]
    assert (row["state"], row["why"]) == ("Sent", UNKNOWN)
    await mute.boot()
    await lives.ended(boots)
    row = (await lives.rows(boots))["B-HELD"]
    assert (row["state"], row["why"]) == ("Succeeded", "known by its boot")
    assert all(station.asked("Reset") == [{"type": "OnIdle"}] for station in lives.stations.values())
    assert await lives.ends(ENDS, len(names)) == dict.fromkeys(names, 1)


async def test_wherever_the_kills_are_who_is_kept_as_done_is_done_and_all_come_to_one_end(lives):
    chance, count = random.Random(7), 12
    stations = await fleet(lives, "K", count)
    for station in stations:
        station.slow = False
    where = await start(lives, SETTINGS, stations, pace={"at_once": 3})
    doubted, over = dict.fromkeys(lives.stations, 0), {}
    for most in (count // 3, count):
        asked = chance.randrange(1, most)
        await lives.until(lambda asked=asked: sum(len(each.calls) for each in stations) >= asked)
        await lives.kill()
        before = {each.identity: len(each.calls) for each in stations}
        await lives.begin()
        for name, state in (await lives.states(where)).items():
            if state in ENDS:
                over.setdefault(name, before[name])
            else:
                doubted[name] += 1
        await lives.return_all()
    await lives.ended(where)
    assert any(doubted.values())  # the kills came while there was something to lose
    assert (await lives.get(where))["progress"] == {"Succeeded": count}
    assert {name: asked for name, asked in over.items() if len(lives.stations[name].calls) > asked} == {}
    rows = await lives.rows(where)
    for name, station in lives.stations.items():
        assert 1 <= len(station.calls) <= rows[name]["attempt"] <= 1 + doubted[name]
        assert [state for state, _ in await kept(lives, station)].count("accepted") == 1
