"""An API that takes access tokens of its own."""

import json

import httpx
import pytest
from fastapi import FastAPI

from csms_reference.access.entry import entry_to
from csms_reference.access.guard import Identified, guarded
from csms_reference.access.scopes import Scope
from tests.csms_reference.access.oauth import CALLBACK, Program, enrol_client, enrol_user


def small(front):
    """An API with little in it, which is made in no time."""
    app, entry = FastAPI(openapi_url=None), entry_to(front)
    app.state.access = entry.access
    if entry.routes is not None:
        app.include_router(entry.routes)

    @app.get("/v1/")
    async def root(who: Identified):
        return {"subject": who.subject, "owner": who.owner, "scopes": sorted(who.scopes)}

    @app.get("/v1/stations", dependencies=[guarded(Scope.STATIONS_READ, Scope.STATIONS_WRITE)])
    @app.get("/v1/tokens", dependencies=[guarded(Scope.TOKENS_READ, Scope.TOKENS_WRITE)])
    async def some():
        return []

    @app.post("/v1/stations", status_code=201, dependencies=[guarded(Scope.STATIONS_READ, Scope.STATIONS_WRITE)])
    async def put():
        return {}

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://csms/v1")


@pytest.fixture
async def issuing(bench):
    """A bench with the program ``billing``, the app ``app`` and the person ``ada``, and a client of its API."""
    it = bench(auth="oauth")
    await enrol_user(it.store)
    await enrol_client(it.store)
    await enrol_client(it.store, "app", secret=None, redirect_uris=json.dumps([CALLBACK]))
    async with small(it.front) as http:
        yield it, http


@pytest.fixture
def program(issuing):
    """The program that acts for itself."""
    return Program(issuing[1])


@pytest.fixture
def app(issuing):
    """The app that acts for people, and can keep no secret."""
    return Program(issuing[1], "app", None)
