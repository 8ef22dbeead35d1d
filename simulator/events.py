"""What a station notifies of its variables (2.0.1 part 2 N07, N08): kept in flash until the CSMS has confirmed it.

What happens at one instant leaves in one NotifyEvent, in parts where it is much.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Dropped, TimedOut
from simulator import facts
from simulator.event import Event, Noted

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

MOST_PER_MESSAGE = 20
"""Events in one message: with the longest values (2500 characters) it stays below the usual 65,000 bytes."""

MOST_KEPT = 500
"""Events that the memory holds; of the least severe ones the oldest make room."""


class Events:
    """One station's events on their way; those that wait lie in its Flash."""

    __slots__ = ("_missed", "_sending", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._sending = False
        self._missed: dict[tuple[object, ...], Event] = {}

    def note(self, event: Event) -> int | None:
        """Let the CSMS know; the event's id, or None where it is not told: in a version without events, or because it
        is less severe than the CSMS wants (N07.FR.15).

        Offline it is queued if ``OfflineQueuingSeverity`` asks for it (N07.FR.04, N08.FR.03); else, once the station is
        back, the CSMS learns how the matter stands then (N07, remark), and of what began and ended meanwhile nothing.
        """
        if not self.wanted(event.severity):
            return None
        if not self._station.online and not self._queued_offline(event.severity):
            self._miss(event)
            return None
        return self._keep(event)

    def wanted(self, severity: int) -> bool:
        """Whether events of a severity are told at all."""
        station = self._station
        return station.dialect.tells_events and severity <= station.flash.monitoring.level

    def reaches(self, severity: int) -> bool:
        """Whether an event of that severity would be sent, or queued, if it happened now."""
        return self.wanted(severity) and (self._station.online or self._queued_offline(severity))

    def back_online(self) -> None:
        """Tell what waits, and what was missed."""
        missed, self._missed = self._missed, {}
        for event in missed.values():
            self._keep(event)
        self.kick()

    def kick(self) -> None:
        """Start to send if there is something and somebody to send to, once this instant's events are all known."""
        if not self._sending and self._station.online and self._station.flash.monitoring.events:
            self._sending = True
            self._station.clock.after(0.0, self._start)

    def _queued_offline(self, severity: int) -> bool:
        variables = self._station.variables
        if "MonitoringCtrlr.OfflineQueuingSeverity" not in variables.model:
            return False
        text = variables.text("MonitoringCtrlr.OfflineQueuingSeverity")
        return bool(text) and severity <= int(text)

    def _miss(self, event: Event) -> None:
        before = self._missed.pop(event.subject, None)
        if before is None or before.cleared is event.cleared:
            self._missed[event.subject] = event

    def _keep(self, event: Event) -> int:
        station = self._station
        memory = station.flash.monitoring
        noted = Noted(memory.last_event + 1, station.stamp(), event)
        station.flash.monitoring = replace(memory, last_event=noted.id, events=_bounded((*memory.events, noted)))
        station.tell(facts.EventNoted(noted.id, event.component, event.variable, event.value, event.cleared))
        self.kick()
        return noted.id

    def _start(self) -> None:
        self._station.clock.process(self._send(self._station.flash.boots))

    def _send(self, boots: int) -> Generator[simpy.Event, Any, None]:
        """N07.FR.07, N08.FR.04: numbered from 0 anew for each instant's events."""
        station, part_no = self._station, 0
        while station.runs(boots) and station.online and (waiting := station.flash.monitoring.events):
            part, more = _first_part(waiting)
            reply = yield station.line.call(*station.dialect.event_message(station, part, part_no, more))
            if not station.runs(boots) or not self._settled(part, reply):
                break
            part_no = part_no + 1 if more else 0
        self._sending = False

    def _settled(self, part: tuple[Noted, ...], reply: Reply) -> bool:
        """Whether the next message may follow. What got no answer is told again over the next link, or with the next
        event; what the CSMS refuses it has seen."""
        if isinstance(reply, Dropped | TimedOut):
            return False
        flash, told = self._station.flash, {noted.id for noted in part}
        left = tuple(noted for noted in flash.monitoring.events if noted.id not in told)
        flash.monitoring = replace(flash.monitoring, events=left)
        return True


def _first_part(waiting: tuple[Noted, ...]) -> tuple[tuple[Noted, ...], bool]:
    """What goes into the next message, and whether more of the same instant follows."""
    together = tuple(takewhile(lambda noted: noted.stamp == waiting[0].stamp, waiting))
    return together[:MOST_PER_MESSAGE], len(together) > MOST_PER_MESSAGE


def _bounded(events: tuple[Noted, ...]) -> tuple[Noted, ...]:
    if len(events) <= MOST_KEPT:
        return events
    dropped = max(events, key=lambda noted: (noted.event.severity, -noted.id))
    return tuple(noted for noted in events if noted is not dropped)
