"""Group commit: one thread, one transaction for everything that waits, an answer to each after the commit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from csms_reference.operations.measures import BATCH_WRITES, COMMIT_S, Distribution
from csms_reference.store.errors import StoreError
from csms_reference.store.line import Job, Line

log = logging.getLogger(__name__)
T = TypeVar("T")

LINGER_S = 0.005
"""So long a small batch waits for company; a commit takes about 0.3 ms of processor time, however much is in it."""

ENOUGH = 16
"""A batch of so many waits for nobody."""

WORTHWHILE = 2
"""So many who came meanwhile make the next wait worth its while."""

DOUBTS = 64
"""After a wait for nobody so many batches are written at once: a single caller, who waits for each answer, must not be
slowed down."""

SAVEPOINT, RELEASE = "SAVEPOINT one_write", "RELEASE SAVEPOINT one_write"
BETWEEN = {"postgresql": (f"{RELEASE}; {SAVEPOINT}",)}
"""What is said between two functions of a batch, by dialect: each is a round trip to the server, if there is one."""

DEADLOCK = "40P01"
CHANCES = 3
"""So often a batch is tried that meets others in a deadlock. Its functions may run more than once, therefore."""

BROKEN = (OperationalError, InterfaceError, InternalError)
"""What says that the database, not the statement, is at fault."""


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    value: Any
    problem: BaseException | None


class Counter:
    """Where functions queue for a connection: one thread, one transaction for all that wait.

    A failing function fails alone; a failing database fails the batch. ``backlog`` is how many are not done yet.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.done = 0
        self.batches = 0
        self.commit_s = Distribution(COMMIT_S)
        self.batch_writes = Distribution(BATCH_WRITES)
        self._engine = engine
        self._submitted = 0
        self._line = Line()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """How many functions were submitted and have not ended."""
        return self._submitted - self.done

    async def submit(self, fn: Callable[[Connection], T], rows: int = 1) -> T:
        """Queue ``fn``, which writes about so many rows, for a batch and wait for the end of its transaction."""
        if self._closed:
            raise StoreError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._submitted += 1
        self._line.put(Job(fn, future, loop, rows))
        return await future

    def close(self) -> None:
        """Do what is queued and end the thread."""
        if not self._closed:
            self._closed = True
            self._line.end()
            self._thread.join()
            self._engine.dispose()

    def _run(self) -> None:
        while not self._line.over:
            if batch := self._next_batch():
                clock = batch[0].loop.time
                began_s = clock()
                outcomes = self._attempt_all(batch)
                self.commit_s.note(clock() - began_s)
                self.batch_writes.note(len(batch))
                self.done += len(batch)
                self.batches += 1
                _deliver(batch, outcomes)

    def _next_batch(self) -> list[Job]:
        return self._line.take()

    def _attempt_all(self, batch: list[Job]) -> list[_Outcome]:
        """Run the batch in one transaction. The thread outlives whatever happens here."""
        for chance in range(CHANCES, 0, -1):
            try:
                with self._engine.begin() as connection:
                    return self._in_turn(connection, batch)
            except Exception as problem:  # a shell: the waiting callers must hear of anything
                if chance > 1 and _is_deadlock(problem):
                    log.info(
                        "a batch of %d met that of another process in a deadlock, and is written again", len(batch)
                    )
                    continue
                log.exception("nothing of a batch of %d for the database was kept", len(batch))
                failure = StoreError(f"the database failed: {why(problem)}")
                break
        return [_Outcome(job.future, None, failure) for job in batch]

    def _in_turn(self, connection: Connection, batch: list[Job]) -> list[_Outcome]:
        return [self._attempt(connection, job) for job in batch]

    def _attempt(self, connection: Connection, job: Job) -> _Outcome:
        try:
            return _Outcome(job.future, job.fn(connection), None)
        except BROKEN:
            raise  # full, locked or gone: SQLite may have undone everything: nothing of the batch can be trusted
        except Exception as problem:  # noqa: BLE001 -- the function's own failure is its caller's matter
            return _Outcome(job.future, None, problem)


class Writer(Counter):
    """Owns the only writing connection of this process. A failing function is undone alone.

    A small batch waits for company, by ``linger(seconds)``, as long as such waits are found to bring some.
    """

    def __init__(self, engine: Engine, linger: Callable[[float], object] | None = None) -> None:
        self._closing = threading.Event()
        self._linger = linger or self._closing.wait
        self._doubts = 0
        super().__init__(engine, "store-write")

    def close(self) -> None:
        self._closing.set()
        super().close()

    def _next_batch(self) -> list[Job]:
        batch = super()._next_batch()
        size = len(batch)
        if size < ENOUGH and not self._line.lags and not self._line.over:
            self._doubts -= 1
            if self._doubts < 0:
                self._linger(LINGER_S)
                self._line.gather(batch)
                self._doubts = 0 if len(batch) - size >= WORTHWHILE else DOUBTS
        return batch

    def _in_turn(self, connection: Connection, batch: list[Job]) -> list[_Outcome]:
        # In the driver's own words: SQLAlchemy's begin_nested costs 160 µs, these cost 3.
        cursor = connection.connection.cursor()
        between = BETWEEN.get(connection.dialect.name, (RELEASE, SAVEPOINT))
        before: tuple[str, ...] = (SAVEPOINT,)
        outcomes = []
        for job in batch:
            for statement in before:
                cursor.execute(statement)
            before = between
            outcome = self._attempt(connection, job)
            if outcome.problem is not None:
                cursor.execute("ROLLBACK TO SAVEPOINT one_write")
            outcomes.append(outcome)
        cursor.execute(RELEASE)  # fails where somebody kept an error of PostgreSQL to themselves, which COMMIT does not
        return outcomes


def _is_deadlock(problem: Exception) -> bool:
    """Whether PostgreSQL has undone a transaction because it and another waited for each other."""
    return isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", None) == DEADLOCK


def why(problem: Exception) -> str:
    """The driver's own words, without statement and parameters; a lock is named as what it is."""
    words = str(problem.orig if isinstance(problem, DBAPIError) else problem).partition("\n")[0]
    return f"{words}, another process kept it for too long" if "locked" in words else words


def _deliver(batch: list[Job], outcomes: list[_Outcome]) -> None:
    """Wake the callers, once per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for job, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(job.loop, []).append(outcome)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, its)
        except RuntimeError:
            log.warning("%d callers were gone before their part in the database was done", len(its))


def _resolve(outcomes: list[_Outcome]) -> None:
    for future, value, problem in outcomes:
        if future.done():
            continue
        if problem is None:
            future.set_result(value)
        else:
            future.set_exception(problem)
