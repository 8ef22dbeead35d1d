"""Our own station on the stand: in this process, over a memory pipe, in virtual time, a new one for each case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from conformance.rigs import Doorway, Mounted, Unable
from conformance.timing import ClockTime
from conformance.vocabulary import V16, Subject
from protocol.transports.memory import MemoryNetwork
from protocol.versions import by_name
from simulator.clock import VIRTUAL, Clock, Pace
from simulator.ev import EV
from simulator.profile import load_profile
from simulator.station import Station
from simulator.tokens import Token


@dataclass(frozen=True, slots=True)
class SimulatedStation:
    """Mounts a station of this project. ``config`` are settings at commissioning, over the stand's own."""

    start: datetime
    profile: str = "ac-22kw"
    ev: str = "sedan-77kwh"
    seed: int = 1
    clock_pace: Pace = VIRTUAL
    config: Mapping[str, object] = field(default_factory=dict)
    name: str = "simulated"

    @property
    def pace(self) -> str:
        """How time passes on the stand."""
        return str(self.clock_pace)

    def describe(self, subject: Subject) -> Subject:
        """The subject with the EVSEs that this profile has."""
        evses = tuple(len(evse.connectors) for evse in load_profile(self.profile).evses)
        return replace(subject, evses=evses)

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """A station fresh from the factory, switched off."""
        clock = Clock(self.start, self.clock_pace)
        network = MemoryNetwork(clock.soon, clock.busy)
        network.serve(doorway)
        station = Station(
            subject.identity,
            load_profile(self.profile),
            by_name(subject.version),
            clock,
            network.dialer(),
            url="ws://bench",
            seed=self.seed,
            password=subject.password,
            config=self.config,
        )
        try:
            yield Mounted(SimulatedHands(station, self.ev, subject.version), ClockTime(clock))
        finally:
            station.power_off()
            network.serve(None)


@dataclass(slots=True)
class SimulatedHands:
    """What a driver and a technician do to a simulated station."""

    station: Station
    ev: str
    version: str
    arrival_soc: float = 0.2

    def ready(self) -> bool:
        """Switch the station on; True says that it boots now."""
        self.station.power_on()
        return True

    def power_on(self) -> None:
        """Mains come on."""
        self.station.power_on()

    def power_off(self) -> None:
        """Mains go."""
        self.station.power_off()

    def plug(self, evse: int, connector: int) -> None:
        """An EV that needs energy is plugged in."""
        try:
            self.station.plug(EV.of(self.ev, self.arrival_soc), evse, connector)
        except ValueError as problem:
            raise Unable(str(problem)) from None

    def unplug(self, evse: int) -> None:
        """The cable is pulled at the EV."""
        try:
            self.station.unplug(evse)
        except ValueError as problem:
            raise Unable(str(problem)) from None

    def present(self, token: str, type: str, evse: int) -> None:
        """A card is held to the reader."""
        self.station.present(Token(token) if self.version == V16 else Token(token, type), evse)
