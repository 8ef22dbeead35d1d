"""``memory``: what an idle station weighs as Python sees it, where ``density`` has the operating system's view."""

from __future__ import annotations

import asyncio
import tracemalloc

from chargebench.bench.registry import Figures, Options, benchmark
from chargebench.bench.site import START, Site
from simulator.clock import Clock

STATIONS = 500


@benchmark("stations")
def memory(options: Options) -> Figures:
    """Python memory of an idle, booted station with its CSMS connection, both in one process (no sockets)."""
    number = options.stations or STATIONS
    tracemalloc.start()
    try:
        clock = Clock(START)
        site = Site()
        csms = site.build(number, clock)
        built = tracemalloc.get_traced_memory()[0]
        for station in site.stations:
            station.power_on()
        asyncio.run(clock.run(60.0))
        booted = tracemalloc.get_traced_memory()[0]
        csms.store.close()
    finally:
        tracemalloc.stop()
    return {
        "station as built, KiB": built / number / 1024,
        "station and CSMS connection, booted, KiB": booted / number / 1024,
    }
