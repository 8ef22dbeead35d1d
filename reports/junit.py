"""The verdicts of a run as JUnit XML, for continuous integration."""

from __future__ import annotations

import re
import shlex
from xml.etree import ElementTree as ET

from reports.recording import Run
from reports.verdict import Judgement, Verdict

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# JUnit has no word for inconclusive: an error, because a build must not go green on what was not established.
ELEMENT = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "error",
    Verdict.NOT_APPLICABLE: "skipped",
}


def junit(run: Run) -> bytes:
    """One testsuite with a testcase per verdict; a run that was cut off adds one erroneous case of its own."""
    run.samples()
    verdicts = run.verdicts
    if not run.complete:
        cut = "; ".join(run.gaps)
        verdicts.append(Judgement("run.complete", "The run finished", Verdict.INCONCLUSIVE, reason=cut))
    elements = [ELEMENT.get(each.verdict) for each in verdicts]
    counts = {name: str(elements.count(element)) for name, element in COUNTED.items()}
    seconds = f"{float(run.summary['wall'].get('seconds') or 0.0):.3f}"
    totals = {"tests": str(len(verdicts))} | counts | {"time": seconds}
    root = ET.Element("testsuites", {"name": "chargebench"} | totals)
    suite = ET.SubElement(root, "testsuite", {"name": _legal(run.title), "id": "0"} | totals)
    if started := run.summary["wall"].get("started"):
        suite.set("timestamp", _legal(str(started)).removesuffix("Z"))
    _properties(suite, run)
    for each in verdicts:
        _testcase(suite, run.kind, each)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _properties(suite: ET.Element, run: Run) -> None:
    clock = run.summary["clock"]
    facts = {
        "id": run.id,
        "kind": run.kind,
        "seed": "" if run.seed is None else str(run.seed),
        "command": shlex.join(run.command),
        "verdict": run.verdict.value,
        "pace": str(clock.get("pace")),
        "simulated_s": str(clock.get("duration_s")),
    } | {f"version.{name}": str(version) for name, version in run.summary["versions"].items()}
    parent = ET.SubElement(suite, "properties")
    for name, value in facts.items():
        ET.SubElement(parent, "property", name=_legal(name), value=_legal(value))


def _testcase(suite: ET.Element, kind: str, judgement: Judgement) -> None:
    name = f"{judgement.id} {judgement.title}".strip()
    case = ET.SubElement(suite, "testcase", classname=_legal(f"chargebench.{kind}"), name=_legal(name))
    element = ELEMENT.get(judgement.verdict)
    if element is None:
        return
    message = judgement.reason or (f"expected {judgement.expected}" if judgement.expected else judgement.verdict.value)
    child = ET.SubElement(case, element, message=_legal(message))
    if element != "skipped":
        child.set("type", judgement.verdict.value)
        child.text = _legal("\n".join(_evidence(judgement)))


def _evidence(judgement: Judgement) -> list[str]:
    lines = ", ".join(map(str, judgement.frames))
    facts = {
        "expected": judgement.expected,
        "actual": judgement.actual,
        "rule": judgement.rule,
        "reason": judgement.reason,
        "station": judgement.station or "",
        "simulated time": "" if judgement.t is None else f"{judgement.t:.3f} s",
        "frames": f"messages.jsonl, line {lines}" if lines else "",
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


def _legal(text: str) -> str:
    """What XML 1.0 cannot carry even as a reference becomes a visible ``\\uXXXX``."""
    return ILLEGAL.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
