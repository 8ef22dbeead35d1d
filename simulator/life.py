"""A station's life between power on and power off: start, connect, register, serve, reconnect (2.0.1 B01–B04)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import simpy
from simpy.events import Initialize

from protocol.session import Answered, Dropped
from simulator import facts
from simulator.line import connect
from simulator.tokens import ACCEPTED

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

BOOT_S = (3.0, 8.0)
"""How long the firmware takes to start."""

OWN_RETRY_S = 60
"""The wait before the next BootNotification where the CSMS named none (B02.FR.07, B03.FR.05) or did not answer."""

CLOCK_TOLERANCE_S = 1.0
"""Differences to the CSMS's clock below this are network delay, not drift."""


class Life:
    """One station's firmware from start to end, again and again.

    ``registration`` is what the CSMS last answered; ``welcome`` whether it has accepted this life of the firmware.
    """

    __slots__ = (
        "_ask_from_s",
        "_boot_now",
        "_look_again",
        "_offline_since_s",
        "_process",
        "_reason",
        "_station",
        "registration",
        "welcome",
    )

    def __init__(self, station: Station) -> None:
        self._station = station
        self._process: simpy.Process | None = None
        self._boot_now: simpy.Event | None = None
        self._look_again: simpy.Event | None = None
        self._offline_since_s: float | None = None
        self._ask_from_s = 0.0
        self._reason = "PowerUp"
        self.registration: str | None = None
        self.welcome = False

    def begin(self) -> None:
        """The firmware starts."""
        station = self._station
        self._reason = station.flash.boot_reason
        self._ask_from_s = 0.0
        self._process = station.clock.process(self._live(station.flash.boots))

    def end(self) -> None:
        """The firmware stops at this very instant."""
        self.registration, self.welcome = None, False
        self._offline_since_s = None
        process, self._process = self._process, None
        if process is not None and process.is_alive and not isinstance(process.target, Initialize):
            process.interrupt("power")  # one that has not begun yet finds the power gone

    def _live(self, boots: int) -> Generator[simpy.Event, Any, None]:
        station = self._station
        if not station.runs(boots):
            return
        try:
            yield station.clock.timeout(station.chance.uniform("boot", *BOOT_S))
            for evse in station.evses:
                evse.power_up()
            station.availability.settle()
            station.security.started(self._reason)
            yield from connect(station, at_once=True)
            while True:
                if self.welcome or (yield from self._register()):
                    yield from self._serve()
                if not station.line.open:
                    self._offline_since_s = station.clock.now
                    station.journal.went_offline()
                    yield from connect(station, at_once=station.line.left_by_choice)
        except simpy.Interrupt:
            return

    # -- registration -----------------------------------------------------------------------------------------------

    def _register(self) -> Generator[simpy.Event, Any, bool]:
        """Ask to be accepted until it is so (B01–B03); False when the link went before."""
        station = self._station
        while station.line.open:
            self._boot_now = station.clock.event()
            lost = station.line.lost_event
            assert lost is not None
            wait_s = self._ask_from_s - station.clock.now
            if wait_s > 0:  # B02.FR.04, B03.FR.02: not earlier, not even over a new connection
                yield station.clock.timeout(wait_s) | lost | self._boot_now
                if self._boot_now.triggered:
                    self._reason = "Triggered"
                if lost.triggered:
                    return False
            self.registration = None
            reply = yield station.line.call(*station.dialect.boot(station, self._reason))
            if isinstance(reply, Dropped):
                return False
            self._answered(reply)
            if self.welcome:
                return True
        return False

    def _answered(self, reply: Reply) -> None:
        """Take in what the CSMS makes of a BootNotification."""
        station = self._station
        wait_s = OWN_RETRY_S
        if isinstance(reply, Answered):
            outcome = station.dialect.read_boot(reply.payload)
            self.registration = outcome.status
            self._set_clock(outcome.time)
            station.tell(facts.Registered(outcome.status, outcome.interval_s))
            if outcome.status == ACCEPTED:
                self._accepted(outcome.interval_s)
                return
            self.welcome = False
            wait_s = outcome.interval_s if outcome.interval_s > 0 else wait_s
        self._ask_from_s = station.clock.now + wait_s

    def _accepted(self, interval_s: int) -> None:
        station = self._station
        station.flash.boot_reason = self._reason = "PowerUp"
        self._offline_since_s = None
        if interval_s > 0:
            station.flash.changed["OCPPCommCtrlr.HeartbeatInterval"] = str(interval_s)
            self.look_again()
        first, self.welcome = not self.welcome, True
        station.statuses.forget()
        station.statuses.report_all()  # B01.FR.05
        if first:
            for evse in station.evses:
                evse.welcome()
            station.alignment.arm()
            station.journal.kick()
            station.security.kick()

    def boot_again(self) -> None:
        """TriggerMessage: send a BootNotification now."""
        if self.welcome:
            station = self._station
            _then(station.line.call(*station.dialect.boot(station, "Triggered")), self._answered_again)
        elif self._boot_now is not None and not self._boot_now.triggered:
            self._boot_now.succeed()

    def _answered_again(self, reply: Reply) -> None:
        if isinstance(reply, Answered) and self.welcome:
            self._answered(reply)
            self.look_again()

    # -- serving ----------------------------------------------------------------------------------------------------

    def _serve(self) -> Generator[simpy.Event, Any, None]:
        """Be online: heartbeats at the interval, until the link goes or the CSMS withdraws its yes."""
        station = self._station
        self._back_online()
        lost = station.line.lost_event
        while lost is not None and not lost.triggered and self.welcome:
            self._look_again = station.clock.event()
            beat = station.clock.timeout(station.variables.number("OCPPCommCtrlr.HeartbeatInterval"))
            yield beat | lost | self._look_again
            if beat.processed and not lost.triggered:
                self.heartbeat()

    def look_again(self) -> None:
        """The heartbeat interval is another one, or the registration."""
        if self._look_again is not None and not self._look_again.triggered:
            self._look_again.succeed()

    def _back_online(self) -> None:
        """B04: after a long time offline report every connector, after a short one those that changed."""
        station = self._station
        since_s, self._offline_since_s = self._offline_since_s, None
        if since_s is None:
            return
        if station.clock.now - since_s > station.variables.number("OCPPCommCtrlr.OfflineThreshold"):
            station.statuses.forget()
        station.statuses.report_all()
        station.journal.kick()
        station.security.kick()

    def heartbeat(self) -> None:
        """Send a Heartbeat; its answer sets the clock."""
        station = self._station

        def answered(reply: Reply) -> None:
            if isinstance(reply, Answered):
                self._set_clock(station.dialect.read_heartbeat(reply.payload))

        _then(station.line.call(*station.dialect.heartbeat(station)), answered)

    def _set_clock(self, csms_time: datetime | None) -> None:
        """B01.FR.06, G02.FR.06: follow the CSMS's clock."""
        station = self._station
        if csms_time is None or "Heartbeat" not in station.variables.text("ClockCtrlr.TimeSource"):
            return
        error_s = (csms_time - station.now).total_seconds()
        if abs(error_s) >= CLOCK_TOLERANCE_S:
            station.clock_offset_s += error_s
            station.tell(facts.ClockSet(round(error_s, 3)))
            station.alignment.arm()


def _then(event: simpy.Event, callback: Callable[[Reply], None]) -> None:
    """Call back with the reply when there is one."""
    assert event.callbacks is not None
    event.callbacks.append(lambda done: callback(done.value))
