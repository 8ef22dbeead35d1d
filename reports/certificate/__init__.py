"""The report of a certification: verdicts by profile, block, requirement and case, from the run's directory alone."""

from __future__ import annotations

from reports.certificate import difference, page
from reports.certificate.facts import Certification, read
from reports.recording import Run, RunError


def is_certification(run: Run) -> bool:
    """Whether it is a run of conformance cases that says what was certified."""
    return "certification" in run.summary


def documents(run: Run, against: Run | None = None) -> dict[str, bytes]:
    """All documents of a certification by file name. Raises RunError for facts that cannot be read."""
    certification = read(run)
    found = {"report.html": page.html(run, certification), "certificate.json": page.summary(run, certification)}
    if against is not None:
        if not is_certification(against):
            raise RunError(f"{against.path}: not a certification, but a run of kind {against.kind}")
        found["comparison.html"] = difference.html(run, certification, against, read(against))
    return found


__all__ = ["Certification", "documents", "is_certification"]
