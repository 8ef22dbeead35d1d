"""The storm itself: every station's dials, waits and boots, event by event, in virtual time."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from enum import StrEnum

from loadtest.capacity.calendar import Calendar
from loadtest.capacity.door import DROPPED, OPENED, REFUSED, CsmsLimits, Desk, Door
from loadtest.capacity.habits import SPECIFIED, Columns, Draws, Habits
from loadtest.capacity.recovery import Recovery, Second, settings_of

FIRMWARE_START_S = (3.0, 8.0)
"""How long our stations take from power to the first dial (``simulator.life.BOOT_S``)."""

SYN_REPEATS_S = (1.0, 3.0, 7.0, 15.0, 31.0, 63.0)
"""When TCP asks again for a connection that nobody answered (RFC 6298: after 1 s, then doubled)."""

DAY_S = 86_400.0


class Cause(StrEnum):
    """Why all stations dial."""

    LINK = "link"  # every link was lost at instant 0; stations back off and need no new BootNotification
    POWER = "power"  # mains return everywhere at instant 0; stations start, dial at once and boot


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is simulated. Stations notice within ``noticed_within_s`` that link or power has changed, each at its own
    instant; the CSMS is away for the first ``outage_s``; nothing is looked at beyond ``horizon_s``."""

    stations: int
    limits: CsmsLimits
    habits: Habits = SPECIFIED
    cause: Cause = Cause.LINK
    noticed_within_s: float = 1.0
    outage_s: float = 0.0
    horizon_s: float = DAY_S
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.stations < 2**32:
            raise ValueError("a storm needs at least one station")
        if self.outage_s < 0 or self.noticed_within_s < 0 or not 0 < self.horizon_s < math.inf:
            raise ValueError("no time of a storm is negative, and its horizon is above 0 s")


def simulate(storm: Storm, draws: Draws | None = None) -> Recovery:
    """Run a storm; ``draws`` other than those of its seed are for comparison with real stations."""
    run = _Run(storm, draws or Columns(storm.seed, storm.stations))
    run.begin()
    act = (run.dial, run.knock, run.boot)
    doing = run.doing
    seconds = []
    for events in run.calendar.seconds():
        run.second = Second()
        seconds.append(run.second)
        for now_s, station in events:
            act[doing[station]](station, now_s)
    back_s = array("d", sorted(each for each in run.back_s if each < storm.horizon_s))
    settings = settings_of(storm)
    return Recovery(storm.stations, storm.seed, settings, back_s, array("I", sorted(run.attempts)), seconds)


DIAL, KNOCK, BOOT = range(3)
"""What a station does next: dial anew, have TCP knock again for the dial it waits on, send a BootNotification."""


@dataclass(slots=True)
class _Run:
    """The state of all stations: one array per property."""

    storm: Storm
    draws: Draws
    calendar: Calendar = field(init=False)
    door: Door = field(init=False)
    desk: Desk = field(init=False)
    doing: bytearray = field(init=False)
    back_s: array[float] = field(init=False)
    attempts: array[int] = field(init=False)
    second: Second = field(default_factory=Second)
    _wait_s: array[float] = field(init=False)
    _dialled_s: array[float] = field(init=False)
    _waits: array[int] = field(init=False)
    _drawn: array[int] = field(init=False)
    _knocks: bytearray = field(init=False)
    _patience_s: float = field(init=False)
    _growing: int = field(init=False)

    def __post_init__(self) -> None:
        count = self.storm.stations
        self._patience_s = self.storm.habits.connect_timeout_s
        self._growing = self.storm.habits.back_off.growing
        self.calendar = Calendar(count, self.storm.horizon_s)
        self.door, self.desk = Door(self.storm.limits), Desk(self.storm.limits)
        self.doing, self._knocks = bytearray(count), bytearray(count)
        self.back_s = array("d", [math.inf]) * count
        self._wait_s, self._dialled_s = array("d", bytes(8 * count)), array("d", bytes(8 * count))
        self.attempts, self._waits, self._drawn = (array("I", bytes(4 * count)) for _ in range(3))

    def begin(self) -> None:
        """Instant 0."""
        low, high = FIRMWARE_START_S
        for station in range(self.storm.stations):
            noticed_s = self.storm.noticed_within_s * self.draws("notice", station, 0)
            if self.storm.cause is Cause.LINK:
                self._back_off(station, noticed_s)
            else:
                self.calendar.enter(station, noticed_s + low + (high - low) * self.draws("boot", station, 0))

    def dial(self, station: int, now_s: float) -> None:
        """A station tries to connect."""
        self.attempts[station] += 1
        self.second.dials += 1
        if now_s < self.storm.outage_s:  # no process listens: the kernel says so at once
            self.second.unanswered += 1
            self._back_off(station, now_s)
            return
        self._dialled_s[station] = now_s
        self._knocks[station] = 0
        self.knock(station, now_s)

    def knock(self, station: int, now_s: float) -> None:
        """TCP asks for the connection, at first or again."""
        deadline_s = self._dialled_s[station] + self._patience_s
        second, door = self.second, self.door
        outcome, at_s = door.visit(now_s, deadline_s)
        second.queue = max(second.queue, door.queue)
        if outcome == OPENED:
            self._opened(station, at_s)
        elif outcome == REFUSED:
            second.refused += 1
            self._refused(station, at_s)
        elif outcome == DROPPED and (again_s := self._next_knock_s(station)) < deadline_s:
            self._knocks[station] += 1
            self.doing[station] = KNOCK
            self.calendar.enter(station, again_s)
        else:
            second.unanswered += 1
            self._back_off(station, deadline_s)

    def boot(self, station: int, now_s: float) -> None:
        """A BootNotification reaches the CSMS."""
        done_s = self.desk.boot(now_s)
        second, habits = self.second, self.storm.habits
        second.boot_queue = max(second.boot_queue, self.desk.queue)
        if done_s is None:
            second.pending += 1
            self.calendar.enter(station, now_s + self.storm.limits.boot_interval_s)
        elif done_s < now_s + habits.call_timeout_s:
            self.back_s[station] = done_s
        else:  # the answer came too late to count
            self.calendar.enter(station, now_s + habits.call_timeout_s + habits.boot_retry_s)

    def _opened(self, station: int, at_s: float) -> None:
        if self.storm.cause is Cause.LINK:
            self.back_s[station] = at_s
        else:
            self.doing[station] = BOOT
            self.calendar.enter(station, at_s)

    def _refused(self, station: int, at_s: float) -> None:
        told_s = self.door.retry_after_s(at_s) if self.storm.limits.retry_after else 0
        self._back_off(station, at_s, told_s if self.storm.habits.honours_retry_after else 0)

    def _next_knock_s(self, station: int) -> float:
        number = self._knocks[station]
        return self._dialled_s[station] + SYN_REPEATS_S[number] if number < len(SYN_REPEATS_S) else math.inf

    def _back_off(self, station: int, from_s: float, told_s: int = 0) -> None:
        """Wait before the next dial; a Retry-After is the least wait and takes nothing from the back-off."""
        waits, wait_s, back_off = self._waits[station], self._wait_s[station], self.storm.habits.back_off
        if waits < self._growing:
            wait_s = self._wait_s[station] = back_off.wait_s(waits + 1, wait_s, self._chance(station))
            self._waits[station] = waits + 1
        if told_s:
            wait_s = max(wait_s, told_s + back_off.random_range_s * self._chance(station))
        self.doing[station] = DIAL
        self.calendar.enter(station, from_s + wait_s)

    def _chance(self, station: int) -> float:
        number = self._drawn[station]
        self._drawn[station] = number + 1
        return self.draws("back-off", station, number)
