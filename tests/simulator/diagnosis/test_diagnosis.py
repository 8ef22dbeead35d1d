"""Whatever is injected is found by a test, and a sound station passes all of them."""

from __future__ import annotations

import pytest

from protocol.versions import V201
from simulator import diagnosis, faults
from simulator.builtin import profile_names
from simulator.diagnosis import Verdict, failed
from simulator.faults import FAULTS
from simulator.hardware.outfit import known
from simulator.hardware.rig import fitted
from tests.simulator.csms import World, profile

known()

OF_THE_EV = {"over-current"}
"""Faults of an EV, which has driven away with the driver when a technician comes."""

SIMPLE = sorted(FAULTS.keys() - OF_THE_EV)


async def booted(name: str) -> World:
    world = World(V201, name=name)
    await world.boot()
    return world


@pytest.mark.parametrize("name", profile_names())
async def test_a_sound_station_passes(name):
    world = await booted(name)
    found = diagnosis.diagnose(world.station)
    assert failed(found) == ()
    assert any(each.verdict is Verdict.PASS for each in found)
    assert not any(each.verdict is Verdict.NOT_TESTED for each in found)
    assert not world.station.troubles
    await world.run(world.clock.now + 60)
    assert not world.station.troubles  # nothing that the tests moved has upset anything


def having(fault: str) -> str:
    """A laboratory that has the part which the fault is in."""
    for name in ("lab-ac", "lab-dc"):
        titles = {title for title, _ in fitted(profile(name).fittings)}
        if titles & FAULTS[fault].ways.keys():
            return name
    raise AssertionError(fault)


def connector(fault: str) -> int:
    return 2 if fault == "CAN bus broken" else 1


@pytest.mark.parametrize("fault", SIMPLE)
async def test_a_technician_finds_the_fault(fault):
    world = await booted(having(fault))
    faults.inject(world.station, fault, connector=connector(fault))
    found = [each for each in failed(diagnosis.diagnose(world.station)) if each.test != "own reports"]
    assert found, fault
    assert all(each.advice and each.source and each.limit for each in found)
    faults.clear(world.station, fault, connector=connector(fault))
    await world.run(world.clock.now + 1000)  # a heartbeat, which sets the date, is among it
    again = failed(diagnosis.diagnose(world.station))
    assert again == (), [each.name for each in again]
