"""The public application: a port of its own, no key, nothing but what is entered."""

import httpx
import pytest
from fastapi import APIRouter, HTTPException

from csms_reference.api import public
from csms_reference.api.public import make_public
from csms_reference.settings import Settings, SettingsError
from tests.csms_reference.test_server import running


def routes(_csms):
    router = APIRouter()

    @router.get("/here")
    async def here() -> str:
        return "found"

    @router.get("/gone")
    async def gone() -> None:
        raise HTTPException(410, "it is gone")

    return router


@pytest.fixture
def client(bench, monkeypatch):
    monkeypatch.setattr(public, "ROUTERS", (routes,))
    app = make_public(bench(api_key="secret").front)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://public")


async def test_what_is_entered_needs_no_key(client):
    assert (await client.get("/here")).json() == "found"


async def test_errors_are_a_line_of_text(client):
    answer = await client.get("/gone")
    assert (answer.status_code, answer.text) == (410, "it is gone\n")
    assert (await client.get("/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/stations", "/docs", "/openapi.json", "/health"])
async def test_nothing_of_the_api_is_public(client, path):
    assert (await client.get(path)).status_code == 404


async def test_it_has_a_port_of_its_own(tmp_path):
    async with running(tmp_path, public_port=0) as server:
        assert server.public_port not in {None, server.api_port, server.ocpp_port}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.public_port}") as client:
            assert (await client.get("/stations")).status_code == 404


async def test_without_the_setting_there_is_none(tmp_path):
    async with running(tmp_path) as server:
        assert server.public_port is None


def test_where_others_find_it():
    assert Settings().public_base is None
    assert Settings(public_port=8080).public_base == "http://127.0.0.1:8080"
    assert Settings(public_host="::1", public_port=8080).public_base == "http://[::1]:8080"
    assert Settings(public_port=8080, public_url="http://files.example/x/").public_base == "http://files.example/x"
    with pytest.raises(SettingsError, match="public_url"):
        Settings(public_url="ftp://files.example")
