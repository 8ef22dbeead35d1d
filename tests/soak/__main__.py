"""``make soak``: a thousand kills, a database that is out for ten minutes, or questions without end to the API.

ARGS='--help' says what may be chosen.
"""

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.soak.kills import storm
from tests.soak.outage import locked, outage, proxied
from tests.soak.proxy import Mode
from tests.soak.questions import interrogation

POSTGRES = os.environ.get("CHARGEBENCH_POSTGRES", "postgresql+psycopg://127.0.0.1:5432/test")
OUTAGES = ("refusing", "silent", "locked")


@contextlib.contextmanager
def schema():
    """The URL of an empty schema of PostgreSQL, gone afterwards."""
    name = f"chargebench_soak_{os.getpid()}"
    engine = create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(text(f"create schema {name}"))
    try:
        url = make_url(POSTGRES).set(drivername="postgresql")
        yield url.update_query_dict({"options": f"-csearch_path={name}", "application_name": name}).render_as_string(
            hide_password=False
        )
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"drop schema {name} cascade"))


def main():
    parser = argparse.ArgumentParser(prog="make soak", description="Have the reference CSMS suffer, and judge it.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--outage", choices=OUTAGES, help="instead of kills: how the database fails")
    parser.add_argument("--ask-s", type=float, help="instead of kills: for how long schemathesis asks the API")
    parser.add_argument("--out-s", type=float, default=600.0, help="for how long (default: 600)")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--nodes", type=int, default=1, help="more than one: with a Redis that suffers, too")
    parser.add_argument("--stations", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32), help="default: a new one")
    chosen = parser.parse_args()
    if chosen.outage and chosen.nodes > 1:
        parser.error("an outage is for one node")
    if chosen.outage and (chosen.outage == "locked") != (chosen.database == "sqlite"):
        parser.error("sqlite can be locked, postgresql can be refusing or silent")
    print(f"seed {chosen.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sqlite = chosen.database == "sqlite"
        url = f"sqlite:///{folder}/csms.sqlite" if sqlite else stack.enter_context(schema())
        outcome = asyncio.run(run(chosen, folder, url))
    print(outcome)
    return 1 if outcome.faults else 0


async def run(chosen, folder, url):
    """What was asked for."""
    same = {"seed": chosen.seed, "workers": chosen.workers, "nodes": chosen.nodes, "stations": chosen.stations}
    if chosen.ask_s is not None:
        return await interrogation(Path(folder), url, for_s=chosen.ask_s, seed=chosen.seed, workers=chosen.workers)
    if chosen.outage is None:
        say = lambda line: print(line, flush=True)  # noqa: E731
        return await storm(folder, url, kills=chosen.kills, say=say, **same)
    del same["nodes"]
    breaking = locked(url) if chosen.outage == "locked" else proxied(url, Mode(chosen.outage))
    return await outage(folder, url, breaking, out_s=chosen.out_s, **same)


if __name__ == "__main__":
    sys.exit(main())
