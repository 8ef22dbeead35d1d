"""What the HTTP API asks of the CSMS, be it one process or several."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from csms_reference.csms import Csms, Vet
from csms_reference.dispatch import Dispatcher
from csms_reference.endpoint import Door
from csms_reference.events.bus import Bus
from csms_reference.member import Member, this_node
from csms_reference.outcome import Outcome
from csms_reference.process import usage
from csms_reference.rounds import Rounds
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy

Figures = dict[str, float]


@dataclass(slots=True)
class Process:
    """One process that holds stations, and how it has fared. ``figures`` is empty while it does not answer."""

    number: int
    pid: int | None
    state: str
    """``starting``, ``serving``, ``silent`` (it does not answer) or ``waiting`` (died, the next one starts soon)."""
    deaths: int = 0
    last_end: str | None = None
    figures: Figures = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    """What it measures of its work: histograms and counts by label, see ``csms_reference.operations``."""


class Front(Protocol):
    """The CSMS as its operator sees it. Its database holds what it knows, its processes hold the stations."""

    @property
    def settings(self) -> Settings:
        """What was decided about it."""

    @property
    def store(self) -> Store:
        """Its database."""

    def now_ms(self) -> int:
        """Its time, as the store keeps instants."""

    draining: bool
    """Whether it is going down, so that nobody should come any more."""

    open_alerts: dict[tuple[str, str], int]
    """How many alerts were open at the last look, by kind and severity."""

    @property
    def sees_all(self) -> bool:
        """Whether who is not among ``seen`` is not connected anywhere, as far as can be known."""

    def connected(self) -> int:
        """How many stations are connected."""

    def members(self) -> list[Member]:
        """Every node that is alive, as far as this one knows; this one first."""

    async def seen(self, stations: Sequence[str]) -> dict[str, int | None]:
        """Those of these stations that are connected, and when each was last heard of (None: not known now)."""

    async def register(self, station_id: str, **columns: Any) -> bool:
        """As ``Csms.register``."""

    async def remove(self, station_id: str, *, vet: Vet | None = None) -> bool:
        """As ``Csms.remove``."""

    async def look_again(self, station_id: str) -> None:
        """As ``Csms.look_again``."""

    async def command(self, station_id: str, name: str, order: int | None = None, /, **fields: Any) -> Outcome:
        """As ``Csms.command``."""

    async def call(
        self, station_id: str, action: str, payload: dict[str, Any], *, validate: bool = True, order: int | None = None
    ) -> Outcome:
        """As ``Csms.call``."""

    @property
    def dispatcher(self) -> Dispatcher:
        """Through whom clients of the API have stations do things."""

    @property
    def rounds(self) -> Rounds:
        """Who has many stations do the same."""

    @property
    def busy(self) -> Busy:
        """Counts what is under way, for whoever conducts the time."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in a task of its own, which ends before the CSMS does."""

    @property
    def bus(self) -> Bus:
        """Who tells what happens, to whoever listens."""

    async def processes(self) -> list[Process]:
        """Every process that holds stations, with its figures."""


class Alone:
    """The front of a CSMS that is one process. ``door`` is where stations come in, if they come over sockets."""

    def __init__(self, csms: Csms, door: Door | None = None) -> None:
        self._csms = csms
        self._door = door
        self.draining = False
        self.sees_all = True
        self.open_alerts: dict[tuple[str, str], int] = {}
        self.settings = csms.settings
        self.store = csms.store
        self.now_ms = csms.now_ms
        self.busy = csms.busy
        self.bus = csms.bus
        self.spawn = csms.spawn
        self.dispatcher = Dispatcher(self)
        self.register = csms.register
        self.remove = csms.remove
        self.look_again = csms.look_again
        self.command = csms.command
        self.call = csms.call
        self.rounds = Rounds(self, csms)
        self._node = this_node(csms.settings, csms.now_ms())

    def connected(self) -> int:
        """How many stations are connected."""
        return len(self._csms.connections)

    def members(self) -> list[Member]:
        """This process."""
        return [self._node.holding(self.connected())]

    async def seen(self, stations: Sequence[str]) -> dict[str, int | None]:
        """Those of these stations that are connected, and when each was last heard of."""
        return dict(seen_here(self._csms, stations))

    async def processes(self) -> list[Process]:
        """This process."""
        figures, measures = figures_of(self._csms, self._door), measures_of(self._csms)
        return [Process(1, int(figures["pid"]), "serving", figures=figures, measures=measures)]


def seen_here(csms: Csms, stations: Sequence[str]) -> dict[str, int]:
    """Those of these stations that are connected to this process, and when each was last heard of."""
    return {
        station: connection.seen_ms for station in stations if (connection := csms.connections.get(station)) is not None
    }


def figures_of(csms: Csms, door: Door | None) -> Figures:
    """What this process has done so far, and what it takes."""
    return {**csms.figures(), "upgrades_refused_full": 0 if door is None else door.refused, **usage()}


def measures_of(csms: Csms) -> dict[str, Any]:
    """What this process has measured so far."""
    return {**csms.measures.plain(), **csms.store.measures()}


def total_of(processes: list[Process]) -> Figures:
    """The sums over all processes, the worst where a sum says nothing."""
    total: Figures = {}
    for process in processes:
        for name, value in process.figures.items():
            if name in WORST_COUNTS:
                total[name] = max(total.get(name, value), value)
            elif name != "pid":
                total[name] = total.get(name, 0) + value
    return total


WORST_COUNTS = frozenset({"pressure", "pressure_highest"})
