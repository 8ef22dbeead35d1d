"""What the firmware makes of troubles, whichever part they come from."""

import pytest

from protocol.versions import V16, V201
from simulator import consequences, facts
from simulator.hardware.place import Place
from simulator.troubles import FAULTED, TROUBLES, Raised, Trouble, at, find, known, worst
from tests.simulator.csms import World, car


async def online(version=V201, name="ac-22kw"):
    world = World(version, name=name)
    await world.boot()
    world.clear()
    return world


async def test_the_worst_is_told_and_the_next_worst_after_it():
    """1.6 §4.9: one error at a time; what does not fault is a warning."""
    world = await online(V16)
    station = world.station
    for name in ("reader failure", "emergency stop", "door open"):
        await world.do(lambda name=name: station.troubled(name, Place()), 1)
    for name in ("emergency stop", "door open", "reader failure"):
        await world.do(lambda name=name: station.recovered(name, Place()), 1)
    zero = [s for s in world.csms.of("StatusNotification") if s["connectorId"] == 0]
    assert [(s["status"], s.get("vendorErrorCode")) for s in zero] == [
        ("Available", "reader failure"),
        ("Faulted", "emergency stop"),
        ("Faulted", "door open"),
        ("Available", "reader failure"),
        ("Available", None),
    ]
    assert world.statuses() == ["Faulted", "Faulted", "Available"]  # with another error in between
    assert [fact.error for fact in world.told(facts.ConnectorFaulted)] == ["OtherError"]
    assert len(world.told(facts.FaultCleared)) == 1


async def test_emergency_stop_ends_every_charge():
    world = await online(V16, "ac-22kw-duo")
    for evse in (1, 2):
        world.station.plug(car(), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 30)
    await world.do(lambda: world.station.troubled("emergency stop", Place()), 5)
    assert [stop["reason"] for stop in world.csms.of("StopTransaction")] == ["EmergencyStop"] * 2
    assert not any(evse.contactor_closed for evse in world.station.evses)


async def test_the_end_of_a_trouble_that_is_only_told_changes_no_charging_state():
    """E02.FR.13: ChargingStateChanged tells that the charging state has changed."""
    world = await online()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    world.clear()
    for told in (world.station.troubled, world.station.recovered):
        await world.do(lambda told=told: told("display failure", Place()), 5)
    assert world.events("TransactionEvent") == []


async def test_who_waits_already_is_not_told_to_wait_again():
    world = await online()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    world.clear()
    for name in ("too hot to charge", "under-voltage"):
        await world.do(lambda name=name: world.station.troubled(name, Place()), 5)
    (told,) = world.events("TransactionEvent")
    assert (told["triggerReason"], told["transactionInfo"]["chargingState"]) == ("AbnormalCondition", "SuspendedEVSE")
    for name in ("under-voltage", "too hot to charge"):
        await world.do(lambda name=name: world.station.recovered(name, Place()), 15)
    assert world.station.evse(1).state == "Charging"


async def test_a_number_is_notified_as_it_is():
    world = await online(name="lab-ac")
    world.station.troubled("weak signal", Place(), "-110 dBm", "DataLink[radio]")
    await world.run(world.clock.now + 2)
    [event] = world.events("NotifyEvent")[0]["eventData"]
    shown = world.station.rig.value("DataLink[radio].SignalStrength")
    assert event["actualValue"] == (shown if shown is not None else "true")
    assert event["techCode"] == "weak signal"


async def test_said_twice_is_told_once():
    world = await online()
    for _ in range(2):
        world.station.troubled("flood", Place(), "12 mm", "FloodSensor")
    await world.run(world.clock.now + 2)
    assert len(world.events("NotifyEvent")[0]["eventData"]) == 1
    for _ in range(2):
        world.station.recovered("flood", Place(), "FloodSensor")
    assert len(world.told(facts.TroubleOver)) == 1


async def test_two_sources_of_the_same_are_two():
    world = await online()
    for source in ("Fan[left]", "Fan[right]"):
        world.station.troubled("fan failure", Place(), source=source)
    world.station.recovered("fan failure", Place(), "Fan[left]")
    assert list(world.station.troubles) == [Raised("fan failure", Place(), "Fan[right]")]


async def test_held_back_twice_goes_on_when_both_are_over():
    world = await online()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    for name in ("under-voltage", "too hot to charge"):
        await world.do(lambda name=name: world.station.troubled(name, Place()), 5)
    await world.do(lambda: world.station.recovered("under-voltage", Place()), 10)
    assert world.station.evse(1).state == "SuspendedEVSE"
    await world.do(lambda: world.station.recovered("too hot to charge", Place()), 10)
    assert world.station.evse(1).state == "Charging"
    assert world.station.snapshot()["troubles"] == []


def test_what_is_no_trouble():
    world = World()
    with pytest.raises(KeyError, match="no trouble is called 'ennui'"):
        consequences.begin(world.station, Raised("ennui", Place()), "")
    with pytest.raises(ValueError, match="two troubles flood"):
        known(find("flood"))


def test_every_trouble_fits_its_messages():
    """1.6: vendorErrorCode has 50 characters; 2.0.1: variable names have 50."""
    for name, trouble in TROUBLES.items():
        assert isinstance(trouble, Trouble)
        assert name == trouble.name
        assert len(name) <= 50
        assert 0 <= trouble.severity <= 9
        assert trouble.effect is not FAULTED or trouble.reason


def test_the_worst_of_several():
    raised = {Raised(name, Place(1)): "" for name in ("reader failure", "lock failure", "ground fault", "door open")}
    assert worst(at(raised, 1, 2)).name == "ground fault"
    assert worst(at(raised, 2, 1)) is None


async def test_what_ends_in_the_dark_is_told_at_the_next_start():
    world = await online()
    station = world.station
    for name in ("display failure", "door open"):
        await world.do(lambda name=name: station.troubled(name, Place()), 5)
    await world.do(station.power_off, 60)
    station.recovered("door open", Place())
    world.clear()
    await world.do(station.power_on, 120)
    events = [event for message in world.events("NotifyEvent") for event in message["eventData"]]
    told = {(event["techCode"], event.get("cleared", False)) for event in events}
    assert told == {("door open", True), ("display failure", False)}
    assert {raised.name for raised in station.flash.troubled} == {"display failure"}
