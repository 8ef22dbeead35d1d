"""Whether two numbers of two runs differ by more than noise, and what differed when the runs were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.wording import number

TAIL = 0.05
FEWEST = 5
RULE = f"""A difference counts as beyond noise where the values of single seconds of one run, without the highest and
the lowest {TAIL:.0%} of them, all lie above or all lie below those of the other (for single actions and processors: the
values of the points of the charts). With fewer than {FEWEST} values on either side nothing is concluded. Numbers that
are not made of values of single seconds are only shown, except that none against some is always a difference."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of a run (None: not told) and, where there are any, the values of single seconds behind it."""

    value: float | None
    values: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of both runs. ``mark`` is ``more`` or ``less`` where beyond noise; ``note`` says why not."""

    what: str
    now: str
    before: str
    ratio: str
    mark: str = ""
    note: str = ""


def difference(what: str, now: Measured, before: Measured, shown: Callable[[float], str] = number) -> Difference:
    """Both numbers, their ratio, and whether they differ by more than noise."""
    ours, theirs = ("–" if each.value is None else shown(each.value) for each in (now, before))
    if now.value is None or before.value is None:
        return Difference(what, ours, theirs, "–", "", "not told by both")
    ratio = f"{now.value / before.value:.2f}" if before.value else "–" if now.value else "1.00"
    if bool(now.value) != bool(before.value):
        return Difference(what, ours, theirs, ratio, "more" if now.value > before.value else "less")
    if not now.values and not before.values:
        return Difference(what, ours, theirs, ratio)
    if min(len(now.values), len(before.values)) < FEWEST:
        return Difference(what, ours, theirs, ratio, "", "too few values")
    (low, high), (low_before, high_before) = bulk(now.values), bulk(before.values)
    return Difference(what, ours, theirs, ratio, "more" if low > high_before else "less" if high < low_before else "")


def bulk(values: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest of all values but those in either tail."""
    ordered = sorted(values)
    cut = int(len(ordered) * TAIL)
    return ordered[cut], ordered[-1 - cut]


def making(now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What was not the same when both runs were made: machine, versions, settings of the load, seed and command."""
    for key in ("machine", "versions", "load"):
        ours, theirs = _object(now, key), _object(before, key)
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                yield f"{key}: {name}", str(ours.get(name, "–")), str(theirs.get(name, "–"))
    for key in ("seed", "command"):
        if now[key] != before[key]:
            yield key, _plain(now[key]), _plain(before[key])


def _object(summary: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = summary.get(key)
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else "–" if value is None else str(value)
