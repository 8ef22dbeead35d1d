"""What follows from the numbers of a load run: how many stations, what they cost, what was lost, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from reports.load.names import LINKED, TROUBLES
from reports.load.record import Load, Trouble
from reports.load.sources import Source

PLATEAU_SHARE = 0.98
APART_S = 5
"""Losses with fewer seconds between them are one entry."""


@dataclass(frozen=True, slots=True)
class Plateau:
    """The longest stretch during which nearly all stations held a connection and every process of the fleet told so."""

    begin_s: int
    end_s: int
    stations: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Memory that something costs per station or connection. ``basis`` says what was divided by what."""

    what: str
    bytes: float | None
    basis: str


@dataclass(slots=True)
class Stretch:
    """Troubles of one sort that followed closely upon each other."""

    sort: str
    begin_s: int
    end_s: int
    count: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    whys: Counter[str] = field(default_factory=Counter)

    def take(self, each: Trouble) -> None:
        """Count one more. Reasons are told beside the sum, and are no losses of their own."""
        _, _, why = each.name.partition(":")
        self.end_s = max(self.end_s, each.second + 1)
        if why:
            self.whys[why] += each.count
        else:
            self.sources[each.source] += each.count
        self.count = max(self.sources.total(), self.whys.total())


def linked(load: Load) -> list[int | None]:
    """Stations with a connection, second by second; None where no process of the fleet told."""
    columns = [source.gauges[state] for source in load.of_role("fleet") for state in LINKED if state in source.gauges]
    found: list[int | None] = []
    for second in range(load.seconds):
        told = [value for column in columns if (value := column.at(second)) is not None]
        found.append(int(sum(told)) if told else None)
    return found


def peak(load: Load) -> tuple[int, int] | None:
    """The most stations that held a connection at once, and when (seconds); None where nobody told."""
    told = [(value, -second) for second, value in enumerate(linked(load)) if value is not None]
    if not told:
        return None
    value, second = max(told)
    return value, -second


def plateau(load: Load) -> Plateau | None:
    """Where memory is measured; None where there were never any stations."""
    values = linked(load)
    most = max((value for value in values if value is not None), default=0)
    if not most:
        return None
    fleet = load.of_role("fleet")
    whole = {second for second in range(load.seconds) if _all_told(fleet, second)}
    best, begin = (0, 0), None
    for second in range(load.seconds + 1):
        here = values[second] if second < load.seconds and second in whole else None
        level = here is not None and here >= PLATEAU_SHARE * most
        if level and begin is None:
            begin = second
        elif not level and begin is not None:
            best, begin = max(best, (begin, second), key=lambda span: span[1] - span[0]), None
    if best[1] == best[0]:
        return None
    return Plateau(*best, round(median([value for value in values[best[0] : best[1]] if value is not None])))


def costs(load: Load, level: Plateau | None) -> list[Cost]:
    """Bytes per station of the fleet, per connection of the CSMS, and of the kernel."""
    if level is None:
        return []
    fleet, csms = load.of_role("fleet"), load.of_role("csms")
    found = [_cost("a station in the fleet", fleet, level, level.stations, "stations")]
    if csms:
        connections = _sum_at(csms, "connections", level)
        found.append(_cost("a connection in the CSMS", csms, level, connections, "connections"))
    for what, gauge in (("kernel: buffers of TCP", "socket_bytes"), ("kernel: slab, as it grew", "slab_bytes")):
        found.extend(_kernel(load, level, what, gauge))
    return found


def stretches(load: Load) -> list[Stretch]:
    """All that nobody wants, gathered by sort and time, in the order of time."""
    running: dict[str, Stretch] = {}
    found: list[Stretch] = []
    for each in sorted(load.troubles, key=lambda trouble: (trouble.second, trouble.source, trouble.name)):
        sort = each.name.partition(":")[0]
        stretch = running.get(sort)
        if stretch is None or each.second - stretch.end_s >= APART_S:
            stretch = running[sort] = Stretch(sort, each.second, each.second + 1)
            found.append(stretch)
        stretch.take(each)
    return sorted(found, key=lambda stretch: (stretch.begin_s, list(TROUBLES).index(stretch.sort)))


def _all_told(fleet: Sequence[Source], second: int) -> bool:
    """Whether every process of the fleet told how many stations are linked, except those that had not begun."""
    return all(
        any(name in each.gauges and each.gauges[name].at(second) is not None for name in LINKED)
        for each in fleet
        if each.gauges
    )


def _sum_at(sources: Sequence[Source], gauge: str, level: Plateau) -> float | None:
    """The sum over sources of each one's median on the plateau; None unless all of them told."""
    parts = [each.gauges[gauge].between(level.begin_s, level.end_s) for each in sources if gauge in each.gauges]
    if len(parts) < len(sources) or not all(parts):
        return None
    return sum(median(part) for part in parts)


def _cost(what: str, sources: Sequence[Source], level: Plateau, among: float | None, units: str) -> Cost:
    names = {"private_bytes": "private memory", "rss_bytes": "resident memory (private memory was not told)"}
    if not among:
        return Cost(what, None, f"how many {units} there were was not told")
    for gauge, words in names.items():
        total = _sum_at(sources, gauge, level)
        if total is not None:
            each = f"{len(sources)} process{'es' if len(sources) != 1 else ''}"
            return Cost(what, total / among, f"{words} of {each}, {total / 2**20:,.0f} MiB, by {among:,.0f} {units}")
    return Cost(what, None, "memory was not told by every process")


def _kernel(load: Load, level: Plateau, what: str, gauge: str) -> list[Cost]:
    """Growth since the beginning of the run: the machine had sockets and a slab before."""
    found = []
    for source in load.of_role("machine"):
        column = source.gauges.get(gauge)
        told = column.between(level.begin_s, level.end_s) if column else []
        first = column.between(0, level.begin_s + 1)[:1] if column else []
        if told and first:
            grown = max(0.0, median(told) - first[0])
            basis = f"{grown / 2**20:,.0f} MiB more than at the beginning, by {level.stations:,} stations"
            found.append(Cost(what, grown / level.stations, basis))
    return found
