"""The second half of reading: everything a scenario refers to exists, and everything it asks for is possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from csms_reference.dialects.registry import command_names
from csms_reference.settings import SettingsError
from protocol.schemas import load
from protocol.versions import VERSIONS, Side, Version
from scenarios import fleet, hardware, technician, times
from scenarios.messages import FORMS, Form, forms, known_names
from scenarios.model import Drivers, Expectation, Fields, Group, Moment, Pattern, Scenario, Selector, Status, Step
from scenarios.settings import SETTINGS, read_settings
from scenarios.source import Source, Where, near
from simulator import facts
from simulator.configuration import model_of
from simulator.evmodel import load_ev_model
from simulator.profile import Profile, ProfileError, load_profile
from simulator.variables import written

STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
BEGINNINGS = ("cable_first", "token_first", "remote", "app", "late_card", "no_card", "no_cable")
ENDINGS = ("token", "unplug", "full", "remote", "early", "other_card", "overstay")
TOKENS: Mapping[str | None, tuple[str, ...]] = {"present": ("token",), "remote_start": ("token",), "token": ("id",)}
"""Actions that name a token, and where."""
DURATION_LIMIT_S = 366 * 86400.0
FIRST_YEAR, LAST_YEAR = 1970, 9000
ID_LIMIT = 48
"""2.0.1 part 4 §3.1.1: the length of a station's identity."""
SCENARIO_FACTS: Mapping[str, tuple[str, ...]] = {
    "Commanded": ("command", "status", "error"),
    "LimitedFromOutside": ("amps", "watts", "evse", "source", "critical"),
    "Looked": ("path", "found", "count"),
    "Noted": ("note",),
    "DriverArrived": ("drivers", "evse", "ev", "soc_percent", "token"),
    "DriverLeft": ("drivers", "evse"),
    "DriverTurnedAway": ("drivers",),
    **hardware.FACTS,
    **technician.FACTS,
}
"""Facts of the actors rather than of the stations, with their fields."""


def fact_fields() -> dict[str, tuple[str, ...]]:
    """Every fact that can be recorded, with its fields."""
    found = {
        name: tuple(getattr(kind, "__slots__", ()))
        for name, kind in vars(facts).items()
        if isinstance(kind, type)
        and issubclass(kind, facts.Fact)
        and not name.startswith("_")
        and kind is not facts.Fact
    }
    return found | dict(SCENARIO_FACTS)


def check(scenario: Scenario) -> None:
    """Raises ScenarioError for the first reference that leads nowhere or expectation that cannot be met."""
    _Checks(scenario).run()


def check_step(scenario: Scenario, source: Source, step: Step) -> None:
    """Check a step that a script yields; ``source`` holds it. Raises ScenarioError."""
    checks = _Checks(scenario)
    checks.fleet()
    checks.error = source.error
    checks.step(step)


def check_expectation(scenario: Scenario, source: Source, expectation: Expectation) -> None:
    """Check an expectation that a script yields; ``source`` holds it. Raises ScenarioError."""
    checks = _Checks(scenario)
    checks.fleet()
    checks.error = source.error
    checks.expectation(expectation)


class _Checks:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.error = scenario.source.error
        self.groups: dict[str, Group] = {}
        self.profiles: dict[str, Profile] = {}
        self.tokens = [token.id for token in scenario.csms.tokens]
        self.facts = fact_fields()

    def run(self) -> None:
        self._lengths()
        self._csms()
        self.fleet()
        for index, drivers in enumerate(self.scenario.drivers):
            self._drivers(drivers, ("drivers", index))
        for script in (self.scenario.steps, self.scenario.operator, self.scenario.faults):
            self._script(script)
        for expectation in self.scenario.expect:
            self.expectation(expectation)

    def _lengths(self) -> None:
        duration_s = self.scenario.duration_s
        if not 0 < duration_s <= DURATION_LIMIT_S:
            raise self.error(("duration",), "a run lasts longer than nothing and at most 366d")
        if not FIRST_YEAR <= self.scenario.start.year <= LAST_YEAR:
            raise self.error(("start",), f"right would be a year from {FIRST_YEAR} to {LAST_YEAR}")
        seen: set[str] = set()
        for token in self.tokens:
            if token in seen:
                raise self.error(("csms", "tokens"), f"the token {token!r} is listed twice")
            seen.add(token)

    def _csms(self) -> None:
        """Settings that there are, with values that they can have."""
        csms = self.scenario.csms
        for name, value in csms.settings.items():
            where = ("csms", "settings", name)
            if name not in SETTINGS:
                raise self.error(where, f"unknown setting {name!r}{near(name, SETTINGS)}", at_key=True)
            try:
                read_settings({name: value})
            except (SettingsError, TypeError) as wrong:
                raise self.error(where, str(wrong)) from wrong
        for index, group in enumerate(self.scenario.fleet):
            if (group.security_profile or 0) >= 2 and not csms.tls:
                raise self.error(
                    ("fleet", index, "security_profile"), "security profiles 2 and 3 need 'tls: true' under csms"
                )

    # -- the fleet

    def fleet(self) -> None:
        """Check the groups, and know their stations from then on."""
        for index, group in enumerate(self.scenario.fleet):
            self._group(group, ("fleet", index))

    def _group(self, group: Group, where: Where) -> None:
        if group.count > 1 and "{" not in group.id:
            message = f"{group.id!r} names {group.count} stations alike; put {{n:03}} in it"
            raise self.error((*where, "id"), message)
        try:
            ids = fleet.ids(group)
        except ValueError as wrong:
            raise self.error((*where, "id"), str(wrong)) from None
        for station in ids:
            if len(station) > ID_LIMIT:
                raise self.error(
                    (*where, "id"), f"a station's id has at most {ID_LIMIT} characters, not {len(station)}"
                )
            if station in self.groups:
                raise self.error((*where, "id"), f"there are two stations {station!r}; give the groups different ids")
            self.groups[station] = group
        try:
            self.profiles[group.id] = load_profile(fleet.profile_of(self.scenario, group))
        except ProfileError as wrong:
            raise self.error((*where, "profile"), f"profile: {wrong}") from None
        for key, value in group.config.items():
            self._variable(key, value, [group.id], (*where, "config", key))

    def _variable(self, key: str, value: Any, groups: Iterable[str], where: Where) -> None:
        """A variable that the stations of these groups have, and a value that fits."""
        for group in groups:
            model = model_of(self.profiles[group])
            if key not in model:
                raise self.error(where, f"unknown variable {key!r}{near(key, model)}", at_key=True)
            if value is not None and (why := model[key].objection(written(value))):
                raise self.error(where, f"{key}: {written(value)!r} is {why}")

    def _selected(self, selector: Selector, where: Where) -> list[str]:
        for pattern in selector.patterns:
            if not any(fnmatchcase(name, pattern) for name in self.groups):
                raise self.error(where, f"no station is called {pattern!r}{near(pattern, self.groups)}")
        return [station for station in self.groups if selector.takes(station)]

    def _versions(self, stations: Iterable[str]) -> list[Version]:
        """The versions these stations may speak, oldest first."""
        found: set[Version] = set()
        for station in stations:
            version = self.groups[station].version or self.scenario.version
            found |= {*VERSIONS} if version is None else {version}
        return [version for version in reversed(VERSIONS) if version in found]

    def _evse(self, evse: object, stations: Iterable[str], where: Where) -> None:
        if not isinstance(evse, int):
            return
        for station in stations:
            have = len(self.profiles[self.groups[station].id].evses)
            if evse > have:
                raise self.error(where, f"{station} has no EVSE {evse}; its profile has {have}")

    def _connector(self, fields: Mapping[str, Any], stations: Iterable[str], where: Where) -> None:
        evse, connector = fields.get("evse", 1), fields.get("connector", 1)
        for station in stations:
            have = len(self.profiles[self.groups[station].id].evses[evse - 1].connectors)
            if connector > have:
                raise self.error(where, f"EVSE {evse} of {station} has no connector {connector}; it has {have}")

    # -- who acts

    def _drivers(self, drivers: Drivers, where: Where) -> None:
        self._selected(drivers.stations, (*where, "stations"))
        for name in drivers.ev:
            self._ev(name, (*where, "ev"))
        for key, known in (("begin", BEGINNINGS), ("end", ENDINGS)):
            for name in getattr(drivers, key):
                if name not in known:
                    raise self.error((*where, key), f"{key}: unknown habit {name!r}{near(name, known)}")
        carried = carried_tokens(self.scenario, drivers)
        for pattern in drivers.tokens:
            if not any(fnmatchcase(name, pattern) for name in self.tokens):
                raise self.error((*where, "tokens"), f"no token is called {pattern!r}{near(pattern, self.tokens)}")
        if not carried:
            raise self.error(where, "nobody here has a token; list some under csms: tokens:")

    def _ev(self, name: str, where: Where) -> None:
        try:
            load_ev_model(fleet.beside(self.scenario.source.name, name))
        except ProfileError as wrong:
            raise self.error(where, f"EV: {wrong}") from None

    def _script(self, steps: tuple[Step, ...]) -> None:
        earliest_s = 0.0
        for step in steps:
            earliest_s = self.step(step, earliest_s)

    def step(self, step: Step, earliest_s: float = 0.0) -> float:
        """Check one step that cannot come before ``earliest_s``; returns when it can come at the earliest."""
        where, limit_s = step.place, self.scenario.duration_s
        stations = self._selected(step.station, (*where, "station"))
        if step.at is not None:
            due_s = times.since_start_s(step.at, self.scenario.start)
            if due_s < earliest_s:
                raise self.error((*where, "at"), f"{step.at} comes before the step above; put the steps in order")
            earliest_s = due_s
        earliest_s += step.after_s or 0.0
        if earliest_s > limit_s:
            message = (
                f"the step comes {times.spoken(earliest_s)} after the start, but the run lasts {times.spoken(limit_s)}"
            )
            raise self.error(where, message)
        if isinstance(step.when, Pattern):
            self._pattern(step.when, self._versions(stations), (*where, "when"))
        elif isinstance(step.when, Status):
            self._state(step.when.status, (*where, "when", "status"))
            self._evse(step.when.evse, stations, (*where, "when", "evse"))
        if step.action:
            self._action(step, stations, (*where, step.action))
        return earliest_s

    def _action(self, step: Step, stations: list[str], where: Where) -> None:
        fields = step.fields
        self._evse(fields.get("evse"), stations, (*where, "evse"))
        for key in TOKENS.get(step.action, ()):
            self._token(fields[key], (*where, key))
        if step.action == "plug":
            self._ev(fields.get("ev", "compact-50kwh"), (*where, "ev"))
            self._connector(fields, stations, (*where, "connector"))
        groups = dict.fromkeys(self.groups[station].id for station in stations)
        if step.action == "set_variables":
            for key, value in fields["values"].items():
                self._variable(key, value, groups, (*where, key))
        if step.action in ("get_variables", "measure"):
            names = fields["names"]
            for index, key in enumerate([names] if isinstance(names, str) else names):
                self._variable(key, None, groups, (*where, index))
        if step.action in ("fault", "mend"):
            self._fault(fields, stations, where)
        if step.action == "technician":
            self._technician(fields, stations, where)
        if step.action == "command" and fields["do"] not in command_names():
            raise self.error((*where, "do"), f"unknown command {fields['do']!r}{near(fields['do'], command_names())}")
        if step.action == "call":
            for version in self._versions(stations):
                self._callable(fields["action"], version, (*where, "action"))

    def _fault(self, fields: Mapping[str, Any], stations: list[str], where: Where) -> None:
        """A fault that there is, of something that these stations have."""
        if wrong := hardware.objection(fields):
            key, message = wrong
            raise self.error((*where, key), message, at_key=key != "name")
        self._connector(fields, stations, (*where, "connector"))
        for station in stations:
            if why := hardware.lack(fields, self.profiles[self.groups[station].id]):
                profile = self.groups[station].profile
                raise self.error(where, f"{station} ({profile}) has {why}")

    def _technician(self, fields: Mapping[str, Any], stations: list[str], where: Where) -> None:
        """A step that makes sense, at a part that these stations have."""
        if wrong := technician.objection(fields):
            key, message = wrong
            raise self.error((*where, key), message)
        self._connector(fields, stations, (*where, "connector"))
        for station in stations:
            if why := technician.lack(fields, self.profiles[self.groups[station].id]):
                raise self.error((*where, "part"), f"{station} ({self.groups[station].profile}) has {why}")

    def _callable(self, action: str, version: Version, where: Where) -> None:
        known = sorted(version.calls[Side.CSMS])
        if action not in known:
            raise self.error(where, f"a CSMS cannot send {action!r} in {version.name}{near(action, known)}")

    def _token(self, id: str, where: Where) -> None:
        if id not in self.tokens:
            hint = near(id, self.tokens, what="tokens")
            raise self.error(
                where,
                f"unknown token {id!r}{hint} (list it under csms: tokens:, with status Unknown if it is to be refused)",
            )

    # -- what must hold

    def expectation(self, expectation: Expectation) -> None:
        """Check one expectation."""
        where, about = expectation.place, expectation.about
        key = "across" if expectation.scope == "together" else "station"
        stations = self._selected(expectation.station, (*where, key))
        versions = self._versions(stations)
        if expectation.version is not None:
            if expectation.version not in versions:
                raise self.error((*where, "version"), f"none of these stations speaks {expectation.version.name}")
            versions = [expectation.version]
        for name in ("seen", "never", "each", "leads_to"):
            if name in about:
                self._pattern(about[name], versions, (*where, name))
        for index, pattern in enumerate(about.get("order", ())):
            self._pattern(pattern, versions, (*where, "order", index))
        if "interval" in about:
            self._pattern(about["interval"]["of"], versions, (*where, "interval", "of"))
        for condition in about.get("status", ()):
            named = condition.value if isinstance(condition.value, list) else [condition.value]
            for state in named if condition.kind in ("equals", "not", "one_of") else ():
                self._state(state, (*where, "status"))
        self._evse(about.get("evse"), stations, (*where, "evse"))
        self._window(expectation, versions, where)

    def _window(self, expectation: Expectation, versions: list[Version], where: Where) -> None:
        after_s = self._moment(expectation.after, versions, (*where, "after"))
        before_s = self._moment(expectation.before, versions, (*where, "before"))
        duration_s = self.scenario.duration_s
        for key, at_s in (("after", after_s), ("before", before_s)):
            if at_s is not None and at_s > duration_s:
                raise self.error(
                    (*where, key), f"lies beyond the end of the run, {times.spoken(duration_s)} after its start"
                )
        if after_s is not None and before_s is not None and after_s >= before_s:
            raise self.error((*where, "before"), "nothing lies after the one and before the other moment")
        if expectation.within_s is not None and (after_s or 0.0) + expectation.within_s > duration_s:
            raise self.error(
                (*where, "within"), f"reaches beyond the end of the run, {times.spoken(duration_s)} after its start"
            )

    def _moment(self, moment: Moment | None, versions: list[Version], where: Where) -> float | None:
        if isinstance(moment, Pattern):
            self._pattern(moment, versions, where)
            return None
        return times.since_start_s(moment, self.scenario.start) if isinstance(moment, str) else moment

    def _state(self, state: object, where: Where) -> None:
        if state not in STATES:
            raise self.error(where, f"unknown connector status {state!r}{near(state, STATES)}")

    def _pattern(self, pattern: Pattern, versions: list[Version], where: Where) -> None:
        if pattern.is_fact:
            if pattern.name not in self.facts:
                raise self.error(where, f"unknown fact {pattern.name!r}{near(pattern.name, self.facts)}")
            self._paths(pattern.where, self.facts[pattern.name], "the fact " + pattern.name, (*where, "where"))
            return
        for version in versions:
            found = [form for form in forms(pattern.name, version) if pattern.sender in (None, form.sender)]
            if not found:
                raise self._no_message(pattern, version, where)
            named = f"{pattern.name} in {version.name}"
            self._paths(pattern.where, _requests(found, version), named, (*where, "where"))
            self._paths(pattern.reply, _replies(found, version), f"the answer to {named}", (*where, "reply"))

    def _no_message(self, pattern: Pattern, version: Version, where: Where) -> Exception:
        if pattern.sender and forms(pattern.name, version):
            return self.error((*where, "from"), f"{pattern.name} is not sent by the {pattern.sender}")
        elsewhere = [each.name for each in reversed(VERSIONS) if forms(pattern.name, each)]
        if elsewhere:
            way_out = f"add 'version: {elsewhere[0]}' or use a neutral name: {', '.join(FORMS)}"
            return self.error(where, f"{pattern.name!r} exists only in {' and '.join(elsewhere)}; {way_out}")
        return self.error(where, f"unknown message {pattern.name!r}{near(pattern.name, known_names())}")

    def _paths(self, fields: Fields, known: Iterable[str], named: str, where: Where) -> None:
        names = list(known)
        for path in fields:
            head = path.partition(".")[0]
            if head not in names:
                message = f"{named} has no field {head!r}{near(head, names)}"
                raise self.error((*where, path), message, at_key=True)


def _requests(found: list[Form], version: Version) -> Iterator[str]:
    for form in found:
        yield from form.fields
        yield from load(version, form.action, "request").get("properties", {})


def _replies(found: list[Form], version: Version) -> Iterator[str]:
    yield "error"
    for form in found:
        yield from form.reply
        yield from load(version, form.action, "response").get("properties", {})


def carried_tokens(scenario: Scenario, drivers: Drivers) -> list[str]:
    """Which tokens these drivers carry: the ones named, or all that are accepted."""
    if drivers.tokens:
        return [each.id for each in scenario.csms.tokens if any(fnmatchcase(each.id, name) for name in drivers.tokens)]
    return [each.id for each in scenario.csms.tokens if each.status == "Accepted"]
