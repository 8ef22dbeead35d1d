"""``density``: private memory of one more idle station, and of one more connection on the CSMS."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chargebench.bench import gauges
from chargebench.bench.processes import Pair, pair
from chargebench.bench.registry import Aim, Figures, Options, benchmark

STATIONS = 2_000
WARM = 100
"""Connected before the first weighing: what is paid once is paid by then."""
PLAIN_SHARE = 5
"""Of the plain stack a fifth as many: they are heavier, and slow to connect."""

STATION = "station, KiB"
CONNECTION = "CSMS connection, KiB"
AIMS = {
    STATION: Aim(most=8),
    CONNECTION: Aim(most=6),
    "stations, times denser": Aim(least=8),
    "CSMS connections, times denser": Aim(least=10),
}


@contextmanager
def whole_pair(**listen: Any) -> Iterator[Pair]:
    """The reference CSMS with a database on disk, and real stations."""
    with tempfile.TemporaryDirectory(prefix="chargebench-") as folder:
        database = f"sqlite:///{Path(folder) / 'csms.sqlite'}"
        with pair("whole", "whole", database=database, **listen) as ends:
            yield ends


@benchmark("stations", aims=AIMS)
def density(options: Options) -> Figures:
    """Real stations and the real CSMS, against charge points of the plain stack; both idle and in two processes."""
    number = options.stations or STATIONS
    fewer = max(1, number // PLAIN_SHARE)
    with whole_pair() as ours:
        connection, station, kernel = _one_more(ours, number)
    with pair("session", "session") as bare:
        bare_connection, bare_station, _ = _one_more(bare, number)
    with pair("plain", "plain") as plain:
        plain_connection, plain_station, _ = _one_more(plain, fewer)
    return {
        "stations": float(number),
        STATION: station,
        CONNECTION: connection,
        "kernel, both ends, KiB (of the whole machine)": kernel,
        "Session and link alone, station, KiB": bare_station,
        "Session and link alone, CSMS connection, KiB": bare_connection,
        "stations of the plain stack": float(fewer),
        "station of the plain stack, KiB": plain_station,
        "CSMS connection of the plain stack, KiB": plain_connection,
        "stations, times denser": plain_station / station,
        "CSMS connections, times denser": plain_connection / connection,
    }


def _one_more(ends: Pair, number: int) -> tuple[float, float, float]:
    """KiB of one CSMS connection, of one station, and of the kernel for both."""
    ends.stations.ask("connect", number=min(WARM, number))
    before, kernel_before = ends.weigh(), gauges.slab_bytes() + gauges.socket_buffer_bytes()
    ends.stations.ask("connect", number=number)
    after, kernel_after = ends.weigh(), gauges.slab_bytes() + gauges.socket_buffer_bytes()
    connection, station = ((then - once) / number / 1024 for once, then in zip(before, after, strict=True))
    return connection, station, (kernel_after - kernel_before) / number / 1024
