"""Physical and contractual laws under random people, EVs, cables, faults, surroundings and links.

``pytest --hypothesis-profile=hunt tests/simulator/test_laws.py`` lets thousands of sequences happen.
"""

import asyncio
from functools import partial
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import V201, Version
from simulator.ev import EV
from tests.simulator.csms import BOTH
from tests.simulator.hazards import (
    AROUND,
    CABLES_A,
    EVS,
    GRIDS,
    NO_LIMIT,
    PROFILES,
    SWITCHES,
    Act,
    Trial,
    breakable,
    numbers,
)

SEQUENCES = max(200, settings.default.max_examples)
"""In all; more by ``--hypothesis-profile``."""

WAITS_S = (0.0, 0.01, 0.1, 0.5, 1.0, 3.0, 8.0, 60.0, 400.0, 3600.0, 10_800.0)

share = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
socs = share.map(lambda value: 0.05 + 0.9 * value)
which = st.integers(1, 2)
evens = st.integers(0, 32).map(lambda half: 2.0 * half)


def _floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(0, 100).map(lambda percent: low + (high - low) * percent / 100)


def _one(name: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Act]:
    return st.builds(Act, st.just(name), which, st.fixed_dictionaries(values), st.sampled_from(WAITS_S))


def _fault(name: str, fault: str) -> st.SearchStrategy[Act]:
    fields = {field: _floats(low, high) for field, (low, high) in numbers(name, fault).items()}
    values = st.fixed_dictionaries({"fault": st.just(fault), "connector": which}, optional=fields)
    return st.builds(Act, st.just("inject"), which, values, st.sampled_from(WAITS_S))


def _around() -> st.SearchStrategy[Act]:
    changes = {field: _floats(low, high) for field, (low, high) in AROUND.items()}
    changes |= {field: st.booleans() for field in SWITCHES}
    changes["grid"] = st.sampled_from(GRIDS)
    one = st.sampled_from(sorted(changes)).flatmap(lambda field: st.fixed_dictionaries({field: changes[field]}))
    return st.builds(Act, st.just("surround"), which, one, st.sampled_from(WAITS_S))


def _visit() -> st.SearchStrategy[Act]:
    cables, cars = st.sampled_from(CABLES_A), st.sampled_from(["sedan-77kwh", *EVS])
    return _one("visit", soc=socs, connector=which, cable_a=cables, ev=cars)


def scripts(name: str) -> st.SearchStrategy[list[Act]]:
    """Visits, and what happens during and after each of them."""
    visits = st.lists(st.tuples(_visit(), st.lists(acts(name), max_size=8)), max_size=4)
    return visits.map(lambda each: list(chain.from_iterable((visit, *rest) for visit, rest in each)))


def acts(name: str) -> st.SearchStrategy[Act]:
    """Anything that may happen to a station of this profile."""
    plug = _one(
        "plug",
        ev=st.builds(EV.of, st.sampled_from(EVS), socs, socs),
        connector=which,
        cable_a=st.sampled_from(CABLES_A),
        pause_s=st.sampled_from([0.0, 0.0, 60.0, 3600.0]),
        departs_s=st.sampled_from([NO_LIMIT, NO_LIMIT, 600.0, 7200.0]),
    )
    present = _one("present", token=st.sampled_from(["A", "B"]))
    fault = st.sampled_from(breakable(name)).flatmap(partial(_fault, name))
    links = st.sampled_from(["cut", "half-open", "vanish", "down", "up"])
    messages = st.sampled_from(["StatusNotification", "MeterValues", "Heartbeat", "BootNotification"])
    flag = st.booleans()
    return st.one_of(
        _visit(), plug, present, fault, fault, fault, _around(),
        _one("unplug"), _one("stop"), _one("power", on=flag),
        _one("mend", which=st.integers(0, 5)),
        _one("cut", how=links, for_s=st.sampled_from([0.0, 5.0, 300.0])),
        _one("remote start"), _one("remote stop"), _one("reset", hard=flag, alone=flag),
        _one("availability", operative=flag, alone=flag), _one("unlock"), _one("trigger", message=messages),
        _one("reserve", token=st.sampled_from(["A", "B"]), for_s=_floats(1.0, 7200.0), alone=flag), _one("cancel"),
        _one("limit", limit=evens, level=st.integers(0, 3), for_s=_floats(60.0, 7200.0), alone=flag),
        _one("lift"), _one("trust", there=flag), _one("update"),
        _one("show", number=which, priority=st.sampled_from(["AlwaysFront", "InFront", "NormalCycle"])),
        _one("send log", kind=st.sampled_from(["DiagnosticsLog", "SecurityLog"])),
        _one("wait"),
    )  # fmt: skip


SOME = settings(
    max_examples=SEQUENCES // (len(PROFILES) * len(BOTH)), suppress_health_check=list(HealthCheck), deadline=None
)


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("name", PROFILES)
def test_laws_hold_whatever_happens(name: str, version: Version) -> None:
    """No energy without closed contactor and state C or D; no register falls; P = U·I·cosφ; no current above what
    cable, pilot, profile, EV and breaker allow; each transaction ends once; time goes on; the station recovers."""

    @given(scripts(name))
    @SOME
    def holds(script: list[Act]) -> None:
        asyncio.run(Trial(version, name).live(script))

    holds()


@given(scripts("lab-ac"))
@settings(max_examples=max(5, SOME.max_examples // 4), suppress_health_check=list(HealthCheck), deadline=None)
def test_the_same_seed_gives_the_same_run(script: list[Act]) -> None:
    """Byte by byte, whatever breaks."""
    runs = [Trial(V201, "lab-ac") for _ in range(2)]
    for run in runs:
        asyncio.run(run.live(script))
    assert runs[0].world.frames == runs[1].world.frames
    assert runs[0].world.facts == runs[1].world.facts
