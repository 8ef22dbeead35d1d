"""Scenarios in Python: generator functions that yield steps and expectations, with the words of the files.

    @scenario("Cable first", duration="1h", fleet=[{"profile": "ac-22kw"}], tokens=["ALICE"])
    def cable_first(station):
        yield wait("30s")
        yield plug(soc=20)
        yield present("ALICE")
        started = yield until("transaction_started", within="1m")
        yield expect(seen="transaction_ended", within="50m")
        yield wait("20m")
        yield present("ALICE")

The function is called once for each station of the fleet.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from scenarios import references
from scenarios.grammar import validate
from scenarios.model import Expectation, Scenario, Selector, Step
from scenarios.reading import expectation_of, scenario_of, step_of
from scenarios.source import ScenarioError, Source, near

if TYPE_CHECKING:
    from scenarios.actors import Feed
    from scenarios.stage import Stage

SCENARIOS: dict[str, Scenario] = {}
"""Scenarios made in Python, by module and name of their function."""


@dataclass(frozen=True, slots=True)
class Call:
    """A step or an expectation as a script yields it: a mapping as a file would hold it."""

    definition: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """The station that a script acts on."""

    id: str
    version: str


Script = Callable[[Actor], Iterator[Any]]


def scenario(title: str, **header: Any) -> Callable[[Script], Script]:
    """Make a scenario of a generator function; ``header`` holds the keys of a file, and ``tokens`` for short."""

    def put(script: Script) -> Script:
        name = f"{script.__module__}.{script.__name__}"
        if name in SCENARIOS:
            raise KeyError(f"{name} is registered")
        data = {"scenario": title, "about": (script.__doc__ or "").strip() or title, **header}
        if "tokens" in data:
            data["csms"] = {**data.get("csms", {}), "tokens": data.pop("tokens")}
        SCENARIOS[name] = scenario_of(Source(f"{Path(script.__code__.co_filename)}::{script.__name__}", data), script)
        return script

    return put


def _step(action: str | None, value: Any = None, **timing: Any) -> Call:
    data = {key.rstrip("_"): each for key, each in timing.items() if each is not None}
    return Call("step", data if action is None else {**data, action: value})


def wait(duration: str) -> Call:
    """Let time pass."""
    return _step(None, after=duration)


def at(time_of_day: str) -> Call:
    """Wait until a time of day."""
    return _step(None, at=time_of_day)


def until(event: Any, within: str | None = None) -> Call:
    """Wait for an event; what came is the value of the yield. Ends the script if it does not come."""
    return _step(None, when=event, within=within)


def plug(**fields: Any) -> Call:
    """Put the cable of an EV in: ev, soc, target, battery_c, departs, cable_a, pcid, contract, contract_days, evse,
    connector."""
    return _step("plug", fields)


def unplug(**fields: Any) -> Call:
    """Pull the cable: evse."""
    return _step("unplug", fields)


def present(token: str, **fields: Any) -> Call:
    """Hold a card to the reader: evse."""
    return _step("present", {"token": token, **fields})


def do(action: str, value: Any = None) -> Call:
    """Any other action of a step, with what a file would give it: ``do("reset", "immediately")``."""
    return _step(action, value)


def expect(**keys: Any) -> Call:
    """Something that must hold of the run; keys as in a file, ``in_`` for ``in``. About this station by default."""
    return Call("expectation", {key.rstrip("_"): value for key, value in keys.items()})


def script_feed(made: Scenario, stage: Stage, station: str, expectations: list[Expectation]) -> Feed:
    """Feed a script's steps to its player; its expectations are collected on the way. Raises ScenarioError."""
    assert made.script is not None
    generator = made.script(Actor(station, stage.stations[station].version.name))
    begun = False

    def feed(came: Any) -> Step | None:
        nonlocal begun
        while True:
            try:
                call = generator.send(came) if begun and hasattr(generator, "send") else next(generator)
            except StopIteration:
                return None
            begun, came = True, None
            understood = understand(made, call)
            if isinstance(understood, Step):
                return understood
            expectations.append(_own(understood, station, len(expectations)))

    return feed


def understand(made: Scenario, call: Any) -> Step | Expectation:
    """What a script yielded, checked as a file is. Raises ScenarioError."""
    if not isinstance(call, Call):
        raise ScenarioError(f"a script yields steps and expectations, not {call!r}", made.source.name)
    source = Source(made.source.name, dict(call.data))
    validate(source, call.definition)
    if call.definition == "step":
        step = step_of(source, source.data, ())
        references.check_step(made, source, step)
        return step
    expectation = expectation_of(source, source.data, (), "")
    references.check_expectation(made, source, expectation)
    return expectation


def _own(expectation: Expectation, station: str, count: int) -> Expectation:
    chosen = expectation.station if expectation.station.patterns else Selector((station,))
    return replace(expectation, id=f"e{count + 1:02}", station=chosen)


def load_module(path: Path) -> ModuleType:
    """Import a Python file that holds scenarios. Raises ScenarioError for what cannot be imported."""
    name = f"chargebench_scenario_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ScenarioError("no such file", str(path))
    for known in [each for each in SCENARIOS if each.startswith(f"{name}.")]:
        del SCENARIOS[known]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ScenarioError:
        raise
    except (Exception, SystemExit) as wrong:
        line = wrong.lineno or 0 if isinstance(wrong, SyntaxError) else 0
        raise ScenarioError(f"cannot be imported: {type(wrong).__name__}: {wrong}", str(path), line, 1) from wrong
    return module


def read_module(path: Path, name: str = "") -> Scenario:
    """The scenario of a Python file, by the name of its function where it holds several. Raises ScenarioError."""
    module = load_module(path)
    found = {key.rpartition(".")[2]: each for key, each in SCENARIOS.items() if key.startswith(f"{module.__name__}.")}
    if name in found:
        return found[name]
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise ScenarioError("holds no function with @scenario", str(path))
    asked = f"no scenario {name!r}" if name else f"several scenarios; name one as {path.name}::name"
    raise ScenarioError(f"{asked}{near(name or '?', found)}", str(path))
