"""The wheel carries every file of every room, and nothing else."""

import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
JUNK = {".pyc", ".pyo", ".swp"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    built = next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))))
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_every_file_of_every_room_is_shipped(wheel):
    shipped = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file() and path.suffix not in JUNK]
    assert shipped == {path.relative_to(ROOT).as_posix() for path in files}


def test_the_command_and_the_licence_are_shipped(wheel):
    info = {name.split("/", 1)[1]: name for name in wheel.namelist() if ".dist-info/" in name}
    assert b"chargebench = chargebench.cli:main" in wheel.read(info["entry_points.txt"])
    assert wheel.read(info["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
