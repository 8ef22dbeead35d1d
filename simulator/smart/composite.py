"""How profiles come together: the leading one of each purpose, the lowest of these, and that over time.

2.0.1 part 2 §K.3.4, §K.3.5, SC.01; 1.6 §3.13.2, §3.13.3. Nothing here knows a clock or a message.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.smart.profile import Installed, Period, Purpose, Unit
from simulator.smart.rate import UNLIMITED, Feed, Rate
from simulator.smart.timetable import change_of, period_of

TRANSACTIONS = (Purpose.TX, Purpose.TX_DEFAULT)


@dataclass(frozen=True, slots=True)
class Visit:
    """Whose limits are asked for: an EVSE (0: the grid connection) and what goes on there.

    ``began``: when energy could begin to flow, which is now where nobody is (K08.FR.06). ``connector``: in use.
    """

    evse: int
    began: datetime
    transaction: str | None = None
    connector: int = 1

    def anchor(self, installed: Installed) -> datetime:
        """What a relative schedule counts from (K01.FR.42)."""
        return self.began if installed.profile.purpose in TRANSACTIONS else installed.since

    def concerns(self, installed: Installed) -> bool:
        """Whether a profile has a say here (K01.FR.14: a TxDefaultProfile of EVSE 0 at every EVSE)."""
        if installed.connector not in (0, self.connector):
            return False
        if installed.profile.purpose is Purpose.TX:
            return installed.evse == self.evse and installed.transaction == self.transaction
        if installed.profile.purpose is Purpose.TX_DEFAULT:
            return self.evse > 0 and installed.evse in (0, self.evse)
        return installed.evse == self.evse


Led = tuple[Installed, Period]
"""The leading profile and the period of it that is in force."""


def leading(profiles: Iterable[Installed], purpose: Purpose, visit: Visit, at: datetime) -> Led | None:
    """The one of a purpose with the highest stack level that has a period in force (§K.3.5, K01.FR.17).

    Where 1.6 has set a TxDefaultProfile of one connector beside that of all, it replaces it there (§3.13.1).
    """
    found = sorted(_of(profiles, purpose, visit), key=_precedence, reverse=True)
    own = {each.profile.stack_level for each in found if each.evse}
    for installed in found:
        if purpose is Purpose.TX_DEFAULT and not installed.evse and installed.profile.stack_level in own:
            continue
        if (period := period_of(installed, at, visit.anchor(installed))) is not None:
            return installed, period
    return None


def _of(profiles: Iterable[Installed], purpose: Purpose, visit: Visit) -> Iterator[Installed]:
    return (each for each in profiles if each.profile.purpose is purpose and visit.concerns(each))


def _precedence(installed: Installed) -> tuple[int, bool]:
    return installed.profile.stack_level, installed.evse > 0


def leaders(profiles: Sequence[Installed], visit: Visit, at: datetime) -> list[Led]:
    """Those whose lowest limit counts: one of each purpose, and the TxProfile instead of the TxDefaultProfile."""
    own = leading(profiles, Purpose.TX, visit, at) or leading(profiles, Purpose.TX_DEFAULT, visit, at)
    others = (leading(profiles, purpose, visit, at) for purpose in (Purpose.STATION_MAX, Purpose.EXTERNAL))
    return [led for led in (own, *others) if led is not None]


def rate_at(profiles: Sequence[Installed], visit: Visit, feed: Feed, at: datetime) -> Rate:
    """What the profiles of one EVSE, or of the grid connection, allow there at an instant (SC.01)."""
    allowed = UNLIMITED
    for installed, period in leaders(profiles, visit, at):
        allowed &= feed.rate(period, installed.schedule.unit)
    return allowed


def change_after(profiles: Iterable[Installed], visit: Visit, at: datetime) -> datetime | None:
    """The first instant after ``at`` at which ``rate_at`` may be another; None if there is none."""
    changes = (change_of(each, at, visit.anchor(each)) for each in profiles if visit.concerns(each))
    return min((change for change in changes if change is not None), default=None)


# -- over time -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A limit from an instant on, in one unit, over so many phases (0 for DC)."""

    at: datetime
    limit: float
    phases: int


@dataclass(frozen=True, slots=True)
class Site:
    """What a station's limits are found from: its profiles, its EVSEs and its grid connection, as they are.

    ``local``: what the hardware at each EVSE allows now, be it for a cable or for heat.
    """

    profiles: tuple[Installed, ...]
    grid: Feed
    feeds: tuple[Feed, ...]
    visits: tuple[Visit, ...]
    local: tuple[Rate, ...]

    def profiled(self, evse: int, at: datetime) -> Rate:
        """What profiles allow at EVSE 1..n, whatever hardware and grid connection do."""
        return rate_at(self.profiles, self.visits[evse - 1], self.feeds[evse - 1], at)

    def own(self, evse: int, at: datetime) -> Rate:
        """What EVSE 1..n is allowed, whatever the grid connection is."""
        return self.profiled(evse, at) & self.local[evse - 1]

    def cap(self, at: datetime) -> Rate:
        """What all EVSEs together are allowed by profiles of the grid connection."""
        return rate_at(self.profiles, self._whole(at), self.grid, at)

    def step(self, evse: int, unit: Unit, at: datetime) -> Step:
        """K08.FR.03, .04: the limit of an EVSE at an instant, or of the grid connection (0)."""
        cap = self.cap(at)
        if evse:
            feed = self.feeds[evse - 1]
            allowed = self.own(evse, at) & feed.below(self.grid, cap)
            return Step(at, feed.value(allowed, unit), feed.phases and allowed.phases)
        phases = min(cap.phases, max(self._at_grid(number, at).phases for number in range(1, len(self.feeds) + 1)))
        wanted = sum(self.grid.value(self._at_grid(number, at), unit) for number in range(1, len(self.feeds) + 1))
        return Step(at, min(wanted, self.grid.value(cap & self.grid.local, unit)), phases)

    def _at_grid(self, evse: int, at: datetime) -> Rate:
        """What an EVSE takes from the grid at most."""
        feed, own = self.feeds[evse - 1], self.own(evse, at)
        if feed.phases:
            return own
        return Rate(w=feed.value(own, Unit.W) / feed.efficiency, phases=self.grid.phases)

    def change(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which any limit may be another."""
        changes = (change_after(self.profiles, visit, at) for visit in (*self.visits, self._whole(at)))
        return min((change for change in changes if change is not None), default=None)

    def _whole(self, at: datetime) -> Visit:
        return Visit(0, at)

    def composite(self, evse: int, unit: Unit, start: datetime, end: datetime, most: int) -> tuple[Step, ...]:
        """The limits from ``start`` until ``end`` as a step function, or its first ``most`` steps."""
        return stairs(lambda at: self.step(evse, unit, at), self.change, start, end, most)


def stairs(
    step_at: Callable[[datetime], Step],
    change_after: Callable[[datetime], datetime | None],
    start: datetime,
    end: datetime,
    most: int,
) -> tuple[Step, ...]:
    """A step function from its values and the instants at which they may change; equal neighbours are one step."""
    steps: list[Step] = []
    at: datetime | None = start
    while at is not None and (at < end or not steps):
        step = step_at(at)
        if not steps or (step.limit, step.phases) != (steps[-1].limit, steps[-1].phases):
            if len(steps) == most:
                break
            steps.append(step)
        at = change_after(at)
    return tuple(steps)


# -- as it is told ---------------------------------------------------------------------------------------------------

_SAME = 1e-6


def whole_seconds(steps: Sequence[Step], duration_s: int) -> tuple[Period, ...]:
    """Steps as periods: whole seconds from the first step on, limits with one digit, and never above what is true."""
    start = steps[0].at
    offsets = [(step.at - start) / timedelta(seconds=1) for step in steps]
    instants = sorted({whole for offset in offsets for whole in (math.floor(offset), math.ceil(offset))})
    told: list[Period] = []
    for second in instants:
        if second >= duration_s and told:
            break
        inside = _within(steps, offsets, second)
        limit = math.floor(min(step.limit for step in inside) * 10 + _SAME) / 10
        phases = min(step.phases for step in inside) or None
        if not told or (limit, phases) != (told[-1].limit, told[-1].phases):
            told.append(Period(second, limit, phases))
    return tuple(told)


def _within(steps: Sequence[Step], offsets: Sequence[float], second: int) -> list[Step]:
    """The steps that hold at some time of a second."""
    ends = [*offsets[1:], math.inf]
    return [step for step, begin, end in zip(steps, offsets, ends, strict=True) if begin < second + 1 and end > second]
