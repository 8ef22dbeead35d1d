"""What people do at the stations of a fleet, and what goes wrong there: who comes when, for how long, with which car.

Written in YAML (docs/cli.md shows one), or taken from the drivers of a scenario.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from typing import Any

from scenarios import times
from scenarios.fleet import beside
from scenarios.model import Drivers as ScenarioDrivers
from scenarios.model import Scenario, Spread
from scenarios.reading import read_scenario
from scenarios.references import carried_tokens
from scenarios.source import KINDS, ScenarioError, Source, Where, named, near, numbering, parse, read
from simulator.evmodel import load_ev_model
from simulator.profile import ProfileError

FOLDER = Path(__file__).with_name("library")
DAYS: Mapping[str, tuple[int, ...]] = {
    "": tuple(range(7)),
    "weekdays": tuple(range(5)),
    "weekends": (5, 6),
    **{day: (number,) for number, day in enumerate("mon tue wed thu fri sat sun".split())},
}
DAY_S = 86400.0
WEEK_S = 7 * DAY_S
BEGINNINGS = ("cable_first", "token_first", "remote", "late_card", "no_card", "no_cable")
ENDINGS = ("token", "unplug", "full", "early", "other_card", "overstay")
FAULTS = ("connector", "unplug", "flap", "clock", "power")
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Law:
    """A quantity that chance decides: evenly from ``low`` to ``high``; or, where ``spread`` is above 1, log-normally
    about ``low``, the median, so that two of three lie within that factor of it."""

    low: float
    high: float
    spread: float = 1.0

    def draw(self, chance: float) -> float:
        """The value for a chance in [0, 1)."""
        if self.spread == 1.0:
            return self.low + (self.high - self.low) * chance
        return float(self.low * self.spread ** _NORMAL.inv_cdf(min(max(chance, 1e-6), 1 - 1e-6)))


@dataclass(frozen=True, slots=True)
class Span:
    """Some hours of some days of the week (0 is Monday), and how many drivers come then per hour and station."""

    days: tuple[int, ...]
    from_s: float
    to_s: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class Drivers:
    """People of one kind. They come by chance (``spans``) to the stations of some patterns (none: to all), or one
    after the other to a ``share`` of all stations. ``planned``: the share of them whose car knows when it departs.
    ``cable_a``: what their cables carry, each as likely; none: enough."""

    name: str
    stations: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    share: float = 0.0
    pause_s: Law = Law(20.0, 60.0)
    stay_s: Law = Law(3600.0, 3600.0)
    ev: Mapping[str, float] = field(default_factory=lambda: {"compact-50kwh": 1.0})
    soc: Law = Law(20.0, 60.0)
    target: Law = Law(100.0, 100.0)
    tokens: tuple[str, ...] = ("DRIVER-001",)
    begin: Mapping[str, float] = field(default_factory=lambda: {"cable_first": 1.0})
    end: Mapping[str, float] = field(default_factory=lambda: {"token": 1.0})
    battery_c: Law = Law(20.0, 20.0)
    planned: float = 0.0
    cable_a: tuple[float, ...] = ()

    def rate(self, week_s: float) -> tuple[float, float]:
        """Arrivals per hour and station at an instant of the week, and how many seconds that holds."""
        day, of_day_s = divmod(week_s % WEEK_S, DAY_S)
        per_hour, until_s = 0.0, DAY_S
        for span in self.spans:
            if day in span.days:
                per_hour += span.per_hour if span.from_s <= of_day_s < span.to_s else 0.0
                until_s = min([until_s, *(edge for edge in (span.from_s, span.to_s) if edge > of_day_s)])
        return per_hour, until_s - of_day_s


@dataclass(frozen=True)
class Habits:
    """All that happens at the stations of a fleet besides what its operator orders.

    ``config``: variables that all stations are set to. ``faults_per_day``: how often each kind of fault befalls a
    station of the faulty share. ``spec`` is what was written.
    """

    name: str
    drivers: tuple[Drivers, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    faulty_share: float = 0.0
    faults_per_day: Mapping[str, float] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def told(self) -> Mapping[str, Any]:
        """As another process is told of it."""
        return self.spec

    @classmethod
    def heard(cls, spec: Mapping[str, Any]) -> Habits:
        """The habits of ``told``."""
        return _habits(Source(str(spec.get("habits", "habits")), dict(spec)))


def habit_names() -> tuple[str, ...]:
    """The names of the habits that come along."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def week_s(begins: str) -> float | None:
    """Seconds since Monday 00:00 of ``mon 17:30``; None for an empty text. Raises ScenarioError."""
    day, _, time = begins.partition(" ")
    if not begins:
        return None
    if len(DAYS.get(day, ())) != 1 or not times.is_time_of_day(time):
        raise ScenarioError(f"{begins!r} is no time of the week; right would be mon 17:30", "the beginning of habits")
    return DAYS[day][0] * DAY_S + times.of_day_s(time)


def load_habits(name_or_path: str | Path) -> Habits:
    """Habits that come along by name, or those of a file: of its own kind, or a scenario's drivers.

    Raises ScenarioError: file, line, column and what would be right.
    """
    path = Path(name_or_path)
    if str(name_or_path) in habit_names():
        path = FOLDER / f"{name_or_path}.yaml"
    elif path.suffix not in (".yaml", ".yml"):
        hint = near(name_or_path, habit_names())
        raise Source(str(name_or_path)).error((), f"no habits of that name{hint}; or give the path of a .yaml file")
    source = read(path)
    if isinstance(source.data, dict) and "scenario" in source.data:
        return _of_scenario(path)
    return _habits(source)


def parse_habits(text: str, name: str = "<text>") -> Habits:
    """The habits of a YAML text. Raises ScenarioError."""
    return _habits(parse(text, name))


# -- reading ----------------------------------------------------------------------------------------------------------


def _habits(source: Source) -> Habits:
    page = _Page(source, source.data, ())
    page.keys({"habits": True, "drivers": False, "config": False, "faulty": False})
    drivers = page.value("drivers", list, [])
    faulty = page.inner("faulty")
    faulty.keys({"share": True, "per_day": True} if faulty.entry else {})
    per_day = faulty.inner("per_day")
    per_day.keys(dict.fromkeys(FAULTS, False))
    return Habits(
        page.value("habits", str, ""),
        tuple(_drivers(_Page(source, each, ("drivers", index)), index) for index, each in enumerate(drivers)),
        page.value("config", dict, {}),
        faulty.number("share", 0.0, at_most=1.0),
        {kind: per_day.number(kind, 0.0) for kind in per_day.entry},
        source.data,
    )


DRIVERS_KEYS = {
    "name": False, "stations": False, "arrivals": False, "share": False, "pause": False, "stay": True, "ev": False,
    "soc": False, "target": False, "tokens": False, "begin": False, "end": False,
    "battery_c": False, "planned": False, "cable_a": False,
}  # fmt: skip


def _drivers(page: _Page, index: int) -> Drivers:
    page.keys(DRIVERS_KEYS)
    if ("arrivals" in page.entry) == ("share" in page.entry):
        raise page.error("drivers come by 'arrivals' or to a 'share' of the stations; give one of the two")
    arrivals = page.inner("arrivals")
    return Drivers(
        page.value("name", str, f"drivers-{index + 1}"),
        tuple(_selected(page)),
        tuple(_span(arrivals, words) for words in arrivals.entry),
        page.number("share", 0.0, at_most=1.0),
        page.law("pause", Law(20.0, 60.0), times.seconds),
        page.law("stay", Law(3600.0, 3600.0), times.seconds),
        page.weights("ev", "compact-50kwh", _ev_fault),
        page.law("soc", Law(20.0, 60.0), percent),
        page.law("target", Law(100.0, 100.0), percent),
        _tokens(page),
        page.weights("begin", "cable_first", _among(BEGINNINGS)),
        page.weights("end", "token", _among(ENDINGS)),
        page.law("battery_c", Law(20.0, 20.0), celsius),
        page.number("planned", 0.0, at_most=1.0),
        _cables(page),
    )


def _selected(page: _Page) -> Iterator[str]:
    chosen = page.entry.get("stations", ())
    yield from (chosen,) if isinstance(chosen, str) else chosen


def _span(page: _Page, words: str) -> Span:
    """``weekdays 07:00-09:30`` or ``00:00-24:00``, and how many drivers come then per hour and station."""
    day, _, hours = words.rpartition(" ")
    begin, _, end = hours.partition("-")
    try:
        from_s, to_s = times.of_day_s(begin), DAY_S if end == "24:00" else times.of_day_s(end)
    except ValueError:
        raise page.error(f"{words!r} is no span such as 06:00-09:30 or weekdays 06:00-09:30", words) from None
    if day not in DAYS:
        raise page.error(f"{day!r} names no days{near(day, [each for each in DAYS if each])}", words)
    if from_s >= to_s:
        raise page.error(f"the span {words} is empty or crosses midnight; split it there", words)
    return Span(DAYS[day], from_s, to_s, page.number(words, 0.0, at_most=60.0))


def _tokens(page: _Page) -> tuple[str, ...]:
    """Ids as a list, or ``{id: DRIVER-{n:03}, count: 100}``."""
    given = page.entry.get("tokens", {"id": "DRIVER-{n:03}", "count": 100})
    if isinstance(given, str):
        return (given,)
    if isinstance(given, list) and given and all(isinstance(each, str) for each in given):
        return tuple(given)
    tokens = page.inner("tokens", given)
    tokens.keys({"id": True, "count": False})
    try:
        return tuple(numbering(tokens.value("id", str, ""), n + 1) for n in range(int(tokens.number("count", 1.0))))
    except ValueError as wrong:
        raise tokens.error(str(wrong), "id") from None


def _cables(page: _Page) -> tuple[float, ...]:
    """One current in A, or several that are equally likely."""
    given = page.entry.get("cable_a", [])
    listed = given if isinstance(given, list) else [given]
    for cable_a in listed:
        if isinstance(cable_a, bool) or not isinstance(cable_a, int | float) or not 6 <= cable_a <= 80:
            raise page.error(f"{cable_a!r} is no current that a cable carries, from 6 to 80 A", "cable_a")
    return tuple(map(float, listed))


def celsius(value: Any) -> float:
    """A temperature in °C. Raises ValueError."""
    number = float(value)
    if not -60 <= number <= 80:
        raise ValueError(f"{value!r} is no temperature from -60 to 80 °C")
    return number


def percent(value: Any) -> float:
    """A percentage such as 20. Raises ValueError."""
    number = float(value)
    if not 0 <= number <= 100:
        raise ValueError(f"{value!r} is no percentage from 0 to 100")
    return number


def _among(known: tuple[str, ...]) -> Callable[[str], str | None]:
    return lambda word: None if word in known else f"{word!r} is not known{near(word, known)}"


def _ev_fault(name: str) -> str | None:
    try:
        load_ev_model(name)
    except ProfileError as wrong:
        return str(wrong)
    return None


class _Page:
    """One mapping of the text, asked key by key; every error names its place."""

    def __init__(self, source: Source, entry: Any, where: Where) -> None:
        if not isinstance(entry, dict):
            raise source.error(where, "should be a mapping of keys to values")
        self.source, self.entry, self.where = source, entry, where

    def error(self, message: str, key: str | None = None) -> ScenarioError:
        """An error at a key, or at the whole."""
        return self.source.error(self.where if key is None else (*self.where, key), message)

    def keys(self, known: Mapping[str, bool]) -> None:
        """No key but these; True: it must be there."""
        for key in self.entry:
            if key not in known:
                raise self.error(f"unknown key {key!r}{near(key, known)}", key)
        missing = [key for key, must in known.items() if must and key not in self.entry]
        if missing:
            raise self.error(f"the key {missing[0]!r} is missing")

    def value(self, key: str, kind: type, default: Any) -> Any:
        found = self.entry.get(key, default)
        if not isinstance(found, kind):
            raise self.error(f"{key!r} is {named(found)}; right would be {KINDS[kind]}", key)
        return found

    def inner(self, key: str, given: Any = None) -> _Page:
        return _Page(self.source, self.entry.get(key, {}) if given is None else given, (*self.where, key))

    def number(self, key: str, default: float, *, at_most: float = math.inf) -> float:
        found = self.entry.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= at_most:
            upper = f" to {at_most:g}" if at_most < math.inf else " or more"
            raise self.error(f"{key!r} is {found!r}; right would be a number from 0{upper}", key)
        return float(found)

    def law(self, key: str, default: Law, unit: Callable[[Any], float]) -> Law:
        """One value, ``{from: 1h, to: 3h}``, or ``{about: 2h, spread: 1.5}``."""
        given = self.entry.get(key)
        if given is None:
            return default
        try:
            if not isinstance(given, dict):
                return Law(unit(given), unit(given))
            page = self.inner(key)
            if "about" in given:
                page.keys({"about": True, "spread": False})
                return Law(unit(given["about"]), unit(given["about"]), max(1.0, page.number("spread", 1.5, at_most=10)))
            page.keys({"from": True, "to": True})
            low, high = unit(given["from"]), unit(given["to"])
        except (ValueError, TypeError) as wrong:
            raise self.error(f"{key!r}: {wrong}", key) from None
        if low > high:
            raise self.error(f"from {given['from']} to {given['to']} runs backwards", key)
        return Law(low, high)

    def weights(self, key: str, default: str, fault: Callable[[str], str | None]) -> Mapping[str, float]:
        """One name, or names with weights."""
        given = self.entry.get(key, default)
        page = self.inner(key, {given: 1.0} if isinstance(given, str) else given)
        weights = {name: page.number(name, 1.0) for name in page.entry}
        for name in weights:
            if why := fault(name):
                raise self.error(why, key)
        if not sum(weights.values()):
            raise self.error(f"{key!r} needs a name with a weight above 0", key)
        return weights


# -- a scenario's drivers ---------------------------------------------------------------------------------------------


def _of_scenario(path: Path) -> Habits:
    """The drivers of a scenario as habits. What needs the CSMS's operator, ``app`` and ``remote``, is left to him."""
    scenario = read_scenario(path)
    entries = [_entry(scenario, each, path) for each in scenario.drivers]
    return Habits.heard({"habits": scenario.title, "drivers": entries})


def _entry(scenario: Scenario, drivers: ScenarioDrivers, path: Path) -> dict[str, Any]:
    def law(spread: Spread) -> dict[str, float]:
        return {"from": spread.low, "to": spread.high}

    begin, end = dict(drivers.begin), dict(drivers.end)
    begin["remote"] = begin.get("remote", 0.0) + begin.pop("app", 0.0)
    end["unplug"] = end.get("unplug", 0.0) + end.pop("remote", 0.0)
    return {
        "name": drivers.name,
        "stations": list(drivers.stations.patterns),
        "arrivals": {f"{_clock(start)}-{_clock(end)}": per_hour for start, end, per_hour in drivers.arrivals},
        "stay": law(drivers.stay_s),
        "ev": {beside(str(path), name): weight for name, weight in drivers.ev.items()},
        "soc": law(drivers.soc),
        "target": law(drivers.target),
        "tokens": carried_tokens(scenario, drivers),
        "begin": begin,
        "end": end,
        "battery_c": law(drivers.battery_c),
        "planned": drivers.planned,
        "cable_a": list(drivers.cable_a),
    }


def _clock(of_day_s: float) -> str:
    return f"{int(of_day_s // 3600):02}:{int(of_day_s % 3600 // 60):02}"
