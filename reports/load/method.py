"""How a load run was measured, in sentences; what is not known is said as well."""

from __future__ import annotations

from collections.abc import Iterator

from reports.load import words
from reports.load.findings import PLATEAU_SHARE, Plateau
from reports.load.record import Load
from reports.wording import number, span

HISTOGRAMS = """Latency is what a station saw: from sending a CALL to having read its answer. Histograms were added up
before any percentile was taken; nothing here is an average of percentiles."""
MESSAGES = """“All messages” are all OCPP actions. Opening a connection (connect) and getting accepted (boot) are told
apart from them."""
NO_CSMS = """No process of the CSMS was sampled: it ran elsewhere, or was not watched. What it cost is not known."""
NO_MACHINE = """The machine was not sampled: kernel memory and the load of the whole machine are not known."""
KERNEL = """Kernel memory is that of the whole machine, less what it was when the run began."""


def sentences(load: Load, level: Plateau | None) -> Iterator[str]:
    """One after the other."""
    fleet, csms = load.of_role("fleet"), load.of_role("csms")
    yield (
        f"{words.counted(len(fleet), 'process', 'processes')} held the stations and told once a second what had "
        "happened since, with an HdrHistogram of latencies (1 µs to an hour, two digits) for each action."
    )
    yield HISTOGRAMS
    yield MESSAGES
    yield (
        f"A point of a chart stands for {span(load.grid.step_s)}. load.csv has every second, latency.csv every phase; "
        "both are there as Parquet, too."
    )
    yield _local(len(csms)) if csms else NO_CSMS
    yield KERNEL if load.of_role("machine") else NO_MACHINE
    if level is not None:
        yield (
            f"Memory a station is the median from {words.clock(level.begin_s)} to {words.clock(level.end_s)}, the "
            f"longest stretch with at least {PLATEAU_SHARE:.0%} of the most stations. It holds everything of the "
            "processes, the interpreter included."
        )
    if load.late:
        yield f"{number(load.late)} histograms came over a minute late; the percentiles of single seconds lack them."
    backwards = sum(source.backwards for source in load.sources.values())
    if backwards:
        yield f"{words.counted(backwards, 'tick')} told of a time no later than the one before; all count the same."


def _local(processes: int) -> str:
    return (
        f"The CSMS ran on this machine; {words.counted(processes, 'process was', 'processes were')} sampled. It shared "
        "the processors with the fleet, so each slowed the other."
    )
