"""The API against its own description: whatever fits it, and much that does not, is answered as it says.

The long version is ``make soak ARGS='--ask-s 600'``.
"""

from functools import partial

import pytest

from csms_reference.api import health
from csms_reference.operations.readiness import Readiness
from tests.soak.questions import PHASES, asked

pytestmark = pytest.mark.timeout(160)


@pytest.fixture
async def api(serving, monkeypatch):
    """Where an API is served that takes any number of requests, and has time to find itself ready: its database waits
    for the same processor as everything else here."""
    monkeypatch.setattr(health, "Readiness", partial(Readiness, patience_s=60.0))
    async with serving(requests_per_s=0) as running:
        yield f"http://127.0.0.1:{running.api_port}"


async def test_the_api_keeps_to_its_description(api, tmp_path):
    """All checks of schemathesis but those that ask too much: no 5xx; status, type, headers, body as described."""
    code, said = await asked(api, tmp_path, "fuzzing", examples=1)
    assert code == 0, said[-6000:]


def test_the_long_run_leaves_nothing_out():
    assert PHASES.split(",") == ["examples", "coverage", "fuzzing", "stateful"]
