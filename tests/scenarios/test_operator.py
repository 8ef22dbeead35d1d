"""Who operates the reference CSMS of this process speaks to the one that is there now."""

import subprocess
import sys
from datetime import UTC, datetime

from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy
from scenarios.operator import InProcess


def csms(store: Store) -> Csms:
    return Csms(
        store,
        now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
        monotonic=lambda: 0.0,
        busy=Busy(),
        settings=Settings.of({}),
        ids=str,
        call_at=lambda _when_s, _fn: lambda: None,
    )


async def test_after_a_restart_the_api_is_that_of_the_new_csms() -> None:
    stores = [Store.open(inline=True), Store.open(inline=True)]
    before, after = map(csms, stores)
    operator = InProcess(before)
    await operator.put("/tokens/A", {"id_token": "A"})
    assert [token["id_token"] for token in await operator.look("/tokens")] == ["A"]
    operator.exchange(after)
    assert await operator.look("/tokens") == []
    for store in stores:
        store.close()


RUNNING = """
import asyncio, pathlib, sys
from scenarios.library import load
from scenarios.runner import run
asyncio.run(run(load("cable-first"), out=pathlib.Path(sys.argv[1]) / "run"))
print(*{"fastapi", "uvicorn", "jinja2", "httpx"} & sys.modules.keys())
"""


def test_a_run_that_asks_nothing_of_the_api_loads_no_web_server(tmp_path) -> None:
    command = [sys.executable, "-c", RUNNING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("\n", "")
