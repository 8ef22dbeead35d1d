"""Which charging profiles a station takes, and why it does not take the others (2.0.1 part 2 K01, K05; 1.6 §5.16)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from simulator.smart.profile import ChargingProfile, Installed, Kind, Period, Purpose, Schedule
from simulator.smart.rate import ASSUMED_PHASES, Feed


class Refusal(StrEnum):
    """Why a profile is refused, as a reason code (part 2 appendix 5)."""

    DUPLICATE = "DuplicateProfile"
    PROFILE = "InvalidProfile"
    SCHEDULE = "InvalidSchedule"
    STACK_LEVEL = "InvalidStackLevel"
    MISSING = "MissingParam"
    FULL = "OutOfStorage"
    TOO_MANY = "TooManyElements"
    NO_TX = "TxNotFound"
    UNKNOWN_EVSE = "UnknownEvse"
    UNIT = "UnsupportedRateUnit"
    PURPOSE = "UnsupportedPurpose"
    KIND = "UnsupportedKind"


@dataclass(frozen=True, slots=True)
class Rules:
    """What versions see differently. ``replaces``: a profile takes the place of another one of its purpose and level
    (1.6 §5.16.3), else it is refused (K01.FR.06). ``starts``: absolute and recurring schedules must say when they start
    (K01.FR.40, .41), else all may, and what does not is relative (1.6 §7.13). ``names_tx``: a TxProfile must name its
    transaction (K01.FR.03)."""

    replaces: bool = False
    starts: bool = True
    names_tx: bool = True


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a station can hold and do, by its variables of SmartChargingCtrlr."""

    stack_level: int
    units: tuple[str, ...]
    periods: int
    entries: int
    switches_3to1: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A profile that is to be installed, and where. ``running``: the transaction there, by the CSMS's id.

    ``remote``: it comes with an order to start (K05). ``negotiates``: the EV chooses among schedules (K01.FR.34).
    ``connector``: the one that it is for, 0 for all.
    """

    profile: ChargingProfile
    evse: int
    now: datetime
    running: str | None = None
    remote: bool = False
    negotiates: bool = False
    connector: int = 0


def refusal(
    request: Request, installed: Sequence[Installed], feeds: Sequence[Feed], can: Abilities, rules: Rules
) -> Refusal | None:
    """Why a profile cannot be installed; None if it can. ``feeds``: those of EVSE 1..n."""
    if not 0 <= request.evse <= len(feeds):
        return Refusal.UNKNOWN_EVSE  # K01.FR.28
    if why := _PURPOSES[request.profile.purpose](request, rules):
        return why
    if why := _wrong_profile(request, can) or _wrong_kind(request.profile, rules):
        return why
    if len(request.profile.schedules) > 1 and not (request.negotiates and request.profile.purpose is Purpose.TX):
        return Refusal.SCHEDULE  # K01.FR.34
    there = feeds if not request.evse else feeds[request.evse - 1 : request.evse]
    for schedule in request.profile.schedules:
        if why := _wrong_schedule(schedule, there, can):
            return why
    return _conflict(request, installed, can, rules)


# -- purposes --------------------------------------------------------------------------------------------------------


def _tx(request: Request, rules: Rules) -> Refusal | None:
    """K01.FR.03, .09, .16, .33, K05.FR.02: for one transaction, of which an order to start does not know the id."""
    if not request.evse:
        return Refusal.PROFILE
    named = request.profile.transaction
    if request.remote:
        return Refusal.PROFILE if named is not None else None
    if request.running is None:
        return Refusal.NO_TX
    if named is None:
        return Refusal.MISSING if rules.names_tx else None
    return Refusal.NO_TX if named != request.running else None


def _tx_default(request: Request, _rules: Rules) -> Refusal | None:
    return _for_no_transaction(request)


def _station_max(request: Request, rules: Rules) -> Refusal | None:
    """K01.FR.38, K04.FR.03."""
    if request.evse or (rules.starts and request.profile.kind is Kind.RELATIVE):
        return Refusal.PROFILE
    return _for_no_transaction(request)


def _for_no_transaction(request: Request) -> Refusal | None:
    return Refusal.PROFILE if request.remote or request.profile.transaction is not None else None


def _external(_request: Request, _rules: Rules) -> Refusal | None:
    """K01.FR.22: that is not the CSMS's."""
    return Refusal.PROFILE


_PURPOSES: dict[Purpose, Callable[[Request, Rules], Refusal | None]] = {
    Purpose.TX: _tx,
    Purpose.TX_DEFAULT: _tx_default,
    Purpose.STATION_MAX: _station_max,
    Purpose.EXTERNAL: _external,
}


# -- the profile by itself -------------------------------------------------------------------------------------------


def _wrong_profile(request: Request, can: Abilities) -> Refusal | None:
    profile = request.profile
    if not 0 <= profile.stack_level <= can.stack_level:
        return Refusal.STACK_LEVEL
    begin, end = profile.valid_from, profile.valid_to
    if end is not None and (end <= request.now or (begin is not None and end <= begin)):
        return Refusal.PROFILE  # it would never be valid
    return None


def _wrong_kind(profile: ChargingProfile, rules: Rules) -> Refusal | None:
    """K01.FR.40, .41."""
    if profile.kind is Kind.RECURRING and profile.recurrency is None:
        return Refusal.PROFILE
    if not rules.starts:
        return None
    relative = profile.kind is Kind.RELATIVE
    wrong = any((schedule.starts is None) is not relative for schedule in profile.schedules)
    return Refusal.SCHEDULE if wrong else None


def _wrong_schedule(schedule: Schedule, there: Iterable[Feed], can: Abilities) -> Refusal | None:
    """K01.FR.19, .26, .31, .35, .43, .48."""
    if schedule.unit.value not in can.units:
        return Refusal.UNIT
    if len(schedule.periods) > can.periods:
        return Refusal.TOO_MANY
    if not schedule.periods or schedule.periods[0].start_s != 0:
        return Refusal.SCHEDULE
    if any(later.start_s <= earlier.start_s for earlier, later in pairwise(schedule.periods)):
        return Refusal.SCHEDULE
    if schedule.duration_s is not None and schedule.duration_s <= 0:
        return Refusal.SCHEDULE
    wrong = any(_wrong_period(period, feed, can) for feed in there for period in schedule.periods)
    return Refusal.SCHEDULE if wrong else None


def _wrong_period(period: Period, feed: Feed, can: Abilities) -> bool:
    """Phases mean nothing to a DC outlet (K01.FR.44). A station that switches phases goes on with L1 alone."""
    if period.limit < 0:
        return True
    if not feed.phases:
        return False
    named = ASSUMED_PHASES if period.phases is None else period.phases
    if not 1 <= named <= ASSUMED_PHASES:
        return True
    if period.phase is not None and (period.phases != 1 or period.phase != 1):
        return True
    return named < feed.phases and not (can.switches_3to1 and named == 1)


# -- beside the others -----------------------------------------------------------------------------------------------


def _conflict(request: Request, installed: Sequence[Installed], can: Abilities, rules: Rules) -> Refusal | None:
    """K01.FR.05, .06, .39, .52, .53; and there must be room."""
    profile = request.profile
    same = [each for each in installed if each.profile.id == profile.id]
    if any(each.profile.purpose is Purpose.EXTERNAL for each in same):
        return Refusal.PROFILE
    if not rules.replaces and any(_clashes(request, each) for each in installed if each.profile.id != profile.id):
        return Refusal.DUPLICATE
    left = len(installed) - len(list(replaced(request, installed, rules)))
    return Refusal.FULL if left >= can.entries else None


def _clashes(request: Request, other: Installed) -> bool:
    mine, theirs = request.profile, other.profile
    if (mine.purpose, mine.stack_level) != (theirs.purpose, theirs.stack_level):
        return False
    if mine.purpose is Purpose.TX:
        return other.evse == request.evse  # where there is one transaction
    if mine.purpose is Purpose.TX_DEFAULT and bool(other.evse) is not bool(request.evse):
        return True
    return other.evse == request.evse and mine.overlaps(theirs)


def replaced(request: Request, installed: Iterable[Installed], rules: Rules) -> Iterator[Installed]:
    """Those that a profile takes the place of: of the same id, in 1.6 also of the same purpose and level there."""
    mine = request.profile
    for other in installed:
        theirs = other.profile
        place = other.evse, other.connector
        alike = place == (request.evse, request.connector) and theirs.purpose is mine.purpose
        if theirs.id == mine.id or (rules.replaces and alike and theirs.stack_level == mine.stack_level):
            yield other
