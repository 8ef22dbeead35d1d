"""How a run reaches its CSMS: the reference CSMS in this process, in a process of its own, or somebody else's."""

from __future__ import annotations

import hashlib
import itertools
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.link import Dialer
from protocol.transports.memory import MemoryNetwork
from protocol.transports.websocket import WebSocketDialer
from scenarios.files import Counter, settings_for
from scenarios.model import Berth, Scenario
from scenarios.operator import InProcess, Operator
from scenarios.secure import HOSTS, Addresses, Commission, commission, server_tls
from scenarios.settings import read_settings
from simulator.clock import Clock


@dataclass(frozen=True, slots=True)
class Reached:
    """A CSMS that stations can dial; ``tls`` says whom they trust. Without ``operator``, ``no_operator`` says why.

    ``files``: where its files are served, if the scenario has any; ``commission``: what stations are delivered with,
    where that is more than the URL.
    """

    url: str
    dialer: Dialer
    operator: Operator | None = None
    no_operator: str = ""
    tls: ssl.SSLContext | None = None
    files: tuple[str, int] | None = None
    commission: Callable[[Berth], Awaitable[Commission]] | None = None


Notice = Callable[[str, dict[str, Any]], None]
"""Told what became of the CSMS: the fact and its fields."""


def unheard(_fact: str, _fields: dict[str, Any]) -> None:
    """A notice where nobody listens."""


class CsmsAccess(Protocol):
    """One way to reach a CSMS, opened once per run."""

    own_clock: bool
    """Whether the CSMS's clock is the run's, so that virtual time deceives nobody."""

    notice: Notice
    """Told what becomes of the CSMS without the scenario's doing; the run sets it."""

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        """Make the CSMS reachable. Raises AccessError."""

    async def stop(self) -> None:
        """The CSMS ends without notice. Raises AccessError where we cannot do that."""

    async def start(self) -> None:
        """The CSMS comes back with what it had stored."""

    async def close(self) -> None:
        """Let go of everything."""


class AccessError(Exception):
    """The CSMS cannot be reached or operated; the text is one clear line."""


def settings_of(scenario: Scenario, seed: int) -> Settings:
    """The reference CSMS's settings for a scenario; the secret of its transaction ids comes from the seed."""
    own: dict[str, Any] = {
        "heartbeat_s": max(1, round(scenario.csms.heartbeat_s)),
        "boot_retry_s": max(1, round(scenario.csms.retry_s)),
        "transaction_secret": hashlib.sha256(f"{seed}/transactions".encode()).hexdigest(),
        "tls_names": HOSTS if scenario.csms.tls else (),
    }
    return read_settings(own | dict(scenario.csms.settings))


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


class Foreign:
    """Somebody else's CSMS at a URL. Its clock is its own; ``operator`` is a hook to operate it, if there is one.

    ``tls`` says which certificates the stations trust behind a ``wss://`` URL; without it, those of the system.
    """

    own_clock = False

    def __init__(
        self,
        url: str,
        operator: Operator | None = None,
        dialer: Dialer | None = None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._operator = operator
        self._dialer = dialer
        self._own_dialer: WebSocketDialer | None = None
        self._tls = tls
        self.notice: Notice = unheard

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        if self._dialer is None:
            self._own_dialer = WebSocketDialer()
        dialer = self._dialer or self._own_dialer
        assert dialer is not None
        why_not = f"there is no way to operate the CSMS at {self._url}"
        return Reached(self._url, dialer, self._operator, why_not, self._tls)

    async def stop(self) -> None:
        raise AccessError(f"the CSMS at {self._url} cannot be restarted from here")

    async def start(self) -> None:
        raise AccessError(f"the CSMS at {self._url} cannot be restarted from here")

    async def close(self) -> None:
        if self._own_dialer is not None:
            await self._own_dialer.close()
