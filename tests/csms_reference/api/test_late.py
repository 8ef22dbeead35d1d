"""Routes are analysed when they are asked for, and answer then as they would have at once."""

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query

from csms_reference.api.late import LateRoute

Number = Annotated[int, Query(ge=1)]


@pytest.fixture
def app():
    made, router = FastAPI(), APIRouter(prefix="/v1", route_class=LateRoute, tags=["some"])

    @router.get("/numbers/{name}")
    async def number(name: str, times: Number = 1) -> dict[str, str]:
        """A number of names."""
        return {"name": name * times}

    @router.post("/numbers/{name}", status_code=201)
    async def make(name: str) -> dict[str, str]:
        return {"made": name}

    @router.get("/wrong")
    async def wrong(client: httpx.AsyncClient) -> None:
        """It asks for what nobody can send."""

    made.router.routes.extend(router.routes)
    return made


def analysed(app):
    return [route.name for route in app.routes if isinstance(route, LateRoute) and "dependant" in vars(route)]


async def asked(app, method, path):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://csms") as client:
        answer = await client.request(method, path)
    return answer.status_code, answer.json()


async def test_a_route_is_analysed_once_somebody_asks_for_it(app):
    assert analysed(app) == []
    assert await asked(app, "GET", "/v1/numbers/ab?times=2") == (200, {"name": "abab"})
    assert analysed(app) == ["number"]
    assert await asked(app, "POST", "/v1/numbers/ab") == (201, {"made": "ab"})
    assert analysed(app) == ["number", "make"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/numbers", 404), ("PUT", "/v1/numbers/a", 405), ("GET", "/v1/numbers/a?times=0", 422)],
)
async def test_what_it_does_not_take_is_refused(app, method, path, status):
    assert (await asked(app, method, path))[0] == status


def test_it_is_described_whole(app):
    app.routes[:] = [route for route in app.routes if route.name != "wrong"]
    told = app.openapi()["paths"]["/v1/numbers/{name}"]
    assert (set(told), told["get"]["description"], told["get"]["tags"]) == (
        {"get", "post"},
        "A number of names.",
        ["some"],
    )
    assert [each["name"] for each in told["get"]["parameters"]] == ["name", "times"]
    assert "201" in told["post"]["responses"]


async def test_what_cannot_be_is_said_where_it_is_asked_for_or_described(app):
    with pytest.raises(Exception, match="AsyncClient"):
        await asked(app, "GET", "/v1/wrong")
    with pytest.raises(Exception, match="AsyncClient"):
        app.openapi()


def test_what_no_route_has_is_no_attribute(app):
    route = next(each for each in app.routes if each.name == "number")
    assert not hasattr(route, "no_such_thing")
    assert route.unique_id
    with pytest.raises(AttributeError, match="no_such_thing"):
        route.no_such_thing  # noqa: B018 -- to ask is the test
