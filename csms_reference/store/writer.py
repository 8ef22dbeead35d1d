"""Group commit: one thread, one transaction for everything that waits, an answer to each after the commit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from csms_reference.store.errors import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

BATCH_MAX = 512
"""Writes in one commit: enough to make the fsync cheap, few enough that the first does not wait long."""


BROKEN = (OperationalError, InterfaceError, InternalError)
"""What says that the database, not the statement, is at fault."""


class _Job(NamedTuple):
    fn: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    value: Any
    problem: BaseException | None


class Writer:
    """Owns the only writing connection. A failing function is undone alone; a failing database fails the batch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    async def submit(self, fn: Callable[[Connection], T]) -> T:
        """Queue ``fn`` for the next batch and wait for its commit."""
        if self._closed:
            raise StoreError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(fn, future, loop))
        return await future

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            self._engine.dispose()

    def _run(self) -> None:
        running = True
        while running:
            batch, running = self._next_batch()
            if batch:
                _deliver(batch, self._commit(batch))

    def _next_batch(self) -> tuple[list[_Job], bool]:
        first = self._jobs.get()
        if first is None:
            return [], False
        batch = [first]
        while len(batch) < BATCH_MAX:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
        return batch, True

    def _commit(self, batch: list[_Job]) -> list[_Outcome]:
        """Run the batch in one transaction. The thread outlives whatever happens here."""
        try:
            with self._engine.begin() as connection:
                return [_attempt(connection, job) for job in batch]
        except Exception as problem:  # a shell: the waiting callers must hear of anything
            log.exception("nothing of %d writes was kept", len(batch))
            cause = problem.orig if isinstance(problem, DBAPIError) else problem
            return [_Outcome(job.future, None, StoreError(f"the database failed: {cause}")) for job in batch]


def _attempt(connection: Connection, job: _Job) -> _Outcome:
    nested = connection.begin_nested()
    try:
        value = job.fn(connection)
    except BROKEN:
        raise  # full, locked or gone: SQLite may have rolled everything back, so nothing of the batch can be trusted
    except Exception as problem:  # noqa: BLE001 -- the function's own failure is its caller's matter
        nested.rollback()
        return _Outcome(job.future, None, problem)
    nested.commit()
    return _Outcome(job.future, value, None)


def _deliver(batch: list[_Job], outcomes: list[_Outcome]) -> None:
    """Wake the callers, once per event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for job, outcome in zip(batch, outcomes, strict=True):
        by_loop.setdefault(job.loop, []).append(outcome)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, its)
        except RuntimeError:
            log.warning("%d callers were gone before their writes were done", len(its))


def _resolve(outcomes: list[_Outcome]) -> None:
    for future, value, problem in outcomes:
        if future.done():
            continue
        if problem is None:
            future.set_result(value)
        else:
            future.set_exception(problem)
