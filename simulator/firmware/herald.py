"""Tells the CSMS how an update goes: in order, and again until it has heard."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered, Refused
from simulator import facts
from simulator.firmware.memory import Bank, Order, Report, Status

if TYPE_CHECKING:
    from simulator.station import Station

LONGEST = 50
"""Reports that wait; the oldest make room."""


class Herald:
    """One station's reports on its updates. They lie in flash until the CSMS has confirmed them."""

    __slots__ = ("_sending", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._sending = False

    def say(self, status: Status, order: Order) -> None:
        """L01.FR.01, .10: report a new status under its request."""
        station = self._station
        report = Report(status, order.request_id)
        bank = station.flash.memory(Bank)
        station.tell(facts.FirmwareStatusChanged(status.value, order.request_id))
        station.flash.remember(replace(bank, last=report, unsaid=(*bank.unsaid, report)[-LONGEST:]))
        self.kick()

    def kick(self) -> None:
        """Start to send if there is something and somebody to send to."""
        station = self._station
        if not self._sending and station.online and station.flash.memory(Bank).unsaid:
            self._sending = True
            station.clock.process(self._send(station.flash.boots))

    @property
    def done(self) -> bool:
        """Whether there is nothing that could be sent now."""
        return not self._station.online or not self._station.flash.memory(Bank).unsaid

    def _send(self, boots: int) -> Generator[simpy.Event, Any, None]:
        station = self._station
        yield station.clock.timeout(0)  # the answer in hand leaves first
        while station.runs(boots) and station.online and (unsaid := station.flash.memory(Bank).unsaid):
            message = station.dialect.firmware_status(unsaid[0].status.value, unsaid[0].request_id)
            if message is not None:
                reply = yield station.line.call(*message)
                if not isinstance(reply, Answered | Refused):
                    break  # said again when the station is online again
            self._confirmed(unsaid[0])
        self._sending = False

    def _confirmed(self, report: Report) -> None:
        flash = self._station.flash
        bank = flash.memory(Bank)
        flash.remember(replace(bank, unsaid=tuple(other for other in bank.unsaid if other is not report)))
