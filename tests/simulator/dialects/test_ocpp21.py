"""What 2.1 says otherwise than 2.0.1, and that it does everything else alike."""

import json

import pytest

from protocol.versions import V21, V201, Side
from simulator.dialects import dialect_of, ocpp21, ocpp201
from simulator.dialects.dialect import handles
from simulator.event import Event
from tests.simulator.csms import NEWER, World, car
from tests.simulator.dialects.test_monitoring201 import FACTORY, HOT, WIRED
from tests.simulator.monitoring.oven import kitchen


async def world_of(version=V21, **options) -> World:
    world = World(version, **options)
    await world.boot()
    return world


def test_what_is_handled_in_201_is_in_21_even_if_it_comes_later():
    dialect = dialect_of(V21)
    assert dialect.version is V21
    assert set(ocpp201.HANDLERS) <= set(dialect.handlers)
    assert set(dialect.handlers) <= V21.calls[Side.CSMS]
    try:
        handles(ocpp201.HANDLERS, "AFRRSignal")(lambda station, ask: {"status": "Rejected"})
        assert dialect.handlers["AFRRSignal"](None, {}) == {"status": "Rejected"}
    finally:
        ocpp201.HANDLERS.pop("AFRRSignal", None)
    assert dialect.handlers["Reset"] is ocpp21.reset
    assert dialect_of(V201).handlers["Reset"] is ocpp201.reset


def test_a_handler_of_its_own_takes_the_place_of_an_older_one_and_is_entered_once():
    with pytest.raises(ValueError, match="two handlers of Reset"):
        handles(ocpp21.HANDLERS, "Reset")(lambda station, ask: {})


@pytest.mark.proves("station", "BootNotification Heartbeat StatusNotification TransactionEvent", "2.1")
async def test_a_visit_says_the_same_in_both_versions():
    said = []
    for version in NEWER:
        world = World(version)
        await world.boot()
        assert world.csms.knocks[0][1].offers == (version.subprotocol,)
        await world.do(lambda world=world: world.station.plug(car()))
        await world.do(lambda world=world: world.station.present("CARD"), 900)
        await world.do(lambda world=world: world.station.present("CARD"), 900)
        said.append([frame.text for frame in world.frames])
        assert len(world.events()) >= 4
    assert said[0] == said[1]


@pytest.mark.proves("station", "NotifyMonitoringReport GetMonitoringReport", "2.1")
async def test_monitors_are_reported_with_who_made_them():
    """VariableMonitoringType.eventNotificationType, required from 2.1 on."""
    world = await world_of(name=kitchen(WIRED, FACTORY))
    await world.ask("SetVariableMonitoring", {"setMonitoringData": [HOT]})
    await world.ask("GetMonitoringReport", {"requestId": 1})
    told = {
        monitor["id"]: monitor["eventNotificationType"]
        for part in world.csms.of("NotifyMonitoringReport")
        for entry in part["monitor"]
        for monitor in entry["variableMonitoring"]
    }
    assert set(told.values()) == {"HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"}
    assert told[WIRED.id] == "HardWiredMonitor"


@pytest.mark.parametrize("kind", ["TargetDelta", "TargetDeltaRelative"])
async def test_monitors_against_a_target_are_not_supported(kind):
    world = await world_of(name=kitchen())
    answer = await world.ask("SetVariableMonitoring", {"setMonitoringData": [HOT | {"type": kind}]})
    assert [result["status"] for result in answer["setMonitoringResult"]] == ["UnsupportedMonitorType"]


@pytest.mark.proves("station", "NotifyEvent", "2.1")
@pytest.mark.parametrize(("version", "severity"), [(V21, 3), (V201, None)])
async def test_events_tell_their_severity(version, severity):
    """N07.FR.20, N07.FR.21 (2.1)."""
    world = await world_of(version)
    await world.do(lambda: world.station.events.note(Event("A", "B", "x", severity=3)))
    (event,) = [event for ask in world.csms.of("NotifyEvent") for event in ask["eventData"]]
    assert event.get("severity") == severity


@pytest.mark.proves("station", "Reset", "2.1")
async def test_no_reset_resumes_transactions():
    """B13.FR.01: there is no TxResumptionTimeout."""
    world = await world_of()
    assert (await world.ask("Reset", {"type": "ImmediateAndResume"}))["status"] == "Rejected"
    assert (await world.ask("Reset", {"type": "Immediate"}))["status"] == "Accepted"


async def test_a_trigger_of_its_own_kind_is_unknown():
    """F06.FR.19 (2.1)."""
    world = await world_of()
    answer = await world.ask("TriggerMessage", {"requestedMessage": "CustomTrigger", "customTrigger": "Hello"})
    assert answer == {"status": "NotImplemented"}


async def test_what_only_21_has_is_not_supported():
    world = await world_of()
    assert await world.ask("ClearTariffs") == "NotSupported"
    assert json.loads(world.frames[-1].text)[0] == 4
