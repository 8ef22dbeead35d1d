"""What comes next of a station in a campaign, by what is known of it: nothing here looks anything up or changes it.

An attempt of which nobody knows whether the station has carried it out is not simply repeated. What does no harm twice
is; an update is, when the station says that it does none; of everything else its time is waited for, and then it has
failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from csms_reference import outcome
from csms_reference.campaigns.evidence import Evidence
from csms_reference.campaigns.plan import UPDATE, Plan
from csms_reference.campaigns.states import IN_HAND, Standing
from csms_reference.services import commands
from csms_reference.services.commands import LOST
from csms_reference.services.firmware import ENDS

LOOKED_AGAIN_MS = 30_000
"""After so long without news a station that is doing it is looked at again: news may get lost between nodes."""

ASKED_MS = 60_000
"""So long a station may take to say whether it does an update, before it is asked again."""

ASKED_TIMES = 10
"""About so often within the time of an attempt it is asked."""

BACKOFF_MOST_MS = 86_400_000

UNSENT = frozenset({outcome.OFFLINE, outcome.NOT_ACCEPTED, outcome.UNREACHABLE, outcome.QUEUE_FULL, outcome.NOT_KEPT})
"""Ends of commands that have certainly not been sent."""

HOPELESS = frozenset({outcome.NOT_SUPPORTED, outcome.BAD_FIELDS, outcome.UNKNOWN_STATION})

REPEATABLE = frozenset(
    "clear_cache change_availability set_variables get_variables sync_local_list get_local_list_version trigger "
    "set_monitoring_base set_monitoring_level set_network_profile install_certificate set_charging_profile "
    "get_installed_certificate_ids clear_charging_profile get_display_messages set_display_message".split()
)
"""Commands that come to the same when they are carried out twice."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A station's next state and why. ``due_ms``: when to look again without news; ``rests_ms``: until when it is left
    alone; ``failed``: an attempt has; ``asks``: whether it is to be asked how its update goes."""

    state: Standing
    why: str | None = None
    due_ms: int | None = None
    rests_ms: int | None = None
    failed: bool = False
    asks: bool = False


def success_of(plan: Plan, expected: str | None, command: str) -> str:
    """What counts as success for a command, where the plan leaves it open."""
    if plan.success is not None:
        return "installed" if plan.success == "version" and expected is None else plan.success
    if command != UPDATE:
        return "accepted"
    return "installed" if expected is None else "version"


def judge(plan: Plan, seen: Evidence, *, cancelled: bool = False) -> Verdict | None:
    """What comes next; None: nothing now. ``cancelled``: nothing new is begun."""
    if seen.row.state == Standing.WAITING:
        return _waiting(seen)
    if seen.row.state in IN_HAND:
        return _in_hand(plan, seen, cancelled=cancelled)
    return None


def before(plan: Plan, seen: Evidence) -> Verdict | None:
    """Why a station whose turn has come is not asked now; None: it is."""
    station, now_ms = seen.station, seen.now_ms
    if station is None:
        return Verdict(Standing.SKIPPED, "it is not registered any more")
    action = plan.action_for(station.version)
    if station.version is not None and action is None:
        return Verdict(Standing.SKIPPED, f"nothing is planned for OCPP {station.version}")
    if action is not None and action.command == UPDATE and seen.has_it:
        return Verdict(Standing.SKIPPED, f"it has {seen.expected} already")
    if seen.row.rests_ms is not None and now_ms < seen.row.rests_ms:
        return Verdict(Standing.WAITING, seen.row.why, due_ms=seen.row.rests_ms, rests_ms=seen.row.rests_ms)
    return None if seen.hindrance is None else Verdict(Standing.WAITING, seen.hindrance)


def _waiting(seen: Evidence) -> Verdict | None:
    if seen.row.rests_ms is not None and seen.now_ms < seen.row.rests_ms:
        return None
    if (why := seen.hindrance) is None:
        return Verdict(Standing.PENDING, seen.row.why)
    return Verdict(Standing.WAITING, why) if seen.row.due_ms is not None or seen.row.why != why else None


def _in_hand(plan: Plan, seen: Evidence, *, cancelled: bool) -> Verdict | None:
    """The answer to the command, then what the station tells and does."""
    command, until_ms = seen.command, _until_ms(plan, seen)
    if command is not None and not commands.State(command.state).over and seen.now_ms < until_ms and seen.said is None:
        return _still(seen, until_ms, seen.row.why)
    status = None if command is None else command.status
    if command is not None and command.state == commands.State.REJECTED:
        return _failed(plan, seen, f"answered {status}", cancelled=cancelled)
    if status in UNSENT:
        return Verdict(Standing.SKIPPED, "cancelled") if cancelled else _unsent(seen, str(status))
    if status in HOPELESS:
        return Verdict(Standing.FAILED, f"{status}: it cannot do this", failed=True)
    if status == outcome.REFUSED:
        return _failed(plan, seen, "answered with an error", cancelled=cancelled)
    if seen.said is not None or (command is not None and command.state == commands.State.ACCEPTED):
        return _taken(plan, seen, until_ms, cancelled=cancelled)
    return _unknown(plan, seen, until_ms, cancelled=cancelled)


def _taken(plan: Plan, seen: Evidence, until_ms: int, *, cancelled: bool) -> Verdict | None:
    """The station has agreed: what the success is that the plan wants."""
    wanted = success_of(plan, seen.expected, _command_of(plan, seen))
    if wanted == "accepted" or (wanted == "booted" and seen.booted):
        return Verdict(Standing.SUCCEEDED)
    said = None if seen.said is None else seen.said.status
    if said in ENDS and said != "Installed":
        return _failed(plan, seen, str(said), cancelled=cancelled)
    if said == "Installed" and seen.said is not None:
        if wanted == "installed" or (seen.has_it and seen.booted):
            return Verdict(Standing.SUCCEEDED)
        if seen.booted and seen.station is not None and seen.station.last_boot_ms > seen.said.at_ms:
            return _failed(plan, seen, f"booted with {seen.station.firmware}", cancelled=cancelled)
    if seen.now_ms >= until_ms:
        if seen.has_it and seen.booted:
            return Verdict(Standing.SUCCEEDED, "it booted with it, and did not say Installed")
        return _at_last(plan, seen, f"no end within {plan.timeout_s} s", until_ms, cancelled=cancelled)
    waits = {"Installed": "Installed, has not booted with it", None: None}
    return _still(seen, until_ms, waits.get(said, said), Standing.IN_PROGRESS)


def _unknown(plan: Plan, seen: Evidence, until_ms: int, *, cancelled: bool) -> Verdict | None:
    """Nobody knows whether the station has carried it out."""
    name, why = _command_of(plan, seen), "it is not known whether it was carried out"
    wanted = success_of(plan, seen.expected, name)
    if (wanted == "booted" and seen.booted) or (name == UPDATE and seen.has_it and seen.booted):
        return Verdict(Standing.SUCCEEDED, "known by its boot")
    if name in REPEATABLE:
        lost = seen.command is not None and seen.command.status == LOST
        if lost and not cancelled:  # skipped would say that it was not done
            return _again_at_once(why, cancelled=False)
        return _failed(plan, seen, why, cancelled=cancelled)
    if name != UPDATE:
        if seen.now_ms < until_ms and wanted == "booted":
            return _still(seen, until_ms, why)
        return Verdict(Standing.FAILED, why, failed=True)
    return _at_last(plan, seen, why, until_ms, cancelled=cancelled)


def _at_last(plan: Plan, seen: Evidence, why: str, until_ms: int, *, cancelled: bool) -> Verdict | None:
    """An update of which nothing is heard: the station is asked whether it does one."""
    if _command_of(plan, seen) != UPDATE:
        return _failed(plan, seen, why, cancelled=cancelled)
    asking = seen.asking
    if seen.idle_ms is not None and asking is not None and seen.idle_ms >= asking.asked_ms:
        lost = seen.command is not None and seen.command.status == LOST
        if lost:
            return _again_at_once(f"{why}; it does no update", cancelled=cancelled)
        return _failed(plan, seen, f"{why}; it does no update", cancelled=cancelled)
    every_ms = max(ASKED_MS, plan.timeout_s * 1000 // ASKED_TIMES)
    end_ms = until_ms + 3 * every_ms
    if seen.now_ms >= end_ms:
        return Verdict(Standing.FAILED, f"{why}; nor does it say", failed=True)
    unasked = asking is None or (commands.State(asking.state).over and asking.status in UNSENT | {LOST})
    if seen.online and (unasked or (asking is not None and seen.now_ms >= asking.asked_ms + every_ms)):
        return _asks(seen, end_ms, why)
    return _still(seen, end_ms, why)


def _asks(seen: Evidence, end_ms: int, why: str) -> Verdict:
    return Verdict(Standing(seen.row.state), why, due_ms=min(seen.now_ms + LOOKED_AGAIN_MS, end_ms), asks=True)


def _still(seen: Evidence, until_ms: int, why: str | None, state: Standing | None = None) -> Verdict | None:
    """Nothing has changed; the next look is not put off by each piece of news."""
    state = state or Standing(seen.row.state)
    due_ms = min(until_ms, seen.now_ms + LOOKED_AGAIN_MS) if until_ms > seen.now_ms else seen.now_ms + LOOKED_AGAIN_MS
    fresh = seen.row.due_ms is None or seen.row.due_ms <= seen.now_ms
    if not fresh and (state, why) == (seen.row.state, seen.row.why):
        return None
    return Verdict(state, why, due_ms=due_ms if fresh else min(due_ms, seen.row.due_ms))


def _failed(plan: Plan, seen: Evidence, why: str, *, cancelled: bool) -> Verdict:
    """An attempt has failed: there is another, after a while, or there is none."""
    if cancelled or seen.row.failures >= plan.retries:
        return Verdict(Standing.FAILED, why, failed=True)
    rests_ms = seen.now_ms + min(plan.backoff_s * 1000 << seen.row.failures, BACKOFF_MOST_MS)
    return Verdict(Standing.WAITING, why, due_ms=rests_ms, rests_ms=rests_ms, failed=True)


def _unsent(seen: Evidence, why: str) -> Verdict:
    return Verdict(Standing.WAITING, why, due_ms=seen.now_ms + LOOKED_AGAIN_MS)


def _again_at_once(why: str, *, cancelled: bool) -> Verdict:
    return Verdict(Standing.SKIPPED, "cancelled") if cancelled else Verdict(Standing.PENDING, why)


def _until_ms(plan: Plan, seen: Evidence) -> int:
    sent_ms: int = seen.row.sent_ms
    return sent_ms + plan.timeout_s * 1000


def _command_of(plan: Plan, seen: Evidence) -> str:
    if seen.command is not None:
        return str(seen.command.command)
    action: Any = None if seen.station is None else plan.action_for(seen.station.version)
    return UPDATE if action is None else str(action.command)
