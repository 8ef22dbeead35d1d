"""``virtual``: how fast a day goes by when nobody waits for the clock."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from chargebench.bench.registry import Aim, Figures, Options, benchmark
from chargebench.bench.site import START, Site
from simulator.clock import Clock
from simulator.ev import EV
from simulator.station import Station

STATIONS = 50
DAY_S = 86_400.0
VISITS_H = (7, 12, 18)
FULL = 1_000
"""The stations that the aim is about."""
FULL_DAY = "processor time for a day of 1,000 stations, s"


@benchmark("stations", aims={FULL_DAY: Aim(most=60)})
def virtual(options: Options) -> Figures:
    """A simulated day of charging stations against the reference CSMS in process."""
    number = options.stations or STATIONS
    site, wall_s, cpu_s = _day(number)
    figures = {
        "stations": float(number),
        "transactions": float(site.transactions),
        "frames": float(site.frames),
        "wall time, s": wall_s,
        "processor time, s": cpu_s,
        "processor time per frame, µs": cpu_s / site.frames * 1e6,
        "simulated station-seconds per second of wall time": number * DAY_S / wall_s,
        "simulated station-hours per second of processor time": number * DAY_S / 3600 / cpu_s,
    }
    if number < FULL:  # a day of half as many tells how the cost grows, and so what a thousand cost
        half = max(1, number // 2)
        _, _, half_cpu_s = _day(half)
        per_station_s = (cpu_s - half_cpu_s) / (number - half) if number > half else cpu_s / number
        figures[f"{FULL_DAY} (extrapolated)"] = cpu_s + per_station_s * (FULL - number)
    elif number == FULL:
        figures[FULL_DAY] = cpu_s
    return figures


def _day(number: int) -> tuple[Site, float, float]:
    """Live through a day: what happened, and the wall and processor time that it took."""
    clock = Clock(START)
    site = Site()
    csms = site.build(number, clock)
    for index, station in enumerate(site.stations):
        clock.at(index * 0.5, station.power_on)
        for hour in VISITS_H:
            clock.at(hour * 3600 + index * 7, partial(_visit, clock, station, index))
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    asyncio.run(clock.run(DAY_S))
    wall_s, cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    csms.store.close()
    return site, wall_s, cpu_s


def _visit(clock: Clock, station: Station, index: int) -> None:
    station.plug(EV.of("compact-50kwh", soc=0.3 + index % 40 / 100))
    station.present(f"T{index}")
    clock.after(9_000, lambda: station.present(f"T{index}"))
    clock.after(9_060, partial(_leave, station))


def _leave(station: Station) -> None:
    station.unplug()
