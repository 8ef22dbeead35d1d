"""What a service technician does on site: test every part of a station, and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.diagnosis import electronics, housing, interface, protection
from simulator.diagnosis.bench import TESTS, findings
from simulator.diagnosis.finding import Finding, Verdict
from simulator.diagnosis.reports import reported
from simulator.hardware.place import Place
from simulator.maintenance import log

if TYPE_CHECKING:
    from simulator.station import Station

__all__ = ["TESTS", "Finding", "Verdict", "diagnose", "failed"]


def diagnose(station: Station, evse: int | None = None) -> tuple[Finding, ...]:
    """Every test at a station, or at one EVSE and what it shares with the others.

    Takes no simulated time, and changes nothing but what a test by its nature does: the contactor closes and opens
    once without load, the RCD's own test is done. An EVSE in use is left alone. Raises ValueError for no such EVSE.
    """
    if evse is not None:
        station.evse(evse)
    order = sorted(TESTS.values(), key=lambda test: _turn(test.steps.__module__))
    tested = tuple(found for test in order for found in findings(station, test, evse))
    found = (*tested, *reported(station, evse))
    log(station, "diagnosis", Place(evse or 0), f"{len(failed(found))} failed")
    return found


def _turn(module: str) -> int:
    return _ORDER.index(module) if module in _ORDER else len(_ORDER)


_ORDER = tuple(module.__name__ for module in (protection, interface, housing, electronics))
"""What protects people comes first; what others have entered comes last."""


def failed(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that did not pass."""
    return tuple(each for each in found if each.verdict is Verdict.FAIL)
