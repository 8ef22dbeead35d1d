"""Which charts the page of a load run shows."""

from __future__ import annotations

from collections.abc import Iterable

from reports.load import charts
from reports.load.charts import Line
from reports.load.names import TROUBLES
from reports.load.record import Load
from reports.plot import Chart

LOOPS_DRAWN = 12
MIB = 1 / 2**20
TROUBLE_STYLES = ("bad-line", "band-3", "band-2", "band-5", "band-1")


def rates(load: Load) -> list[Chart]:
    """Stations that came, messages and transactions, a second."""
    coming = [
        Line("connections opened", "band-1", charts.rate(load, "opened")),
        Line("stations accepted", "band-0", charts.rate(load, "booted")),
        Line("stations back after a loss", "band-3", charts.rate(load, "reconnected")),
    ]
    charging = [
        Line("started", "band-0", charts.rate(load, "started")),
        Line("ended", "band-4", charts.rate(load, "ended")),
    ]
    return there(
        [
            charts.lines(load, "Connected and accepted", "a second", coming),
            charts.lines(load, "Messages", "a second", _talk(load)),
            charts.lines(load, "Transactions", "a second", charging),
        ]
    )


def failures(load: Load) -> Chart | None:
    """CALLs that were not answered, a second."""
    failed = charts.per_second(load, load.failed, load.of_role("fleet"))
    return charts.lines(
        load, "Failed CALLs", "a second", [Line("failed", "bad-line", failed)] if any(load.failed) else []
    )


def losses(load: Load) -> Chart | None:
    """What was lost or dropped, a second."""
    drawn = [
        Line(meaning, style, charts.rate(load, name))
        for (name, meaning), style in zip(TROUBLES.items(), TROUBLE_STYLES, strict=True)
        if load.count(name)
    ]
    return charts.lines(load, "Losses", "a second", drawn)


def resources(load: Load, processors: int) -> list[Chart]:
    """Processors, memory, the CSMS's connections, and how late the event loops were."""
    fleet, csms, machine = (load.of_role(role) for role in ("fleet", "csms", "machine"))
    work = [
        Line("fleet", "band-1", charts.cores(load, "fleet")),
        Line("CSMS", "band-2", charts.cores(load, "csms")),
    ]
    if processors:
        work.append(Line("machine", "band-3", charts.gauge(load, machine, "cpu_share", processors)))
    memory = [
        Line("fleet, private", "band-1", charts.gauge(load, fleet, "private_bytes", MIB)),
        Line("CSMS, private", "band-2", charts.gauge(load, csms, "private_bytes", MIB)),
        Line("kernel slab", "band-3", charts.gauge(load, machine, "slab_bytes", MIB)),
        Line("TCP buffers", "band-4", charts.gauge(load, machine, "socket_bytes", MIB)),
    ]
    links = [
        Line("connections", "band-2", charts.gauge(load, csms, "connections")),
        Line("waiting to be served", "band-4", charts.gauge(load, csms, "queue")),
    ]
    lag = [
        Line(source.name, f"band-{number % 6}", charts.gauge(load, [source], "loop_lag_s", 1000.0))
        for number, source in enumerate(fleet[:LOOPS_DRAWN])
    ]
    return there(
        [
            charts.lines(load, "Processors at work", f"of {processors}" if processors else "", work),
            charts.lines(load, "Memory", "MiB", memory),
            charts.lines(load, "Connections and queue of the CSMS", "", links),
            charts.logarithmic(load, "Lateness of the event loops", lag),
        ]
    )


def there(found: Iterable[Chart | None]) -> list[Chart]:
    """Those that have something to show."""
    return [chart for chart in found if chart is not None]


def _talk(load: Load) -> list[Line]:
    """Messages both ways; where only CALLs were counted, those."""
    up, down = charts.rate(load, "frames_up"), charts.rate(load, "frames_down")
    if any(up) or any(down):
        return [Line("from stations", "band-1", up), Line("from the CSMS", "band-2", down)]
    ended = [a + b for a, b in zip(load.answered, load.failed, strict=True)]
    return [Line("CALLs that ended", "band-1", charts.per_second(load, ended, load.of_role("fleet")))]
