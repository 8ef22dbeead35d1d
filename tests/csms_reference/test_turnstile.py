"""Processes that write to one SQLite file take turns, and no lock outlives whoever held it."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from csms_reference.store import Store
from csms_reference.store.turnstile import CAN_LOCK, SUFFIX, Turnstile

if CAN_LOCK:
    from fcntl import LOCK_EX, LOCK_NB, flock
else:
    pytest.skip("no flock here", allow_module_level=True)

BEGIN = "BEGIN IMMEDIATE"
TURNS = 60
PATIENCE_S = 20.0
PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path):
    path = str(tmp_path / "csms.sqlite")
    with contextlib.closing(connected(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE turns (turn INTEGER PRIMARY KEY, who TEXT)")
    return path


@pytest.fixture
def connection(path):
    with contextlib.closing(connected(path)) as opened:
        yield opened


def connected(path):
    return sqlite3.connect(path, isolation_level=None)


@contextlib.contextmanager
def running(target, *arguments):
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def took(path):
    with contextlib.closing(connected(path)) as opened:
        return [who for (who,) in opened.execute("SELECT who FROM turns ORDER BY turn")]


def write_on(path, who, ready, go):
    """Write as fast as it goes."""
    turnstile, connection = Turnstile(path, PATIENCE_S), connected(path)
    ready.release()
    assert go.wait(PATIENCE_S)
    for _ in range(TURNS):
        turnstile.begin(connection, BEGIN)
        connection.execute("INSERT INTO turns (who) VALUES (?)", (who,))
        time.sleep(0.002)  # as a disk takes
        connection.execute("COMMIT")
    connection.close()
    turnstile.close()


def stand_in_it(path, ready):
    """Enter and never leave."""

    class Endless:
        def execute(self, _statement):
            ready.release()
            signal.pause()

    Turnstile(path, PATIENCE_S).begin(Endless(), BEGIN)


def is_free(path):
    """Whether nobody stands in the turnstile."""
    with Path(path + SUFFIX).open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
    return True


def busy_timeout(connection):
    return connection.execute("PRAGMA busy_timeout").fetchone()[0]


def test_two_processes_that_write_as_fast_as_they_can_have_about_as_many_turns(path):
    ready, go = PROCESSES.Semaphore(0), PROCESSES.Event()
    with running(write_on, path, "a", ready, go) as one, running(write_on, path, "b", ready, go) as other:
        for _ in range(2):
            assert ready.acquire(timeout=PATIENCE_S)
        go.set()
        for process in (one, other):
            process.join(PATIENCE_S)
            assert process.exitcode == 0
    turns = took(path)
    assert len(turns) == 2 * TURNS
    until_one_was_done = min(len(turns) - turns[::-1].index(who) for who in "ab")
    assert until_one_was_done > 1.25 * TURNS


def test_an_outsider_that_keeps_the_lock_is_told_of_and_nothing_stays_locked(path, connection):
    turnstile = Turnstile(path, 0.05)
    connection.execute("PRAGMA busy_timeout=50")
    with contextlib.closing(connected(path)) as outsider:
        outsider.execute(BEGIN)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            turnstile.begin(connection, BEGIN)
        assert is_free(path)
        assert busy_timeout(connection) == 50
        outsider.execute("COMMIT")
    turnstile.begin(connection, BEGIN)
    assert is_free(path)
    assert connection.in_transaction
    turnstile.close()


def test_what_is_wrong_with_the_statement_is_told_at_once(path, connection):
    turnstile = Turnstile(path, 3600)
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        turnstile.begin(connection, "BEGIN AT ONCE")
    assert is_free(path)
    assert busy_timeout(connection) == 3_600_000
    turnstile.close()


def test_who_is_killed_in_it_lets_the_others_through(path, connection):
    ready = PROCESSES.Semaphore(0)
    with running(stand_in_it, path, ready) as process:
        assert ready.acquire(timeout=PATIENCE_S)
        assert not is_free(path)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    turnstile = Turnstile(path, PATIENCE_S)
    turnstile.begin(connection, BEGIN)
    assert connection.in_transaction
    assert is_free(path)
    turnstile.close()


def test_who_may_not_open_its_file_goes_past(path, connection):
    Path(path + SUFFIX).mkdir()
    turnstile = Turnstile(path, 0.05)
    turnstile.begin(connection, BEGIN)
    assert connection.in_transaction
    turnstile.close()


def test_it_is_beside_the_database_wherever_the_process_goes(path, connection, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    turnstile = Turnstile(Path(path).name, PATIENCE_S)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    turnstile.begin(connection, BEGIN)
    assert Path(path + SUFFIX).exists()
    turnstile.close()


def test_it_may_be_closed_and_used_again_and_its_file_deleted_in_between(path, connection):
    turnstile = Turnstile(path, PATIENCE_S)
    for _ in range(2):
        turnstile.close()
        turnstile.begin(connection, BEGIN)
        connection.execute("COMMIT")
        turnstile.close()
        Path(path + SUFFIX).unlink()


async def test_what_a_store_writes_goes_through_it_and_nothing_is_open_when_it_is_closed(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    path = str(tmp_path / "csms.sqlite")
    with contextlib.closing(connected(path)) as outsider:
        outsider.execute(BEGIN)
        writing = asyncio.ensure_future(store.write(lambda _: "written"))
        async with asyncio.timeout(10):
            while is_free(path):  # noqa: ASYNC110 - the file tells nobody
                await asyncio.sleep(0.001)
        outsider.execute("COMMIT")
    assert await writing == "written"
    assert is_free(path)
    store.close()
    if (files := Path("/proc/self/fd")).exists():
        assert path + SUFFIX not in {os.path.realpath(file) for file in files.iterdir()}
