"""One CSMS after the other at the same database and ports, each killed while stations have something in hand."""

import asyncio
import contextlib
import inspect
import json
import shutil
import sqlite3
from collections import Counter

import httpx

from protocol.link import Target
from protocol.session import Called
from protocol.transports.websocket import WebSocketDialer
from tests.csms_reference.clients import client_at, content
from tests.csms_reference.conftest import SUBPROTOCOLS, FakeStation
from tests.soak.processes import Csms

PATIENCE_S = 20.0
"""For what has to happen by itself; nothing waits for so long unless it fails."""

OF_STATIONS = ("campaign.station", "local-list.synchronised", "authorization-cache.cleared")
"""Events that tell how far a station is in a campaign, or how it ended in a round."""


class Station(FakeStation):
    """A station over a real socket, which remembers over all its connections what it was asked.

    ``able``: its answers by action; it gives them by itself unless it is ``slow``.
    """

    def __init__(self, lives, identity, version, able):
        super().__init__(f"{identity}-")
        self.identity, self.version, self.able = identity, version, able
        self.firmware = "1.0"
        self.slow = False
        self.replies = self
        self._lives = lives

    def __contains__(self, action):
        return not self.slow and action in self.able

    def __getitem__(self, action):
        return self.able[action]

    def received(self, data):
        super().received(data)
        self._lives.moved.set()

    async def come(self):
        """Connect, and boot."""
        await self.connect()
        await self.boot()

    async def connect(self):
        self.link = self.ended = None
        url = f"ws://127.0.0.1:{self._lives.csms.place.port}/"
        WebSocketDialer().dial(Target(url, self.identity, (SUBPROTOCOLS[self.version],)), self)
        await self.until(lambda: self.link or self.ended)

    async def boot(self):
        said = {"vendorName": "Acme", "model": "One", "firmwareVersion": self.firmware}
        payload = {"reason": "PowerUp", "chargingStation": said}
        if self.version == "1.6":
            payload = {"chargePointVendor": "Acme", "chargePointModel": "One", "firmwareVersion": self.firmware}
        assert (await self.ask("BootNotification", payload))["status"] == "Accepted"

    def asked(self, action):
        """What it was asked for so far, in all its connections."""
        return [payload for name, payload in self.calls if name == action]

    async def holds(self, action, times=1):
        """Wait until it was asked for the so manieth time."""
        await self.until(lambda: len(self.asked(action)) >= times)

    def answer(self):
        """Answer what was asked last."""
        asked = next(event for event in reversed(self.events) if isinstance(event, Called))
        self.session.answer(asked.message_id, self.able[asked.action])
        self._flush()


class Lives:
    """A CSMS, its stations, and what it has told over all its lives."""

    def __init__(self, csms, file):
        self.csms, self.client = csms, None
        self.stations, self.events = {}, []
        self.moved = asyncio.Event()  # set by whatever a station hears, or the CSMS tells
        self._file = file
        self._hearing = []

    # -- the CSMS ---------------------------------------------------------------------------------------------

    async def begin(self):
        """Have the CSMS serve, and hear what it tells."""
        if self.csms._process is None or self.csms._process.returncode is not None:
            await self.csms.start()
        self.client = client_at(self.csms.ports["api"])
        await self._hear(kind=["campaign.changed", *OF_STATIONS])

    async def kill(self):
        """SIGKILL; all stations have seen it when this returns."""
        await self.csms.kill()
        for station in self.stations.values():
            await station.until(lambda station=station: station.ended)
        await self.close()

    async def kill_with(self, station):
        """SIGKILL when the CSMS has this station's answer in hand, and cannot keep it: somebody else is writing."""
        await self._hear(kind="message.received", station=station.identity)
        with contextlib.closing(sqlite3.connect(self._file, timeout=PATIENCE_S, isolation_level=None)) as database:
            database.execute("begin immediate")
            told = len(self.events)
            station.answer()
            await self.until(lambda: any(each["kind"] == "message.received" for each in self.events[told:]))
            await self.kill()

    async def close(self):
        """Hear nothing any more."""
        for hearing in self._hearing:
            hearing.cancel()
        await asyncio.gather(*self._hearing, return_exceptions=True)
        self._hearing.clear()
        await self.client.aclose()

    # -- its stations -----------------------------------------------------------------------------------------

    async def station(self, identity, version="2.0.1", able=None):
        """A station that is there."""
        station = self.stations[identity] = Station(self, identity, version, able or {})
        await station.come()
        return station

    async def return_all(self, *but):
        """The stations come back, and answer at once from now on; all but these."""
        for station in self.stations.values():
            if station not in but:
                station.slow = False
                await station.come()

    async def leave(self):
        """All stations hang up."""
        for station in self.stations.values():
            if station.link is not None and station.ended is None:
                station.link.close(1000, "")
                await station.until(lambda station=station: station.ended)

    # -- what it does -----------------------------------------------------------------------------------------

    async def post(self, where, **body):
        """What is made of a body."""
        answer = await self.client.post(where, json=body)
        assert answer.is_success, answer.text
        return content(answer)

    async def get(self, where, **query):
        answer = await self.client.get(where, params=query)
        assert answer.is_success, answer.text
        return content(answer)

    async def rows(self, where):
        """What is so of each station there."""
        return {row["station"]: row for row in await self.get(f"{where}/stations")}

    async def states(self, where):
        return {station: row["state"] for station, row in (await self.rows(where)).items()}

    async def ended(self, where):
        """Wait for its end."""

        async def over():
            return (await self.get(where))["ended"] is not None

        await self.until(over)

    async def becomes(self, station, state):
        """Wait until a station is said to be so far, which is so by then."""
        await self.until(
            lambda: any(
                each["station"] == station.identity and each["data"]["state"] == state for each in self._of_all()
            )
        )

    async def until(self, condition):
        """Wait until it holds; it is looked at whenever something has happened."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.moved.clear()
                found = condition()
                if inspect.isawaitable(found):
                    found = await found
                if found:
                    return
                await self.moved.wait()

    async def ends(self, states, count):
        """So many ends (these states) of stations as were told, by station."""

        def told():
            return Counter(each["station"] for each in self._of_all() if each["data"]["state"] in states)

        await self.until(lambda: told().total() >= count)
        return told()

    def _of_all(self):
        """What was told of stations in campaigns and rounds."""
        return [each for each in self.events if each["kind"] in OF_STATIONS]

    async def _hear(self, **query):
        begun = asyncio.Event()
        self._hearing.append(asyncio.create_task(self._listen(begun, query)))
        async with asyncio.timeout(PATIENCE_S):
            await begun.wait()

    async def _listen(self, begun, query):
        with contextlib.suppress(httpx.TransportError):
            async with self.client.stream("GET", "/events", params=query, timeout=None) as answer:
                async for line in answer.aiter_lines():
                    begun.set()
                    if line.startswith("data: "):
                        self.events.append(json.loads(line[6:]))
                        self.moved.set()


@contextlib.asynccontextmanager
async def serving(folder, migrated, **settings):
    """A CSMS that may die, and its database."""
    file = shutil.copy(migrated, folder / "csms.sqlite")
    csms = Csms(folder, f"sqlite:///{file}", **settings)
    try:
        yield csms, file
    finally:
        if csms._process is not None and csms._process.returncode is None:
            await csms.end()


@contextlib.asynccontextmanager
async def alive(csms, file):
    """The lives of a CSMS that serves, which has no station any more in the end."""
    lives = Lives(csms, file)
    await lives.begin()
    yield lives
    await lives.leave()
    await lives.close()
