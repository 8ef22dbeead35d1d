"""Stations and the reference CSMS in one process, in virtual time and without sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V201
from simulator.clock import Clock
from simulator.facts import Fact, TransactionEnded
from simulator.profile import load_profile
from simulator.station import Station

START = datetime(2025, 3, 3, tzinfo=UTC)
PROFILE = "ac-22kw"


@dataclass(slots=True)
class Site:
    """What stands there, and what was counted."""

    stations: list[Station] = field(default_factory=list)
    frames: int = 0
    transactions: int = 0

    def build(self, number: int, clock: Clock) -> Csms:
        """Put stations up, half of them OCPP 1.6 and half 2.0.1, and a CSMS with a database in memory."""
        store = Store.open("sqlite://", inline=True)
        settings = Settings(accept_unknown_tokens=True, heartbeat_s=900)
        csms = Csms(store, now=lambda: clock.utc, busy=clock.busy, settings=settings, ids=lambda: f"c{next(ids)}")
        ids = count()
        network = MemoryNetwork(clock.soon, clock.busy)
        network.serve(csms)
        for index in range(number):
            made = Station(
                f"CP-{index:05}",
                load_profile(PROFILE),
                V201 if index % 2 else V16,
                clock,
                network.dialer(),
                url="ws://csms/",
                seed=7,
                tap=self._count,
                on_fact=self._note,
            )
            self.stations.append(made)
        return csms

    def _count(self, _station: str, _direction: str, _text: str) -> None:
        self.frames += 1

    def _note(self, _station: str, fact: Fact) -> None:
        self.transactions += isinstance(fact, TransactionEnded)
