"""Ours as it is used: the real CSMS with its database, and real stations on the simulation's clock."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chargebench.bench.payloads import INTERVAL_S
from chargebench.bench.transport import make_dialer, serve
from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy
from protocol.security import client_tls, server_tls
from protocol.versions import V201
from simulator.clock import Clock, Scaled
from simulator.facts import Fact, Registered
from simulator.profile import load_profile
from simulator.station import Station

PROFILE = "ac-22kw"
PACE = 20.0
"""Simulated seconds per second: firmware takes 3 to 8 s to start, and nobody wants to wait for that."""
ON_EVERY_S = 0.05
"""Simulated seconds between one station's power and the next one's: 400 per second."""


class WholeCsms:
    """The reference CSMS."""

    fast_loop = True

    async def listen(self, database: str, cert: str | None = None, key: str | None = None) -> dict[str, Any]:
        """Open the database and a port, and say which."""
        tls = server_tls(cert, key) if cert is not None and key is not None else None
        settings = Settings(accept_unknown_tokens=True, heartbeat_s=INTERVAL_S)
        store = Store.open(database)
        ids: Callable[[], str] = lambda: str(uuid.uuid4())  # noqa: E731
        self._csms = Csms(store, now=lambda: datetime.now(UTC), busy=Busy(), settings=settings, ids=ids)
        self._server = await serve(self._csms, "127.0.0.1", 0, tls=tls)
        return {"port": self._server.port}


class WholeStations:
    """Real stations, which boot and then do what stations do."""

    fast_loop = True

    def __init__(self) -> None:
        self._stations: list[Station] = []
        self._clock = Clock(datetime.now(UTC), Scaled(PACE))
        self._dialer = make_dialer()
        self._url = ""
        self._tls: ssl.SSLContext | None = None
        self._made = 0
        self._to_come = 0
        self._accepted = asyncio.Event()

    async def aim(self, port: int, ca: str | None = None) -> None:
        """Where to connect; over TLS if the authority ``ca`` is given."""
        self._url = f"{'ws' if ca is None else 'wss'}://127.0.0.1:{port}/"
        self._tls = None if ca is None else client_tls(ca)
        self._pump = asyncio.create_task(self._clock.run())

    async def connect(self, number: int) -> None:
        """Switch so many more on; they are accepted, and have said all that they had to say, when this returns."""
        profile = load_profile(PROFILE)
        self._to_come = number
        self._accepted.clear()
        begin_s = self._clock.now
        for index in range(number):
            self._made += 1
            station = Station(
                f"CP-{self._made:06}",
                profile,
                V201,
                self._clock,
                self._dialer,
                url=self._url,
                tls=self._tls,
                seed=7,
                on_fact=self._note,
            )
            self._stations.append(station)
            self._clock.at(begin_s + index * ON_EVERY_S, station.power_on)
        self._clock.soon(_nothing)
        accepted = asyncio.create_task(self._accepted.wait())
        await asyncio.wait([accepted, self._pump], return_when=asyncio.FIRST_COMPLETED)
        if self._pump.done():
            self._pump.result()  # raises what went wrong in a station
        await self._clock.busy.idle()

    async def leave(self) -> None:
        """A power cut."""
        stations, self._stations = self._stations, []
        for station in stations:
            station.power_off()

    def _note(self, _station: str, fact: Fact) -> None:
        if isinstance(fact, Registered) and fact.status == "Accepted":
            self._to_come -= 1
            if not self._to_come:
                self._clock.after(ON_EVERY_S, self._accepted.set)  # by then it has begun to say the rest


def _nothing() -> None:
    """The clock looks what is due."""
