"""A storm: the CSMS and its database connections die again and again, while stations charge."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.history import History, faults, halves
from tests.soak.nodes import Nodes
from tests.soak.processes import CSMS, Csms, Database
from tests.soak.stations import fleet

DRAIN_S = 120.0
"""So long stations may take to deliver what is left."""


@dataclass
class Outcome:
    """What a storm did, and what came of it. ``faults`` is empty when nothing was lost and nothing doubled."""

    seed: int
    blows: Counter = field(default_factory=Counter)
    acknowledged: int = 0
    unknown: int = 0
    repeats: int = 0
    faults: list = field(default_factory=list)

    def __str__(self):
        blows = ", ".join(f"{name} {count}" for name, count in sorted(self.blows.items()))
        verdict = "\n".join(self.faults[:20]) or "nothing lost, nothing doubled, every transaction whole"
        return (
            f"seed {self.seed}: {blows}; {self.acknowledged} messages acknowledged, {self.unknown} of them in doubt"
            f" when a blow fell, {self.repeats} sent again\n{verdict}"
        )


async def storm(
    folder, url, *, seed, kills, kinds=(), workers=1, nodes=1, stations=8, pause_s=0.02, module=CSMS, say=lambda _: None
):
    """So many kills, whose kinds (of these, or of all there are) and instants follow from the seed."""
    chance, outcome, history, over = random.Random(seed), Outcome(seed), History(), asyncio.Event()
    settings = {"workers": workers, "accept_unknown_tokens": True, "database_patience_s": 2.0}
    csms = Csms(folder, url, module=module, **settings) if nodes == 1 else Nodes(folder, url, nodes=nodes, **settings)
    database = Database(url)
    kinds = kinds or ("csms", *csms.blows, *["connections", "connection"] * database.has_server)
    await csms.start()
    lives = [
        asyncio.create_task(station.live(over))
        for station in fleet(stations, csms.place, history, seed=seed, pause_s=pause_s)
    ]
    try:
        for number in range(kills):
            history.moved.clear()
            await history.moved.wait()
            await asyncio.sleep(chance.uniform(0, 0.3))
            await _strike(chance.choice(kinds), csms, database, chance, outcome, history)
            if outcome.faults:
                break
            if number % 50 == 49:
                say(f"{number + 1} kills, {history.acknowledged} messages acknowledged")
        over.set()
        async with asyncio.timeout(DRAIN_S):
            await asyncio.gather(*lives)
        kept = await asyncio.to_thread(database.kept)
        outcome.faults = outcome.faults or faults(history, kept) + halves(history, kept)
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await csms.end()
    outcome.acknowledged = history.acknowledged
    outcome.repeats = sum(max(0, message.sent - 1) for message in history.messages)
    return outcome


async def _strike(kind, csms, database, chance, outcome, history):
    """One blow; after a death the database is compared with what had been acknowledged by then."""
    outcome.blows[kind] += 1
    outcome.unknown += history.unknown
    if kind == "csms":
        await csms.kill()
        kept = await asyncio.to_thread(database.kept)
        outcome.faults += faults(history, kept, since=max(0, len(history.messages) - 200))
        if chance.random() < 0.2:  # it dies while it starts, too
            outcome.blows["csms that starts"] += 1
            await csms.spawn()
            await asyncio.sleep(chance.uniform(0, 1.2))
            await csms.kill()
        await csms.start()
    elif kind in csms.blows:
        await csms.strike(kind, chance)
    else:
        await asyncio.to_thread(database.terminate, None if kind == "connections" else chance)
