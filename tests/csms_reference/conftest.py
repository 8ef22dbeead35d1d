"""A CSMS on an in-memory network and a store that runs inline, with stations that are bare Sessions."""

import asyncio
import itertools
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError

from csms_reference.csms import Csms
from csms_reference.front import Alone
from csms_reference.nodes import membership
from csms_reference.services.authorization import Token, put
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy
from protocol.link import Lost, Target
from protocol.session import Answered, Called, Refused, Session
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V21, V201, Side, by_subprotocol
from tests.csms_reference import cluster
from tests.csms_reference.schemas import CHOSEN, Schemas

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
POSTGRES = os.environ.get("CHARGEBENCH_POSTGRES", "postgresql+psycopg://127.0.0.1:5432/test")
SCHEMA = f"chargebench_test_{os.getpid()}"
SUBPROTOCOLS = {version.name: version.subprotocol for version in (V16, V201, V21)}


class FakeStation:
    """A station's Session on a link; tests speak through it, or past it with ``raw``."""

    def __init__(self, prefix=""):
        numbers = itertools.count(1)
        self._ids = lambda: f"{prefix}{next(numbers)}"
        self.replies = {}
        self.session = None
        self.link = None
        self.ended: Lost | None = None
        self.events = []
        self.frames = []
        self.calls = []
        self._waiting = {}
        self._changed = asyncio.Event()

    def opened(self, link, subprotocol):
        self.link = link
        self.session = Session(by_subprotocol(subprotocol), Side.STATION, ids=self._ids)
        self._changed.set()

    def received(self, data):
        self.frames.append(data)
        for event in self.session.receive(data, 0.0):
            self.events.append(event)
            if isinstance(event, Called):
                self.calls.append((event.action, event.payload))
                if event.action in self.replies:
                    self.session.answer(event.message_id, self.replies[event.action])
            waiting = self._waiting.pop(getattr(event, "message_id", None), None)
            if waiting is not None:
                waiting.set_result(event)
        self._flush()
        self._changed.set()

    def lost(self, why):
        self.ended = why
        self._changed.set()

    def _flush(self):
        while self.session.outbox:
            self.link.send(self.session.outbox.popleft())

    async def until(self, condition):
        """Wait until ``condition()`` holds."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
        await self.told()

    async def event(self, action, payload, *, validate=True):
        """Send a CALL and return the event that ends it."""
        message_id = self.session.call(action, payload, 0.0, validate=validate)
        self._waiting[message_id] = asyncio.get_running_loop().create_future()
        waiting = self._waiting[message_id]
        self._flush()
        async with asyncio.timeout(10):
            event = await waiting
        await self.told()
        return event

    async def told(self):
        """Several nodes have heard of one another what has happened; one has, anyway."""
        if (nodes := getattr(getattr(self, "bench", None), "cluster", None)) is not None:
            await nodes.settled()

    async def ask(self, action, payload):
        """Send a CALL and return its answer."""
        event = await self.event(action, payload)
        assert isinstance(event, Answered), event
        return event.payload

    async def refusal(self, action, payload, *, validate=True):
        """Send a CALL and return the code of its CALLERROR."""
        event = await self.event(action, payload, validate=validate)
        assert isinstance(event, Refused), event
        return event.code

    async def raw(self, data):
        """Send any text and wait until the CSMS is quiet."""
        self.link.send(data)
        await self.bench.quiet()

    async def boot(self):
        version = self.session.version
        if version is V16:
            return await self.ask("BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "One"})
        said = {"vendorName": "Acme", "model": "One"}
        return await self.ask("BootNotification", {"reason": "PowerUp", "chargingStation": said})


class Bench:
    """One CSMS, of one node or of several, and its network."""

    def __init__(self, store, nodes=1, **settings):
        self.time = NOW
        self.busy = Busy()
        numbers = itertools.count(1)
        self.settings = Settings.of(settings)
        same = {"now": lambda: self.time, "busy": self.busy, "ids": lambda: f"csms-{next(numbers)}", **self.alarms()}
        self.cluster = cluster.Cluster(store, nodes, settings=self.settings, **same) if nodes > 1 else None
        self.csms = self.cluster or Csms(store, settings=self.settings, **same)
        self.front = self.cluster.front if self.cluster else Alone(self.csms)
        self.store = store
        self.network = MemoryNetwork(self.deliver, self.busy)
        self.network.serve(self.csms)

    def alarms(self):
        self.wakes = []

        def call_at(when_s, fn):
            entry = (when_s, fn)
            self.wakes.append(entry)
            return lambda: entry in self.wakes and self.wakes.remove(entry)

        return {"monotonic": self.elapsed_s, "call_at": call_at}

    def elapsed_s(self):
        return (self.time - NOW).total_seconds()

    def deliver(self, fn):
        self.busy.begin()

        def run():
            try:
                fn()
            finally:
                self.busy.end()

        asyncio.get_running_loop().call_soon(run)

    def forward(self, seconds):
        """Let simulated time pass, and wake who wanted to be woken."""
        self.time += timedelta(seconds=seconds)
        due = [entry for entry in self.wakes if entry[0] <= self.csms.monotonic()]
        for entry in due:
            self.wakes.remove(entry)
            entry[1]()

    async def quiet(self):
        assert await self.busy.idle(10)
        if self.cluster:
            await self.cluster.settled()

    async def dial(self, identity="CP-1", version="2.0.1", *, password=None, offers=None, url="ws://csms/"):
        """Dial and return the station once it is in, or turned away."""
        station = FakeStation(f"{identity}-")
        station.bench = self
        chosen = offers if offers is not None else (SUBPROTOCOLS[version],)
        self.network.dialer().dial(Target(url, identity, chosen, password), station)
        await station.until(lambda: station.link or station.ended)
        return station

    async def station(self, identity="CP-1", version="2.0.1", **more):
        """Dial and boot."""
        station = await self.dial(identity, version, **more)
        await station.boot()
        return station

    async def token(self, id_token="TAG", **more):
        await self.store.write(lambda connection: put(connection, Token(id_token, **more)))

    async def rows(self, table):
        return await self.store.read(lambda connection: list(connection.execute(select(table)).mappings()))


@pytest.fixture(scope="session")
def schemas(require_service):
    """Stores in PostgreSQL: each in a schema that was migrated once and is emptied after use."""
    require_service("postgresql")
    made = Schemas(POSTGRES)
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def chosen_database(request):
    """What tests mean by a store in memory: that, or a schema of PostgreSQL (CHARGEBENCH_TEST_DATABASE=postgresql)."""
    own = Store.open
    if CHOSEN == "sqlite":
        yield own
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open", request.getfixturevalue("schemas").open)
        yield own


@pytest.fixture(autouse=True)
def in_memory_itself(request, monkeypatch, chosen_database):
    """What is about a store in memory itself stays with that (``@pytest.mark.in_memory``), whatever is chosen."""
    if request.node.get_closest_marker("in_memory"):
        monkeypatch.setattr(Store, "open", chosen_database)


@pytest.fixture
async def bench(request, require_service, monkeypatch):
    """Makes benches; every one gets a store in memory of its own, and the nodes that were chosen."""
    made, loop = [], asyncio.get_running_loop()
    about_one = request.path.name in cluster.ALONE or request.node.get_closest_marker("one_node")
    nodes = 1 if about_one else cluster.COUNT
    if nodes > 1:
        require_service("redis")
        monkeypatch.setattr(membership, "EXPIRES_S", 600.0)  # a test may keep the loop for longer than nodes do

    def make(store=None, **settings):
        it = Bench(store or Store.open(inline=True), nodes, **settings)
        made.append(it)
        if it.cluster:
            it.cluster.open(loop)
        return it

    yield make
    for it in made:
        if it.cluster:
            await it.cluster.discard()
        it.store.close()


@pytest.fixture
async def three_nodes(require_service):
    """A bench of three nodes, whatever was chosen."""
    require_service("redis")
    it = Bench(Store.open(inline=True), 3)
    it.cluster.open(asyncio.get_running_loop())
    yield it
    await it.cluster.discard()
    it.store.close()


@pytest.fixture
def postgres(require_service):
    """The URL of an empty schema; gone after the test."""
    require_service("postgresql")
    engine = create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    try:
        with engine.begin() as connection:
            connection.execute(text(f"drop schema if exists {SCHEMA} cascade"))
            connection.execute(text(f"create schema {SCHEMA}"))
    except OperationalError as problem:
        pytest.skip(f"no PostgreSQL at {POSTGRES} (CHARGEBENCH_POSTGRES): {problem.orig}")
    yield f"{POSTGRES.replace('+psycopg', '')}?options=-csearch_path%3D{SCHEMA}"
    with engine.begin() as connection:
        connection.execute(text(f"drop schema {SCHEMA} cascade"))
    engine.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A migrated SQLite file, to be copied: that takes a millisecond, and the migrations two hundred."""
    path = tmp_path_factory.mktemp("migrated") / "csms.sqlite"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path):
    """An empty store of each kind of database."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated"), tmp_path)
        opened = Store.open(f"sqlite:///{path}")
    else:
        try:
            opened = request.getfixturevalue("schemas").open()
        except OperationalError as problem:
            pytest.skip(f"no PostgreSQL at {POSTGRES} (CHARGEBENCH_POSTGRES): {problem.orig}")
    yield opened
    opened.close()
