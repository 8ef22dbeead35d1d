"""The API against its own description: whatever fits it, and much that does not, is answered as it says."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = int(os.environ.get("CHARGEBENCH_SCHEMATHESIS_EXAMPLES", "1"))
"""Requests per operation that are drawn; the long run (docs/operations.md) draws 200, at every boundary too."""

LONG = EXAMPLES > 1
PHASES = "examples,coverage,fuzzing,stateful" if LONG else "fuzzing"

TOO_MUCH_TO_ASK = ("positive_data_acceptance",)
"""JSON Schema cannot say all that makes a request right, such as which fields a command takes or what is an RFC 3339
time; that such a request gets 422 is tested where it belongs."""

REFUSALS = ("400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429")
"""How a request may be turned away that does not fit. With an old If-Match, 412 is as good an answer."""

pytestmark = pytest.mark.timeout(100 + 60 * EXAMPLES)


@pytest.fixture
async def api(serving):
    """Where an API is served that takes any number of requests."""
    async with serving(requests_per_s=0) as running:
        yield f"http://127.0.0.1:{running.api_port}"


async def test_the_api_keeps_to_its_description(api, tmp_path):
    """All checks of schemathesis but those named above: no 5xx, and status, type, headers and body as described."""
    statuses = ", ".join(f'"{status}"' for status in REFUSALS)
    (tmp_path / "schemathesis.toml").write_text(f"[checks]\nnegative_data_rejection.expected-statuses = [{statuses}]\n")
    report = tmp_path / "report.json"
    command = (
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{api}/v1/openapi.json"),
        *("--phases", PHASES, "--max-examples", str(EXAMPLES), "--exclude-checks", ",".join(TOO_MUCH_TO_ASK)),
        *("--generation-deterministic", "--no-shrink", "--continue-on-failure", "--warnings", "off", "--no-color"),
        *("--report", "json", "--report-json-path", str(report)),
    )
    asking = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await asking.communicate()
    assert asking.returncode == 0, said.decode()[-6000:]
