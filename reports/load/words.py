"""Latencies, bytes and times of a load run for people, and the one sentence that sums it up."""

from __future__ import annotations

from reports.load.findings import peak
from reports.load.knee import Knee
from reports.load.names import ASIDE
from reports.load.record import Load
from reports.wording import number, span


def latency(seconds: float | None) -> str:
    """Such as ``38 ms`` or ``1.2 s``; a dash where nothing was answered."""
    if seconds is None:
        return "–"
    if seconds >= 0.9995:
        return f"{seconds:,.3g} s" if seconds < 100 else f"{seconds:,.0f} s"
    return f"{seconds * 1000:.3g} ms"


def percent(share: float) -> str:
    """Such as ``0.03 %``; what is above zero never reads as zero."""
    return "0 %" if not share else "under 0.001 %" if share < 1e-5 else f"{100 * share:.3g} %"


def size(count: float | None) -> str:
    """Bytes, such as ``7.8 KiB``."""
    if count is None:
        return "–"
    for unit, of_bytes in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if abs(count) >= of_bytes:
            return f"{count / of_bytes:,.3g} {unit}" if count < 999.5 * of_bytes else f"{count / of_bytes:,.0f} {unit}"
    return f"{count:,.0f} B"


def clock(seconds: float) -> str:
    """Time since the run began, ``h:mm:ss``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def counted(count: float, one: str, many: str = "") -> str:
    """Such as ``1 station`` or ``2,000 stations``."""
    return f"{number(count)} {one if round(count) == 1 else many or one + 's'}"


def headline_action(load: Load, knee: Knee) -> str | None:
    """The action whose p99 stands for the run: that of the target, else Heartbeat, else the most frequent."""
    actions = [action for action in load.actions() if action not in ASIDE]
    wanted = knee.target.action if knee.target else ""
    return next((name for name in (wanted, "Heartbeat", *actions) if name in actions), None)


def an(action: str) -> str:
    """With its article."""
    return f"an {action}" if action[:1] in "AEIOU" else f"a {action}"


def sentence(load: Load, knee: Knee, *, cut: bool) -> str:
    """The run in one sentence; what was lost, dropped or out of sight is always in it."""
    if not load.sources:
        return "Nothing was measured: there is not one tick."
    parts = [_stations(load), _losses(load), *_hidden(load)]
    text = "; ".join(filter(None, [", ".join(parts), _speed(load, knee), _errors(load), knee.words()]))
    return f"Cut off after {span(load.end_s)}: {text}." if cut else f"{text[:1].upper()}{text[1:]}."


def _stations(load: Load) -> str:
    found = peak(load)
    if found is None:
        return "how many stations were connected was not told"
    return f"{counted(found[0], 'station')} connected" if found[0] else "no station connected"


def _losses(load: Load) -> str:
    lost = load.lost()
    return f"{number(lost)} lost" if lost else "none lost"


def _hidden(load: Load) -> list[str]:
    found = []
    for source in load.of_role("fleet"):
        for gap in source.gaps:
            if gap.stations and gap.end_s is None:
                found.append(f"{number(gap.stations)} out of sight since {source.name} fell silent")
    dropped = load.count("dropped_samples")
    if dropped:
        found.append(counted(dropped, "measurement dropped", "measurements dropped"))
    return found


def _speed(load: Load, knee: Knee) -> str:
    action = headline_action(load, knee)
    if action is None:
        return "no CALL was answered" if load.outcome().failed else "no CALL was made"
    if knee.stepped and knee.left is not None and knee.kept is not None:
        p99 = load.outcome(action, knee.kept.name).answered.percentile_s(99.0)
        return f"p99 of {an(action)} {latency(p99)} at {counted(knee.kept.stations or 0, 'station')}"
    return f"p99 of {an(action)} {latency(load.outcome(action).answered.percentile_s(99.0))}"


def _errors(load: Load) -> str:
    outcome = load.outcome()
    return f"{percent(outcome.error_share)} of all CALLs failed" if outcome.failed else ""
