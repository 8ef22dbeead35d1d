"""The firmware's function behind a display: takes, keeps and drops the operator's messages (2.0.1 block O)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

from simulator import facts
from simulator.clock import Timer
from simulator.function import Function, function
from simulator.hardware.gadget import Gadget
from simulator.screen.message import Message, Messages
from simulator.screen.view import DARK, View

if TYPE_CHECKING:
    from simulator.hardware.display import Display
    from simulator.station import Station

DISPLAY = "Display"
"""The component that messages are shown on."""

_COUNT = "DisplayMessageCtrlr.DisplayMessages"


class Refusal(NamedTuple):
    """Why a message is not taken: a DisplayMessageStatusEnumType, and a reason code (part 2 appendix 4) with words."""

    status: str
    reason: str = ""
    info: str = ""


@function
class Screen(Function):
    """One station's messages. ``shown`` is what a person in front of the display sees."""

    memory = Messages

    __slots__ = ("_ending",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._ending: Timer | None = None

    # -- life -------------------------------------------------------------------------------------------------------

    def started(self) -> None:
        """O02.FR.02: a transaction that the dark has ended has taken its messages along."""
        running = {tx.id for tx in self.station.flash.running}
        self._remove(
            (each.id for each in self._stored if each.transaction not in {None, *running}), "transaction ended"
        )
        self._tidy()

    def told(self, fact: facts.Fact) -> None:
        """O02.FR.02; a clock that was set may have brought an end nearer."""
        if isinstance(fact, facts.TransactionEnded):
            self._remove(
                (each.id for each in self._stored if each.transaction == fact.transaction), "transaction ended"
            )
        elif isinstance(fact, facts.ClockSet):
            self._tidy()

    def ended(self) -> None:
        self._stop()

    # -- what a CSMS may ask ----------------------------------------------------------------------------------------

    @property
    def messages(self) -> tuple[Message, ...]:
        """Those that there are now, in the order in which they were set."""
        self._tidy()
        return self._stored

    @property
    def most(self) -> int:
        """How many there may be (NumberOfDisplayMessages.maxLimit)."""
        return int(self.station.variables.model[_COUNT].high or 0)

    def set(self, message: Message) -> Refusal | None:
        """Take a message, or say why not (O01, O02, O06)."""
        self._tidy()
        after = self.station.flash.memory(Messages).kept(message)
        refusal = self._unsupported(message) or self._impossible(message)
        if refusal is None and len(after.stored) > self.most:
            refusal = Refusal("Rejected", "OutOfStorage", f"no more than {self.most} messages")  # O01.FR.11
        if refusal is not None:
            return refusal
        gone = {each.id for each in self._stored} - {each.id for each in after.stored}
        self.station.flash.remember(after)
        for number in sorted(gone):
            self.station.tell(facts.MessageRemoved(number, "replaced"))
        self.station.tell(facts.MessageSet(message.id, message.priority.value))
        self._tidy()
        self._changed()
        return None

    def find(
        self, ids: Collection[int] = (), priority: str | None = None, state: str | None = None
    ) -> tuple[Message, ...]:
        """O03, O04: those of these ids, that priority and that state; each as far as it is given."""
        return tuple(
            each
            for each in self.messages
            if (not ids or each.id in ids) and priority in (None, each.priority) and state in (None, each.state)
        )

    def clear(self, number: int) -> bool:
        """O05: remove one; False where there is none of that id."""
        self._tidy()
        return self._remove((number,), "cleared")

    # -- what people see --------------------------------------------------------------------------------------------

    def shown(self) -> View:
        """What can be seen on the display now; nothing where it is broken, switched off or not there."""
        return shown(self.station)

    # -- inside -----------------------------------------------------------------------------------------------------

    @property
    def _stored(self) -> tuple[Message, ...]:
        return self.station.flash.memory(Messages).stored

    def _unsupported(self, message: Message) -> Refusal | None:
        """O01.FR.01 to .03, .18."""
        supported = self.station.variables.items
        if message.priority not in supported("DisplayMessageCtrlr.SupportedPriorities"):
            return Refusal("NotSupportedPriority")
        if message.state is not None and message.state not in supported("DisplayMessageCtrlr.SupportedStates"):
            return Refusal("NotSupportedState")
        formats = supported("DisplayMessageCtrlr.SupportedFormats")
        if any(each.format not in formats for each in message.contents):
            return Refusal("NotSupportedMessageFormat")
        return None

    def _impossible(self, message: Message) -> Refusal | None:
        """O02.FR.01, and what no display can show."""
        running = {tx.id for tx in self.station.flash.running}
        if message.transaction is not None and message.transaction not in running:
            return Refusal("UnknownTransaction", "TxNotFound")
        if message.display not in (None, DISPLAY):
            return Refusal("Rejected", "InvalidValue", f"no display {message.display}")
        if fault := next((each.fault for each in message.contents if each.fault), None):
            return Refusal("Rejected", "InvalidValue", fault)
        if message.over(self.station.now):
            return Refusal("Rejected", "InvalidValue", "endDateTime is over")
        if message.start is not None and message.end is not None and message.end <= message.start:
            return Refusal("Rejected", "InvalidValue", "endDateTime is not after startDateTime")
        return None

    def _tidy(self) -> None:
        """O01.FR.07: drop what is over, and look again when the next one is."""
        now = self.station.now
        self._remove((each.id for each in self._stored if each.over(now)), "over")
        self._stop()
        if ends := [each.end for each in self._stored if each.end is not None]:
            self._ending = self.station.clock.after((min(ends) - now).total_seconds(), self._due)

    def _due(self) -> None:
        self._ending = None
        self._tidy()

    def _stop(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _remove(self, ids: Iterable[int], why: str) -> bool:
        gone = frozenset(ids) & {each.id for each in self._stored}
        if not gone:
            return False
        self.station.flash.remember(self.station.flash.memory(Messages).without(gone))
        for number in sorted(gone):
            self.station.tell(facts.MessageRemoved(number, why))
        self._changed()
        return True

    def _changed(self) -> None:
        """Who watches the display's text looks again."""
        if (part := self.station.kept(DISPLAY, 0)) is not None:
            part.disturbed()


def shown(station: Station) -> View:
    """What can be seen on a station's display now, without a trace of having looked."""
    if not station.has(DISPLAY):
        return DARK
    part = station.rig.look(DISPLAY)
    assert isinstance(part, Gadget)
    return cast("Display", part.kind).view(part)
