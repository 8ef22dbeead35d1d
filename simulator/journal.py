"""Transaction messages on their way: kept in flash until answered, sent one at a time and in order.

Attempts and waits follow 2.0.1 E13 (MessageAttempts, MessageAttemptInterval: the n-th wait is n times the interval)
and 1.6 §3.7.1 (TransactionMessageAttempts, TransactionMessageRetryInterval), which is the same rule.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, cast

import simpy

from protocol.session import Answered, Dropped
from simulator import facts
from simulator.flash import Phase, TxEvent

if TYPE_CHECKING:
    from simulator.hardware.board import Board
    from simulator.line import Reply
    from simulator.station import Station


class Journal:
    """One station's queue of transaction events; the events themselves lie in its Flash."""

    __slots__ = ("_sending", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._sending = False

    def __len__(self) -> int:
        return len(self._station.flash.journal)

    def add(self, event: TxEvent) -> None:
        """Keep an event until the CSMS has answered it."""
        if self._station.dialect.reports(event):
            self._station.flash.journal.append(event)
            self._fit()
            self.kick()

    def _fit(self) -> None:
        """Flash memory takes so many messages and no more."""
        board = self._station.kept("Controller", 0)
        if board is not None:
            cast("Board", board).fit(self._station.flash.journal)

    def kick(self) -> None:
        """Start to send if there is something and somebody to send to."""
        if not self._sending and self._station.online and len(self):
            self._sending = True
            self._station.clock.process(self._send())

    def went_offline(self) -> None:
        """E11.FR.07: whatever still waits when the link goes is marked as offline."""
        for event in self._station.flash.journal:
            event.offline = True

    def holds(self, transaction: str | None = None) -> bool:
        """Whether messages (of one transaction, or of any) still wait; ids as the CSMS knows them."""
        dialect = self._station.dialect
        waiting = self._station.flash.journal
        return any(transaction is None or dialect.transaction_id(event.tx) == transaction for event in waiting)

    def _send(self) -> Generator[simpy.Event, Any, None]:
        station = self._station
        queue = station.flash.journal
        boots = station.flash.boots
        while station.online and station.flash.boots == boots and queue:
            event = queue[0]
            if event.tx.start_given_up:
                self._give_up(event)
                continue
            reply = yield station.line.call(*station.dialect.transaction_message(station, event))
            if isinstance(reply, Dropped) or station.flash.boots != boots:
                break
            yield from self._replied(event, reply)
        self._sending = False
        if station.flash.boots == boots:
            station.restarts.journal_sent()

    def _replied(self, event: TxEvent, reply: Reply) -> Generator[simpy.Event, Any, None]:
        station = self._station
        if isinstance(reply, Answered):
            del station.flash.journal[0]
            self._fit()
            station.dialect.transaction_answered(station, event, reply.payload)
            return
        event.attempts += 1
        if event.attempts >= station.variables.number("OCPPCommCtrlr.MessageAttempts.TransactionEvent"):
            self._give_up(event)
            return
        interval_s = station.variables.number("OCPPCommCtrlr.MessageAttemptInterval.TransactionEvent")
        lost = station.line.lost_event
        wait = station.clock.timeout(event.attempts * interval_s)
        yield wait if lost is None else wait | lost

    def _give_up(self, event: TxEvent) -> None:
        station = self._station
        del station.flash.journal[0]
        self._fit()
        if event.phase is Phase.STARTED:
            event.tx.start_given_up = station.dialect.needs_start
        station.tell(facts.MessageGivenUp(event.tx.id, event.phase.value, event.attempts))
