"""Every benchmark; importing it enters them all."""

from __future__ import annotations

from chargebench.bench import density, durable, fleet, memory, neighbours, physics, ramp, session, throughput, virtual
from chargebench.bench.registry import BENCHES, Benchmark

__all__ = [
    "BENCHES",
    "Benchmark",
    "density",
    "durable",
    "fleet",
    "memory",
    "neighbours",
    "physics",
    "ramp",
    "session",
    "throughput",
    "virtual",
]
