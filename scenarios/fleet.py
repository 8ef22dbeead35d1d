"""Which stations a run has: the scenario's groups, scaled to any number and set to a version."""

from __future__ import annotations

from pathlib import Path

from protocol.versions import V201, Version
from scenarios.model import Berth, Group, Scenario
from scenarios.source import ScenarioError, numbering

STATIONS_LIMIT = 1_000_000


def ids(group: Group, count: int | None = None) -> list[str]:
    """The ids of a group's first ``count`` stations (default: as many as the scenario says). Raises ValueError."""
    wanted = group.count if count is None else count
    return [numbering(group.id, n) for n in range(1, wanted + 1)]


def shares(counts: list[int], total: int) -> list[int]:
    """``total`` split in proportion to ``counts``: by largest remainder, nobody left out while there is enough."""
    whole = sum(counts)
    floor = 1 if total >= len(counts) else 0
    exact = [count * total / whole for count in counts]
    given = [max(floor, int(share)) for share in exact]
    by_need = sorted(range(len(counts)), key=lambda index: (given[index] - exact[index], index))
    while sum(given) < total:
        for index in by_need:
            given[index] += sum(given) < total
    while sum(given) > total:
        index = max(
            range(len(counts)), key=lambda each: (given[each] - exact[each] if given[each] > floor else -1, each)
        )
        given[index] -= 1
    return given


def berths(scenario: Scenario, stations: int | None = None, version: Version | None = None) -> list[Berth]:
    """Every station of the run, in the order in which they are switched on.

    ``stations`` scales the groups; ``version`` is for those that name none. Raises ScenarioError when a group cannot
    be scaled.
    """
    counts = [group.count for group in scenario.fleet]
    if stations is not None:
        if not 1 <= stations <= STATIONS_LIMIT:
            raise ScenarioError(f"{stations} stations; right would be 1 to {STATIONS_LIMIT}", scenario.source.name)
        counts = shares(counts, stations)
    made: list[Berth] = []
    due_s = 0.0
    for index, (group, count) in enumerate(zip(scenario.fleet, counts, strict=True)):
        if count > 1 and "{" not in group.id:
            where = ("fleet", index, "id")
            raise scenario.source.error(where, f"{group.id!r} cannot name {count} stations; put {{n:03}} in it")
        for station in ids(group, count):
            spoken = group.version or scenario.version or version or V201
            on_at_s = due_s if group.powered else None
            profile, level = profile_of(scenario, group), group.security_profile
            made.append(Berth(station, profile, spoken, group.config, on_at_s, group.password, level))
            due_s += group.stagger_s
    return made


def profile_of(scenario: Scenario, group: Group) -> str:
    """The group's profile: a built-in name, or a path; relative paths start at the scenario's folder."""
    return beside(scenario.source.name, group.profile)


def beside(file: str, name: str) -> str:
    """A name as it is; a relative path to a YAML file from the folder of ``file``."""
    if not name.endswith((".yaml", ".yml")):
        return name
    return str(Path(file).parent / name)
