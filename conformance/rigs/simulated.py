"""Our own station on the stand: in this process, over a memory pipe, in virtual time, a new one for each case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from conformance.hands.bay import Bay
from conformance.rigs import Doorway, Mounted
from conformance.rigs.equipment import EQUIPMENT, USUAL
from conformance.timing import ClockTime
from conformance.vocabulary import Subject
from protocol.transports.memory import MemoryNetwork
from protocol.versions import by_name
from simulator.clock import VIRTUAL, Clock, Pace
from simulator.profile import load_profile
from simulator.station import Station


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

    def fitted(self, case: str) -> SimulatedStation:
        """The station that this case wants, see ``conformance.rigs.equipment``."""
        wants = EQUIPMENT.get(case, USUAL)
        return replace(
            self,
            profile=wants.profile or self.profile,
            ev=wants.ev or self.ev,
            config={**self.config, **wants.config},
        )

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
            yield Mounted(Bay(station, clock, subject.version, self.ev), ClockTime(clock))
        finally:
            station.power_off()
            network.serve(None)
