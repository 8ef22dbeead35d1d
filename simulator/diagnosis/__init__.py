"""What a service technician does on site: test every part of a station, and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.diagnosis import electronics, housing, interface, protection
from simulator.diagnosis.bench import TESTS, findings
from simulator.diagnosis.finding import Finding, Verdict

if TYPE_CHECKING:
    from simulator.station import Station

__all__ = ["TESTS", "Finding", "Verdict", "diagnose", "electronics", "failed", "housing", "interface", "protection"]


def diagnose(station: Station, evse: int | None = None) -> tuple[Finding, ...]:
    """Every test at a station, or at one EVSE and what it shares with the others.

    Takes no simulated time, and changes nothing but what a test by its nature does: the contactor closes and opens
    once without load, the RCD's own test is done. An EVSE in use is left alone. Raises ValueError for no such EVSE.
    """
    if evse is not None:
        station.evse(evse)
    return tuple(found for test in TESTS.values() for found in findings(station, test, evse))


def failed(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that did not pass."""
    return tuple(each for each in found if each.verdict is Verdict.FAIL)
