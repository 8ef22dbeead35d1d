"""``memory``: what an idle station weighs as Python sees it, where ``density`` has the operating system's view."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import Self

from chargebench.bench.registry import Figures, Options, benchmark
from chargebench.bench.site import START, Site
from simulator.clock import Clock

STATIONS = 500
WARM = 24
"""Stations that come first, so that what all share (models, validators, caches) is not counted."""


@benchmark("stations")
def memory(options: Options) -> Figures:
    """Python memory of an idle, booted station with its CSMS connection, both in one process (no sockets)."""
    number = options.stations or STATIONS
    with _Booted(WARM):
        tracemalloc.start()
        try:
            with _Booted(number) as site:
                built, booted = site.built_bytes, _alive_bytes()
        finally:
            tracemalloc.stop()
    return {
        "station as built, KiB": built / number / 1024,
        "station and CSMS connection, booted, KiB": booted / number / 1024,
    }


class _Booted:
    """So many stations that have booted, and their CSMS, until it is left."""

    def __init__(self, number: int) -> None:
        clock, self._site = Clock(START), Site()
        self._csms = self._site.build(number, clock)
        self.built_bytes = _alive_bytes()
        for station in self._site.stations:
            station.power_on()
        asyncio.run(clock.run(60.0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._csms.store.close()


def _alive_bytes() -> int:
    """What has been allocated and is still in use; 0 while nobody counts."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
