"""Sensors in a whole station that charges: from the surroundings to the messages and back."""

from typing import Any

import pytest

from protocol.versions import V16, V201, Version
from simulator import facts
from simulator.faults import clear, inject
from tests.simulator.csms import World, car
from tests.simulator.hardware.lab import lab, part, troubles, value

MINE = {
    "AirCoolingSystem", "AreaVentilation", "BayOccupancySensor", "CableBreakawaySensor", "CaseAccessSensor",
    "ConnectorProtectionRelease", "EmergencyStopSensor", "ExternalTemperatureSensor", "FloodSensor", "Heater",
    "HumiditySensor", "LightSensor", "LocalAvailabilitySensor", "ShockSensor", "TemperatureSensor", "TiltSensor",
}  # fmt: skip


async def charging(name: str = "lab-ac", version: Version = V201, ev: Any = None, **options: Any) -> World:
    world = lab(name, version, without=("LocalEnergyController", "PowerLossTrigger"), **options)
    await world.boot()
    world.station.plug(car(0.1) if ev is None else ev)
    await world.do(lambda: world.station.present("A"), 60)
    return world


def ended(world: World) -> list[str]:
    if world.version is V16:
        return [ask["reason"] for ask in world.csms.of("StopTransaction")]
    return [ask["transactionInfo"]["stoppedReason"] for ask in world.events() if ask["eventType"] == "Ended"]


def told(world: World) -> list[tuple[str, str, str]]:
    """What NotifyEvent said: component, variable, value."""
    return [
        (event["component"]["name"], event["variable"]["name"], event["actualValue"])
        for ask in world.csms.of("NotifyEvent")
        for event in ask["eventData"]
    ]


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
async def test_all_are_in_the_full_inventory(name):
    world = lab(name)
    await world.boot()
    await world.ask("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, 10)
    found = {row["component"]["name"] for ask in world.csms.of("NotifyReport") for row in ask.get("reportData", ())}
    assert found >= MINE


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize(
    ("change", "reason", "component"),
    [
        ({"stop_pressed": True}, "EmergencyStop", "EmergencyStopSensor"),
        ({"door_open": True}, "Other", "CaseAccessSensor"),
        ({"water_mm": 80.0}, "Other", "FloodSensor"),
        ({"tilt_deg": 30.0}, "Other", "TiltSensor"),
    ],
)
async def test_what_is_dangerous_ends_charging(version, change, reason, component):
    world = await charging(version=version)
    assert world.station.evse(1).contactor_closed
    begun = world.clock.now
    world.clear()
    world.station.surround(**change)
    await world.run(begun + 10)
    [opened] = [at for at, fact in world.facts if isinstance(fact, facts.ContactorOpened)]
    assert opened - begun < 2.5
    assert ended(world) == [reason]
    assert world.statuses()[-1] == "Faulted"
    if version is V201:
        assert component in {name for name, _, _ in told(world)}
    calm = {key: type(was)() for key, was in change.items()}
    world.station.surround(**calm)
    await world.run(world.clock.now + 120)
    for sensor in ("EmergencyStopSensor", "FloodSensor"):
        part(world, sensor).reset()
    await world.run(world.clock.now + 120)
    assert not troubles(world)
    assert world.statuses()[-1] != "Faulted"


@pytest.mark.parametrize("version", [V16, V201])
async def test_a_fire_alarm_closes_the_station_and_opens_it_again(version):
    world = await charging(version=version)
    world.station.surround(fire_alarm=True)
    await world.run(world.clock.now + 10)
    assert ended(world) == ["Other"]
    assert world.statuses()[-1] == "Unavailable"
    assert not world.station.evse(2).takes_driver
    if version is V201:
        assert ("LocalAvailabilitySensor", "Active", "true") in told(world)
    assert world.station.dialect.station_status(world.station) == "Unavailable"
    world.station.surround(fire_alarm=False)
    await world.run(world.clock.now + 10)
    assert world.statuses()[-1] != "Unavailable"
    assert world.station.evse(2).takes_driver


async def test_a_bad_contact_takes_current_until_it_settles():
    world = await charging(ev=car(0.05))
    full_a = world.station.evse(1).circuit.current_a
    sensor = part(world, "TemperatureSensor", 1, 1)
    sensor.worse_times = 16.0
    world.station.rig.disturbed(1)
    await world.run(world.clock.now + 3600)
    now_a = world.station.evse(1).circuit.current_a
    assert 6 <= now_a < full_a
    assert now_a <= sensor.share * 32 + 1e-6
    assert 75 < float(value(world, "TemperatureSensor", "Temperature.Connector", 1, 1)) < 90
    assert troubles(world) == {"derating"}
    assert ("TemperatureSensor", "Active", "true") in told(world)
    assert not ended(world)


async def test_far_too_hot_it_pauses_and_goes_on_when_it_has_cooled_down():
    world = await charging(ev=car(0.05))
    world.station.surround(ambient_c=95.0)
    await world.run(world.clock.now + 4 * 3600)
    assert "too hot to charge" in troubles(world)
    assert world.station.evse(1).circuit.current_a == 0
    assert world.station.evse(1).state in ("SuspendedEVSE", "EVConnected")
    world.station.surround(ambient_c=20.0)
    await world.run(world.clock.now + 4 * 3600)
    assert not troubles(world)


async def test_a_dc_station_without_its_fan_gives_less():
    world = await charging("lab-dc", ev=car(0.05))
    full_a = world.station.evse(1).circuit.current_a
    part(world, "AirCoolingSystem").stalled = True
    world.station.surround(ambient_c=45.0)
    await world.run(world.clock.now + 1800)
    assert troubles(world) == {"fan failure", "derating"}
    assert 0 < world.station.evse(1).circuit.current_a < full_a
    assert not ended(world)


async def test_an_ev_that_needs_ventilation_waits_for_it():
    world = await charging(ev=car(0.2, model="utility-cart-7kwh"))
    assert world.station.evse(1).contactor_closed
    assert part(world, "AreaVentilation", 1).ventilates
    stalled = lab()
    await stalled.boot()
    part(stalled, "AreaVentilation", 1).stalled = True
    stalled.station.plug(car(0.2, model="utility-cart-7kwh"))
    await stalled.do(lambda: stalled.station.present("A"), 600)
    assert not stalled.told(facts.ContactorClosed)
    assert troubles(stalled) == {"ventilation failure", "ventilation missing"}


async def test_a_torn_cable():
    world = await charging()
    part(world, "CableBreakawaySensor", 1, 1).pull(2000.0)
    await world.run(world.clock.now + 10)
    assert ended(world)
    assert not world.station.evse(1).contactor_closed


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("connector too hot", "derating"),
        ("cable too hot", "derating"),
        ("cabinet too hot", "too hot to charge"),
        ("temperature sensor broken", "temperature sensor failure"),
        ("emergency stop", "emergency stop"),
        ("door open", "door open"),
        ("flood", "flood"),
        ("tilt", "tilt"),
        ("shock", "shock"),
        ("fire alarm", "out of service"),
        ("cable torn off", "cable breakaway"),
    ],
)
async def test_faults_come_and_go(fault, trouble):
    world = await charging(ev=car(0.05))
    inject(world.station, fault)
    await world.run(world.clock.now + 7200)
    assert trouble in {fact.trouble for fact in world.told(facts.TroubleRaised)}
    for raised in world.station.troubles:  # what NotifyEvent says is what GetVariables shows
        assert value(world, raised.source, raised.trouble.variable, *raised.place) == "true", raised
    clear(world.station, fault)
    if world.station.evse(1).ev is not None:
        world.station.unplug()
    await world.run(world.clock.now + 7200)
    assert not troubles(world)


async def test_a_fault_as_bad_as_one_wants():
    world = await charging()
    inject(world.station, "tilt", tilt_deg=5.0)
    await world.run(world.clock.now + 10)
    assert value(world, "TiltSensor", "Angle") == "5.0"
    assert not troubles(world)
    with pytest.raises(ValueError, match="has no colour"):
        inject(world.station, "tilt", colour="red")


async def test_a_sensor_that_is_switched_off():
    world = await charging()
    answer = await world.ask(
        "SetVariables",
        {
            "setVariableData": [
                {"attributeValue": "false", "component": {"name": "CaseAccessSensor"}, "variable": {"name": "Enabled"}}
            ]
        },
    )
    assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
    world.station.surround(door_open=True)
    await world.run(world.clock.now + 10)
    assert world.station.evse(1).contactor_closed
    assert value(world, "CaseAccessSensor", "Active") == "false"


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
async def test_a_station_left_alone_has_no_part_of_it(name):
    world = lab(name)
    await world.boot()
    await world.ask("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, 10)
    world.station.power_off()
    world.station.power_on()
    await world.run(world.clock.now + 60)
    assert not {name for name, _ in world.station.rig._parts or {}} & MINE
