"""What every page shares: the template engine, the run's summary, its verdicts, and what the charts' cursor needs."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from reports.plot import Chart
from reports.recording import Run
from reports.verdict import Judgement, Verdict
from reports.wording import number, visible

TEMPLATES = Path(__file__).parent / "templates"
SERIES_KEYS = ("name", "unit", "values", "style")

HEADLINES = {
    Verdict.PASS: "Everything held",
    Verdict.INCONCLUSIVE: "Not everything could be judged",
    Verdict.FAIL: "Something did not hold",
    Verdict.ERROR: "A check itself broke",
    Verdict.NOT_APPLICABLE: "Nothing was judged",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the summary."""

    name: str
    value: str
    note: str = ""
    unit: str = ""


def rendered(template: str, context: Mapping[str, Any]) -> bytes:
    """A page of a template; whatever the context holds is escaped and made visible."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "kwh": lambda wh: f"{wh / 1000:,.1f}", "chart_data": _chart_data}
    script, style = ((TEMPLATES / name).read_text("utf-8") for name in ("report.js", "report.css"))
    fingerprint = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    ours = {"script": Markup(script), "style": Markup(style), "fingerprint": fingerprint}  # noqa: S704 (our own files)
    return environment.get_template(template).render({**context, **ours}).encode("utf-8")


def about(run: Run) -> dict[str, Any]:
    """What the head of every page says of a run, by the names that the templates use."""
    return {
        "run": run,
        "verdict": run.verdict,
        "headline": HEADLINES[run.verdict],
        "verdict_counts": _verdict_counts(run.verdicts),
        "command": shlex.join(run.command),
        "gaps": run.gaps,
    }


def reproduce(run: Run) -> list[tuple[str, str]]:
    """How the run can be had again: what was recorded of its making."""
    summary, clock = run.summary, run.summary["clock"]
    rows = {
        "Run": f"{run.id} ({run.kind})",
        "Seed": "none recorded" if run.seed is None else str(run.seed),
        "Clock": f"{clock.get('pace')}, from {clock.get('start') or 'unknown'}",
        "Started": summary["wall"].get("started") or "",
        "Versions": " · ".join(f"{name} {version}" for name, version in summary["versions"].items()),
        "Machine": " · ".join(machine_words(summary["machine"])),
    }
    return [(name, value) for name, value in rows.items() if value]


def machine_words(facts: Mapping[str, Any]) -> list[str]:
    """The machine of a run, fact by fact."""
    words = {"processors": "{} processors", "memory_mib": "{} MiB memory"}
    return [words.get(name, "{}").format(value) for name, value in facts.items()]


def _verdict_counts(verdicts: Sequence[Judgement]) -> list[tuple[Verdict, int]]:
    counts = Counter(each.verdict for each in verdicts)
    order = (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NOT_APPLICABLE)
    return [(verdict, counts[verdict]) for verdict in order if counts[verdict]]


def _chart_data(chart: Chart) -> str:
    """What the cursor needs, for an attribute of the chart's element."""
    series = [{key: value for key, value in asdict(each).items() if key in SERIES_KEYS} for each in chart.shapes]
    facts = {"start": chart.start, "step_s": chart.step_s, "edges": chart.edges, "series": series}
    return json.dumps(facts, separators=(",", ":"))
