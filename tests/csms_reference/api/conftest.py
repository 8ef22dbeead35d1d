"""A CSMS behind its API."""

import pytest

from tests.csms_reference.clients import client_of
from tests.csms_reference.lines import Workers


@pytest.fixture(params=["alone", "workers"])
async def api(bench, request):
    """The bench and a client of its API, be the CSMS one process or two workers."""
    it = bench()
    async with client_of(it.front if request.param == "alone" else Workers(it).front) as client:
        yield it, client
