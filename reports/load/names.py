"""The names of gauges and counts that the report knows; ``docs/run-directory.md`` says what they mean."""

from __future__ import annotations

STATES = ("accepted", "charging", "connected", "dialling", "waiting", "built", "stopped")
"""Stations by state, those that are well first."""

LINKED = ("connected", "accepted", "charging")
"""States in which a station holds a connection."""

STATE_WORDS = {
    "accepted": "accepted, idle",
    "charging": "charging",
    "connected": "connected, not accepted yet",
    "dialling": "connecting",
    "waiting": "waiting to try again",
    "built": "not switched on yet",
    "stopped": "switched off",
}

PROCESS = ("cpu_s", "rss_bytes", "private_bytes", "open_files")
GAUGES = {
    "fleet": frozenset({*STATES, *PROCESS, "loop_lag_s"}),
    "csms": frozenset({*PROCESS, "connections", "queue"}),
    "machine": frozenset({"socket_bytes", "slab_bytes", "memory_available_bytes", "load_1m", "cpu_share"}),
}
RATES = {
    "opened": "connections opened",
    "booted": "stations accepted",
    "reconnected": "stations back after a loss",
    "frames_up": "messages of the stations",
    "frames_down": "messages of the CSMS",
    "started": "transactions started",
    "ended": "transactions ended",
}
TROUBLES = {
    "lost": "stations lost",
    "refused": "connections refused",
    "dropped_samples": "measurements dropped",
    "restarted_shards": "processes of the fleet begun anew",
    "vanished": "processes that vanished",
}
"""Counts that nobody wants, by what stands before the colon."""

ASIDE = frozenset({"connect", "boot"})
"""Calls that are not messages: they are told apart and are no part of all CALLs together."""

CORES = "cpu_cores"
"""The report's own gauge: processors that a process kept busy since its last tick."""


def role(source: str) -> str:
    """``fleet``, ``csms`` or ``machine``; the source's own name up to a dash where it is something else."""
    return source.partition("-")[0]


def known_gauge(whose: str, name: str) -> bool:
    """Whether the report has a place for it."""
    return name in GAUGES.get(whose, ())


def known_count(name: str) -> bool:
    """Whether the report has a place for it."""
    return name in RATES or trouble(name)


def trouble(name: str) -> bool:
    """Whether it counts something that nobody wants."""
    return name.partition(":")[0] in TROUBLES
