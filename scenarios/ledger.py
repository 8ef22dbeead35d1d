"""What the CSMS itself has recorded, as far as a run could ask it, and what the meters say to that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reports.rundir import Run
from scenarios.record import Sample

FACT, MISSING_FACT = "CsmsTransaction", "CsmsStateUnknown"
"""The facts under which the CSMS's state is kept in the run directory."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One transaction as the CSMS has it. ``reason`` in the words of 2.0.1; ``complete``: nothing of it is missing."""

    station: str
    id: str
    evse: int | None = None
    token: str | None = None
    reason: str | None = None
    energy_wh: float | None = None
    open: bool = False
    complete: bool = True

    def fields(self) -> dict[str, Any]:
        """As a mapping, for matchers and for the record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CsmsState:
    """What the CSMS has at the end of a run."""

    transactions: tuple[LedgerEntry, ...] = ()


def read_state(run: Run) -> tuple[CsmsState | None, str]:
    """The state that a run directory keeps, or None and why it is not known."""
    entries: list[LedgerEntry] = []
    known, missing = False, "the run did not get as far as asking the CSMS"
    for event in run.events():
        if event.fact == FACT:
            known = True
            if event.station is not None:
                entries.append(_entry(event.station, event.fields))
        elif event.fact == MISSING_FACT:
            missing = str(event.fields.get("reason", missing))
    return (CsmsState(tuple(entries)), "") if known else (None, missing)


def _entry(station: str, fields: Mapping[str, Any]) -> LedgerEntry:
    known = {name: fields[name] for name in LedgerEntry.__slots__ if name in fields and name != "station"}
    return LedgerEntry(station=station, **known)


def meter_energy_wh(samples: Iterable[Sample]) -> float:
    """What the import registers of a station counted between their first and last sample."""
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    for sample in samples:
        if (energy_wh := sample.values.get("energy_wh")) is not None:
            first.setdefault(sample.evse, energy_wh)
            last[sample.evse] = energy_wh
    return sum(last[evse] - first[evse] for evse in first)
