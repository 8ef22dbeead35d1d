"""Routers whose routes an application takes as they are."""

import ast
from pathlib import Path

from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from csms_reference.access.guard import Needs, identified
from csms_reference.access.scopes import Scope
from csms_reference.api import Conducted, desk, make_app
from csms_reference.api.desk import Desk, legible
from csms_reference.conductor import ConductedClock
from tests.csms_reference.clients import client_of, problem


def test_a_router_has_all_that_its_routes_need():
    needs = Needs(Scope.TOKENS_READ, Scope.TOKENS_WRITE)
    router = Desk(needs)(prefix="/tokens", tags=["tokens"])

    @router.get("/{token}")
    async def get_token(token: str) -> str:
        return token

    (route,) = router.routes
    assert (route.path, route.unique_id, route.tags) == ("/v1/tokens/{token}", "get_token", ["tokens"])
    assert [each.dependency for each in route.dependencies] == [needs, legible]
    assert {401, 403, 429} <= set(route.responses)


def test_an_application_takes_routes_as_they_are(bench):
    app = make_app(bench().front)
    paths = {route.path for route in app.routes if isinstance(route, APIRoute)}
    assert {"/v1/stations", "/v1/stations/{station}", "/v1/users"} <= paths


async def test_nobody_looks_for_what_no_database_can_hold(bench):
    async with client_of(bench().front) as http:
        problem(await http.get("http://csms/v1/stations?version=a%00b"), 400, "NUL")
        assert (await http.get("http://csms/v1/stations?version=a%25%30%30b")).status_code == 200


def routes_of(app):
    """Every route of an application and what it depends on, whichever way it came in."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute | APIWebSocketRoute):
            yield route.path_format or route.path, route.dependant


def asked(dependant):
    """Whatever a route has called before it, at any depth."""
    for each in dependant.dependencies:
        yield each.call
        yield from asked(each)


async def test_every_route_asks_who_is_there(bench):
    it = bench(auth="oauth")
    conducted = Conducted(it.csms, ConductedClock(it.time))
    open_to_all = {
        path
        for path, dependant in routes_of(make_app(it.front, conducted))
        if not any(call is identified or isinstance(call, Needs) for call in asked(dependant))
    }
    assert open_to_all == {
        "/health", "/ready",  # whether it works, and nothing else
        *("/v1/asyncapi.json", "/v1/openapi.json", "/docs"),  # what there is
        *ISSUING,
    }  # fmt: skip


ISSUING = {
    *("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/jwks", "/oauth/authorize"),
    *("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"),
}
"""Where somebody proves who they are in a way of its own."""

BARE = {
    "desk": "makes the others",
    "streams": "its routes are described by AsyncAPI, and WebSockets have no responses",
    "oauth": "what it answers is as the RFCs say, and it is no part of /v1",
    "health": "is no part of /v1",
    "conductor": "is no part of /v1",
    "reference": "is where the others are described",
    "guests": "guests have no account: what they were given when they began proves who they are",
}
"""Modules with a router that is not a desk's, and why."""


def test_routers_come_from_a_desk():
    bare = {
        path.stem
        for path in Path(desk.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "APIRouter"
    }
    assert bare == BARE.keys()
