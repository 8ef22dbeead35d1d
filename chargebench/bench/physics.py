"""``physics``: charging, metering and warming, station by station and as arrays for the whole fleet."""

from __future__ import annotations

import math
import random
import time
from typing import NamedTuple

import numpy as np

from chargebench.bench.registry import Aim, Figures, Options, benchmark
from simulator.course import course
from simulator.electrical import Kind, Supply
from simulator.ev import EV
from simulator.evmodel import EvModel, load_ev_model
from simulator.meter import Meter
from simulator.physics.thermal import Air, Body
from simulator.physics.vectors import Bodies, Charge, Fleet

STATIONS = 10_000
SHARE = 20
"""One in so many of the stations is charged alone, as that takes so much longer."""
ROUNDS = 3
EVENTS, OFFERED_EVERY = 24, 4
"""How often each station is looked at, and at which of these looks it offers anew."""
FASTER, APART = "arrays, times faster", "greatest difference between the two, billionths"

SUPPLIES = (
    Supply(Kind.AC, 3, 230.0, 32.0),
    Supply(Kind.AC, 1, 230.0, 32.0),
    Supply(Kind.DC, 0, 920.0, 400.0, 150_000.0, 150.0, 0.95),
)
MODELS = ("compact-50kwh", "sedan-77kwh")
CABLE = Body(resistance_k_w=0.6, tau_s=900.0)
LOSS_W_PER_KW = 2.0


class Schedules(NamedTuple):
    """What happens to each station: its kind of charge, where it begins, and per event its limit and how long."""

    kinds: list[int]
    soc: list[float]
    limit_w: list[list[float]]
    seconds: list[list[float]]


@benchmark("stations", aims={FASTER: Aim(least=10), APART: Aim(most=1_000)})
def physics(options: Options) -> Figures:
    """Both ways through the same random schedules of charging, each station's own."""
    number = options.stations or STATIONS
    cars = [(load_ev_model(name), supply) for name in MODELS for supply in SUPPLIES]
    schedules = _schedules(number, len(cars))
    alone = max(1, number // SHARE)
    single_s, registers_wh, warm_c = min((_single(cars, schedules, alone) for _ in range(ROUNDS)), key=_cost)
    array_s, all_wh, all_c = min((_arrays(cars, schedules) for _ in range(ROUNDS)), key=_cost)
    lived_s = [sum(seconds) for seconds in zip(*schedules.seconds, strict=True)]
    single, arrays = sum(lived_s[:alone]) / single_s, sum(lived_s) / array_s
    return {
        "stations": float(number),
        "events of each": float(EVENTS),
        "single components, station-seconds per second of processor time": single,
        "arrays, station-seconds per second of processor time": arrays,
        FASTER: arrays / single,
        APART: 1e9 * max(_apart(registers_wh, all_wh[:alone]), _apart(warm_c, all_c[:alone])),
    }


Outcome = tuple[float, list[float], list[float]]
"""Processor time in s, registers in Wh, temperatures in °C."""


def _cost(outcome: Outcome) -> float:
    return outcome[0]


def _schedules(number: int, kinds: int) -> Schedules:
    chance = random.Random(1)

    def limit_w() -> float:
        return chance.choice((math.inf, chance.uniform(1_500.0, 60_000.0)))

    return Schedules(
        kinds=[chance.randrange(kinds) for _ in range(number)],
        soc=[chance.uniform(0.05, 0.5) for _ in range(number)],
        limit_w=[[limit_w() for _ in range(number)] for _ in range(EVENTS // OFFERED_EVERY)],
        seconds=[[chance.uniform(10.0, 600.0) for _ in range(number)] for _ in range(EVENTS)],
    )


def _single(cars: list[tuple[EvModel, Supply]], schedules: Schedules, number: int) -> Outcome:
    course.cache_clear()
    evs = [EV(cars[kind][0], soc) for kind, soc in zip(schedules.kinds[:number], schedules.soc, strict=False)]
    meters, warm_c, air = [Meter() for _ in evs], [20.0] * number, Air()
    begin_s = time.process_time()
    for station, (ev, meter) in enumerate(zip(evs, meters, strict=True)):
        supply, now_s = cars[schedules.kinds[station]][1], 0.0
        offer = supply.offer()
        for event in range(EVENTS):
            if event % OFFERED_EVERY == 0:
                offer = supply.offer(limit_w=schedules.limit_w[event // OFFERED_EVERY][station])
            trace = CABLE.warming(now_s, warm_c[station], air, ev.power_w(offer) / 1000 * LOSS_W_PER_KW)
            seconds = schedules.seconds[event][station]
            now_s += seconds
            meter.count(ev.advance(seconds, offer))
            warm_c[station] = trace.at(now_s)
    return time.process_time() - begin_s, [meter.import_wh for meter in meters], warm_c


def _arrays(cars: list[tuple[EvModel, Supply]], schedules: Schedules) -> Outcome:
    course.cache_clear()
    limits_w, times_s = np.array(schedules.limit_w), np.array(schedules.seconds)
    begin_s = time.process_time()
    fleet = Fleet([Charge.of(*car) for car in cars], schedules.kinds, schedules.soc)
    cables = Bodies(CABLE.resistance_k_w, CABLE.tau_s, np.full(len(schedules.kinds), 20.0))
    for event, seconds in enumerate(times_s):
        if event % OFFERED_EVERY == 0:
            fleet.offer(limit_w=limits_w[event // OFFERED_EVERY])
        cables.advance(seconds, fleet.power_w / 1000 * LOSS_W_PER_KW)
        fleet.advance(seconds)
    spent_s = time.process_time() - begin_s
    return spent_s, fleet.register_wh.tolist(), cables.value_c.tolist()


def _apart(one: list[float], other: list[float]) -> float:
    pairs = zip(one, other, strict=True)
    return max(abs(a - b) / max(abs(a), 1.0) for a, b in pairs)
