"""A made-up certification: passes, a violation, a difference, an inconclusive case, one that does not apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.recording import Run
from reports.rundir import RunWriter
from reports.verdict import Finding, Judgement, Verdict

HOSTILE = "</script><b onclick=x>"
CASES = (
    ("TC_A_01_CS", "A Security", {"Core": "M"}),
    ("TC_B_01_CS", "B Provisioning", {"Core": "M", "Advanced Security": "C"}),
    ("TC_B_02_CS", "B Provisioning", {"Core": "C"}),
    ("TC_C_01_CS", "C Authorization", {"Local Auth List": "M"}),
    ("TC_C_02_CS", "C Authorization", {"Core": "M"}),
    ("TC_D_01_CS", "D Local list", {"Local Auth List": "M"}),
)
SOUND = {
    "TC_A_01_CS": [Finding(Verdict.PASS, "a boot", "", "A01.FR.01", t=0.5, frames=(1,))],
    "TC_B_01_CS": [
        Finding(Verdict.PASS, "a boot", "", "B01.FR.01", t=2.0, frames=(3,)),
        Finding(Verdict.FAIL, "status Accepted", f"status {HOSTILE}", "B01.FR.02 B01.FR.03", t=2.5, frames=(4,)),
        Finding(Verdict.FAIL, "a heartbeat within 5 s", "it did not come", t=7.0),
    ],
    "TC_B_02_CS": [Finding(Verdict.INCONCLUSIVE, "", "", reason="the rig has no plug", t=9.0)],
    "TC_C_01_CS": [Finding(Verdict.PASS, "a token", "", "C01.FR.01", t=9.5)],
}


def made(path: Path, findings: dict[str, list[Finding]] | None = None, **told: Any) -> Run:
    """Write a certification with these findings by case, and open it."""
    found = SOUND if findings is None else findings
    verdicts = [_judged(name, each) for name, each in found.items()]
    verdicts.append(Judgement("TC_C_02_CS", "C 2", Verdict.NOT_APPLICABLE, reason="applies if C-30; declared: no"))
    with RunWriter(path) as writer:
        for n in range(1, 7):
            writer.message(n / 2, "CP-1", "up" if n % 2 else "down", f'[2,"{n}","Heartbeat",{{}}]')
        writer.finish(
            kind="certify-station",
            title="Conformance",
            seed=1,
            command=["chargebench", "certify", "station"],
            clock={"pace": "virtual", "start": "2026-03-02T08:00:00Z", "duration_s": 10.0},
            wall={"started": "2026-03-02T08:00:00Z", "finished": "2026-03-02T08:00:01Z", "seconds": 1.0},
            stations=[{"id": "CP-1", "profile": "ac", "version": "2.0.1"}],
            verdicts=verdicts,
            certification=facts() | told,
        )
    return Run.open(path)


def facts() -> dict[str, Any]:
    """The key ``certification`` of ``run.json``."""
    lines = {"TC_A_01_CS": [1, 2], "TC_B_01_CS": [3, 6]}
    cases = [
        {"id": name, "title": f"{name} it is", "block": block, "profiles": profiles, "lines": lines.get(name)}
        | {"verifies": [f"{name[3]}01.FR.01", f"{name[3]}01.FR.09"], "proofs": ["liar"] if name != "TC_C_01_CS" else []}
        for name, block, profiles in CASES
    ]
    claimed = ["Core", "Local Auth List"]
    lacking = {"plug": ["TC_B_02_CS"]}
    return {"role": "station", "version": "2.0.1", "claimed": claimed, "cases": cases, "lacking": lacking}


def _judged(name: str, findings: list[Finding]) -> Judgement:
    worst = max(findings, key=lambda each: each.verdict.severity)
    return Judgement(name, name, worst.verdict, worst.expected, worst.actual, findings=tuple(findings), station="CP-1")
