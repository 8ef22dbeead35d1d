"""The form of a campaign: what was filled in as a plan, and a plan as people read it."""

from __future__ import annotations

import json
from typing import Any

from csms_reference.campaigns.plan import UPDATE, Action, Plan, Wave
from csms_reference.console.gate import Fields

TARGET = ("owner", "vendor", "model", "version", "firmware")
NUMBERS = ("timeout_s", "retries", "backoff_s", "patience_s")
MINUTE_LENGTH = len("2026-03-01T09:00")
"""So long is what a browser writes of a moment, without seconds and time zone."""


def wish_of(given: Fields) -> dict[str, Any]:
    """What was filled in, as ``CampaignIn`` takes it; what was left empty is left out. Raises ValueError."""
    filled = {name: text.strip() for name, text in given.items() if text.strip()}
    target: dict[str, Any] = {name: filled[name] for name in TARGET if name in filled}
    if names := filled.get("stations", "").split():
        target["stations"] = names
    target["later"] = "later" in filled
    wish: dict[str, Any] = {
        "name": filled.get("name", ""),
        "actions": [_action(filled)],
        "target": target,
        "waves": _waves(filled),
        "pace": _numbers(filled, "at_once", "at_once_per_owner"),
        "schedule": _schedule(filled),
        "only_idle": "only_idle" in filled,
        **_numbers(filled, *NUMBERS),
    }
    if "expected" in filled:
        wish["expected"] = filled["expected"]
    if "threshold" in filled:
        wish["threshold"] = {"percent": _number("threshold", filled["threshold"])}
    return wish


def _action(filled: Fields) -> dict[str, Any]:
    if "image" in filled:
        return {"command": UPDATE, "image": filled["image"]}
    if "values" in filled:
        return {"command": "set_variables", "fields": {"values": dict(_pair(line) for line in _lines(filled))}}
    if "command" not in filled:
        raise ValueError("Choose an image, variables with their values, or a command.")
    try:
        fields = json.loads(filled.get("fields", "{}"))
    except (ValueError, RecursionError):
        raise ValueError("Fields: this is not JSON.") from None
    return {"command": filled["command"], "fields": fields}


def _lines(filled: Fields) -> list[str]:
    return [line for line in filled["values"].splitlines() if line.strip()]


def _pair(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals:
        raise ValueError(f"Variables: {line.strip()[:60]!r} has no value; write Component.Variable = value.")
    return name.strip(), value.strip()


def _waves(filled: Fields) -> list[dict[str, Any]]:
    """A canary, and steps in percent: after each the same rest."""
    rest: dict[str, Any] = {"approval": "approval" in filled}
    if "soak_h" in filled:
        rest["soak_s"] = round(_number("soak_h", filled["soak_h"]) * 3600)
    found = [{"count": round(_number("canary", filled["canary"])), **rest}] if "canary" in filled else []
    steps = filled.get("steps", "").replace("%", " ").replace(",", " ").split()
    return found + [{"percent": _number("steps", step), **rest} for step in steps]


def _schedule(filled: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("not_before", "deadline"):
        if name in filled:
            found[name] = f"{filled[name]}:00Z" if len(filled[name]) == MINUTE_LENGTH else filled[name]
    if "begins" in filled or "ends" in filled:
        window = {"begins": filled.get("begins", ""), "ends": filled.get("ends", ""), "zone": filled.get("zone", "UTC")}
        found["window"] = window
    return found


def _numbers(filled: Fields, *names: str) -> dict[str, int]:
    return {name: round(_number(name, filled[name])) for name in names if name in filled}


def _number(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"{name}: {text[:40]!r} is no number") from None
    if not abs(found) < 1e9:
        raise ValueError(f"{name}: {text[:40]!r} is too much")
    return found


def given_of(plan: Plan) -> list[tuple[str, str]]:
    """A plan as lines of what and how."""
    target = plan.target.model_dump(exclude_none=True, exclude={"stations", "later"})
    whom = [f"{name} {value}" for name, value in target.items()]
    if plan.target.stations is not None:
        whom.append(f"{len(plan.target.stations)} named stations")
    if plan.target.later:
        whom.append("those that come later, too")
    found = [("What", _what(each)) for each in plan.actions]
    found += [("For", ", ".join(whom) or "every station")]
    found += [("Waves", ", then ".join([*map(_wave, plan.waves), "the rest" if plan.waves else "all at once"]))]
    pace = f"{plan.pace.at_once} at the same time"
    if plan.pace.at_once_per_owner is not None:
        pace += f", {plan.pace.at_once_per_owner} of each owner"
    return [
        *found,
        ("Pace", f"{pace}, only where nobody charges" if plan.only_idle else pace),
        *_when(plan),
        *_ends(plan),
    ]


def _what(action: Action) -> str:
    name = action.command.replace("_", " ").capitalize()
    told = f"{name}: {action.image}" if action.image else name
    if action.fields:
        told += f" {json.dumps(action.fields, ensure_ascii=False)}"
    return f"{told} (OCPP {', '.join(action.versions)})" if action.versions else told


def _wave(wave: Wave) -> str:
    told = f"{wave.count} stations" if wave.count is not None else f"{wave.percent:g} %"
    rest = [f"{wave.soak_s / 3600:g} h of rest"] if wave.soak_s else []
    rest += ["an approval"] if wave.approval else []
    return f"{told} and {' and '.join(rest)}" if rest else told


def _when(plan: Plan) -> list[tuple[str, str]]:
    schedule, told = plan.schedule, []
    if schedule.not_before is not None:
        told.append(f"from {schedule.not_before}")
    if (window := schedule.window) is not None:
        told.append(f"{window.begins} to {window.ends} in {window.zone}")
        told += [", ".join(window.days)] if len(window.days) < 7 else []
    if schedule.deadline is not None:
        told.append(f"until {schedule.deadline}")
    return [("When", "; ".join(told))] if told else []


def _ends(plan: Plan) -> list[tuple[str, str]]:
    threshold = plan.threshold
    pauses = [f"{threshold.percent:g} %" if threshold.percent is not None else ""]
    pauses += [f"{threshold.count} stations" if threshold.count is not None else ""]
    told = [("Retries", f"{plan.retries}, the first after {plan.backoff_s} s")]
    if plan.expected is not None:
        told.append(("Expected", plan.expected))
    if any(pauses):
        told.append(("Pauses by itself", f"when {' or '.join(filter(None, pauses))} have failed"))
    return told
