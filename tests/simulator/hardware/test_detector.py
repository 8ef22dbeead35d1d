"""What every yes-or-no sensor does, shown by a door contact and an emergency stop."""

import pytest

from simulator.hardware.access import AccessSensor
from simulator.hardware.emergency import EmergencyStopSensor
from simulator.troubles import TROUBLES
from tests.simulator.hardware.bench import Bench

DOOR, STOP = "CaseAccessSensor", "EmergencyStopSensor"


def test_it_has_to_be_so_for_a_while():
    bench = Bench(AccessSensor(on_s=0.5, off_s=2.0))
    bench.surround(door_open=True)
    bench.run(0.4)
    bench.surround(door_open=False)
    bench.run(5)
    assert not bench.log, "it only rattled"
    bench.surround(door_open=True)
    bench.run(1)
    assert bench.value(DOOR, "Active") == "true"
    bench.surround(door_open=False)
    bench.run(1)
    assert bench.value(DOOR, "Active") == "true"
    bench.run(5)
    assert bench.log == [(5.9, "+door open"), (8.4, "-door open")]
    assert bench.jumps == [(5.9, f"{DOOR}.Active"), (8.4, f"{DOOR}.Active")]


def test_an_idle_station_has_no_part():
    bench = Bench(AccessSensor(), EmergencyStopSensor())
    assert bench.value(DOOR, "Active") == "false"
    bench.surround(ambient_c=30.0)
    assert bench.rig.kept(DOOR) is None
    bench.surround(door_open=True)
    assert bench.rig.kept(DOOR) is not None
    assert bench.rig.kept(STOP) is None


def test_switched_off_it_senses_nothing():
    bench = Bench(AccessSensor())
    bench.surround(door_open=True)
    bench.run(1)
    bench.set(DOOR, "Enabled", "false")
    assert bench.value(DOOR, "Active") == "false"
    assert not bench.troubles
    bench.set(DOOR, "Enabled", "true")
    bench.run(1)
    assert bench.troubles


def test_what_was_set_outlives_the_part():
    bench = Bench(AccessSensor())
    bench.flash.changed[f"{DOOR}.Enabled"] = "false"
    bench.surround(door_open=True)
    bench.run(1)
    assert not bench.troubles


def test_a_stuck_contact_does_not_move():
    bench = Bench(AccessSensor())
    part = bench.part(DOOR)
    part.stuck = False
    bench.surround(door_open=True)
    bench.run(10)
    assert not bench.log
    part.stuck = None
    part.disturbed()
    bench.run(10)
    assert bench.troubles


@pytest.mark.parametrize(("sensor", "name"), [(AccessSensor(), DOOR), (EmergencyStopSensor(), STOP)])
def test_a_broken_wire_of_a_closed_loop_looks_like_the_worst(sensor, name):
    bench = Bench(sensor)
    part = bench.part(name)
    part.broken = True
    part.disturbed()
    bench.run(1)
    assert bench.value(name, "Problem") == "true"
    assert [trouble for trouble, _ in bench.troubles] == [sensor.trouble]


def test_without_power_nothing_is_seen_and_with_it_everything():
    bench = Bench(AccessSensor())
    bench.power(on=False)
    bench.surround(door_open=True)
    bench.run(10)
    assert not bench.log
    bench.power(on=True)
    bench.run(1)
    assert bench.log == [(10.1, "+door open")]


def test_every_trouble_is_known():
    assert AccessSensor.trouble in TROUBLES
    assert EmergencyStopSensor.trouble in TROUBLES
