"""Two certifications side by side: what was fixed, what broke, what is still wrong, what came and went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reports.certificate.facts import CaseFacts, Certification
from reports.page import Tile, about, rendered, reproduce
from reports.recording import Run
from reports.verdict import Finding, Verdict
from reports.wording import date, moment, number


@dataclass(frozen=True, slots=True)
class Change:
    """One case, now and before; ``before`` or ``now`` is None where only one run has it."""

    id: str
    title: str
    now: Verdict | None
    before: Verdict | None
    why: tuple[Finding, ...]


GROUPS = {
    "Broke": "passed before, and does not now",
    "Fixed": "did not pass before, and does now",
    "Still wrong": "did not pass before, nor now",
    "Otherwise": "neither passed nor failed both times: applies no more, could not be judged, or was not run",
}


def compare(now: Certification, before: Certification) -> dict[str, list[Change]]:
    """The cases whose verdict matters, by what became of them."""
    found: dict[str, list[Change]] = {name: [] for name in GROUPS}
    ours, theirs = ({case.id: case for case in each.cases} for each in (now, before))
    for name in sorted({*ours, *theirs}):
        change = _change(name, ours.get(name), theirs.get(name))
        if group := _group(change):
            found[group].append(change)
    return found


def _change(name: str, now: CaseFacts | None, before: CaseFacts | None) -> Change:
    case = now or before
    title = case.title if case else ""
    why = tuple(each for each in (now.findings if now else ()) if not each.verdict.held)
    return Change(name, title, now.verdict if now else None, before.verdict if before else None, why)


def _group(change: Change) -> str:
    good, bad = Verdict.PASS, (Verdict.FAIL, Verdict.ERROR)
    if change.before is good and change.now in bad:
        return "Broke"
    if change.before in bad and change.now is good:
        return "Fixed"
    if change.before in bad and change.now in bad:
        return "Still wrong"
    return "" if change.before is change.now else "Otherwise"


def html(run: Run, now: Certification, earlier: Run, before: Certification) -> bytes:
    """Render the comparison."""
    changes = compare(now, before)
    start = moment(str(run.summary["clock"].get("start")))
    context: dict[str, Any] = {
        "changes": [(name, GROUPS[name], changes[name]) for name in GROUPS],
        "earlier": earlier,
        "making": _making(run, now, earlier, before),
        "tiles": [Tile(name, number(len(changes[name])), GROUPS[name]) for name in GROUPS],
        "reproduce": reproduce(run),
        "start_iso": start.isoformat() if start else "",
        "start": date(start) if start else "an unknown date",
        "left_out": [],
    }
    return rendered("changes.html.j2", context | about(run))


def _making(run: Run, now: Certification, earlier: Run, before: Certification) -> list[tuple[str, str, str]]:
    """What was different about the two runs besides their verdicts."""
    rows = [
        ("Under test", f"{now.role}, OCPP {now.version}", f"{before.role}, OCPP {before.version}"),
        ("Profiles claimed", _listed(now.claimed), _listed(before.claimed)),
        ("Versions", _versions(run), _versions(earlier)),
        ("Command", " ".join(run.command), " ".join(earlier.command)),
        ("Cases run", number(sum(1 for _ in now.run)), number(sum(1 for _ in before.run))),
    ]
    return [row for row in rows if row[1] != row[2]]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "all"


def _versions(run: Run) -> str:
    return " · ".join(f"{name} {version}" for name, version in run.summary["versions"].items())
