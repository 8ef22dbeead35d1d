"""Monitoring as a CSMS orders it (2.0.1 N02–N06)."""

import pytest

from protocol.errors import Code
from simulator.event import Origin
from simulator.monitoring.monitor import Monitor, MonitorType
from tests.simulator.csms import World
from tests.simulator.monitoring.oven import GLOWING, TEMPERATURE, kitchen

OVEN = {"name": "Oven", "evse": {"id": 1}}
HOT = {"type": "UpperThreshold", "value": 60, "severity": 4, "component": OVEN, "variable": {"name": "Temperature"}}
GLOWS = {"type": "Delta", "value": 1, "severity": 5, "component": OVEN, "variable": {"name": "Glowing"}}
TICKS = {"type": "Periodic", "value": 900, "severity": 8, "component": OVEN, "variable": {"name": "Temperature"}}
WIRED = Monitor(1, TEMPERATURE, MonitorType.UPPER_THRESHOLD, 250, 0, origin=Origin.HARD_WIRED_MONITOR)
FACTORY = Monitor(2, GLOWING, MonitorType.DELTA, 1, 6, origin=Origin.PRECONFIGURED_MONITOR)


async def kitchen_world(*monitors: Monitor, **config: object) -> World:
    world = World(name=kitchen(*monitors), config=config)
    await world.boot()
    return world


async def set_monitors(world: World, *wishes: dict[str, object]) -> list[dict[str, object]]:
    answer = await world.ask("SetVariableMonitoring", {"setMonitoringData": list(wishes)})
    return list(answer["setMonitoringResult"])


async def report(world: World, **criteria: object) -> list[int] | str:
    """The ids that a monitoring report names, in its order; the status where there is none."""
    world.csms.got.clear()
    answer = await world.ask("GetMonitoringReport", {"requestId": 7, **criteria})
    if answer["status"] != "Accepted":
        return str(answer["status"])
    parts = world.csms.of("NotifyMonitoringReport")
    assert {part["requestId"] for part in parts} == {7}
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    data = [entry for part in parts for entry in part["monitor"]]
    assert len({str(entry["component"]) + str(entry["variable"]) for entry in data}) == len(data)
    return [monitor["id"] for entry in data for monitor in entry["variableMonitoring"]]


async def test_each_monitor_is_answered_on_its_own():
    """N04.FR.01, .02, .08, .11; TC_N_43: one out of range does not keep the others out."""
    world = await kitchen_world()
    first, second, third = await set_monitors(world, HOT, GLOWS | {"value": -1}, TICKS)
    assert first == {"status": "Accepted", "id": 1} | {key: HOT[key] for key in HOT if key != "value"}
    assert (second["status"], second["statusInfo"]) == ("Rejected", {"reasonCode": "ValuePositiveOnly"})  # N04.FR.14
    assert "id" not in second
    assert (third["status"], third["id"]) == ("Accepted", 2)


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        (HOT | {"component": {"name": "Oven"}}, "UnknownComponent"),  # N04.FR.03: not at the station
        (HOT | {"component": {"name": "Stove"}}, "UnknownComponent"),
        (HOT | {"component": {"name": "Oven", "evse": {"id": 9}}}, "UnknownComponent"),
        (HOT | {"variable": {"name": "Pressure"}}, "UnknownVariable"),  # N04.FR.04
        (HOT | {"variable": {"name": "Temperature", "instance": "x"}}, "UnknownVariable"),
        (HOT | {"variable": {"name": "Glowing"}}, "UnsupportedMonitorType"),  # N04.FR.05
        (HOT | {"variable": {"name": "Dial"}}, "UnsupportedMonitorType"),
        (GLOWS | {"variable": {"name": "Maker"}}, "UnsupportedMonitorType"),  # never changes
        (HOT | {"value": 301}, "Rejected"),  # N04.FR.06: above maxLimit
        (HOT | {"value": -41}, "Rejected"),
        (HOT | {"type": "LowerThreshold", "value": -41}, "Rejected"),
        (HOT | {"value": 300}, "Accepted"),
        (HOT | {"severity": 10}, "Rejected"),
        (HOT | {"severity": -1}, "Rejected"),
        (TICKS | {"value": 0}, "Rejected"),
        (TICKS | {"value": 1e-320}, "Rejected"),
        (TICKS | {"value": 1e-9, "type": "PeriodicClockAligned"}, "Rejected"),
        (HOT | {"id": 5}, "Rejected"),  # N04.FR.13
        (HOT | {"component": {"name": "oVeN", "evse": {"id": 1}}}, "Accepted"),  # names know no case
    ],
)
async def test_what_cannot_be_monitored(wish, status):
    world = await kitchen_world()
    (result,) = await set_monitors(world, wish)
    assert result["status"] == status
    assert result["component"] == wish["component"]


async def test_one_type_and_severity_on_a_variable_is_enough():
    """N04.FR.10."""
    world = await kitchen_world()
    results = await set_monitors(
        world, HOT, HOT | {"value": 70}, HOT | {"severity": 3}, HOT | {"type": "LowerThreshold"}
    )
    assert [result["status"] for result in results] == ["Accepted", "Duplicate", "Accepted", "Accepted"]
    (moved,) = await set_monitors(world, HOT | {"id": 2, "severity": 4})
    assert moved["status"] == "Duplicate"  # it would be like the first one


async def test_a_monitor_is_replaced_by_its_id():
    """N04.FR.12, N04.FR.16."""
    world = await kitchen_world()
    await set_monitors(world, HOT)
    (changed,) = await set_monitors(world, HOT | {"id": 1, "value": 70, "type": "LowerThreshold", "severity": 2})
    assert (changed["status"], changed["id"]) == ("Accepted", 1)
    (kept,) = world.station.flash.monitoring.custom
    assert (kept.value, kept.type, kept.severity) == (70, "LowerThreshold", 2)
    (moved,) = await set_monitors(world, GLOWS | {"id": 1})
    assert moved["status"] == "Rejected"
    assert world.station.flash.monitoring.custom == (kept,)


async def test_ids_are_not_used_again():
    world = await kitchen_world()
    await set_monitors(world, HOT, GLOWS)
    await world.ask("ClearVariableMonitoring", {"id": [2]})
    (result,) = await set_monitors(world, GLOWS)
    assert result["id"] == 3


async def test_hard_wired_monitors_stay():
    """N04.FR.18, N06.FR.03."""
    world = await kitchen_world(WIRED)
    (result,) = await set_monitors(world, HOT | {"id": 1})
    assert result["status"] == "Rejected"
    answer = await world.ask("ClearVariableMonitoring", {"id": [1, 9]})
    assert answer == {"clearMonitoringResult": [{"id": 1, "status": "Rejected"}, {"id": 9, "status": "NotFound"}]}
    await world.ask("SetMonitoringBase", {"monitoringBase": "HardWiredOnly"})
    assert await report(world) == [1]


async def test_a_preconfigured_monitor_that_is_replaced_is_a_custom_one_until_the_base_is_set():
    """N04.FR.15, N03.FR.03, N03.FR.04; TC_N_41."""
    world = await kitchen_world(FACTORY)
    (result,) = await set_monitors(world, GLOWS | {"id": 2, "severity": 1})
    assert (result["status"], result["id"]) == ("Accepted", 2)
    assert [monitor.origin for monitor in world.station.flash.monitoring.custom] == [Origin.CUSTOM_MONITOR]
    await set_monitors(world, HOT)
    assert await world.ask("SetMonitoringBase", {"monitoringBase": "All"}) == {"status": "Accepted"}
    assert [monitor.severity for monitor in world.station.flash.monitoring.custom] == [1, 4]  # left intact
    await world.ask("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert world.station.flash.monitoring.custom == ()
    assert await report(world) == [2]


async def test_the_base_switches_preconfigured_monitors():
    """N03.FR.05; TC_N_06."""
    world = await kitchen_world(FACTORY)
    await set_monitors(world, HOT)
    await world.ask("SetMonitoringBase", {"monitoringBase": "HardWiredOnly"})
    assert await report(world) == "EmptyResultSet"
    assert world.station.variables.text("MonitoringCtrlr.ActiveMonitoringBase") == "HardWiredOnly"
    await set_monitors(world, HOT)  # new ones are welcome
    await world.ask("SetMonitoringBase", {"monitoringBase": "All"})
    assert await report(world) == [4, 2]


async def test_a_cleared_preconfigured_monitor_comes_back_with_the_base():
    world = await kitchen_world(FACTORY)
    await world.ask("ClearVariableMonitoring", {"id": [2]})
    assert await report(world) == "EmptyResultSet"
    await world.ask("SetMonitoringBase", {"monitoringBase": "FactoryDefault"})
    assert await report(world) == [2]


@pytest.mark.parametrize(("severity", "status"), [(-1, "Rejected"), (0, "Accepted"), (9, "Accepted"), (10, "Rejected")])
async def test_the_level_is_in_range(severity, status):
    """N05.FR.01, N05.FR.02."""
    world = await kitchen_world()
    assert await world.ask("SetMonitoringLevel", {"severity": severity}) == {"status": status}
    kept = severity if status == "Accepted" else 9
    assert world.station.variables.text("MonitoringCtrlr.ActiveMonitoringLevel") == str(kept)


async def test_a_report_by_criteria_and_by_names():
    """N02.FR.05, .06, .08, .10, .11–.21."""
    world = await kitchen_world(FACTORY)
    await set_monitors(world, HOT, TICKS)
    assert await report(world) == [3, 4, 2]
    assert await report(world, monitoringCriteria=["ThresholdMonitoring"]) == [3]
    assert await report(world, monitoringCriteria=["DeltaMonitoring", "PeriodicMonitoring"]) == [4, 2]
    assert await report(world, componentVariable=[{"component": {"name": "Oven"}}]) == [3, 4, 2]
    named = [{"component": OVEN, "variable": {"name": "Temperature"}}]
    assert await report(world, componentVariable=named) == [3, 4]
    assert await report(world, componentVariable=named, monitoringCriteria=["DeltaMonitoring"]) == "EmptyResultSet"
    elsewhere = [{"component": {"name": "Oven", "evse": {"id": 2}}}]
    assert await report(world, componentVariable=elsewhere) == "EmptyResultSet"


async def test_a_report_says_what_was_set():
    world = await kitchen_world()
    await set_monitors(world, HOT | {"transaction": True})
    await report(world)
    (part,) = world.csms.of("NotifyMonitoringReport")
    assert part["monitor"] == [
        {
            "component": OVEN,
            "variable": {"name": "Temperature"},
            "variableMonitoring": [
                {"id": 1, "transaction": True, "value": 60, "type": "UpperThreshold", "severity": 4}
            ],
        }
    ]


async def test_a_report_comes_in_parts():
    """N02.FR.03, .09."""
    world = await kitchen_world(**{"DeviceDataCtrlr.ItemsPerMessage.GetReport": "1"})
    await set_monitors(world, HOT, TICKS, GLOWS)
    assert await report(world) == [1, 2, 3]
    assert len(world.csms.of("NotifyMonitoringReport")) == 2


async def test_too_much_at_once_is_refused():
    """N04.FR.09, N06.FR.06, N06.FR.07, N02.FR.07."""
    config = {
        "MonitoringCtrlr.ItemsPerMessage.SetVariableMonitoring": "2",
        "MonitoringCtrlr.BytesPerMessage.SetVariableMonitoring": "200",
        "MonitoringCtrlr.ItemsPerMessage.ClearVariableMonitoring": "2",
        "MonitoringCtrlr.BytesPerMessage.ClearVariableMonitoring": "20",
    }
    world = await kitchen_world(**config)
    many = {"setMonitoringData": [HOT, GLOWS, TICKS]}
    assert await world.ask("SetVariableMonitoring", many) == Code.OCCURRENCE_CONSTRAINT_VIOLATION
    assert await world.ask("SetVariableMonitoring", {"setMonitoringData": [HOT, GLOWS]}) == Code.FORMAT_VIOLATION
    assert await world.ask("ClearVariableMonitoring", {"id": [1, 2, 3]}) == Code.OCCURRENCE_CONSTRAINT_VIOLATION
    assert await world.ask("ClearVariableMonitoring", {"id": [2 * 10**9, 2 * 10**9]}) == Code.FORMAT_VIOLATION


async def test_switched_off_monitoring_takes_none():
    world = await kitchen_world(**{"MonitoringCtrlr.Enabled": "false"})
    (result,) = await set_monitors(world, HOT)
    assert result["status"] == "Rejected"
    assert await world.ask("SetMonitoringBase", {"monitoringBase": "All"}) == {"status": "Rejected"}
