"""What can be seen on a display at a moment: pages that take turns, made anew whenever somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.screen.content import chosen
from simulator.screen.message import Message, Messages, Priority
from simulator.screen.own import states, status_page
from simulator.tariff import Prices

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station


@dataclass(frozen=True, slots=True)
class Page:
    """One text. ``message``: the operator's by its id, with its ``priority``; ``evse``: what a driver there is told of
    tariff and cost; neither: the station's own."""

    text: str
    message: int | None = None
    priority: str | None = None
    evse: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """``pages``: those that take turns, each for the display's ``cycle_s``; ``page``: the one that is on now. A dark
    display has none, and its ``page`` is None."""

    pages: tuple[Page, ...] = ()
    page: Page | None = None

    @property
    def lit(self) -> bool:
        """Whether there is anything to see."""
        return self.page is not None

    @property
    def text(self) -> str:
        """What is on now; empty where the display is dark."""
        return "" if self.page is None else self.page.text

    @property
    def texts(self) -> tuple[str, ...]:
        """What is shown in turns."""
        return tuple(page.text for page in self.pages)

    @property
    def messages(self) -> tuple[int, ...]:
        """The operator's messages that take part, by their ids."""
        return tuple(page.message for page in self.pages if page.message is not None)


DARK = View()


def offered(station: Station) -> bool:
    """Whether the station takes messages of its operator, and they are not switched off."""
    flag = station.variables.flag
    return flag("DisplayMessageCtrlr.Available") and flag("DisplayMessageCtrlr.Enabled")


def view(station: Station, welcome: str, cycle_s: float) -> View:
    """What a display that works shows now (O01.FR.12 to .15)."""
    messages = tuple(_due(station)) if Messages in station.flash.memories and offered(station) else ()
    pages = _pages(station, messages, welcome)
    turn = int(station.clock.now // cycle_s) % len(pages)
    return View(pages, pages[turn])


def _pages(station: Station, messages: tuple[Message, ...], welcome: str) -> tuple[Page, ...]:
    for priority in (Priority.ALWAYS_FRONT, Priority.IN_FRONT):
        if front := tuple(_page(station, each) for each in messages if each.priority is priority):
            return front
    prices = station.used(Prices)
    told = () if prices is None else tuple(Page(text, evse=evse) for evse, text in prices.pages())
    return (Page(status_page(station, welcome)), *told, *(_page(station, each) for each in messages))


def _page(station: Station, message: Message) -> Page:
    content = chosen(message.contents, _languages(station, message))
    return Page(content.plain, message.id, message.priority.value)


def _languages(station: Station, message: Message) -> Iterator[str]:
    prices = station.used(Prices)
    if prices is not None:
        yield from prices.languages(_evse(station, message))
    yield station.variables.text("DisplayMessageCtrlr.Language")


def _evse(station: Station, message: Message) -> Evse | None:
    """Where the transaction runs that a message belongs to."""
    if message.transaction is None:
        return None
    return next((each for each in station.evses if each.tx is not None and each.tx.id == message.transaction), None)


def _due(station: Station) -> Iterator[Message]:
    """The messages whose time it is and whose state holds (O01.FR.06, .07; O02.FR.02)."""
    now = station.now
    suspends = "Suspended" in station.variables.items("DisplayMessageCtrlr.SupportedStates")
    for message in station.flash.memory(Messages).stored:
        if message.over(now) or not message.begun(now):
            continue
        evse = _evse(station, message)
        if message.transaction is not None and evse is None:
            continue
        if message.state is None or message.state in states(station, evse, suspends=suspends):
            yield message
