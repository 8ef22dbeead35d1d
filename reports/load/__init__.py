"""The report of a load run: what it measured second by second, as a page for people and as tables for programs."""

from __future__ import annotations

from reports.load import against as comparison
from reports.load import numbers, page
from reports.load.record import Load, read
from reports.recording import Run, RunError
from reports.ticks import FILE
from reports.wording import number, span

DAMAGED_NAMED = 5
ENDS_EARLY_S = 10.0


def is_load(run: Run) -> bool:
    """Whether it is a load run; one that was killed before it could say so is known by its ticks."""
    return run.kind == "load" or (run.kind == "unknown" and (run.path / FILE).exists())


def documents(run: Run, against: Run | None = None) -> dict[str, bytes]:
    """All documents of a load run by file name. What is missing of it is told to the run. Raises RunError."""
    load = loaded(run)
    found = {"report.html": page.html(run, load)} | numbers.documents(load)
    if against is not None:
        found["comparison.html"] = _comparison(run, load, against)
    return found


def _comparison(run: Run, load: Load, against: Run) -> bytes:
    if not is_load(against):
        raise RunError(f"{against.path}: only load runs can be compared, and this is a run of kind {against.kind}")
    before = loaded(against, load.end_s)
    if before.grid.step_s != load.grid.step_s:
        load = loaded(run, before.end_s)
    return comparison.html(run, load, against, before)


def loaded(run: Run, at_least_s: float = 0.0) -> Load:
    """The ticks of a run, as fine as ``record.read`` has them. What is missing or damaged becomes a gap of the run."""
    try:
        load = read(run.path, at_least_s)
    except FileNotFoundError:
        run.lacks(f"{FILE} is missing: nothing that was measured is known")
        return Load()
    if load.cut:
        run.lacks(f"{FILE}: the last line was cut off")
    for line, why in load.damaged[:DAMAGED_NAMED]:
        run.lacks(f"{FILE}: line {line} is damaged ({why})")
    if len(load.damaged) > DAMAGED_NAMED:
        run.lacks(f"{FILE}: {number(len(load.damaged) - DAMAGED_NAMED)} more lines are damaged")
    if not load.sources:
        run.lacks(f"{FILE} holds no tick")
    for source in load.of_role("fleet"):
        for gap in source.gaps:
            if gap.end_s is None:
                run.lacks(
                    f"{source.name} fell silent after {span(gap.begin_s)} and never came back; "
                    f"it held {number(gap.stations)} connected stations then"
                )
    lasted = run.summary["wall"].get("seconds")
    if isinstance(lasted, int | float) and load.sources and lasted - load.end_s > ENDS_EARLY_S:
        run.lacks(f"{FILE} ends after {span(load.end_s)}, and the run took {span(lasted)}")
    return load
