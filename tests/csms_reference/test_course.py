"""Meter readings as people want them."""

from types import SimpleNamespace

from csms_reference.services import metering
from csms_reference.services.course import POWER, SOC, Point, course, latest, readings, thinned
from csms_reference.services.metering import ENERGY, Reading


def row(at_ms, measurand, value, phase=None, location=None):
    return SimpleNamespace(timestamp_ms=at_ms, measurand=measurand, value=value, phase=phase, location=location)


def test_readings_of_one_instant_are_one_point_in_the_order_of_time():
    rows = [
        row(2000, ENERGY, 150.0),
        row(1000, ENERGY, 100.0),
        row(2000, POWER, 40.0),
        row(2000, SOC, 30.0, None, "EV"),
    ]
    assert course(rows) == [Point(1000, None, 0.0), Point(2000, 40.0, 50.0, 30.0)]
    assert course(rows, 90.0)[1].energy_wh == 60.0


def test_phases_are_added_where_nothing_tells_their_sum():
    phases = [row(1, POWER, 1.0, "L1"), row(1, POWER, 2.0, "L2"), row(1, POWER, 4.0, "L3")]
    assert course(phases)[0].power_w == 7.0
    assert course([*phases, row(1, POWER, 9.0)])[0].power_w == 9.0


def test_what_is_measured_inside_the_station_or_is_no_number_is_left_out():
    assert course([row(1, POWER, 5.0, None, "Inlet"), row(1, POWER, None), row(None, POWER, 1.0)]) == []


def test_power_follows_from_energy_where_it_is_not_told():
    points = course([row(0, ENERGY, 0.0), row(1_800_000, ENERGY, 1000.0), row(1_800_000, ENERGY, 1000.0)])
    assert [point.power_w for point in points] == [2000.0, 2000.0]


def test_the_newest_of_each():
    assert latest([]) is None
    assert latest([Point(1, 5.0, 1.0, 20.0), Point(2, None, 2.0)]) == Point(2, 5.0, 2.0, 20.0)


def test_many_points_become_fewer_and_the_ends_stay():
    points = [Point(at) for at in range(1000)]
    few = thinned(points, 50)
    assert (len(few), few[0], few[-1]) == (50, points[0], points[-1])
    assert thinned(few, 50) == few


async def test_of_too_many_readings_the_newest_count(bench):
    it = bench()
    where = {"transaction_id": "T", "evse": 1, "connector": 1, "received_ms": 0}
    told = [Reading(at_ms, float(at_ms), measurand) for at_ms in (1, 2, 3) for measurand in (POWER, "Voltage")]

    def write(database):
        metering.keep(database, "CP-1", told, **where)
        return [row.value for row in readings(database, "CP-1", "T", 2)]

    assert await it.store.write(write) == [2.0, 3.0]
