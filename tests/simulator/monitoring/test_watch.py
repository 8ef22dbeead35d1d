"""Monitors fire from physics (2.0.1 N07, N08): each crossing at its instant, in virtual time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.monitoring.monitor import Monitor, MonitorType
from simulator.monitoring.watch import PASSED, edges
from simulator.physics.trace import Course, Ramp, Settling, Steady
from tests.simulator.csms import MUTE, World, car
from tests.simulator.monitoring.oven import DIAL, GLOWING, TEMPERATURE, fire, kitchen

UPPER, LOWER, DELTA = MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD, MonitorType.DELTA
PERIODIC, ALIGNED = MonitorType.PERIODIC, MonitorType.PERIODIC_CLOCK_ALIGNED


def told(world: World) -> list[dict[str, object]]:
    """Every event, with the second at which the CSMS got it."""
    got = world.csms.got
    return [data | {"at": at} for at, action, ask in got if action == "NotifyEvent" for data in ask["eventData"]]


async def watched(kind: MonitorType, value: float, key: str = TEMPERATURE, severity: int = 5, **more: object) -> World:
    """An online station with one monitor."""
    world = World(name=kitchen())
    await world.boot()
    component, _, variable = key.partition("(1).")
    wish = {
        "type": kind.value,
        "value": value,
        "severity": severity,
        "component": {"name": component, "evse": {"id": 1}},
        "variable": {"name": variable},
        **more,
    }
    answer = await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish]})
    assert answer["setMonitoringResult"][0]["status"] == "Accepted"
    return world


async def test_an_upper_threshold_tells_when_it_is_exceeded_and_when_it_is_kept_again():
    """N07.FR.16: above it, not on it. N07.FR.02: cleared is true."""
    world = await watched(UPPER, 60)
    begin = world.clock.now
    fire(world.station).burn(Ramp(begin, 20.0, 0.1))  # 60 after 400 s
    await world.run(begin + 399)
    assert told(world) == []
    await world.run(begin + 500)
    (over,) = told(world)
    assert float(str(over["actualValue"])) > 60
    assert over["at"] == pytest.approx(begin + 400.5)  # the first instant at which 60.1 is shown
    assert (over["trigger"], over["eventNotificationType"]) == ("Alerting", "CustomMonitor")
    assert "cleared" not in over
    assert over["variableMonitoringId"] == 1
    fire(world.station).burn(Ramp(world.clock.now, 70.0, -0.1))
    await world.run(begin + 1000)
    _, back = told(world)
    assert back["cleared"] is True
    assert float(str(back["actualValue"])) <= 60
    assert back["eventId"] != over["eventId"]


async def test_a_lower_threshold_tells_when_it_is_undercut():
    """N07.FR.17."""
    world = await watched(LOWER, 15)
    begin = world.clock.now
    fire(world.station).burn(Settling(begin, 20.0, 10.0, 100.0))
    await world.run(begin + 1000)
    (under,) = told(world)
    assert float(str(under["actualValue"])) < 15
    assert under["at"] == pytest.approx(begin + 100 * math.log(10 / 4.95), abs=0.01)


async def test_what_touches_a_threshold_does_not_exceed_it():
    world = await watched(UPPER, 60)
    begin = world.clock.now
    fire(world.station).burn(Settling(begin, 20.0, 60.0, 10.0))
    await world.run(begin + 1000)
    fire(world.station).burn(Steady(60.0))
    await world.run(begin + 2000)
    assert told(world) == []


async def test_a_curve_is_followed_up_and_down():
    world = await watched(UPPER, 60)
    begin = world.clock.now
    hill = Course(
        lambda at: 20 + 50 * math.sin((at - begin) / 100), tuple(begin + 50 * math.pi * k for k in range(1, 9))
    )
    fire(world.station).burn(hill)
    await world.run(begin + 650)
    assert ["cleared" in event for event in told(world)] == [False, True]


async def test_a_jump_and_a_disturbance_are_seen_at_once():
    world = await watched(UPPER, 60)
    fire(world.station).burn(Steady(80.0))
    begin = world.clock.now
    await world.run(begin + 1)
    (over,) = told(world)
    assert over["at"] == begin


async def test_a_threshold_that_is_exceeded_when_it_is_set_is_told():
    world = World(name=kitchen())
    await world.boot()
    fire(world.station).burn(Steady(80.0))
    wish = {
        "type": "UpperThreshold",
        "value": 60,
        "severity": 5,
        "component": {"name": "Oven", "evse": {"id": 1}},
        "variable": {"name": "Temperature"},
    }
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish]})
    assert len(told(world)) == 1
    # N07.FR.11: another value of the same monitor is compared anew
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish | {"id": 1, "value": 90}]})
    assert [event.get("cleared") for event in told(world)] == [None, True]
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish | {"id": 1, "value": 70}]})
    assert [event.get("cleared") for event in told(world)] == [None, True, None]


async def test_a_monitor_that_becomes_another_type_begins_afresh():
    world = await watched(UPPER, 60)
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 1)
    wish = {
        "id": 1,
        "type": "LowerThreshold",
        "value": 10,
        "severity": 5,
        "component": {"name": "Oven", "evse": {"id": 1}},
        "variable": {"name": "Temperature"},
    }
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish]})
    assert len(told(world)) == 1


async def test_a_monitor_that_is_removed_tells_nothing_more():
    """N07.FR.12."""
    world = await watched(UPPER, 60)
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 1)
    await world.ask("ClearVariableMonitoring", {"id": [1]})
    fire(world.station).burn(Steady(20.0))
    await world.run(world.clock.now + 100)
    assert len(told(world)) == 1
    assert not world.station.flash.monitoring.exceeded


async def test_a_delta_tells_each_time_a_number_has_changed_by_more_than_it():
    """N07.FR.18: since it was set or last told."""
    world = await watched(DELTA, 10)
    begin = world.clock.now
    fire(world.station).burn(Ramp(begin, 20.0, 0.1))
    await world.run(begin + 350)
    values = [float(str(event["actualValue"])) for event in told(world)]
    assert values == [30.1, 40.2, 50.3]
    assert {event["trigger"] for event in told(world)} == {"Delta"}
    fire(world.station).burn(Ramp(world.clock.now, 55.0, -0.1))
    await world.run(begin + 600)
    assert [float(str(event["actualValue"])) for event in told(world)][3:] == [40.2, 30.1]


async def test_a_delta_of_nothing_does_not_flood_the_line():
    world = await watched(DELTA, 0)
    begin = world.clock.now
    fire(world.station).burn(Ramp(begin, 20.0, 1000.0))
    await world.run(begin + 10)
    assert 5 <= len(told(world)) <= 11


@pytest.mark.parametrize("value", [0, 1, 5])
async def test_a_delta_tells_every_change_of_what_is_no_number(value):
    """N07.FR.19: whatever the monitor's value."""
    world = await watched(DELTA, value, GLOWING)
    fire(world.station).glow(True)
    await world.run(world.clock.now + 10)
    fire(world.station).glow(True)
    await world.run(world.clock.now + 10)
    fire(world.station).glow(False)
    await world.run(world.clock.now + 10)
    assert [event["actualValue"] for event in told(world)] == ["true", "false"]


async def test_a_setting_that_the_csms_changes_is_a_change():
    world = await watched(DELTA, 1, DIAL)
    data = {"component": {"name": "Oven", "evse": {"id": 1}}, "variable": {"name": "Dial"}, "attributeValue": "high"}
    await world.ask("SetVariables", {"setVariableData": [data]})
    assert [event["actualValue"] for event in told(world)] == ["high"]


async def test_what_may_only_be_written_is_not_shown():
    """N07.FR.10."""
    world = World()
    await world.boot()
    where = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    wish = {"type": "Delta", "value": 1, "severity": 5, **where}
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [wish]})
    await world.ask("SetVariables", {"setVariableData": [{**where, "attributeValue": "0123456789abcdef"}]}, 60)
    assert {(event["eventId"], event["actualValue"]) for event in told(world)} == {(1, "")}


async def test_a_periodic_monitor_beats_from_when_it_was_set():
    """N08.FR.05, N08.FR.06."""
    world = await watched(PERIODIC, 100)
    begin = world.clock.now - 1
    await world.run(begin + 350)
    assert [event["at"] - begin for event in told(world)] == pytest.approx([100, 200, 300])
    assert {event["trigger"] for event in told(world)} == {"Periodic"}


async def test_a_clock_aligned_monitor_beats_by_the_stations_clock():
    """N08.FR.07: 900 s are 0, 15, 30 and 45 minutes after the hour."""
    world = await watched(ALIGNED, 900, GLOWING)
    await world.run(3000)
    assert [str(event["timestamp"])[11:19] for event in told(world)] == ["06:15:00", "06:30:00", "06:45:00"]


async def test_a_monitor_of_transactions_watches_during_them():
    """SetMonitoringDataType: only active when a transaction is ongoing on a component relevant to it."""
    world = await watched(PERIODIC, 100, transaction=True)
    world.station.plug(car())
    world.station.present("TOKEN")
    await world.run(60)
    assert told(world) == []
    await world.run(400)
    during = len(told(world))
    assert during == 3
    (started,) = {ask["transactionInfo"]["transactionId"] for ask in world.events()}
    assert {event["transactionId"] for event in told(world)} == {started}
    world.station.unplug()
    await world.run(1000)
    assert len(told(world)) == during


async def test_the_level_holds_back_and_lets_go():
    """N05.FR.03, N07.FR.15."""
    world = await watched(UPPER, 60, severity=7)
    assert await world.ask("SetMonitoringLevel", {"severity": 6}) == {"status": "Accepted"}
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 10)
    assert told(world) == []
    await world.ask("SetMonitoringLevel", {"severity": 7})
    assert len(told(world)) == 1


async def test_offline_events_of_the_severe_ones_wait_in_line():
    """N07.FR.04, N08.FR.03."""
    world = await watched(UPPER, 60, severity=4)
    await world.set(MonitoringCtrlr__OfflineQueuingSeverity=4)
    world.csms.down()
    begin = world.clock.now
    fire(world.station).burn(Ramp(begin, 20.0, 1.0))
    await world.run(begin + 60)
    fire(world.station).burn(Steady(20.0))
    await world.run(begin + 100)
    assert told(world) == []
    world.csms.up()
    await world.run(begin + 600)
    over, back = told(world)
    assert (over.get("cleared"), back.get("cleared")) == (None, True)
    assert str(over["timestamp"]) < str(back["timestamp"]) < world.clock.start.strftime("%Y-%m-%dT06:03")


async def test_offline_the_others_are_compared_when_the_station_is_back():
    """N07, remark: what began and ended meanwhile stays invisible."""
    world = await watched(UPPER, 60, severity=5)
    await world.set(MonitoringCtrlr__OfflineQueuingSeverity=4)
    world.csms.down()
    begin = world.clock.now
    await world.run(begin + 1)
    fire(world.station).burn(Steady(80.0))
    await world.run(begin + 50)
    fire(world.station).burn(Steady(20.0))
    await world.run(begin + 100)
    world.csms.up()
    await world.run(begin + 600)
    assert told(world) == []
    world.csms.down()
    await world.run(begin + 650)
    fire(world.station).burn(Steady(80.0))
    await world.run(begin + 700)
    world.csms.up()
    await world.run(begin + 1500)
    (over,) = told(world)
    assert "cleared" not in over


async def test_a_restart_keeps_monitors_and_tells_what_returned_meanwhile():
    """N07.FR.13, N07.FR.14."""
    world = await watched(UPPER, 60)
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 1)
    world.station.power_off()
    fire(world.station).burn(Steady(20.0))
    await world.run(world.clock.now + 100)
    assert len(told(world)) == 1
    world.station.power_on()
    await world.run(world.clock.now + 60)
    assert [event.get("cleared") for event in told(world)] == [None, True]


async def test_after_a_restart_nothing_is_told_twice_and_changes_count_from_then():
    """Part 1 §4.4: a new momentary value after a reboot."""
    world = await watched(DELTA, 10)
    fire(world.station).burn(Steady(29.0))
    await world.run(world.clock.now + 10)
    await world.ask("Reset", {"type": "Immediate"}, 60)
    fire(world.station).burn(Steady(38.0))
    await world.run(world.clock.now + 10)
    assert told(world) == []
    fire(world.station).burn(Steady(39.1))
    await world.run(world.clock.now + 10)
    assert [event["actualValue"] for event in told(world)] == ["39.1"]


async def test_two_monitors_that_trigger_at_one_instant_leave_together():
    world = World(name=kitchen(Monitor(1, TEMPERATURE, UPPER, 60, 5), Monitor(2, TEMPERATURE, DELTA, 10, 5)))
    await world.boot()
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 10)
    (ask,) = world.csms.of("NotifyEvent")
    assert {data["variableMonitoringId"] for data in ask["eventData"]} == {1, 2}


async def test_switched_off_monitoring_watches_nothing():
    world = await watched(UPPER, 60)
    await world.set(MonitoringCtrlr__Enabled="false")
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 10)
    assert told(world) == []
    await world.set(MonitoringCtrlr__Enabled="true")
    await world.run(world.clock.now + 10)
    assert len(told(world)) == 1


async def test_a_csms_that_does_not_answer_gets_the_event_again():
    world = await watched(UPPER, 60)
    world.csms.answers["NotifyEvent"] = MUTE
    fire(world.station).burn(Steady(80.0))
    await world.run(world.clock.now + 100)
    world.csms.answers.clear()
    world.csms.down()
    world.csms.up()
    await world.run(world.clock.now + 300)
    first, second = told(world)
    assert first["eventId"] == second["eventId"]


@given(
    limit=st.floats(-30, 100).map(lambda value: round(value, 1)),
    steps=st.lists(st.tuples(st.floats(1, 500), st.floats(-40, 120)), min_size=1, max_size=6),
)
async def test_alerts_and_returns_alternate_and_say_the_truth(limit, steps):
    """Whatever the temperature does: N07.FR.16 and N07.FR.02 by turns, each with a value that is so."""
    world = await watched(UPPER, limit)
    for tau_s, final in steps:
        part = fire(world.station)
        part.burn(Settling(world.clock.now, part.form.at(world.clock.now), final, tau_s))
        await world.run(world.clock.now + 2 * tau_s)
    events = told(world)
    assert [bool(event.get("cleared")) for event in events] == [number % 2 == 1 for number in range(len(events))]
    for event in events:
        assert (float(str(event["actualValue"])) > limit) is not bool(event.get("cleared"))
    beyond = float(str(part.value("Temperature"))) > limit
    assert len(events) % 2 == beyond


@pytest.mark.parametrize("level", [0.5, 231.5, 44_091.5, 3_000_000.5])
def test_beyond_a_turn_there_is_an_edge_that_does_not_count_as_passed_just_before_it(level):
    """Or a watch that woke a rounding error too early would wait for the next event of another kind."""
    turn = level + 0.05
    assert any(PASSED * level < edge - turn < 0.01 for edge in edges(level, above=True))
    assert any(PASSED * level < level - 0.05 - edge < 0.01 for edge in edges(level, above=False))
