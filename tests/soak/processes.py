"""A CSMS as processes of its own, which die and start again at the same ports; its database, seen beside it."""

import asyncio
import json
import os
import sys
from base64 import b64encode
from pathlib import Path

import psutil
import yaml
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tests.ports import free_port
from tests.soak.history import Event, Kept, Reading, Transaction
from tests.soak.stations import Place

ROOT = Path(__file__).parents[2]
CSMS = "csms_reference"
BEGIN_S = 120.0
KEYS = f"1:{b64encode(b'soak'.ljust(32)).decode()}"


class Csms:
    """The CSMS. ``module``: what Python runs, to have it run something worse; ``each``: how many ports of each kind it
    takes."""

    def __init__(self, folder, url, *, module=CSMS, each=1, **settings):
        self.place = Place()
        self.ports = {}
        self._file = Path(folder) / "csms.yaml"
        self._log = Path(folder) / "csms.log"
        first = free_port(2 * each)
        self._settings = {"port": first, "api_port": first + each, "database": url, **settings}
        self._module = module
        self._process = None

    async def start(self):
        """Start, and wait until stations may connect."""
        await self.spawn()
        async with asyncio.timeout(BEGIN_S):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the CSMS did not start: {self._log.read_text()[-2000:]}")
        self.ports = json.loads(line)
        self.place.port = self.ports["ocpp"]

    async def spawn(self):
        """Start, and wait for nothing."""
        self._file.write_text(yaml.safe_dump(self._settings))
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, str(self._file)),
                stdout=asyncio.subprocess.PIPE, stderr=log, cwd=ROOT,
                env={"CHARGEBENCH_CSMS_KEYS": KEYS, **os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    async def kill(self):
        """SIGKILL to the process; returns when that and its workers, who notice, are gone."""
        workers = self.workers()
        self._process.kill()
        await self._process.wait()
        _, alive = await asyncio.to_thread(psutil.wait_procs, workers, timeout=BEGIN_S)
        if alive:
            raise RuntimeError(f"{len(alive)} workers outlive their parent")

    @property
    def blows(self):
        """What can befall it without its end."""
        return ("worker",) if self._settings.get("workers", 1) > 1 else ()

    async def strike(self, _blow, _chance):
        """Let a worker die. It is replaced."""
        for worker in self.workers()[:1]:  # those that died before may not be back
            worker.kill()

    def workers(self):
        """Its worker processes."""
        return psutil.Process(self._process.pid).children()

    async def end(self):
        """SIGTERM, and its end."""
        self._process.terminate()
        async with asyncio.timeout(BEGIN_S):
            await self._process.wait()


class Database:
    """The CSMS's database as seen from beside it."""

    def __init__(self, url):
        self.url = url
        plain = make_url(url)
        driver = "postgresql+psycopg" if plain.drivername == "postgresql" else plain.drivername
        self._engine = create_engine(plain.set(drivername=driver), poolclass=NullPool)

    @property
    def has_server(self):
        """Whether its connections can be ended from outside."""
        return self._engine.dialect.name == "postgresql"

    def kept(self):
        """All that it holds."""
        with self._engine.connect() as connection:
            return Kept(
                [Event(*row) for row in connection.execute(text(EVENTS))],
                [Reading(*row) for row in connection.execute(text("select station, value from meter_values"))],
                [Transaction(*row) for row in connection.execute(text(TRANSACTIONS))],
            )

    def terminate(self, chance=None):
        """End the connections of the CSMS, or one that ``chance`` picks; how many there were."""
        with self._engine.connect() as connection:
            pids = list(connection.scalars(text(OTHERS)))
            chosen = pids if chance is None or not pids else [chance.choice(sorted(pids))]
            for pid in chosen:
                connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        return len(chosen)


EVENTS = """select e.station, t.meter_start_wh, e.seq_no, e.event_type from transaction_events e
join transactions t on t.station = e.station and t.transaction_id = e.transaction_id"""
TRANSACTIONS = "select station, meter_start_wh, state, complete, energy_wh, gaps, flags from transactions"
OTHERS = """select pid from pg_stat_activity where application_name = current_setting('application_name')
and pid <> pg_backend_pid()"""
