"""Pilot levels, coded resistors and contacts by the values of the standards."""

import pytest

from simulator.diagnosis import interface
from tests.simulator.diagnosis.rounds import failing, found, laboratory
from tests.simulator.hardware.lab import broken, part

assert interface.PILOT


async def test_pilot_levels_of_a_sound_station():
    """IEC 61851-1 annex A: 12, 9, 6, 3 V, and -12 V below, with nominal resistors."""
    levels = found(await laboratory(), "control pilot")
    for letter, volts in (("A", 12), ("B", 9), ("C", 6), ("D", 3)):
        assert levels[f"state {letter}, upper level"].measured == pytest.approx(volts, abs=0.2)
    assert levels["state C, lower level"].measured == pytest.approx(-12)
    assert levels["duty cycle"].measured == pytest.approx(32 / 0.6)  # 32 A at 0.6 A per percent


async def test_the_duty_cycle_is_that_of_the_limit():
    world = await laboratory()
    world.station.evse(1).circuit.restrict("local", 16.0)
    assert found(world, "control pilot")["duty cycle"].measured == pytest.approx(16 / 0.6)
    assert found(await laboratory("lab-dc"), "control pilot")["duty cycle"].measured == 5  # digital communication


async def test_a_leak_in_the_pilot_wire_is_seen_before_it_stops_charging():
    world = await laboratory()
    broken(world, "CPPWMController", 1, 1, field="short_ohm", to=8_000.0)
    assert "state A, upper level" in failing(world, "control pilot")


async def test_resistors_are_read_as_coded():
    """IEC 61851-1 annex B: 1500, 680, 220 and 100 Ω are 13, 20, 32 and 63 A."""
    seen = found(await laboratory(), "proximity")
    assert [each.measured for name, each in seen.items() if "cable" in name] == [13.0, 20.0, 32.0, 63.0]


async def test_a_contact_wears_with_each_operation():
    """IEC 62196-1: 10,000 operations, after which 50 K may be reached, where a new one takes 30 K."""
    world = await laboratory()
    part(world, "Connector", 1, 1).count = 10_000
    assert found(world, "contacts")["contact resistance"].measured == pytest.approx(0.4 * 50 / 30)
    assert not failing(world, "contacts")
    part(world, "Connector", 1, 1).count = 10_200
    assert failing(world, "contacts") == {"contact resistance"}
    assert failing(world, "connector wear") == {"operations"}


async def test_a_lock_that_jams_is_found_and_tells():
    world = await laboratory()
    broken(world, "ConnectorPlugRetentionLock", 1, 1, field="jammed")
    assert failing(world, "plug lock") == {"locking time"}
    broken(world, "ConnectorPlugRetentionLock", 1, 1, field="jammed", to=False)
    assert not failing(world, "plug lock")
    assert not world.station.troubles


async def test_a_blown_fuse_stops_the_shutter():
    world = await laboratory()
    broken(world, "ConnectorProtectionRelease", 1, 1, field="blown")
    assert failing(world, "shutter") == {"time to move"}
