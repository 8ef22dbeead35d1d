"""A finished run's directory in, documents out: the HTML report and JUnit XML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.recording import Run


def render(run_dir: str | os.PathLike[str] | Run, against: str | os.PathLike[str] | None = None) -> list[Path]:
    """Write ``report.html`` and ``junit.xml`` into a run directory, and what else its kind has; returns their paths.

    ``against`` is an earlier run, of load or conformance: ``comparison.html`` sets both side by side. May be repeated
    at any time: the same directory gives the same bytes. A ``Run`` that is given knows afterwards all that is missing
    of it. Raises ``RunError`` for what is no run, or cannot be compared.
    """
    # Here, so that whoever only writes runs does not load a template engine, and no run the pages of another kind.
    from reports.junit import junit  # noqa: PLC0415
    from reports.layout import write_atomically  # noqa: PLC0415
    from reports.recording import Run  # noqa: PLC0415

    run = run_dir if isinstance(run_dir, Run) else Run.open(run_dir)
    documents = _documents(run, None if against is None else Run.open(against))
    documents["junit.xml"] = junit(run)
    for name, content in documents.items():
        write_atomically(run.path / name, content)
    return [run.path / name for name in documents]


def _documents(run: Run, earlier: Run | None) -> dict[str, bytes]:
    """What the kind of a run has for documents, by file name."""
    from reports import certificate  # noqa: PLC0415

    if certificate.is_certification(run):
        return certificate.documents(run, earlier)
    from reports import load  # noqa: PLC0415

    if load.is_load(run):
        return load.documents(run, earlier)
    if earlier is not None:
        from reports.recording import RunError  # noqa: PLC0415

        raise RunError(f"{run.path}: only load runs and certifications can be compared, not one of kind {run.kind}")
    from reports.html import html  # noqa: PLC0415

    return {"report.html": html(run)}
