"""The error memory, for what no test finds."""

from simulator.diagnosis import Verdict, diagnose, failed
from simulator.diagnosis.reports import reported
from simulator.hardware.place import Place
from tests.simulator.csms import World


async def test_what_the_station_reports_is_read_out():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.troubled("storage full", Place(), "98 %")
    world.station.troubled("meter failure", Place(2))
    found = list(reported(world.station))
    assert [(each.measured, each.where) for each in found] == [("storage full: 98 %", ""), ("meter failure", "2")]
    assert {each.verdict for each in found} == {Verdict.FAIL}
    assert [each.where for each in reported(world.station, 1)] == [""]
    assert [each.test for each in failed(diagnose(world.station))] == ["own reports"] * 2


async def test_nothing_to_report():
    world = World(name="ac-22kw")
    await world.boot()
    (found,) = reported(world.station)
    assert (found.verdict, found.measured) == (Verdict.PASS, "none")
