"""A technician's rounds: a laboratory station, and what single tests find there."""

from __future__ import annotations

from typing import Any

from simulator.diagnosis import TESTS, Finding, Verdict
from simulator.diagnosis.bench import findings
from tests.simulator.csms import World
from tests.simulator.hardware.lab import lab


async def laboratory(name: str = "lab-ac", **components: Any) -> World:
    world = lab(name, **components)
    await world.boot()
    return world


def found(world: World, test: str, evse: int | None = 1) -> dict[str, Finding]:
    """What one test finds, by what was measured; of several places the last."""
    return {each.name: each for each in findings(world.station, TESTS[test], evse)}


def failing(world: World, test: str, evse: int | None = 1) -> set[str]:
    return {name for name, each in found(world, test, evse).items() if each.verdict is Verdict.FAIL}
