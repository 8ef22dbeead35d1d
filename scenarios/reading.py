"""From a document that fits the schema to a Scenario: tables of keys, no judgement of what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from protocol.versions import V16, V21, V201, Version
from scenarios import references, times
from scenarios.grammar import validate
from scenarios.matchers import conditions, said, said_fields
from scenarios.model import (
    CsmsSettings,
    Drivers,
    Expectation,
    Fields,
    Group,
    Image,
    Moment,
    Pattern,
    Range,
    Scenario,
    Scope,
    Script,
    Selector,
    Spread,
    Status,
    Step,
    Token,
)
from scenarios.source import Source, Where, numbering, parse, read

Data = Mapping[str, Any]
DEFAULT_START = "2026-03-02T08:00:00Z"
VERSIONS: Mapping[str, Version | None] = {"any": None, "1.6": V16, "2.0.1": V201, "2.1": V21}
TIMING = frozenset({"at", "after", "when", "within", "station", "note"})
JUDGED = frozenset({"name", "rule", "version", "station", "across", "after", "before", "within"})

VERBS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "seen": (frozenset(), frozenset({"times"})),
    "never": (frozenset(), frozenset()),
    "order": (frozenset(), frozenset()),
    "each": (frozenset({"leads_to", "in"}), frozenset()),
    "interval": (frozenset(), frozenset()),
    "status": (frozenset(), frozenset({"evse"})),
    "csms": (frozenset(), frozenset()),
    "sound": (frozenset(), frozenset()),
    "quantity": (frozenset(), frozenset({"always", "sometime", "last", "never_falls", "evse"})),
}
"""Each verb of an expectation, with the keys that must and those that may accompany it."""


def read_scenario(path: str | Path) -> Scenario:
    """Read and check a YAML file. Raises ScenarioError: file, line, column, what would be right."""
    return scenario_of(read(Path(path)))


def parse_scenario(text: str, name: str = "<text>") -> Scenario:
    """Read and check YAML text. Raises ScenarioError."""
    return scenario_of(parse(text, name))


def scenario_of(source: Source, script: Script | None = None) -> Scenario:
    """Understand a document; ``script`` is the generator function of a Python scenario. Raises ScenarioError."""
    if script is not None and isinstance(source.data, dict):
        source.data.setdefault("expect", [{"seen": "boot", "name": "every station boots"}])
    validate(source)
    data = source.data
    csms = data.get("csms", {})
    try:
        start = times.instant(data.get("start", DEFAULT_START))
    except ValueError as wrong:
        raise source.error(("start",), str(wrong)) from None
    scenario = Scenario(
        title=data["scenario"],
        about=data.get("about", "").strip(),
        rules=tuple(data.get("rules", ())),
        seed=data.get("seed", 1),
        start=start,
        duration_s=times.seconds(data["duration"]),
        version=version_of(data.get("version", "any")),
        csms=CsmsSettings(
            boot=csms.get("boot", "Accepted"),
            heartbeat_s=times.seconds(csms.get("heartbeat", "5m")),
            retry_s=times.seconds(csms.get("retry", "60s")),
            tokens=tuple(tokens_of(source, csms.get("tokens", ()), ("csms", "tokens"))),
            tls=csms.get("tls", False),
            settings=csms.get("settings", {}),
            images=tuple(Image(**each) for each in csms.get("images", ())),
            uploads=tuple(csms.get("uploads", ())),
        ),
        fleet=tuple(map(_group, data["fleet"])),
        drivers=tuple(
            _drivers(each, index, source, ("drivers", index)) for index, each in enumerate(data.get("drivers", ()))
        ),
        steps=_steps(source, "steps"),
        operator=_steps(source, "operator"),
        faults=_steps(source, "faults"),
        expect=tuple(
            expectation_of(source, each, ("expect", index), f"e{index + 1:02}")
            for index, each in enumerate(data["expect"])
        ),
        source=source,
        script=script,
    )
    references.check(scenario)
    return scenario


def version_of(value: object) -> Version | None:
    """``any`` (None), ``1.6``, ``2.0.1`` or ``2.1`` (text or number)."""
    return VERSIONS[str(value)]


def tokens_of(source: Source, specs: Any, where: Where) -> Iterator[Token]:
    """Tokens as a list of ids and mappings names them; ``count`` numbers them."""
    for index, spec in enumerate(specs):
        entry: Data = {"id": spec} if isinstance(spec, str) else spec
        status, kind, group = entry.get("status", "Accepted"), entry.get("type", "ISO14443"), entry.get("group")
        for name in numbered(source, entry["id"], entry.get("count"), (*where, index)):
            yield Token(name, status, kind, group)


def numbered(source: Source, pattern: str, count: int | None, where: Where) -> list[str]:
    """``CP-{n:03}`` and a count as ids. Raises ScenarioError for a pattern that cannot be counted."""
    if "{" not in pattern and count in (None, 1):
        return [pattern]
    try:
        ids = [numbering(pattern, n) for n in range(1, (count or 1) + 1)]
    except ValueError:
        ids = []
    if len(set(ids)) != (count or 1):
        raise source.error(
            where, f"{pattern!r} does not number {count or 1} ids; right would be {{n}} or {{n:03}} in it"
        )
    return ids


def _group(entry: Data) -> Group:
    return Group(
        id=entry.get("id", "CP-{n:03}"),
        count=entry.get("count", 1),
        profile=entry["profile"],
        version=version_of(entry.get("version", "any")),
        config=entry.get("config", {}),
        stagger_s=times.seconds(entry.get("stagger", "1s")),
        powered=entry.get("powered", True),
        password=entry.get("password"),
        security_profile=entry.get("security_profile"),
    )


def selector_of(value: str | list[str] | None) -> Selector:
    """Ids and patterns; ``*`` and nothing are everyone."""
    patterns = () if value is None else (value,) if isinstance(value, str) else tuple(value)
    return Selector() if "*" in patterns else Selector(patterns)


def percent(value: str | float) -> float:
    """``20`` or ``20%`` as 20.0."""
    return float(value.rstrip("% ")) if isinstance(value, str) else float(value)


def _spread(source: Source, value: Any, number: Any, where: Where) -> Spread:
    if not isinstance(value, dict):
        return Spread(number(value), number(value))
    spread = Spread(number(value["from"]), number(value["to"]))
    if spread.low > spread.high:
        raise source.error(where, f"from {value['from']} to {value['to']} runs backwards")
    return spread


def _drivers(entry: Data, index: int, source: Source, where: Where) -> Drivers:
    def spread(key: str, default: Any, number: Any = percent) -> Spread:
        return _spread(source, entry.get(key, default), number, (*where, key))

    def weights(key: str, default: str) -> dict[str, float]:
        value = entry.get(key, default)
        return {value: 1.0} if isinstance(value, str) else {name: float(weight) for name, weight in value.items()}

    tokens, cables = entry.get("tokens", ()), entry.get("cable_a", [])
    return Drivers(
        name=entry.get("name", f"drivers-{index + 1}"),
        stations=selector_of(entry.get("stations")),
        arrivals=tuple(_spans(entry["arrivals"], source, where)),
        stay_s=spread("stay", None, times.seconds),
        ev=weights("ev", "compact-50kwh"),
        soc=spread("soc", {"from": 20, "to": 60}),
        target=spread("target", 100),
        tokens=(tokens,) if isinstance(tokens, str) else tuple(tokens),
        begin=weights("begin", "cable_first"),
        end=weights("end", "token"),
        battery_c=spread("battery_c", 20.0, float),
        planned=float(entry.get("planned", 0.0)),
        cable_a=tuple(map(float, cables if isinstance(cables, list) else (cables,))),
    )


def _spans(arrivals: Data, source: Source, where: Where) -> Iterator[tuple[float, float, float]]:
    for span, rate in arrivals.items():
        begin, end = span.split("-")
        from_s, to_s = times.of_day_s(begin), 86400.0 if end == "24:00" else times.of_day_s(end)
        if from_s >= to_s:
            raise source.error(
                (*where, "arrivals", span), f"the span {span} is empty or crosses midnight; split it there"
            )
        yield from_s, to_s, float(rate)


def _steps(source: Source, section: str) -> tuple[Step, ...]:
    entries = source.data.get(section, ())
    return tuple(step_of(source, entry, (section, index)) for index, entry in enumerate(entries))


def step_of(source: Source, entry: Data, where: Where) -> Step:
    """One step of a script. Raises ScenarioError when it does two things at once, or nothing."""
    actions = [key for key in entry if key not in TIMING]
    if len(actions) > 1:
        raise source.error(
            (*where, actions[1]), f"a step does one thing; this one does {' and '.join(actions)}", at_key=True
        )
    if "at" in entry and "after" in entry:
        raise source.error((*where, "after"), "'at' and 'after' exclude each other", at_key=True)
    if not actions and not TIMING & set(entry) - {"station", "within"}:
        raise source.error(where, "a step needs an action (plug, present, …), or at, after or when to wait for")
    if "within" in entry and "when" not in entry:
        raise source.error(
            (*where, "within"), "'within' limits how long to wait for 'when', which is missing", at_key=True
        )
    action = actions[0] if actions else None
    return Step(
        action=action,
        fields=_fields(action, entry[action]) if action else {},
        at=entry.get("at"),
        after_s=times.seconds(entry["after"]) if "after" in entry else None,
        when=_awaited(source, entry["when"], (*where, "when")) if "when" in entry else None,
        within_s=times.seconds(entry["within"]) if "within" in entry else None,
        station=selector_of(entry.get("station")),
        note=entry.get("note", ""),
        place=where,
    )


SHORT = {
    "present": "token", "trigger": "message", "reset": "when", "registration": "status",
    "set_variables": "values", "get_variables": "names", "fail_dials": "because",
    "fault": "name", "mend": "name", "measure": "names", "technician": "does",
    "look": "path", "command": "do",
}  # fmt: skip
"""Actions that may be given as one bare value, and what that value is."""
WHOLE = ("set_variables",)


def _fields(action: str, value: Any) -> dict[str, Any]:
    """An action's arguments under their names, durations and percentages as numbers."""
    fields = {SHORT[action]: value} if action in SHORT and (not isinstance(value, dict) or action in WHOLE) else value
    read = {
        "for": times.seconds, "departs": times.seconds, "latency": times.seconds, "jitter": times.seconds,
        "soc": percent, "target": percent, "loss": percent,
    }  # fmt: skip
    if action == "fault":  # its other keys are fields of a part, whatever they are called
        read = {"for": times.seconds}
    return {key: read[key](each) if key in read else each for key, each in dict(fields or {}).items()}


def _awaited(source: Source, value: Any, where: Where) -> Pattern | Status:
    if isinstance(value, dict) and "status" in value:
        return Status(value["status"], value.get("evse"))
    return pattern_of(source, value, where)


def pattern_of(source: Source, value: Any, where: Where) -> Pattern:
    """An event: a message name, or a mapping. Raises ScenarioError if it is both a message and a fact, or neither."""
    if isinstance(value, str):
        return Pattern(value)
    if ("message" in value) == ("fact" in value):
        raise source.error(where, "an event is either a 'message' or a 'fact'")
    if "in" in value:
        raise source.error((*where, "in"), "'in' of an event belongs to an order; elsewhere, use 'within'", at_key=True)
    is_fact = "fact" in value
    for key in ("reply", "from"):
        if is_fact and key in value:
            raise source.error((*where, key), f"a fact has no {key!r}", at_key=True)
    return Pattern(
        name=value["fact"] if is_fact else value["message"],
        is_fact=is_fact,
        where=_matched(value.get("where", {})),
        reply=_matched(value.get("reply", {})),
        sender=value.get("from"),
    )


def _matched(fields: Data) -> Fields:
    return {path: conditions(spec) for path, spec in fields.items()}


def range_of(value: Any) -> Range:
    """A number or bounds; durations become seconds."""
    if not isinstance(value, dict):
        return Range(float(value), float(value))
    if "exactly" in value:
        return Range(float(value["exactly"]), float(value["exactly"]))
    low, high = value.get("at_least"), value.get("at_most")
    return Range(None if low is None else times.seconds(low), None if high is None else times.seconds(high))


def expectation_of(source: Source, entry: Data, where: Where, id: str) -> Expectation:
    """One expectation. Raises ScenarioError when its keys do not go together."""
    verb = _verb(source, entry, where)
    about = {verb: _about(source, verb, entry[verb], (*where, verb))}
    for key in entry:
        if key not in JUDGED and key != verb:
            about[key] = _about(source, key, entry[key], (*where, key))
    across = entry.get("across")
    return Expectation(
        id=id,
        title=entry.get("name") or title_of(verb, entry),
        verb=verb,
        about=about,
        rule=entry.get("rule", ""),
        version=version_of(entry.get("version", "any")),
        scope=Scope.TOGETHER if across is not None or (verb == "csms" and "station" not in entry) else Scope.EACH,
        station=selector_of(entry.get("station") if across is None else across),
        after=_moment(source, entry, "after", where),
        before=_moment(source, entry, "before", where),
        within_s=times.seconds(entry["within"]) if "within" in entry else None,
        place=where,
    )


def _verb(source: Source, entry: Data, where: Where) -> str:
    verbs = [key for key in entry if key in VERBS]
    if len(verbs) != 1:
        have = f"has {' and '.join(verbs)}" if verbs else "has none"
        raise source.error(where, f"an expectation has exactly one of {', '.join(VERBS)}; this one {have}")
    verb = verbs[0]
    needs, may = VERBS[verb]
    for key in sorted(needs - set(entry)):
        raise source.error(where, f"{verb!r} needs the key {key!r} beside it")
    for key in entry:
        if key not in JUDGED | needs | may and key != verb:
            raise source.error((*where, key), f"{key!r} does not go with {verb!r}", at_key=True)
    for key in ("after", "before", "within") if verb == "sound" else ():
        if key in entry:
            raise source.error((*where, key), f"{key!r} does not go with 'sound', which looks at all", at_key=True)
    if "station" in entry and "across" in entry:
        raise source.error((*where, "across"), "'station' and 'across' exclude each other", at_key=True)
    if verb == "quantity" and not {"always", "sometime", "last", "never_falls"} & set(entry):
        raise source.error(where, "'quantity' needs one of always, sometime, last and never_falls beside it")
    return verb


def _about(source: Source, key: str, value: Any, where: Where) -> Any:
    """An argument of an expectation, understood."""
    if key in ("seen", "never", "each", "leads_to"):
        return pattern_of(source, value, where)
    if key == "order":
        return tuple(_next_of(source, each, (*where, index)) for index, each in enumerate(value))
    if key in ("times", "always", "sometime", "last"):
        return _checked(source, range_of(value), where)
    if key == "interval":
        bounds = _checked(source, range_of({name: each for name, each in value.items() if name != "of"}), where)
        return {"of": pattern_of(source, value["of"], (*where, "of")), "within": bounds}
    if key == "csms":
        return {name: _csms(source, name, each, (*where, name)) for name, each in value.items()}
    if key == "status":
        return conditions(value)
    return _soon(source, value, where) if key == "in" else value


def _next_of(source: Source, value: Any, where: Where) -> Pattern:
    """An event of an order, which may say how soon it comes after the one before it."""
    if not isinstance(value, dict) or "in" not in value:
        return pattern_of(source, value, where)
    if where[-1] == 0:
        raise source.error((*where, "in"), "nothing comes before the first; 'in' belongs to what follows", at_key=True)
    rest = {key: each for key, each in value.items() if key != "in"}
    return replace(pattern_of(source, rest, where), soon=_soon(source, value["in"], (*where, "in")))


def _soon(source: Source, value: Any, where: Where) -> Range:
    """How soon: a duration at most, or bounds, in seconds."""
    return Range(at_most=times.seconds(value)) if isinstance(value, str) else _checked(source, range_of(value), where)


def _csms(source: Source, key: str, value: Any, where: Where) -> Any:
    if key == "where":
        return _matched(value)
    return percent(value) if key == "energy_matches_meter" else _checked(source, range_of(value), where)


def _checked(source: Source, bounds: Range, where: Where) -> Range:
    if bounds.at_least is not None and bounds.at_most is not None and bounds.at_least > bounds.at_most:
        raise source.error(where, f"nothing is at least {bounds.at_least:g} and at most {bounds.at_most:g}")
    if bounds.at_most is not None and bounds.at_most < 0 and where[-1] == "times":
        raise source.error(where, f"nothing happens {bounds.at_most:g} times")
    return bounds


def _moment(source: Source, entry: Data, key: str, where: Where) -> Moment | None:
    value = entry.get(key)
    if value is None or times.is_time_of_day(value):
        return value
    if times.is_duration(value):
        return times.seconds(value)
    return pattern_of(source, value, (*where, key))


def title_of(verb: str, entry: Data) -> str:
    """An expectation in words, made from its keys."""

    def plain(value: Any) -> str:
        return str(value).replace("_", " ")

    def event(value: Any) -> str:
        if not isinstance(value, dict):
            return plain(value)
        told = plain(value.get("message", value.get("fact", "")))
        with_ = [f"{word} {said_fields(_matched(value[key]))}" for key, word in SAID.items() if value.get(key)]
        return " ".join((told, *with_))

    claims = {
        "always": "is always {}",
        "sometime": "is sometime {}",
        "last": "is {} at last",
        "never_falls": "never falls",
    }
    made = {
        "seen": lambda: f"{event(entry['seen'])} is seen{_often(entry)}",
        "never": lambda: f"{event(entry['never'])} is never seen",
        "order": lambda: ", then ".join(map(event, entry["order"])),
        "each": lambda: f"each {event(entry['each'])} leads to {event(entry['leads_to'])} in {_spoken(entry['in'])}",
        "interval": lambda: f"the interval of {event(entry['interval']['of'])} is kept",
        "status": lambda: f"the connector is {said(conditions(entry['status']))}",
        "csms": lambda: "the CSMS has recorded " + ", ".join(plain(key) for key in entry["csms"] if key != "where"),
        "sound": lambda: f"what is told of {plain(entry['sound'])} is sound",
        "quantity": lambda: (
            f"{plain(entry['quantity'])} "
            + " and ".join(words.format(range_of(entry[key])) for key, words in claims.items() if key in entry)
        ),
    }
    across = f" across {_named_stations(entry['across'])}" if "across" in entry else ""
    return made[verb]() + across


def _spoken(soon: Any) -> str:
    return soon if isinstance(soon, str) else " and ".join(f"{key.replace('_', ' ')} {soon[key]}" for key in soon)


SAID = {"where": "with", "reply": "answered with"}


def _often(entry: Data) -> str:
    return f" {range_of(entry['times'])} times" if "times" in entry else ""


def _named_stations(selector: Any) -> str:
    names = [selector] if isinstance(selector, str) else selector
    return "all stations" if "*" in names else ", ".join(names)
