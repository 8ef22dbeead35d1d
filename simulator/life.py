"""A station's life between power on and power off: start, connect, register, serve, reconnect (2.0.1 B01–B04)."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import simpy
from simpy.events import Initialize

from protocol.session import Answered, Dropped
from simulator import facts
from simulator.backoff import connect
from simulator.clock import Timer
from simulator.tokens import ACCEPTED

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

Steps = Generator[simpy.Event, Any, None]

BOOT_S = (3.0, 8.0)
"""How long the firmware takes to start."""

OWN_RETRY_S = 60
"""The wait before the next BootNotification where the CSMS named none (B02.FR.07, B03.FR.05) or did not answer."""

PENDING = "Pending"

REPORTS = frozenset({"NotifyReport"})
"""What GetBaseReport and GetReport ask for."""

SIGNED = dict.fromkeys(
    (
        "SignChargePointCertificate",
        "SignChargingStationCertificate",
        "SignCombinedCertificate",
        "SignV2GCertificate",
        "SignV2G20Certificate",
    ),
    "SignCertificate",
)
"""The triggers (MessageTriggerEnumType) that have another name than the message they ask for."""

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""What a real-time clock with two digits for the year can be set to; another time is not believed."""

CLOCK_TOLERANCE_S = 1.0
"""Differences to the CSMS's clock below this are network delay, not drift."""


class Life:
    """One station's firmware from start to end, again and again.

    On the way to the CSMS's yes it is a process; once the station serves, all that is left is a timer for the next
    heartbeat, for a process waits at the price of a kilobyte. ``registration`` is what the CSMS last answered;
    ``welcome`` whether it has accepted this life of the firmware.
    """

    __slots__ = (
        "_ask_from_s",
        "_beat",
        "_boot_now",
        "_instructed",
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
        self._beat: Timer | None = None
        self._boot_now: simpy.Event | None = None
        self._offline_since_s: float | None = None
        self._ask_from_s = 0.0
        self._reason = "PowerUp"
        self._instructed = REPORTS
        self.registration: str | None = None
        self.welcome = False

    def begin(self) -> None:
        """The firmware starts."""
        self._reason = self._station.flash.boot_reason
        self._ask_from_s = 0.0
        self._instructed = REPORTS
        self._set_out(self._start())

    def end(self) -> None:
        """The firmware stops at this very instant."""
        self.registration, self.welcome = None, False
        self._offline_since_s = None
        self._stop_beat()
        process, self._process = self._process, None
        if process is None or process is self._station.clock.env.active_process:
            return  # what it does just now has ended it: it sees that by itself
        if process.is_alive and not isinstance(process.target, Initialize):
            process.interrupt("power")  # one that has not begun yet finds the power gone

    def _set_out(self, steps: Iterable[simpy.Event]) -> None:
        self._process = self._station.clock.process(self._until_online(steps, self._station.flash.boots))

    def _until_online(self, steps: Iterable[simpy.Event], boots: int) -> Steps:
        """Take these steps and whatever it needs then to be connected and accepted."""
        station = self._station
        if not station.runs(boots):
            return
        try:
            yield from steps
            while station.runs(boots) and not (station.line.open and (self.welcome or (yield from self._register()))):
                self._went_offline()
                yield from connect(station, at_once=station.line.left_by_choice)
        except simpy.Interrupt:
            return
        if not station.runs(boots):
            return
        self._process = None
        self._serve()

    def _start(self) -> Steps:
        station = self._station
        boots = station.flash.boots
        yield station.clock.timeout(station.chance.uniform("boot", *BOOT_S, number=boots - 1))
        for evse in station.evses:
            evse.power_up()
        station.started()
        if not station.runs(boots):
            return  # a part has taken its power at once
        station.availability.settle()
        station.watch_variables()
        station.security.started(self._reason)
        yield from connect(station, at_once=True)

    def _went_offline(self) -> None:
        self._offline_since_s = self._station.clock.now
        self._station.journal.went_offline()

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
            station.variables.set("OCPPCommCtrlr.HeartbeatInterval", str(interval_s))
            self.look_again()
        first, self.welcome = not self.welcome, True
        station.statuses.forget()
        station.statuses.report_all()  # B01.FR.05
        if first:
            for evse in station.evses:
                evse.welcome()
            station.alignment.arm()
            station.journal.kick()
            station.went_online()

    def may_send(self, action: str) -> bool:
        """Whether a CALL may leave: before the CSMS's yes nothing does but a BootNotification and, while it is
        pending, what the CSMS has asked for (B01.FR.08, B02.FR.02, B03.FR.02; 1.6 §4.2)."""
        if self.welcome or action == "BootNotification":
            return True
        return self.registration == PENDING and action in self._instructed

    def instructed(self, message: str) -> None:
        """A TriggerMessage asks for a message, whatever the CSMS has said so far."""
        self._instructed |= {SIGNED.get(message, message)}

    def moved(self) -> None:
        """The station has come to another CSMS, which has to accept it anew (B10.FR.10)."""
        if self.welcome:
            self.welcome, self.registration = False, None
            self._ask_from_s, self._reason = 0.0, "Unknown"

    def boot_again(self) -> None:
        """TriggerMessage: send a BootNotification now."""
        if self.welcome:
            station = self._station
            station.line.ask(*station.dialect.boot(station, "Triggered"), self._answered_again)
        elif self._boot_now is not None and not self._boot_now.triggered:
            self._boot_now.succeed()

    def _answered_again(self, reply: Reply) -> None:
        if isinstance(reply, Answered) and self.welcome:
            self._answered(reply)
            self.look_again()

    # -- serving ----------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Be online: heartbeats at the interval, until the link goes or the CSMS withdraws its yes."""
        self._boot_now = None
        self._back_online()
        self._wind_up()

    def _wind_up(self) -> None:
        self._stop_beat()
        interval_s = self._station.variables.number("OCPPCommCtrlr.HeartbeatInterval")
        self._beat = self._station.clock.after(interval_s, self._due)

    def _stop_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _due(self) -> None:
        self._wind_up()
        self.heartbeat()

    def look_again(self) -> None:
        """The heartbeat interval is another one, or the registration."""
        if self._beat is None:
            return
        if self.welcome:
            self._wind_up()
        else:
            self._stop_beat()
            self._set_out(())

    def link_lost(self) -> None:
        """The link went. On its way to the CSMS's yes the station sees that by itself."""
        if self._beat is not None:
            self._stop_beat()
            self._went_offline()
            self._set_out(connect(self._station, at_once=self._station.line.left_by_choice))

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
        station.went_online()

    def heartbeat(self) -> None:
        """Send a Heartbeat; its answer sets the clock."""
        station = self._station

        def answered(reply: Reply) -> None:
            if isinstance(reply, Answered):
                self._set_clock(station.dialect.read_heartbeat(reply.payload))

        station.line.ask(*station.dialect.heartbeat(station), answered)

    def _set_clock(self, csms_time: datetime | None) -> None:
        """B01.FR.06, G02.FR.06: follow the CSMS's clock."""
        station = self._station
        if csms_time is None or "Heartbeat" not in station.variables.text("ClockCtrlr.TimeSource"):
            return
        if not FIRST_YEAR <= csms_time.year <= LAST_YEAR:
            return
        error_s = (csms_time - station.now).total_seconds()
        if abs(error_s) >= CLOCK_TOLERANCE_S:
            station.clock_offset_s += error_s
            station.tell(facts.ClockSet(round(error_s, 3)))
            if abs(error_s) > station.variables.number("ClockCtrlr.TimeAdjustmentReportingThreshold"):
                station.security.add("SettingSystemTime")
            station.alignment.arm()
