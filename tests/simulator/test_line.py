"""The station's end of a connection."""

import pytest

from protocol.versions import V16
from simulator import facts
from simulator.line import Reply
from tests.simulator.csms import MUTE, World, car


async def test_garbage_and_unknown_replies_change_nothing():
    world = World()
    await world.boot()
    for text in ("", "{", "[]", "[9]", '[3,"nobody",{}]', '[4,"x","y","z",{}]', "[2]", "null", "[" * 500):
        world.csms.say(text)
    await world.run(world.clock.now + 5)
    assert world.station.online
    assert len(world.told(facts.FrameIgnored)) >= 8


async def test_binary_message_closes_the_link():
    world = World()
    await world.boot()
    world.station.line.received(b"\x00\x01")
    await world.run(world.clock.now + 60)
    assert world.told(facts.Disconnected)[0].code == 1003
    assert world.station.online


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('[2,"a","NoSuchAction",{}]', "NotImplemented"),
        ('[2,"b","BootNotification",{}]', "NotSupported"),
        ('[2,"c","Reset",{"type":"Sideways"}]', "PropertyConstraintViolation"),
        ('[2,"d","Reset",{}]', "OccurrenceConstraintViolation"),
        ('[2,"e","GetDisplayMessages",{"requestId":1}]', "NotSupported"),
    ],
)
async def test_refusals(frame, code):
    world = World()
    await world.boot()
    world.csms.say(frame)
    await world.run(world.clock.now + 1)
    answer = world.frames[-1]
    assert answer.direction == "up"
    assert f'"{code}"' in answer.text


async def test_calls_wait_their_turn():
    """Part 4 §4.1.1: one outstanding CALL."""
    world = World()
    await world.boot()
    world.clear()
    world.csms.answers["StatusNotification"] = MUTE
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 20)
    assert [action for _, action, _ in world.csms.got] == ["StatusNotification"]
    await world.run(world.clock.now + 20)
    assert [action for _, action, _ in world.csms.got][:2] == ["StatusNotification", "Authorize"]
    assert world.told(facts.CallFailed)[0].how == "TimedOut"
    assert world.station.online  # a time-out does not tear down the link


async def test_late_reply_is_ignored():
    world = World()
    await world.boot()
    world.csms.answers["Heartbeat"] = MUTE
    await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"}, 40)
    heartbeat = next(f for f in reversed(world.frames) if f.direction == "up" and '"Heartbeat"' in f.text)
    message_id = heartbeat.text.split('"')[1]
    world.csms.say(f'[3,"{message_id}",{{"currentTime":"2030-01-01T00:00:00Z"}}]')
    await world.run(world.clock.now + 1)
    assert world.told(facts.FrameIgnored)[-1].why == "reply after its time-out"
    assert not world.told(facts.ClockSet)


async def test_call_without_a_link_is_dropped():
    world = World(V16)
    call = world.station.line.call("Heartbeat", {})
    assert call.value.sent is False


async def test_restart_says_goodbye_and_a_power_cut_does_not():
    world = World()
    await world.boot()
    await world.ask("Reset", {"type": "Immediate"}, 20)
    assert world.told(facts.Disconnected)[0].code == 1001
    await world.do(world.station.power_off, 1)
    assert world.told(facts.Disconnected)[1].ending == "cut"
    assert world.csms.link is None


async def test_message_ids_are_never_used_twice():
    world = World()
    await world.boot()
    for _ in range(3):
        await world.ask("Reset", {"type": "Immediate"}, 20)
    ids = [frame.text.split('"')[1] for frame in world.frames if frame.direction == "up" and frame.text[1] == "2"]
    assert len(ids) == len(set(ids)) > 6
    assert all(len(message_id) <= 36 for message_id in ids)


async def test_a_call_right_behind_a_reply_meets_a_station_that_knows_the_reply():
    """B03.FR.08: the answer to BootNotification and a CALL may arrive in one breath."""
    world = World()

    def reject(_ask):
        world.clock.soon(lambda: replies.append(world.csms.call("GetBaseReport", report)))
        return {"status": "Rejected", "interval": 60, "currentTime": world.clock.stamp()}

    replies = []
    report = {"requestId": 1, "reportBase": "FullInventory"}
    world.csms.answers["BootNotification"] = reject
    world.station.power_on()
    await world.run(20)
    assert [world.csms.replies[each] for each in replies] == ["SecurityError"]


class Notes:
    """A watch that writes down what it is told."""

    def __init__(self) -> None:
        self.frames_up = self.frames_down = 0
        self.told: list[str] = []

    def dialling(self, station: str) -> None:
        self.told.append(f"{station} dials")

    def called(self, station: str) -> None:
        self.told.append(f"{station} calls")

    def settled(self, station: str, reply: Reply) -> None:
        self.told.append(f"{reply.action} {type(reply).__name__}")


async def test_a_watch_sees_every_dial_and_every_call_when_it_leaves_and_when_it_is_over():
    watch = Notes()
    world = World(watch=watch)
    await world.boot()
    assert watch.told[:3] == ["CP-1 dials", "CP-1 calls", "BootNotification Answered"]
    assert watch.told.count("CP-1 calls") == watch.frames_up == watch.frames_down
    watch.told.clear()
    world.csms.answers["Heartbeat"] = MUTE
    world.station.life.heartbeat()
    world.station.life.heartbeat()
    await world.do(world.station.power_off)
    assert watch.told == ["CP-1 calls", "Heartbeat Dropped", "Heartbeat Dropped"]


class Pinged:
    """A link that counts its pings; the one below it has none."""

    def __init__(self, world):
        self.world, self.link, self.times = world, world.station.line._link, []

    def ping(self, payload):
        self.times.append(round(self.world.clock.now))

    def send(self, text):
        self.link.send(text)

    def close(self, code=1000, reason=""):
        self.link.close(code, reason)

    def abort(self):
        self.link.abort()


async def test_pings_follow_their_interval():
    """WebSocketPingInterval (part 4 §8.4): 0 sends none, another value counts from now on, a lost link has none."""
    world = World()
    await world.boot()
    write = world.station.configuration.write
    link = world.station.line._link = Pinged(world)
    begin = round(world.clock.now)
    write("OCPPCommCtrlr.WebSocketPingInterval", "10")
    await world.run(begin + 25)
    write("OCPPCommCtrlr.WebSocketPingInterval", "7")
    await world.run(begin + 35)
    assert link.times == [begin + 10, begin + 20, begin + 32]
    write("OCPPCommCtrlr.WebSocketPingInterval", "0")
    await world.run(begin + 60)
    write("OCPPCommCtrlr.WebSocketPingInterval", "5")
    link.abort()
    await world.run(begin + 90)
    assert len(link.times) == 3
    assert world.station.line._pinger is None  # memory knows no pings
