"""A CSMS behind a real HTTP server in the test's own event loop, as streams never end by themselves."""

import socket
from contextlib import asynccontextmanager

import pytest

from csms_reference.api import make_app
from csms_reference.server import Api


@asynccontextmanager
async def serving(front):
    """Serve the API of a CSMS; yields host and port."""
    at = socket.create_server(("127.0.0.1", 0))
    api = Api(make_app(front), at)
    try:
        yield f"127.0.0.1:{at.getsockname()[1]}"
    finally:
        front.bus.close()
        await api.close()


@pytest.fixture
def streams_alone(monkeypatch):
    """An application has no other parts here, which would take half a second to make."""
    monkeypatch.setattr("csms_reference.api.app.PARTS", ())


@pytest.fixture
async def served(bench, streams_alone):
    """A bench, and where its API is."""
    it = bench()
    async with serving(it.front) as address:
        yield it, address
