"""NotifyEvent (2.0.1 N07, N08): what leaves together, what waits, what is not told."""

from protocol.versions import V16
from simulator import facts
from simulator.event import Event, Trigger
from simulator.events import MOST_KEPT, MOST_PER_MESSAGE
from simulator.hardware.site import Place
from tests.simulator.csms import MUTE, World

TRIP = Event("RCD", "Tripped", "true", place=Place(1), severity=2)


def told(world: World) -> list[dict[str, object]]:
    return [data for ask in world.csms.of("NotifyEvent") for data in ask["eventData"]]


async def test_an_event_says_where_what_and_why():
    """N07.FR.06, .07; EventDataType."""
    world = World()
    await world.boot()
    number = world.station.events.note(
        Event(
            "Fan",
            "Problem",
            "true",
            place=Place(1, 2),
            instance="left",
            variable_instance="bearing",
            cause=7,
            transaction="tx",
            tech_code="E4",
            tech_info="it whistles",
        )
    )
    await world.run(world.clock.now + 1)
    (ask,) = world.csms.of("NotifyEvent")
    assert ask["seqNo"] == 0
    assert "tbc" not in ask
    (data,) = ask["eventData"]
    assert data == {
        "eventId": number,
        "timestamp": ask["generatedAt"],
        "trigger": "Alerting",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Fan", "instance": "left", "evse": {"id": 1, "connectorId": 2}},
        "variable": {"name": "Problem", "instance": "bearing"},
        "cause": 7,
        "transactionId": "tx",
        "techCode": "E4",
        "techInfo": "it whistles",
    }
    assert [fact.event for fact in world.told(facts.EventNoted)] == [number]
    assert not world.station.flash.monitoring.events


async def test_what_happens_at_one_instant_leaves_in_one_message_and_in_parts_where_it_is_much():
    world = World()
    await world.boot()
    for _ in range(MOST_PER_MESSAGE + 1):
        world.station.events.note(TRIP)
    await world.run(world.clock.now + 1)
    first, second = world.csms.of("NotifyEvent")
    assert (first["seqNo"], first["tbc"], len(first["eventData"])) == (0, True, MOST_PER_MESSAGE)
    assert (second["seqNo"], "tbc" in second, len(second["eventData"])) == (1, False, 1)
    ids = [data["eventId"] for data in told(world)]
    assert len(set(ids)) == MOST_PER_MESSAGE + 1


async def test_each_instant_begins_at_0():
    world = World()
    await world.boot()
    world.station.events.note(TRIP)
    world.clock.after(5, lambda: world.station.events.note(TRIP))
    await world.run(world.clock.now + 10)
    assert [ask["seqNo"] for ask in world.csms.of("NotifyEvent")] == [0, 0]
    first, second = (data["timestamp"] for data in told(world))
    assert first < second


async def test_what_several_do_at_one_instant_leaves_together():
    world = World()
    await world.boot()
    for _ in range(2):
        world.clock.after(5, lambda: world.station.events.note(TRIP))
    await world.run(world.clock.now + 10)
    (ask,) = world.csms.of("NotifyEvent")
    assert len(ask["eventData"]) == 2


async def test_what_waited_leaves_instant_by_instant():
    world = World(config={"MonitoringCtrlr.OfflineQueuingSeverity": 2})
    world.station.events.note(TRIP)
    await world.run(10)
    world.station.events.note(TRIP)
    await world.boot()
    assert [(ask["seqNo"], len(ask["eventData"])) for ask in world.csms.of("NotifyEvent")] == [(0, 1), (0, 1)]


async def test_ids_stay_unique_over_a_restart():
    world = World()
    await world.boot()
    world.station.events.note(TRIP)
    await world.ask("Reset", {"type": "Immediate"}, 20)
    world.station.events.note(TRIP)
    await world.run(world.clock.now + 1)
    first, second = (data["eventId"] for data in told(world))
    assert first != second


async def test_what_is_less_severe_than_the_csms_wants_is_not_told():
    """N07.FR.15: severity greater than the level."""
    world = World()
    await world.boot()
    world.station.flash.monitoring = world.station.flash.monitoring.__class__(level=2)
    assert world.station.events.note(TRIP) is not None
    assert world.station.events.note(Event("RCD", "Tripped", "true", severity=3)) is None
    await world.run(world.clock.now + 1)
    assert len(told(world)) == 1


async def test_offline_the_severe_ones_are_queued_with_their_time_even_over_a_power_loss():
    """N07.FR.04."""
    world = World(config={"MonitoringCtrlr.OfflineQueuingSeverity": 2})
    await world.boot()
    world.csms.down()
    await world.run(100)
    before = world.station.stamp()
    assert world.station.events.note(TRIP) is not None
    world.station.power_off()
    world.station.power_on()
    await world.run(200)
    assert told(world) == []
    world.csms.up()
    await world.run(600)
    (data,) = told(world)
    assert data["timestamp"] == before


async def test_of_the_others_the_csms_learns_how_the_matter_stands_afterwards():
    """N07, remark: what began and ended meanwhile stays invisible."""
    world = World(config={"MonitoringCtrlr.OfflineQueuingSeverity": 1})
    await world.boot()
    world.csms.down()
    await world.run(100)
    cleared = Event("RCD", "Tripped", "false", place=Place(1), severity=2, cleared=True)
    lasting = Event("FloodSensor", "Problem", "true", severity=2)
    for event in (TRIP, lasting, cleared):
        assert world.station.events.note(event) is None
    world.csms.up()
    await world.run(600)
    (data,) = told(world)
    assert data["component"] == {"name": "FloodSensor"}
    assert data["timestamp"] > "2025-06-02T06:01:40"


async def test_what_got_no_answer_is_told_again_over_the_next_connection():
    world = World()
    await world.boot()
    world.csms.answers["NotifyEvent"] = MUTE
    number = world.station.events.note(TRIP)
    await world.run(100)
    assert len(world.station.flash.monitoring.events) == 1
    world.csms.answers.clear()
    world.csms.down()
    world.csms.up()
    await world.run(400)
    assert [data["eventId"] for data in told(world)] == [number, number]
    assert not world.station.flash.monitoring.events


async def test_the_memory_is_bounded_and_keeps_the_severe_ones():
    world = World(config={"MonitoringCtrlr.OfflineQueuingSeverity": 9})
    world.station.events.note(TRIP)
    for _ in range(MOST_KEPT + 5):
        world.station.events.note(Event("EVSE", "Power", "1", severity=8, trigger=Trigger.PERIODIC))
    kept = world.station.flash.monitoring.events
    assert len(kept) == MOST_KEPT
    assert kept[0].event is TRIP
    assert kept[1].id == 8  # the oldest of the others made room


async def test_1_6_has_none():
    world = World(V16)
    await world.boot()
    assert world.station.events.note(TRIP) is None
    await world.run(100)
    assert not world.station.flash.monitoring.events


async def test_an_idle_station_has_no_queue():
    world = World()
    await world.boot()
    assert world.station._events is None
