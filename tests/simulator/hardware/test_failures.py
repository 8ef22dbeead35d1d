"""Every fault of these components can be brought about and mended, in a station that has the part."""

from __future__ import annotations

import pytest

from simulator.faults import FAULTS, clear, inject
from simulator.hardware.outfit import known
from tests.simulator.hardware.lab import lab, troubles

known()

TOLD = {
    "modem loss": "modem failure",
    "weak signal": "weak signal",
    "signal lost": "weak signal",
    "reader failure": "reader failure",
    "display failure": "display failure",
    "indicator failure": "indicator failure",
    "lighting failure": "lighting failure",
    "clock stopped": "clock failure",
    "converter failure": "converter failure",
    "stop button broken": "button failure",
    "building meter silent": "control meter failure",
    "control meter failure": "control meter failure",
    "internal error": "internal error",
}
"""What the firmware notices at once, by the fault."""


@pytest.mark.parametrize("fault", sorted(TOLD))
async def test_a_fault_is_noticed_and_forgotten(fault: str) -> None:
    world = lab("lab-dc" if fault == "converter failure" else "lab-ac")
    await world.boot()
    inject(world.station, fault)
    assert TOLD[fault] in troubles(world)
    clear(world.station, fault)
    assert TOLD[fault] not in troubles(world)


NAMES = {kind.name for kind in known().values()}
OF_PARTS = [name for name, fault in FAULTS.items() if any(way.partition("[")[0] in NAMES for way in fault.ways)]


@pytest.mark.parametrize("fault", sorted(OF_PARTS))
async def test_every_fault_is_at_home_in_a_laboratory(fault: str) -> None:
    homes = [name for name in ("lab-ac", "lab-dc") if _has(name, fault)]
    assert homes, f"no laboratory can have the fault {fault}"


def _has(name: str, fault: str) -> bool:
    titles = {each.title for each in lab(name).station.profile.fittings}
    return bool(titles & set(FAULTS[fault].ways))
