"""Every benchmark; importing it enters them all."""

from __future__ import annotations

from chargebench.bench import density, fleet, memory, physics, ramp, session, throughput, virtual
from chargebench.bench.registry import BENCHES, Benchmark

__all__ = ["BENCHES", "Benchmark", "density", "fleet", "memory", "physics", "ramp", "session", "throughput", "virtual"]
