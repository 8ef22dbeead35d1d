"""Routers whose routes an application takes as they are."""

from fastapi.routing import APIRoute

from csms_reference.access.guard import Needs
from csms_reference.access.scopes import Scope
from csms_reference.api import make_app
from csms_reference.api.desk import Desk


def test_a_router_has_all_that_its_routes_need():
    needs = Needs(Scope.TOKENS_READ, Scope.TOKENS_WRITE)
    router = Desk(needs)(prefix="/tokens", tags=["tokens"])

    @router.get("/{token}")
    async def get_token(token: str) -> str:
        return token

    (route,) = router.routes
    assert (route.path, route.unique_id, route.tags) == ("/v1/tokens/{token}", "get_token", ["tokens"])
    assert [each.dependency for each in route.dependencies] == [needs]
    assert {401, 403, 429} <= set(route.responses)


def test_an_application_takes_routes_as_they_are(bench):
    app = make_app(bench().front)
    paths = {route.path for route in app.routes if isinstance(route, APIRoute)}
    assert {"/v1/stations", "/v1/stations/{station}", "/v1/users"} <= paths
