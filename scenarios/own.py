"""The reference CSMS in the process of a run."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from csms_reference.csms import Csms
from csms_reference.store import Store
from protocol.transports.memory import MemoryNetwork
from scenarios.access import Notice, Reached, unheard
from scenarios.addresses import HOSTS, Addresses
from scenarios.files import Counter, settings_for
from scenarios.model import Scenario
from scenarios.operator import InProcess
from scenarios.secure import commission, server_tls
from scenarios.settings import settings_of
from simulator.clock import Clock


class ReferenceInProcess:
    """The reference CSMS in this process, over an in-memory network and a store without threads: fully repeatable."""

    own_clock = True

    def __init__(self, database: str = "sqlite://") -> None:
        self._database = database
        self._store: Store | None = None
        self._network: MemoryNetwork | None = None
        self._tls: ssl.SSLContext | None = None
        self._make: Callable[[], Csms] | None = None
        self._operator: InProcess | None = None
        self._counter: Counter | None = None
        self.notice: Notice = unheard

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        counter = self._counter = Counter() if scenario.csms.has_files else None
        more = {} if counter is None else settings_for(scenario.csms, counter.folder.name)
        store = Store.open(self._database, inline=True)
        network = MemoryNetwork(clock.soon, clock.busy)
        numbers = itertools.count(1)

        def make() -> Csms:
            return Csms(
                store,
                now=lambda: clock.utc,
                busy=clock.busy,
                settings=replace(settings_of(scenario, seed), **more),
                ids=lambda: f"csms-{next(numbers)}",
                monotonic=lambda: clock.now,
                call_at=lambda when_s, callback: clock.at(when_s, callback).cancel,
            )

        self._store, self._network, self._make = store, network, make
        self._operator = InProcess(make())
        csms = self._operator.csms
        self._tls = await server_tls(csms) if scenario.csms.tls else None
        network.serve(csms, tls=self._tls)
        files = None if counter is None else counter.open(csms)
        dialer = Addresses(network.dialer())
        how = partial(commission, csms) if scenario.csms.tls else None
        return Reached(f"ws://{HOSTS[0]}/ocpp", dialer, self._operator, files=files, commission=how)

    async def stop(self) -> None:
        assert self._network is not None
        self._network.down()

    async def start(self) -> None:
        """As a CSMS that certifies itself does, with a new certificate."""
        assert self._network is not None
        assert self._operator is not None
        assert self._make is not None
        self._operator.exchange(self._make())
        if self._tls is not None:
            self._tls = await server_tls(self._operator.csms)
        self._network.serve(self._operator.csms, tls=self._tls)

    async def close(self) -> None:
        if self._counter is not None:
            await self._counter.close()
        if self._operator is not None:
            await self._operator.csms.close()
        if self._store is not None:
            self._store.close()
