"""A CSMS with clients of its API and of what is public."""

import httpx
import pytest

from csms_reference.api.public import make_public
from tests.csms_reference.clients import client_of, content
from tests.csms_reference.lines import Workers

FILE = bytes(range(256)) * 400


class Desk:
    """A CSMS with the clients of its API and of its public application."""

    def __init__(self, it, front):
        self.it = it
        self.api = client_of(front)
        self.public = httpx.AsyncClient(transport=httpx.ASGITransport(make_public(front)), base_url="http://files")


@pytest.fixture(params=["alone", "workers"])
async def desk(bench, request, tmp_path):
    it = bench(files_folder=str(tmp_path / "files"), files_url="http://files.example", files_most_bytes=200_000)
    front = it.front if request.param == "alone" else Workers(it).front
    found = Desk(it, front)
    yield found
    await found.api.aclose()
    await found.public.aclose()


def taken(station, action="GetLog", **more):
    """From now on a station does what it is asked for."""
    station.replies[action] = {"status": "Accepted", "filename": "CP-1.tar.gz"} | more


async def listed(desk, what="logs", station="CP-1"):
    return content(await desk.api.get(f"/stations/{station}/{what}"))
