"""Where scenarios are found: the library that comes along, and files of the user's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from scenarios.model import Scenario
from scenarios.reading import read_scenario
from scenarios.script import read_module
from scenarios.source import ScenarioError, near

FOLDER = Path(__file__).with_name("library")


@cache
def names(folder: str = "") -> tuple[str, ...]:
    """The names of the scenarios that come along, those of a folder as ``faults/flood``; of one folder, if asked."""
    paths = FOLDER.glob(f"{folder}/*.yaml" if folder else "**/*.yaml")
    return tuple(sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in paths))


def load(name_or_path: str | Path) -> Scenario:
    """A scenario of the library by name, or a YAML or Python file (``file.py::function``). Raises ScenarioError."""
    text = str(name_or_path)
    if text in names():
        return _from_library(text)
    file, _, function = text.partition("::")
    path = Path(file)
    if path.suffix == ".py":
        return read_module(path, function)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return read_scenario(path)
    raise ScenarioError(f"no scenario of this name{near(text, names())}", text)


@cache
def _from_library(name: str) -> Scenario:
    """Read once: neither the library nor a Scenario changes, and whoever proves a library by its runs asks often."""
    return read_scenario(FOLDER / f"{name}.yaml")
