"""The variables of smart charging."""

from simulator.devicemodel.smart import COMPONENT, SMART_CHARGING
from simulator.variables import Mutability
from tests.simulator.csms import World


def test_those_that_the_specification_requires_are_there():
    """Part 2 §2.9: ProfileStackLevel, RateUnit, PeriodsPerSchedule, Entries, LimitChangeSignificance."""
    local = {variable.local for variable in SMART_CHARGING}
    assert {"ProfileStackLevel", "RateUnit", "PeriodsPerSchedule", "Entries.ChargingProfiles",
            "LimitChangeSignificance"} <= local  # fmt: skip
    assert {variable.component for variable in SMART_CHARGING} == {COMPONENT}


def test_what_a_csms_may_set():
    assert {variable.name for variable in SMART_CHARGING if variable.mutability is Mutability.READ_WRITE} == {
        "Enabled", "ExternalControlSignalsEnabled", "NotifyChargingLimitWithSchedules", "LimitChangeSignificance",
    }  # fmt: skip


async def test_a_percentage_lies_between_nothing_and_all():
    world = World()
    await world.boot()
    asked = {"component": {"name": COMPONENT}, "variable": {"name": "LimitChangeSignificance"}}
    for value, status in (("2.5", "Accepted"), ("-1", "Rejected"), ("101", "Rejected")):
        (result,) = (await world.ask("SetVariables", {"setVariableData": [{**asked, "attributeValue": value}]}))[
            "setVariableResult"
        ]
        assert result["attributeStatus"] == status
