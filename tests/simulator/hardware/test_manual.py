"""The manual of the components says what the registry says, and its example works."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from protocol.pages import named, renewed
from simulator import troubles as firmware
from simulator.configuration import inventory_of
from simulator.hardware.manual import TABLES
from simulator.hardware.outfit import known
from simulator.profile import Profile, load_profile
from tests.simulator.csms import World
from tests.simulator.hardware.lab import troubles, value

MANUAL = Path(__file__).parents[3] / "docs" / "components.md"
TEXT = MANUAL.read_text()

STATION = """\
vendor: Acme
model: X1
firmware_version: "1.0"
kind: AC
evses:
  - max_a: 16
    connectors:
      - type: sType2
"""


def test_the_tables_are_those_of_the_registry() -> None:
    assert named(TEXT) == [*TABLES]
    assert renewed(TEXT, TABLES) == TEXT, "run: python -m simulator.hardware.manual docs/components.md"


def test_every_component_is_in_the_manual() -> None:
    assert [name for name in known() if f"`{name}`" not in TEXT] == []


def test_the_first_example_names_components_that_there_are() -> None:
    block = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0]
    assert set(yaml.safe_load(block)["components"]) - {"acme.lamps:Lamp"} <= set(known())


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Profile]:
    """The manual's own component, in a file outside the project, and a profile that names it."""
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").touch()
    (tmp_path / "acme" / "lamps.py").write_text(code)
    components = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[1]
    (tmp_path / "mine.yaml").write_text(STATION + components)
    monkeypatch.syspath_prepend(tmp_path)
    yield load_profile(tmp_path / "mine.yaml")
    for name in ("acme", "acme.lamps"):
        sys.modules.pop(name, None)
    firmware.TROUBLES.pop("lamp burnt out", None)


async def test_the_component_of_the_manual(acme: Profile) -> None:
    assert "EnvironmentalLighting.Active" in inventory_of(acme).model
    world = World(name=acme)
    await world.boot()
    assert value(world, "EnvironmentalLighting", "Active") == "false"
    for _ in range(2):
        world.station.surround(light_lux=5)
        assert value(world, "EnvironmentalLighting", "Active") == "true"
        await world.run(world.clock.now + 2400)
        world.station.surround(light_lux=500)
        assert value(world, "EnvironmentalLighting", "Active") == "false"
        await world.run(world.clock.now + 3600)
    began_s = world.clock.now
    world.station.surround(light_lux=5)
    await world.run(began_s + 2399)
    assert "lamp burnt out" not in troubles(world)
    await world.run(began_s + 2401)  # two hours in all
    assert "lamp burnt out" in troubles(world)
    assert value(world, "EnvironmentalLighting", "Problem") == "true"
    report = {"requestId": 1, "reportBase": "FullInventory"}
    assert (await world.ask("GetBaseReport", report))["status"] == "Accepted"
    await world.run(world.clock.now + 30)
    reported = [data for part in world.csms.of("NotifyReport") for data in part["reportData"]]
    assert "EnvironmentalLighting" in {data["component"]["name"] for data in reported}
