"""Plays a load shape on a fleet of this machine, second by second, into a logbook."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from loadtest.fleet import Fleet
from loadtest.logbook import Logbook
from loadtest.shapes import Phase, Phases, Playing, Seen
from reports.ticks import Tick

FAREWELL = "farewell"
"""The phase in which stations say goodbye: of the run's end, and not of its last phase."""

STEP_S = 1.0
"""How often the shape is asked what comes next."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What whoever watches a load run sees: seconds since it began, the phase, stations by state, and what was seen."""

    t: float
    phase: Phase
    counts: dict[str, int]
    seen: Seen


class Gauge(Protocol):
    """Something beside the fleet that is measured, too: the machine, a CSMS."""

    def sample(self, t: float, phase: str = "") -> list[Tick]:
        """Its ticks for now."""


def play(
    fleet: Fleet,
    phases: Phases,
    logbook: Logbook,
    *,
    gauges: tuple[Gauge, ...] = (),
    on_moment: Callable[[Moment], None] = lambda _: None,
    stopped: threading.Event | None = None,
) -> None:
    """Play a shape to its end, or until it is ``stopped``. Raises NoRoom, IdentityError, FleetError."""
    stop, playing, present = stopped or threading.Event(), Playing(phases), None
    due_s = fleet.now_s
    while (phase := playing.tick(fleet.now_s, logbook.seen)) is not None and not stop.is_set():
        if phase is not present:
            enter(fleet, phase, logbook)
            present = phase
        for gauge in gauges:
            for tick in gauge.sample(fleet.now_s, phase.name):
                logbook.tick(tick)
        on_moment(Moment(fleet.now_s, phase, fleet.counts, logbook.seen))
        due_s = max(due_s + STEP_S, fleet.now_s)
        stop.wait(due_s - fleet.now_s)
    fleet.phase(FAREWELL)


def enter(fleet: Fleet, phase: Phase, logbook: Logbook) -> None:
    """Make of the fleet what a phase begins with."""
    logbook.begin(phase, fleet.now_s)
    fleet.phase(phase.name)
    carry_out(fleet, phase.order)
    more = phase.users - fleet.wanted
    if more > 0:
        fleet.start(more, phase.per_s)
    elif more < 0:
        fleet.stop(-more)


def carry_out(fleet: Fleet, order: str) -> None:
    """Do to the fleet what a phase orders, if anything (a key of ``shapes.ORDERS``)."""
    if order == "drop":
        fleet.drop()
    elif order:
        fleet.power({"power_off": False, "power_on": True}[order])
