"""A finished run's directory in, documents out: the HTML report and JUnit XML."""

from __future__ import annotations

import os
from pathlib import Path


def render(run_dir: str | os.PathLike[str]) -> list[Path]:
    """Write ``report.html`` and ``junit.xml`` into a run directory; returns their paths.

    May be repeated at any time: the same directory gives the same bytes. Raises ``RunError`` for what is no run.
    """
    # Here, so that whoever only writes runs does not load a template engine.
    from reports.html import html  # noqa: PLC0415
    from reports.junit import junit  # noqa: PLC0415
    from reports.layout import write_atomically  # noqa: PLC0415
    from reports.recording import Run  # noqa: PLC0415

    run = Run.open(run_dir)
    documents = {"report.html": html(run), "junit.xml": junit(run)}
    for name, content in documents.items():
        write_atomically(run.path / name, content)
    return [run.path / name for name in documents]
