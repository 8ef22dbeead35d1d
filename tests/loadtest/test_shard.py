import pytest

from protocol.link import Turned
from tests.loadtest.csms import MUTE
from tests.loadtest.world import World


async def test_stations_start_boot_and_are_counted():
    world = World()
    world.start(5)
    assert world.tick().gauges["built"] == 5
    await world.run(30)
    tick = world.tick()
    assert world.gauges() == {"accepted": 5}
    assert (tick.counts["opened"], tick.counts["booted"]) == (5, 5)
    assert tick.counts["frames_up"] == tick.counts["frames_down"] == sum(world.csms.got.values())
    assert {action: calls.count for action, calls in tick.calls.items() if action in world.csms.got} == world.csms.got
    assert tick.calls["connect"].count == tick.calls["boot"].count == 5
    assert not world.tick().counts, "counted once"


async def test_a_pace_is_kept():
    world = World()
    world.start(100, per_s=10)
    await world.run(5.0)
    assert len(world.shard.stations) == pytest.approx(50, abs=2)
    await world.run(6.0)
    assert len(world.shard.stations) == 100


async def test_the_last_started_are_stopped_first_and_say_goodbye():
    world = World()
    await world.boot(3)
    world.start(2)
    world.shard.stop(4)
    await world.run(5)
    assert list(world.shard.stations) == ["CP-000001"]
    assert sorted(why.code for why in world.csms.lost) == [1001, 1001]
    tick = world.tick()
    assert tick.counts["left"] == 2
    assert "lost" not in tick.counts
    assert world.gauges() == {"accepted": 1}


async def test_stations_that_wait_for_their_turn_are_stopped_before_they_begin():
    world = World()
    world.start(10, per_s=1)
    await world.run(2)
    world.shard.stop(8)
    await world.run(60)
    assert len(world.shard.stations) == 2
    assert len(world.csms.boots) == 2


@pytest.mark.parametrize(("back_off", "back_within_s"), [("ocpp", 45.0), ("none", 2.0)])
async def test_all_connections_drop_at_once_and_come_back_as_the_plan_says(back_off, back_within_s):
    world = World(back_off=back_off)
    await world.boot(8)
    world.shard.drop()
    assert world.gauges() == {"waiting": 8}
    if back_off == "ocpp":
        await world.run(29.0)
        assert world.gauges() == {"waiting": 8}
    await world.run(back_within_s)
    tick = world.tick()
    assert world.gauges() == {"accepted": 8}
    assert (tick.counts["dropped"], tick.counts["reconnected"]) == (8, 8)
    assert "lost" not in tick.counts, "they were told to"
    assert set(world.csms.boots.values()) == {1}, "the firmware ran on"


async def test_a_share_of_the_connections_drops():
    world = World()
    await world.boot(8)
    world.shard.drop(0.25)
    assert world.gauges() == {"accepted": 6, "waiting": 2}


async def test_many_are_dropped_some_at_a_time(monkeypatch: pytest.MonkeyPatch):
    """So that sockets get their turn in between; who was taken down meanwhile stays down."""
    monkeypatch.setattr("loadtest.shard.STEP_LIMIT", 3)
    world = World()
    await world.boot(8)
    world.shard.drop()
    assert world.gauges() == {"accepted": 5, "waiting": 3}
    await world.run(1.0)
    assert world.gauges() == {"waiting": 8}
    world.shard.power(on=False)
    await world.run(1.0)
    world.shard.power(on=True)
    world.shard.stop(2)
    await world.run(60)
    assert world.gauges() == {"accepted": 6}


async def test_after_a_power_cut_all_boot_again():
    world = World()
    await world.boot(4)
    world.shard.power(on=False)
    await world.run(10)
    assert world.gauges() == {"stopped": 4}
    world.start(1)
    await world.run(30)
    assert world.gauges() == {"stopped": 4, "built": 1}, "there is no power for a new one either"
    world.shard.power(on=True)
    await world.run(30)
    tick = world.tick()
    assert world.gauges() == {"accepted": 5}
    assert (tick.counts["blacked_out"], tick.counts["booted"]) == (4, 5)
    assert sorted(world.csms.boots.values()) == [1, 2, 2, 2, 2]


async def test_the_end_leaves_nobody():
    world = World()
    await world.boot(3)
    world.shard.obey({"do": "phase", "name": "the end"})
    world.shard.obey({"do": "end"})
    await world.run(1)
    tick = world.tick()
    assert tick.phase == "the end"
    assert not world.gauges()
    assert world.shard.ended.is_set()


async def test_of_the_recorded_stations_every_frame_and_fact_is_told():
    world = World()
    world.start(1, recorded=True)
    world.start(1)
    await world.run(30)
    frames = [told["frame"] for told in world.told if "frame" in told]
    facts = [told["fact"] for told in world.told if "fact" in told]
    assert {station for _, station, *_ in frames + facts} == {"CP-000001"}
    assert frames[0][2:4][0] == "up"
    assert "BootNotification" in frames[0][3]
    assert "Connected" in [name for _, _, _, name, _ in facts]


async def test_records_that_do_not_fit_any_more_are_counted():
    world = World()
    world.room_to_send = False
    world.start(1, recorded=True)
    await world.run(30)
    assert not world.told
    assert world.tick().counts["dropped_samples"] > 5


# -- CSMSs that misbehave have outcomes that can be seen


async def test_a_csms_that_is_down():
    world = World()
    world.network.serve(None)
    world.start(2)
    await world.run(60)
    tick = world.tick()
    assert tick.counts["failed:unreachable"] >= 2
    assert tick.calls["connect"].failures["unreachable"] == tick.counts["failed:unreachable"]
    assert world.gauges() == {"waiting": 2}


@pytest.mark.parametrize("status", [401, 503])
async def test_a_csms_that_refuses(status):
    world = World()
    world.csms.turn = Turned(status, "no")
    world.start(2)
    await world.run(12)
    tick = world.tick()
    assert tick.counts[f"refused:{status}"] == 2
    assert tick.calls["connect"].failures == {f"HTTP {status}": 2}


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_a_csms_that_does_not_accept(status):
    world = World()
    world.csms.answers["BootNotification"] = {
        "status": status, "interval": 600, "currentTime": "2026-03-02T08:00:00Z"
    }  # fmt: skip
    world.start(2)
    await world.run(60)
    tick = world.tick()
    assert tick.counts[status.lower()] == 2
    assert tick.calls["boot"].failures == {status: 2}
    assert world.gauges() == {"connected": 2}


async def test_a_csms_that_does_not_answer():
    world = World()
    await world.boot(1)
    world.csms.answers["Heartbeat"] = MUTE
    await world.run(400)
    assert world.tick().calls["Heartbeat"].failures == {"TimedOut": 1}


async def test_a_csms_that_answers_with_errors_and_with_nonsense():
    world = World()
    await world.boot(1)
    world.csms.answers["Heartbeat"] = "InternalError"
    await world.run(300)
    assert world.tick().calls["Heartbeat"].failures == {"InternalError": 1}
    world.csms.answers["Heartbeat"] = {"time": "late"}
    await world.run(300)
    tick = world.tick()
    assert tick.calls["Heartbeat"].failures == {"Misanswered": 1}
    assert tick.calls["Heartbeat"].answered.get_total_count() == 0


async def test_a_csms_that_sends_garbage():
    world = World()
    world.csms.garbage = "<html>"
    world.start(1)
    await world.run(60)
    tick = world.tick()
    assert tick.counts["frames_ignored"] >= 1
    assert tick.calls["BootNotification"].failures == {"TimedOut": 1}
    assert world.gauges() == {"connected": 1}


async def test_a_csms_that_closes_when_it_likes():
    world = World()
    await world.boot(3)
    world.csms.links["CP-000002"].close(1011, "whatever")
    world.csms.links["CP-000003"].abort()
    await world.run(5)
    tick = world.tick()
    assert tick.counts["lost"] == 2
    assert tick.counts["lost:1011"] == tick.counts["lost:1006"] == 1
    assert world.gauges() == {"accepted": 1, "waiting": 2}


async def test_a_pace_is_kept_over_many_orders():
    world = World()
    for _ in range(20):
        world.start(5, per_s=500)
    await world.run(0.025)
    assert len(world.shard.stations) == 11, "each order continues the row; none begins another"
    await world.run(0.1)
    assert len(world.shard.stations) == pytest.approx(60, abs=11)
