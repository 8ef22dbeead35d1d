"""What the station says of itself, read when all tests are done: also what no test knows, such as a vendor's part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.diagnosis.finding import Finding, Verdict
from simulator.hardware.place import STATION

if TYPE_CHECKING:
    from simulator.station import Station

NAME = "own reports"
SOURCE = "the station's firmware"


def reported(station: Station, evse: int | None = None) -> Iterator[Finding]:
    """Each trouble that the firmware knows of at a station, or at one EVSE and what it shares with the others."""
    known = [each for each in station.troubles.items() if evse is None or each[0].place.evse in (0, evse)]
    if not known:
        yield Finding(NAME, "troubles", STATION, Verdict.PASS, "none", "", "none", SOURCE)
    for raised, info in known:
        seen = f"{raised.name}: {info}" if info else raised.name
        advice = f"see what the tests say of {raised.source or raised.trouble.component}"
        yield Finding(NAME, "troubles", raised.place, Verdict.FAIL, seen, "", "none", SOURCE, advice)
