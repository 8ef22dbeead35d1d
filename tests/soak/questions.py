"""schemathesis asks an API whatever its description allows, and much that it does not."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.soak.processes import Csms

PHASES = "examples,coverage,fuzzing,stateful"
"""All that schemathesis knows: the last one follows links from answer to answer."""

TOO_MUCH_TO_ASK = ("positive_data_acceptance",)
"""JSON Schema cannot say all that makes a request right, such as which fields a command takes or what is an RFC 3339
time; that such a request gets 422 is tested where it belongs."""

REFUSALS = ("400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429")
"""How a request may be turned away that does not fit. With an old If-Match, 412 is as good an answer."""

ITS_CONTENT_COMES_LATER = """
[[operations]]
include-path = "/v1/uploads/{address}/content"
checks.ensure_resource_availability.enabled = false
"""

EXAMPLES_MOST = 10_000
THERE = {"station": "CP-1", "number": 1, "id_token": "TAG", "tariff_id": "day", "owner": "north"}
"""What is there in the second half of a long run, so that questions get beyond 404."""


class Answers(NamedTuple):
    """What came of it."""

    faults: list[str]

    def __str__(self):
        return "\n".join(self.faults) or "every answer was as described"


async def asked(base, folder, *phases, examples, seed=None, within_s=None, there=None):
    """Ask; the exit code of schemathesis, and what it said. ``there``: values of parameters of paths."""
    statuses = ", ".join(f'"{status}"' for status in REFUSALS)
    config = f"[checks]\nnegative_data_rejection.expected-statuses = [{statuses}]\n"
    config += ITS_CONTENT_COMES_LATER
    for name, value in (there or {}).items():
        shown = f'"{value}"' if isinstance(value, str) else value
        config = f'parameters."path.{name}" = {shown}\n{config}'
    (folder / "schemathesis.toml").write_text(config)
    command = (
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{base}/v1/openapi.json"),
        *("--phases", ",".join(phases), "--max-examples", str(examples), "--exclude-checks", ",".join(TOO_MUCH_TO_ASK)),
        *(
            "--request-timeout",
            "60",
            "--wait-for-schema",
            "60",
            "--no-shrink",
            "--continue-on-failure",
            "--warnings",
            "off",
            "--no-color",
        ),
        *("--report", "json", "--report-json-path", str(folder / "report.json")),
        *(("--generation-deterministic",) if seed is None else ("--seed", str(seed))),
        *(() if within_s is None else ("--max-time", str(round(within_s)))),
    )
    asking = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said, _ = await asking.communicate()
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()
    return asking.returncode, said.decode()


async def interrogation(folder, url, *, for_s, seed, workers=1):
    """Ask a CSMS of its own for so long, half the time of what is there. What is wrong is in ``faults``."""
    csms = Csms(folder, url, workers=workers, requests_per_s=0, files_folder=str(folder / "files"))
    await csms.start()
    base, faults = f"http://127.0.0.1:{csms.ports['api']}", []
    try:
        await _furnished(base)  # with a description that is written, which takes long the first time
        for there in (None, THERE):
            code, said = await asked(
                base, folder, *PHASES.split(","), examples=EXAMPLES_MOST, seed=seed, within_s=for_s / 2, there=there
            )
            if code != 0:
                faults.append(said[-20_000:])
        async with httpx.AsyncClient(base_url=base, trust_env=False) as api:
            if (health := await api.get("/ready")).status_code != 200:
                faults.append(f"not ready afterwards: {health.text}")
    finally:
        await csms.end()
    return Answers(faults)


async def _furnished(base):
    """Something of what questions are about."""
    async with httpx.AsyncClient(base_url=f"{base}/v1", trust_env=False, timeout=60) as api:
        (await api.get("/openapi.json")).raise_for_status()
        for path, body in (
            ("owners", {"owner": "north"}),
            ("stations", {"id": "CP-1"}),
            ("tokens", {"id_token": "TAG"}),
            ("tariffs", {"id": "day", "energy": {"net": "0.4"}}),
        ):
            made = await api.post(f"/{path}", json=body)
            if not made.is_success:
                raise RuntimeError(f"{path}: {made.text}")
