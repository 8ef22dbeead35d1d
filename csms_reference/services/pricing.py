"""What charging costs: terms of a tariff, the course of a transaction, and the bill that follows from both.

Money is Decimal throughout. Energy and time are exact (Wh, ms), net amounts and their VAT are not rounded; the sum of
all is, once, half up to the cent. Each part has its own VAT.

=========== ==================== ====================================================
part        price                counts
=========== ==================== ====================================================
``start``   for the transaction  once
``energy``  for a kWh            what the register says
``time``    for an hour          while energy flows (without states: all the time)
``idle``    for an hour          while the EV takes none after it has, beyond ``free_min``
=========== ==================== ====================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, NamedTuple

CENT = Decimal("0.01")
_HOUR_MS = Decimal(3_600_000)

CHARGING = "Charging"
NOT_BILLED = frozenset(("SuspendedEVSE",))
"""A pause that the driver cannot help."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price without VAT, and its VAT in percent."""

    net: Decimal
    vat_percent: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        """With VAT, not rounded."""
        return self.net * (1 + self.vat_percent / 100)

    @property
    def written(self) -> dict[str, str]:
        """As it is kept."""
        return {"net": str(self.net), "vat_percent": str(self.vat_percent)}


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices of a tariff; None: that costs nothing. ``free_min``: minutes of idling that cost nothing."""

    start: Price | None = None
    energy: Price | None = None
    time: Price | None = None
    idle: Price | None = None
    free_min: int = 0

    @property
    def written(self) -> dict[str, Any]:
        """As JSON keeps it."""
        prices = {name: price.written for name in PARTS if (price := getattr(self, name)) is not None}
        return {**prices, "free_min": self.free_min}


PARTS = ("start", "energy", "time", "idle")


def read_terms(written: Mapping[str, Any]) -> Terms:
    """Terms from what is kept of them."""
    prices = {
        name: Price(Decimal(written[name]["net"]), Decimal(written[name]["vat_percent"]))
        for name in PARTS
        if name in written
    }
    return Terms(**prices, free_min=written["free_min"])


class Step(NamedTuple):
    """An event of a transaction, as far as it matters here: when, and the charging state from then on, if it says."""

    at_ms: int
    state: str | None


class Leg(NamedTuple):
    """A time in one state. ``since_ms``: how long the EV had been idle when it began."""

    from_ms: int
    to_ms: int
    state: str


class Period(NamedTuple):
    """From when, and from which state of the register, terms hold."""

    from_ms: int
    from_wh: Decimal
    terms: Terms


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid: by parts (net and VAT, not rounded), and in all, rounded to the cent."""

    parts: Mapping[str, tuple[Decimal, Decimal]]

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return sum((net + vat for net, vat in self.parts.values()), Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def legs(steps: Sequence[Step]) -> list[Leg]:
    """The times between events. Without any state all of it counts as charging (1.6 knows none)."""
    state = None if any(step.state for step in steps) else CHARGING
    found: list[Leg] = []
    for step, after in pairwise(steps):
        state = step.state or state
        if after.at_ms > step.at_ms:
            found.append(Leg(step.at_ms, after.at_ms, state or ""))
    return found


def bill(periods: Sequence[Period], course: Iterable[Leg], register_wh: Decimal | None) -> Bill:
    """What a transaction costs up to the end of its course. ``register_wh``: what the meter shows there, where known.

    Each period is charged by its own terms, for the energy and the time that fall into it.
    """
    course = list(course)
    sums: dict[str, tuple[Decimal, Decimal]] = {}

    def add(part: str, price: Price | None, amount: Decimal) -> None:
        if price is not None and amount > 0:
            net, vat = sums.get(part, (Decimal(0), Decimal(0)))
            more = price.net * amount
            sums[part] = net + more, vat + more * price.vat_percent / 100

    if periods:
        add("start", periods[0].terms.start, Decimal(1))
    for period, following in zip(periods, [*periods[1:], None], strict=True):
        until_ms = None if following is None else following.from_ms
        until_wh = register_wh if following is None else following.from_wh
        if until_wh is not None:
            add("energy", period.terms.energy, (until_wh - period.from_wh) / 1000)
        charged_ms, idle_ms = _times(course, period, until_ms)
        add("time", period.terms.time, charged_ms / _HOUR_MS)
        add("idle", period.terms.idle, idle_ms / _HOUR_MS)
    return Bill(sums)


def _times(course: Sequence[Leg], period: Period, until_ms: int | None) -> tuple[Decimal, Decimal]:
    """The milliseconds of a period in which energy flowed, and those of idling that are not free."""
    charged = idle = 0
    begun, free_ms = False, period.terms.free_min * 60_000
    for leg in course:
        low = max(leg.from_ms, period.from_ms)
        high = leg.to_ms if until_ms is None else min(leg.to_ms, until_ms)
        if leg.state == CHARGING:
            begun = True
            charged += max(0, high - low)
        elif begun and leg.state not in NOT_BILLED:
            spent = min(free_ms, max(0, min(leg.to_ms, high) - leg.from_ms))
            free_ms -= spent
            idle += max(0, high - max(low, leg.from_ms + spent))
    return Decimal(charged), Decimal(idle)


def said(terms: Terms, currency: str) -> str:
    """Terms in words for a driver, with VAT."""
    units = {"start": "to start", "energy": "per kWh", "time": "per hour of charging", "idle": "per hour afterwards"}
    words = []
    for name, unit in units.items():
        price: Price | None = getattr(terms, name)
        if price is not None:
            amount = price.gross.quantize(Decimal("0.0001"), ROUND_HALF_UP)
            text = f"{amount:.4f}".rstrip("0")
            whole, _, decimals = text.partition(".")
            words.append(f"{whole}.{decimals.ljust(2, '0')} {currency} {unit}")
    if terms.idle is not None and terms.free_min:
        words[-1] += f", the first {terms.free_min} min free"
    return "; ".join(words) or "free of charge"
