"""Boot, registration, heartbeats, reconnection (2.0.1 part 2 B01–B04, part 4 §5.3; 1.6 §4.2, §4.6)."""

import json
from itertools import pairwise

import pytest

from protocol.link import Ending, Lost, Turned
from protocol.versions import V16, V201
from simulator import facts, faults
from simulator.chance import Chance
from simulator.life import BOOT_S
from tests.simulator.csms import BOTH, MUTE, NEWER, World, car


def boots(world: World) -> list[float]:
    return world.csms.times("BootNotification")


def answer(status: str, interval: int, world: World) -> dict:
    return {"status": status, "interval": interval, "currentTime": world.clock.stamp()}


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_accepted(version):
    world = World(version)
    await world.boot()
    assert len(boots(world)) == 1
    assert world.station.registration == "Accepted"
    assert world.csms.of("StatusNotification")
    assert world.station.variables.number("OCPPCommCtrlr.HeartbeatInterval") == 900
    first = boots(world)[0]
    await world.run(first + 1801)
    assert world.csms.times("Heartbeat") == [pytest.approx(first + 900), pytest.approx(first + 1800)]


async def test_each_start_takes_the_next_draw_of_its_own_stream():
    """What a seed stands for stays the same: the days that were recorded with it come again."""
    world = World()
    chance, used_wh = (Chance(7, world.station.identity) for _ in range(2))
    assert world.station.evses[0].meter.import_wh == used_wh.whole("register 1", 1_000, 4_000_000)
    for _ in range(3):
        begun_s = world.clock.now
        await world.boot()
        assert boots(world)[-1] == pytest.approx(begun_s + chance.uniform("boot", *BOOT_S), abs=0.01)
        await world.do(world.station.power_off, 10)


def test_boot_payloads():
    world = World()
    action, payload = world.station.dialect.boot(world.station, "PowerUp")
    assert (action, payload["reason"]) == ("BootNotification", "PowerUp")
    assert payload["chargingStation"]["model"] == "AC22"
    world = World(V16)
    assert world.station.dialect.boot(world.station, "PowerUp")[1]["chargePointModel"] == "AC22"


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
@pytest.mark.parametrize(("interval", "wait_s"), [(25, 25), (0, 60)])
async def test_asks_again_after_the_interval_and_not_before(version, status, interval, wait_s):
    """B02.FR.04/.07/.08, B03.FR.02/.05/.06."""
    world = World(version)
    world.csms.answers["BootNotification"] = lambda _ask: answer(status, interval, world)
    world.station.power_on()
    await world.run(10)
    first = boots(world)[0]
    await world.run(first + 3 * wait_s + 1)
    assert boots(world) == [pytest.approx(first + n * wait_s) for n in range(4)]
    assert {action for _, action, _ in world.csms.got} == {"BootNotification"}
    world.csms.answers.clear()
    await world.run(first + 4 * wait_s + 1)
    assert world.station.online
    assert world.csms.of("StatusNotification")


async def test_no_answer_and_error_are_tried_again():
    """A CALL's time-out does not tear down the link."""
    world = World()
    world.csms.answers["BootNotification"] = MUTE
    world.station.power_on()
    await world.run(10)
    first = boots(world)[0]
    world.csms.answers["BootNotification"] = lambda _ask: "InternalError"
    await world.run(first + 91)
    assert boots(world) == [first, pytest.approx(first + 90)]  # 30 s time-out, then 60 s
    world.csms.answers.clear()
    await world.run(first + 151)
    assert world.station.online
    assert not world.told(facts.Disconnected)
    assert [failed.how for failed in world.told(facts.CallFailed)] == ["TimedOut", "Refused"]


async def test_rejected_16_station_answers_nothing():
    """1.6 §4.2; what it is asked takes no effect either."""
    world = World(V16)
    world.csms.answers["BootNotification"] = lambda _ask: answer("Rejected", 100, world)
    world.station.power_on()
    await world.run(10)
    message_id = world.csms.call("Reset", {"type": "Hard"})
    await world.run(world.clock.now + 40)
    assert message_id not in world.csms.replies
    assert [fact.detail for fact in world.told(facts.FrameIgnored)] == ["Reset"]
    assert not world.told(facts.PoweredOff)
    world.csms.answers.clear()
    await world.run(world.clock.now + 100)
    assert world.station.online


@pytest.mark.parametrize("version", NEWER, ids=str)
async def test_rejected_station_answers_with_a_security_error(version):
    """B03.FR.08."""
    world = World(version)
    world.csms.answers["BootNotification"] = lambda _ask: answer("Rejected", 100, world)
    world.station.power_on()
    await world.run(10)
    assert await world.ask("ClearCache") == "SecurityError"
    assert await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"}) == "SecurityError"


async def test_pending_station_obeys_but_does_not_start():
    """B02.FR.01, B02.FR.05; a triggered boot has its own reason."""
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 1000, world)
    world.station.power_on()
    await world.run(10)
    token = {"idToken": "R", "type": "Central"}
    started = await world.ask("RequestStartTransaction", {"idToken": token, "remoteStartId": 1})
    assert started["status"] == "Rejected"
    assert (await world.ask("RequestStopTransaction", {"transactionId": "x"}))["status"] == "Rejected"
    assert (await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"}))["status"] == "Accepted"
    assert len(world.csms.of("Heartbeat")) == 1
    world.csms.answers.clear()
    assert (await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"}))["status"] == "Accepted"
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "Triggered"]
    assert world.station.online
    rejected = await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"})
    assert rejected["status"] == "Rejected"  # F06.FR.17


async def test_drivers_wait_for_registration():
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 50, world)
    world.station.power_on()
    world.station.plug(car())
    await world.run(10)
    await world.do(lambda: world.station.present("A"), 60)
    assert not world.told(facts.TransactionStarted)
    await world.do(world.station.power_off, 1)
    world = World(config={"TxCtrlr.TxBeforeAcceptedEnabled": True, "AuthCtrlr.OfflineTxForUnknownIdEnabled": True})
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 50, world)
    world.station.power_on()
    world.station.plug(car())
    await world.run(10)
    await world.do(lambda: world.station.present("A"), 10)
    assert world.told(facts.TransactionStarted)  # B02.FR.03
    assert not world.events()
    world.csms.answers.clear()
    await world.run(80)
    assert [event["offline"] for event in world.events()] == [True, True]


async def test_interval_holds_over_a_new_connection():
    """B03.FR.02: not earlier, although the CSMS closed the link meanwhile."""
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: answer("Rejected", 300, world)
    world.station.power_on()
    await world.run(10)
    first = boots(world)[0]
    world.csms.link.close(1000)
    await world.run(first + 299)
    assert world.station.line.open
    assert boots(world) == [first]
    await world.run(first + 301)
    assert boots(world) == [first, pytest.approx(first + 300)]


async def test_16_triggered_boot_of_an_accepted_station():
    world = World(V16)
    await world.boot()
    world.csms.answers["BootNotification"] = lambda _ask: answer("Accepted", 50, world)
    assert (await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"}))["status"] == "Accepted"
    assert len(boots(world)) == 2
    world.csms.got.clear()
    await world.run(world.clock.now + 101)
    assert len(world.csms.of("Heartbeat")) == 2
    world.csms.answers["BootNotification"] = lambda _ask: answer("Rejected", 40, world)
    await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"})
    assert not world.station.online
    world.csms.answers.clear()
    await world.run(world.clock.now + 45)
    assert world.station.online
    assert not world.told(facts.WaitedToReconnect)  # over the same link


async def test_heartbeat_interval_set_anew_counts_from_now():
    world = World()
    await world.boot()
    data = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}, "attributeValue": "60"}
    await world.ask("SetVariables", {"setVariableData": [data]}, 0)
    now = world.clock.now
    await world.run(now + 121)
    assert world.csms.times("Heartbeat") == [pytest.approx(now + 60), pytest.approx(now + 120)]


async def test_clock_follows_the_csms():
    """B01.FR.06."""
    world = World()
    world.csms.answers["Heartbeat"] = lambda _ask: {"currentTime": "2025-06-02T07:00:00.000Z"}
    await world.boot()
    assert not world.told(facts.ClockSet)
    await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert world.told(facts.ClockSet)[0].by_s == pytest.approx(3600 - 20, abs=1)
    assert world.station.stamp().startswith("2025-06-02T07:00:0")


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z"])
async def test_a_time_that_no_clock_can_be_set_to_is_not_believed(time):
    world = World()
    world.csms.answers["Heartbeat"] = lambda _ask: {"currentTime": time}
    await world.boot()
    await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
    await world.run(86_400)
    assert not world.told(facts.ClockSet)
    assert world.station.stamp().startswith("2025-06-03")


@pytest.mark.parametrize(("threshold_s", "told"), [(20, True), (3600, False)])
async def test_a_clock_set_by_far_is_a_security_event(threshold_s, told):
    """ClockCtrlr.TimeAdjustmentReportingThreshold (part 2 §2.1.32)."""
    world = World(config={"ClockCtrlr.TimeAdjustmentReportingThreshold": threshold_s})
    world.csms.answers["Heartbeat"] = lambda _ask: {"currentTime": "2025-06-02T07:00:00.000Z"}
    await world.boot()
    await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
    kinds = [event["type"] for event in world.csms.of("SecurityEventNotification")]
    assert ("SettingSystemTime" in kinds) is told


async def test_back_off():
    """Part 4 §5.3: minimum plus chance, then twice the wait before plus chance, RepeatTimes times, then the last."""
    config = {
        "OCPPCommCtrlr.RetryBackOffWaitMinimum": 10,
        "OCPPCommCtrlr.RetryBackOffRandomRange": 4,
        "OCPPCommCtrlr.RetryBackOffRepeatTimes": 3,
    }
    world = World(config=config)
    await world.boot()
    world.csms.down()
    await world.run(1000)
    waits = [fact.wait_s for fact in world.told(facts.WaitedToReconnect)]
    assert 10 <= waits[0] < 14
    for before, after in pairwise(waits[:4]):
        assert 2 * before <= after < 2 * before + 4.01
    assert set(waits[4:]) == {waits[3]}
    gaps = [at for at, fact in world.facts if isinstance(fact, facts.Disconnected)]
    assert [round(b - a, 2) for a, b in pairwise(gaps)][:3] == [round(w, 2) for w in waits[:3]]
    world.csms.up()
    await world.run(world.clock.now + 200)
    assert world.station.online
    assert len(boots(world)) == 1  # the CSMS knows it: no new boot
    world.csms.down()
    await world.run(world.clock.now + 5)
    assert 10 <= world.told(facts.WaitedToReconnect)[-1].wait_s < 14  # and the back-off starts anew


async def test_first_connection_is_tried_at_once_and_then_with_back_off():
    world = World()
    world.csms.turn = Turned(401, "who are you")
    world.station.power_on()
    await world.run(200)
    lost = world.told(facts.Disconnected)
    assert lost[0] == facts.Disconnected("refused", 401, "who are you")
    assert len(lost) >= 2
    world.csms.turn = None
    await world.run(600)
    assert world.station.online


async def test_a_dialer_that_always_fails_is_tried_for_ever():
    class Dead:
        remote = False
        dialled = 0

        def dial(self, target, receiver):
            self.dialled += 1
            receiver.lost(Lost(Ending.UNREACHABLE, reason="no such host"))

    world = World(config={"OCPPCommCtrlr.RetryBackOffRepeatTimes": 1})
    dead = Dead()
    world.network.dialer = lambda: dead
    world.station = world.build()
    world.station.power_on()
    await world.run(3600)
    assert dead.dialled > 30
    assert world.station.registration is None


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_status_after_a_short_and_a_long_time_offline(version):
    """B04.FR.01, B04.FR.02."""
    world = World(version, name="ac-22kw-duo")
    await world.boot()
    world.csms.got.clear()
    await world.do(world.csms.down, 5)
    world.station.plug(car(), 2)
    world.csms.up()
    await world.run(world.clock.now + 60)
    assert len(world.csms.of("StatusNotification")) == 1
    world.csms.got.clear()
    await world.do(world.csms.down, 400)
    world.csms.up()
    await world.run(world.clock.now + 900)
    assert len(world.csms.of("StatusNotification")) == (2 if version is V201 else 3)


async def test_status_that_never_arrived_is_told_again():
    world = World()
    await world.boot()
    world.csms.answers["StatusNotification"] = MUTE
    await world.do(lambda: world.station.plug(car()), 1)
    world.csms.link.abort()
    world.csms.answers.clear()
    world.csms.got.clear()
    await world.run(world.clock.now + 60)
    assert world.statuses() == ["Occupied"]


@pytest.mark.parametrize(
    ("key", "password"),
    [
        ("6f6e65206d6f7265207468616e2073697874656e", "one more than sixten"),
        ("ff" * 20, b"\xff".decode(errors="surrogateescape") * 20),
        ("plain-text-of-32-characters-here", "plain-text-of-32-characters-here"),
    ],
)
async def test_an_authorization_key_stands_for_its_octets(key, password):
    """OCPP-J 1.6 §6.2.2; whitepaper §7.2. Over a loss of power, too."""
    world = World(V16, password="0123456789abcdef")
    await world.boot()
    asked = await world.ask("ChangeConfiguration", {"key": "AuthorizationKey", "value": key}, 10)
    assert asked == {"status": "Accepted"}
    await world.do(world.station.power_off, 5)
    await world.do(world.station.power_on, 60)
    assert [knock.password for _, knock in world.csms.knocks] == ["0123456789abcdef", password, password]


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_new_password_is_used_at_once(version):
    world = World(version, password="0123456789abcdef")
    await world.boot()
    if version is V16:
        asked = await world.ask("ChangeConfiguration", {"key": "AuthorizationKey", "value": "fedcba9876543210"}, 10)
        assert asked == {"status": "Accepted"}
    else:
        data = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        asked = await world.ask(
            "SetVariables", {"setVariableData": [data | {"attributeValue": "fedcba9876543210"}]}, 10
        )
        assert asked["setVariableResult"][0]["attributeStatus"] == "Accepted"
    assert [knock.password for _, knock in world.csms.knocks] == ["0123456789abcdef", "fedcba9876543210"]
    assert world.station.online
    assert "fedcba" not in json.dumps([fact.fields() for _, fact in world.facts])


async def test_pending_station_starts_nothing_from_afar_even_where_drivers_may_charge():
    """B02.FR.05."""
    world = World(config={"TxCtrlr.TxBeforeAcceptedEnabled": True})
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 1000, world)
    world.station.power_on()
    await world.run(10)
    token = {"idToken": "R", "type": "Central"}
    started = await world.ask("RequestStartTransaction", {"idToken": token, "remoteStartId": 1})
    assert started["status"] == "Rejected"


async def test_power_that_goes_while_the_firmware_starts_ends_it():
    """A part may find that there is no voltage for it, at the instant at which it is asked to look."""
    world = World(name="lab-ac")
    faults.inject(world.station, "supply failure")
    world.station.power_on()
    await world.run(60)
    assert not world.station.powered
    assert not world.csms.knocks
    faults.clear(world.station, "supply failure")
    world.station.power_on()
    await world.run(120)
    assert world.station.online


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_pending_station_says_nothing_that_it_is_not_asked_for(version):
    """B02.FR.02; 1.6 §4.2."""
    world = World(version)
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 1000, world)
    world.station.power_on()
    await world.run(10)
    await world.do(lambda: world.station.say("DataTransfer", vendorId="acme"))
    dropped = []
    world.station.line.ask("DataTransfer", {"vendorId": "acme"}, dropped.append)
    assert not dropped[0].sent
    assert not world.csms.of("DataTransfer")
    connector = {"connectorId": 1} if version is V16 else {"evse": {"id": 1, "connectorId": 1}}
    wish = {"requestedMessage": "StatusNotification", **connector}
    assert (await world.ask("TriggerMessage", wish))["status"] == "Accepted"
    assert len(world.csms.of("StatusNotification")) == 1
    world.csms.answers = {"DataTransfer": {"status": "Accepted"}}
    await world.ask("TriggerMessage", {"requestedMessage": "BootNotification"})
    await world.do(lambda: world.station.say("DataTransfer", vendorId="acme"))
    assert len(world.csms.of("DataTransfer")) == 1


async def test_what_was_asked_for_once_is_not_for_ever():
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: answer("Pending", 1000, world)
    world.station.power_on()
    await world.run(10)
    await world.ask("TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert world.station.life.may_send("Heartbeat")
    world.station.power_off()
    world.station.power_on()
    await world.run(30)
    assert world.station.registration == "Pending"
    assert not world.station.life.may_send("Heartbeat")
    assert world.station.life.may_send("NotifyReport")
