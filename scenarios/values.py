"""Values that a scenario can only name: ``$transaction``, ``$now+1h``, what the last answer said. Known as it runs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from protocol.stamps import stamp
from protocol.versions import V16
from scenarios.stage import Stage
from scenarios.times import DURATION, seconds

NOW = re.compile(rf"^\$now(?:(?P<sign>[+-])(?P<by>{DURATION[1:-1]}))?$")
TRANSACTION = re.compile(r"^\$transaction(?:\.(?P<evse>[1-9][0-9]*))?$")

NAMES = "$station, $now, $now+1h, $transaction, $transaction.2 (of EVSE 2), $answer.path, $found.path; $$ is a dollar"
"""What there is, for messages."""


def filled(stage: Stage, station: str, value: Any) -> Any:
    """A value with what it names put in, at any depth. Raises ValueError for a name that stands for nothing now."""
    if isinstance(value, dict):
        return {key: filled(stage, station, each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(stage, station, each) for each in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    return value[1:] if value.startswith("$$") else _named(stage, station, value)


def filled_path(stage: Stage, station: str, path: str) -> str:
    """A path of the CSMS's API with what it names put in: ``{station}``, and whole segments such as ``$found.0.id``."""
    path = path.replace("{station}", quote(station, safe=""))
    return "/".join(
        quote(str(filled(stage, station, part)), safe="") if part.startswith("$") else part for part in path.split("/")
    )


def _named(stage: Stage, station: str, name: str) -> Any:
    if name == "$station":
        return station
    if said := NOW.match(name):
        offset_s = seconds(said["by"]) if said["by"] else 0.0
        return stamp(stage.clock.utc + timedelta(seconds=-offset_s if said["sign"] == "-" else offset_s))
    if said := TRANSACTION.match(name):
        return _transaction(stage, station, int(said["evse"]) if said["evse"] else None)
    kind, _, path = name[1:].partition(".")
    if kind in ("answer", "found"):
        source = stage.answers if kind == "answer" else stage.found
        return _at(source.get(station), path, name)
    raise ValueError(f"{name} stands for nothing; there are {NAMES}")


def _transaction(stage: Stage, station: str, evse: int | None) -> str | int:
    """1.6 has numbers, 2.x has text."""
    found = stage.transaction(station, evse)
    if found is None:
        raise ValueError(f"no transaction runs at {station}" + (f" at EVSE {evse}" if evse else ""))
    return int(found) if stage.stations[station].version is V16 else found


def _at(value: Any, path: str, name: str) -> Any:
    for part in filter(None, path.split(".")):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise ValueError(f"{name}: there is no {part!r} in {str(value)[:80]}") from None
    return value
