"""A database that fails for a while, under load: nothing false is said, and nobody is disconnected."""

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass, field
from math import ceil

from sqlalchemy import make_url

from tests.soak.history import History, faults, halves
from tests.soak.processes import Csms, Database
from tests.soak.proxy import Proxy
from tests.soak.stations import fleet

RECOVERED_WITHIN_S = 30.0


@dataclass
class Outcome:
    """What an outage did. ``faults`` is empty when all was as it should be."""

    seed: int
    out_s: float
    acknowledged: int = 0
    heartbeats: int = 0
    slowest_heartbeat_s: float = 0.0
    recovered_s: float | None = None
    faults: list = field(default_factory=list)

    def __str__(self):
        verdict = "\n".join(self.faults[:20]) or "nothing false acknowledged, nobody disconnected"
        return (
            f"seed {self.seed}: database out for {self.out_s:g} s, {self.acknowledged} messages acknowledged in all,"
            f" {self.heartbeats} Heartbeats answered meanwhile, the slowest in {self.slowest_heartbeat_s:.1f} s,"
            f" every station served again {self.recovered_s} s after the database was back\n{verdict}"
        )


@contextlib.asynccontextmanager
async def proxied(url, mode):
    """A PostgreSQL behind a proxy that becomes so: the URL, what breaks it and what mends it."""
    plain = make_url(url)
    async with Proxy(plain.host, plain.port or 5432) as proxy:
        through = plain.set(port=proxy.port).render_as_string(hide_password=False)
        yield through, lambda: proxy.become(mode), lambda: proxy.become("passing")


@contextlib.asynccontextmanager
async def locked(url):
    """An SQLite file that somebody else locks: the URL, what locks it and what lets it go."""
    with contextlib.closing(sqlite3.connect(make_url(url).database, isolation_level=None, timeout=10)) as other:
        yield url, lambda: other.execute("begin immediate"), lambda: other.execute("rollback")


async def outage(folder, url, breaking, *, seed, out_s, patience_s=10.0, attempt_s=1.0, stations=8, workers=1):
    """Break the database for so long. ``breaking``: see ``proxied`` and ``locked``."""
    outcome, history, over = Outcome(seed, out_s), History(), asyncio.Event()
    loop = asyncio.get_running_loop()
    async with breaking as (through, begin, end):
        csms = Csms(folder, through, workers=workers, accept_unknown_tokens=True, database_patience_s=patience_s)
        await csms.start()
        chargers = fleet(stations, csms.place, history, seed=seed, pause_s=0.05, attempt_s=attempt_s)
        lives = [asyncio.create_task(charger.live(over)) for charger in chargers]
        try:
            await _everybody_served(chargers)
            begin()
            await asyncio.sleep(min(1.0, out_s / 2))  # what was committed before is being told
            said = history.acknowledged
            await asyncio.sleep(out_s - min(1.0, out_s / 2))
            kept = await asyncio.to_thread(Database(url).kept)
            outcome.faults += faults(history, kept)
            if history.acknowledged != said:
                outcome.faults.append(f"{history.acknowledged - said} messages were acknowledged without a database")
            end()
            since_s = loop.time()
            async with asyncio.timeout(RECOVERED_WITHIN_S):
                await _everybody_served(chargers)
            outcome.recovered_s = round(loop.time() - since_s, 1)
            over.set()
            await asyncio.gather(*lives)
        except TimeoutError:
            outcome.faults.append(f"not every station was served {RECOVERED_WITHIN_S:g} s after the database was back")
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
            await csms.end()
    _judge(outcome, history, await asyncio.to_thread(Database(url).kept), chargers, patience_s)
    return outcome


async def _everybody_served(chargers):
    """Wait until each station has had one more message acknowledged."""
    for charger in chargers:
        charger.served.clear()
    await asyncio.gather(*(charger.served.wait() for charger in chargers))


def _judge(outcome, history, kept, chargers, patience_s):
    outcome.acknowledged = history.acknowledged
    times = [seconds for charger in chargers for seconds in charger.heartbeats]
    outcome.heartbeats, outcome.slowest_heartbeat_s = len(times), max(times, default=0.0)
    outcome.faults += faults(history, kept) + halves(history, kept)
    outcome.faults += [f"{charger.identity} was disconnected" for charger in chargers if charger.drops]
    # A Heartbeat waits for what its station sent before, and that for a statement and twice for a connection.
    if outcome.slowest_heartbeat_s > 1 + patience_s + 2 * max(2, ceil(patience_s / 4)):
        outcome.faults.append(f"a Heartbeat was answered after {outcome.slowest_heartbeat_s:.1f} s")
