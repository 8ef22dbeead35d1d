"""The root of the API."""

from tests.csms_reference.clients import client_of, problem


async def test_the_root_says_who_asks_and_where_to_go(api):
    _, client = api
    answer = await client.get("/")
    assert answer.headers["content-type"] == "application/hal+json"
    told = answer.json()
    assert told["subject"] == "operator"
    assert told["_links"]["stations"] == {
        "href": "/v1/stations{?connected,registration,vendor,version,text,after,limit}",
        "templated": True,
        "title": "Charging stations",
    }
    assert (await client.get(f"http://csms{told['_links']['describedby']['href']}")).json()["openapi"]


async def test_the_root_needs_the_key(bench):
    async with client_of(bench(api_key="hush").front) as client:
        problem(await client.get("/"), 401, "API key")
