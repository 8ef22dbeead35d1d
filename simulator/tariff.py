"""What a driver is told of prices: the tariff before charging, the cost while it lasts and at its end (2.0.1 block I).

All of it is in volatile memory: it is for whoever stands in front of the display now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from simulator import facts
from simulator.function import Function, function
from simulator.screen.content import Content, chosen

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station
    from simulator.tokens import TokenInfo

FAREWELL_S = 60.0
"""How long a driver may read the total after the transaction."""

ASIDE = frozenset(("cache", "offline", "button", "remote"))
"""Who knows of no tariff that still holds: what a cache says of a token may be out of date (I04)."""

_CENT = Decimal("0.01")
_MOST_DIGITS = 20


@dataclass(slots=True)
class Guest:
    """A driver at an EVSE. ``until_s``: when the total is taken from the display; ``transaction``: the one that has
    ended; ``said``: a text in the place of the cost."""

    message: Content | None = None
    languages: tuple[str, ...] = ()
    cost: Decimal | None = None
    final: bool = False
    said: str = ""
    until_s: float | None = None
    transaction: str | None = None


def shows(station: Station, what: str) -> bool:
    """Whether the station tells drivers of prices: ``Tariff`` or ``Cost``, and not switched off."""
    flag = station.variables.flag
    return flag(f"TariffCostCtrlr.Available.{what}") and flag(f"TariffCostCtrlr.Enabled.{what}")


def greet(evse: Evse, info: TokenInfo | None, by: str) -> None:
    """I01.FR.03, I04.FR.01: a driver may charge at an EVSE; ``by`` says who knows the token (Judgement)."""
    station = evse.station
    if station.has("Display") and (shows(station, "Tariff") or shows(station, "Cost")):
        station.function(Prices).came(evse, info, by)


@function
class Prices(Function):
    """What each driver at a station is told of prices."""

    __slots__ = ("_guests",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._guests: dict[int, Guest] = {}

    def came(self, evse: Evse, info: TokenInfo | None, by: str) -> None:
        """A new driver: with a tariff of their own, or with the fallback."""
        guest = self._guests[evse.id] = Guest()
        if info is not None:
            guest.languages = info.languages
            if info.words is not None and by not in ASIDE:
                guest.message = Content(info.words.format, info.words.text, info.words.language or None)
        self._look()

    def renewed(self, transaction: str, message: Content | None, languages: tuple[str, ...] = ()) -> None:
        """I06.FR.03: another tariff information, from the answer to a transaction event."""
        if (guest := self._guest(transaction)) is not None and (message is not None or languages):
            guest.languages = languages or guest.languages
            guest.message = message or guest.message
            self._look()

    def priced(self, transaction: str, cost: float, *, final: bool = False) -> bool:
        """I02.FR.03, .04, I03.FR.03: the cost so far, or in all; False where nobody is there to be told."""
        if not shows(self.station, "Cost") or (guest := self._guest(transaction)) is None or guest.final:
            return False
        guest.cost, guest.final = Decimal(str(cost)), final
        self.station.tell(facts.CostTold(transaction, str(_rounded(guest.cost)), final))
        self._look()
        return True

    def unpriced(self, transaction: str) -> None:
        """§2.10.6: the cost of a transaction that has ended is not to be known; the fallback is shown (I05.FR.02)."""
        guest = self._guest(transaction)
        if guest is not None and not guest.final and shows(self.station, "Cost"):
            guest.final, guest.cost = True, None
            guest.said = self.station.variables.text("TariffCostCtrlr.TotalCostFallbackMessage")
            self._look()

    def told(self, fact: facts.Fact) -> None:
        """The end of a transaction: a total is to come, or the fallback stands for it."""
        if isinstance(fact, facts.TransactionEnded) and (guest := self._guests.get(fact.evse)) is not None:
            guest.transaction = fact.transaction
            guest.until_s = self.station.clock.now + FAREWELL_S
            if not self.station.online:
                self.unpriced(fact.transaction)

    # -- what is shown ----------------------------------------------------------------------------------------------

    def pages(self) -> Iterator[tuple[int, str]]:
        """What the drivers are told, EVSE by EVSE."""
        for number, guest in list(self._guests.items()):
            if not self._here(number, guest):
                del self._guests[number]
            elif text := "\n".join(self._lines(guest)):
                yield number, text

    def languages(self, evse: Evse | None = None) -> tuple[str, ...]:
        """What the driver at an EVSE prefers, or whoever came last and is still there (O01.FR.08)."""
        here = [
            each
            for number, each in self._guests.items()
            if (evse is None or number == evse.id) and self._here(number, each)
        ]
        return here[-1].languages if here else ()

    def _here(self, number: int, guest: Guest) -> bool:
        if guest.until_s is not None:
            return self.station.clock.now < guest.until_s
        evse = self.station.evse(number)
        return evse.authorization is not None or evse.tx is not None

    def _lines(self, guest: Guest) -> Iterator[str]:
        text = self.station.variables.text
        if shows(self.station, "Tariff"):
            fallback = text("TariffCostCtrlr.TariffFallbackMessage")
            told = fallback if guest.message is None else chosen((guest.message,), guest.languages).plain
            if told and guest.until_s is None:
                yield told
        if guest.cost is not None:
            what = "Total" if guest.final else "Cost so far"
            yield f"{what}: {_rounded(guest.cost)} {text('TariffCostCtrlr.Currency')}".rstrip()
        elif guest.said:
            yield guest.said

    # -- inside -----------------------------------------------------------------------------------------------------

    def _guest(self, transaction: str) -> Guest | None:
        """Who a transaction belongs to; made where it began without a driver."""
        for number, guest in self._guests.items():
            tx = self.station.evse(number).tx
            if guest.transaction == transaction or (tx is not None and tx.id == transaction):
                return guest
        for evse in self.station.evses:
            if evse.tx is not None and evse.tx.id == transaction:
                return self._guests.setdefault(evse.id, Guest())
        return None

    def _look(self) -> None:
        if (part := self.station.kept("Display", 0)) is not None:
            part.disturbed()


def _rounded(cost: Decimal) -> Decimal:
    """To the cent; an amount that no currency has is left as it is."""
    return cost if cost.adjusted() > _MOST_DIGITS else cost.quantize(_CENT, ROUND_HALF_UP)


def answered(
    station: Station, transaction: str, *, cost: float | None, ended: bool, offline: bool, message: Content | None
) -> None:
    """Take in what the answer to a transaction event says of prices (I02.FR.04, I03.FR.03, .05, I06.FR.03).

    ``offline``: the station was when it happened, so nobody waits for it any more.
    """
    if cost is None and message is None and not ended:
        return
    if not station.has("Display") or (ended and offline):
        return
    prices = station.used(Prices)
    if ended and "ParkingBayOccupancy" in station.settings.stop_points:
        return  # I03.FR.05: the driver has left
    if cost is not None:
        station.function(Prices).priced(transaction, cost, final=ended)
    elif ended and prices is not None:
        prices.unpriced(transaction)
    if message is not None:
        station.function(Prices).renewed(transaction, message)
