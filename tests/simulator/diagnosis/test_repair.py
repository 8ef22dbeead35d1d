"""What a technician mends is mended, and no more than that."""

from __future__ import annotations

import pytest

from simulator import diagnosis, faults
from simulator.diagnosis import failed, repair
from tests.simulator.diagnosis.rounds import laboratory
from tests.simulator.hardware.lab import part, troubles

REPLACED = [
    ("RCD jammed", "RCD"),
    ("contactor welded", "PowerContactor"),
    ("contactor does not close", "PowerContactor"),
    ("lock jammed", "ConnectorPlugRetentionLock"),
    ("control pilot shorted", "CPPWMController"),
    ("connector too hot", "TemperatureSensor"),
    ("fan failure", "AirCoolingSystem"),
    ("heater failure", "Heater"),
    ("reader failure", "TokenReader"),
    ("meter drift", "FiscalMetering"),
    ("modem loss", "DataLink[Radio]"),
    ("cable torn off", "CableBreakawaySensor"),
]


@pytest.mark.parametrize(("fault", "title"), REPLACED, ids=[fault for fault, _ in REPLACED])
async def test_a_new_part_passes_every_test(fault, title):
    world = await laboratory()
    faults.inject(world.station, fault)
    await world.run(world.clock.now + 100)
    assert failed(diagnosis.diagnose(world.station))
    repair.replace(world.station, title)
    await world.run(world.clock.now + 100)
    assert failed(diagnosis.diagnose(world.station)) == ()
    assert not troubles(world)
    what = [each.what for each in world.station.flash.incidents]
    assert what.index(f"{title} replaced") < len(what) - 1


async def test_a_new_rcd_mends_no_leak():
    world = await laboratory()
    faults.inject(world.station, "leakage in the station")
    await world.run(world.clock.now + 1)
    repair.replace(world.station, "RCD")
    await world.run(world.clock.now + 1)
    assert part(world, "RCD", 1).tripped


async def test_a_tripped_rcd_is_closed_again():
    world = await laboratory()
    faults.inject(world.station, "leakage in the station")
    await world.run(world.clock.now + 1)
    part(world, "RCD", 1).leakage_ac_a = 0.0
    repair.reset(world.station, "RCD")
    assert not part(world, "RCD", 1).tripped
    assert world.station.flash.incidents[-1].what == "RCD reset"


async def test_a_new_contactor_is_unused():
    world = await laboratory()
    part(world, "PowerContactor", 1).contactor.erosion = 0.95
    repair.replace(world.station, "PowerContactor")
    assert part(world, "PowerContactor", 1).contactor.wear == 0


async def test_what_cannot_be_done_is_said():
    world = await laboratory()
    with pytest.raises(ValueError, match="no Teapot"):
        repair.replace(world.station, "Teapot")
    with pytest.raises(ValueError, match="nothing to reset"):
        repair.reset(world.station, "Connector")
