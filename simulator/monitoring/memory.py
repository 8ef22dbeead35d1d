"""What a station keeps of its monitoring over a loss of power (2.0.1 part 2 N04 remark, N07.FR.13, N07.FR.14).

One immutable object that all stations share until the CSMS asks something of theirs; a change replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.event import Noted
    from simulator.monitoring.monitor import Monitor

MOST_SEVERE, LEAST_SEVERE = 0, 9
"""The range of severities (SetMonitoringLevelRequest): 0 is danger, 9 debugging."""


@dataclass(frozen=True, slots=True)
class Memory:
    """``base``: MonitoringBaseEnumType; ``level``: no event of a higher severity number is told (N05.FR.03).

    ``custom``: the monitors that the CSMS has set, one that overrules a preconfigured one under its id.
    ``cleared``: the preconfigured ones that it has removed. ``exceeded``: the ids of the thresholds that were told to
    be passed and not yet told to be kept again. ``events``: what the CSMS has not confirmed yet, oldest first.
    """

    base: str = "All"
    level: int = LEAST_SEVERE
    custom: tuple[Monitor, ...] = ()
    cleared: frozenset[int] = frozenset()
    exceeded: frozenset[int] = frozenset()
    events: tuple[Noted, ...] = ()
    last_event: int = 0
    last_monitor: int = 0


FACTORY_NEW = Memory()
"""The memory of every station of which nothing was asked and to which nothing happened."""
