"""Whatever profiles come and go, whoever charges: nobody is ever offered more than the composite schedule says."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.evse import Evse
from simulator.smart.charging import SmartCharging
from simulator.smart.profile import Kind, Purpose, Unit
from simulator.smart.rate import Feed
from tests.simulator.csms import START, World, car
from tests.simulator.smart.profiles import profile

NAMES = ["ac-22kw-duo", "dc-300kw-duo"]
SOURCES = st.sampled_from(["EMS", "SO", "Other"])

EVENTS = st.one_of(
    st.tuples(
        st.just("set"),
        st.sampled_from([Purpose.TX, Purpose.TX_DEFAULT, Purpose.STATION_MAX]),
        st.integers(0, 2),  # EVSE
        st.integers(0, 2),  # stack level
        st.lists(st.integers(0, 40), min_size=1, max_size=3),
        st.booleans(),
        st.booleans(),
    ),
    st.tuples(st.just("clear"), st.integers(0, 2)),
    st.tuples(st.just("external"), SOURCES, st.integers(0, 2), st.integers(0, 40)),
    st.tuples(st.just("release"), SOURCES, st.integers(0, 2)),
    st.tuples(st.just("visit"), st.integers(1, 2)),
    st.tuples(st.just("reboot")),
)
STORIES = st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 3.0, 47.0, 200.0])), min_size=2, max_size=14)


def _act(world: World, number: int, event: tuple[Any, ...]) -> None:
    station, smart = world.station, world.station.function(SmartCharging)
    factor, unit = (690, Unit.W) if station.profile.name.startswith("dc") else (1, Unit.A)
    match event:
        case ("set", purpose, evse, level, limits, relative, ends):
            mine = profile(
                *((60 * index, limit * factor) for index, limit in enumerate(limits)),
                id=number, purpose=purpose, level=level, unit=unit,
                kind=Kind.RELATIVE if relative else Kind.ABSOLUTE,
                starts=START + timedelta(seconds=round(world.clock.now)),
                duration_s=150 if ends else None,
                transaction=_running(world, evse) if purpose is Purpose.TX else None,
            )  # fmt: skip
            if smart.accepts(mine, evse) is None:
                smart.install(mine, evse)
        case ("clear", evse):
            smart.clear(lambda each: each.evse == evse)
        case ("external", source, evse, limit):
            smart.external(profile((0, limit * factor), unit=unit), evse, source)
        case ("release", source, evse):
            smart.release(evse, source)
        case ("visit", evse) if station.runs_firmware:
            if station.evse(evse).ev is None:
                station.plug(car(0.1, 0.95), evse)
            station.present(f"T{evse}", evse)
        case ("reboot",):
            station.restart("RemoteReset")


def _running(world: World, evse: int) -> str | None:
    tx = world.station.evse(evse).tx if evse else None
    return None if tx is None else tx.id


def _check(world: World) -> None:
    station, smart = world.station, world.station.used(SmartCharging)
    if smart is None or not station.runs_firmware:
        return
    site, direct = smart.site(), not station.evses[0].outlet.supply.phases
    unit = Unit.W if direct else Unit.A
    for evse in station.evses if not direct else [each for each in station.evses if each.contactor_closed]:
        offered = evse.offer().limit_w if direct else evse.circuit.offered_a
        assert offered <= site.step(evse.id, unit, station.now).limit + 1e-6
    taken = sum(_taken(evse, direct) for evse in station.evses if evse.contactor_closed)
    cap = Feed.grid(station.profile).value(site.cap(station.now), unit)
    assert taken <= cap + 1e-3


def _taken(evse: Evse, direct: bool) -> float:
    """From the grid: W of a DC outlet, A per phase of an AC one."""
    reading = evse.reading()
    return reading.power_w / evse.outlet.supply.efficiency if direct else max(reading.phase_current_a)


async def _story(name: str, story: list[tuple[tuple[Any, ...], float]]) -> World:
    world = World(name=name)
    await world.boot()
    for evse in (1, 2):
        world.station.plug(car(0.1, 0.95), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    for number, (event, wait_s) in enumerate(story, 1):
        _act(world, number, event)
        await world.run(world.clock.now + 1.5)  # the EV has had its time to follow
        _check(world)
        await world.run(world.clock.now + wait_s)
        if wait_s > 10:
            _check(world)
    return world


@pytest.mark.parametrize("name", NAMES)
@given(story=STORIES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nobody_is_offered_more_than_the_composite_says(name, story):
    """K04.FR.05, K08.FR.04, K11.FR.01, SC.01."""
    world = asyncio.run(_story(name, story))
    numbers: dict[str, list[int]] = {}
    for event in world.events():
        numbers.setdefault(event["transactionInfo"]["transactionId"], []).append(event["seqNo"])
    assert all(found == list(range(len(found))) for found in numbers.values())
