"""The reference CSMS as processes of its own, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from chargebench.bench import gauges
from chargebench.bench.processes import ChildFailed
from loadtest.csms import CsmsLost, LocalCsms


@dataclass(frozen=True, slots=True)
class RunningCsms:
    """Where stations connect to, and the processes behind it."""

    url: str
    process: psutil.Process
    urls: Sequence[str] = ()
    """Of several nodes each one's."""

    @property
    def processes(self) -> list[psutil.Process]:
        """The one that was started and those that it started."""
        return [self.process, *self.process.children(recursive=True)]

    def cpu_s(self) -> float:
        """Processor time of all of them so far."""
        times = [each.cpu_times() for each in self.processes]
        return sum(each.user + each.system for each in times)

    def private_bytes(self) -> int:
        """Private memory of all of them."""
        return sum(gauges.private_bytes(each.pid) for each in self.processes)


@contextmanager
def running_csms(folder: Path, **settings: Any) -> Iterator[RunningCsms]:
    """Start it on free ports with everything in ``folder``, and end it. Raises ChildFailed if it does not start."""
    with ExitStack() as stack:
        try:
            csms = stack.enter_context(LocalCsms(folder, settings))
        except CsmsLost as lost:
            raise ChildFailed(str(lost)) from lost
        yield RunningCsms(csms.url, psutil.Process(csms.pid), csms.urls)
