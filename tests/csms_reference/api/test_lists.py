"""The HTTP API about tokens with their terms, and local lists."""

import pytest

from tests.csms_reference.clients import client_of, content
from tests.csms_reference.test_locallist import Lister


def listed(answer):
    return answer.json()["version"], answer.json()["size"], content(answer)


async def test_a_list_from_tokens_to_station(api):
    it, client = api
    assert listed(await client.get("/stations/CP-1/local-list")) == (None, 0, [])
    station = Lister(await it.station())
    terms = {"languages": ["de"], "message": "Hallo", "priority": 2, "places": {"CP-1": [1]}, "hours": None}
    for name in ("A", "B"):
        made = await client.post("/tokens", json={"id_token": name, **terms})
        assert made.status_code == 201
        assert {key: made.json()[key] for key in terms} == terms
    sent = await client.post("/stations/CP-1/commands", json={"command": "sync_local_list"})
    assert sent.json()["status"] == "Accepted"
    assert station.entries == {"A": "Accepted", "B": "Accepted"}
    told = listed(await client.get("/stations/CP-1/local-list", params={"after": "A"}))
    entry = {"id_token": "B", "type": "ISO14443", "status": "Accepted", "evses": [1], "languages": ["de"]}
    assert told == (1, 2, [entry | {"message": "Hallo", "priority": 2}])


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": "8-9"},
        {"languages": ["a"]},
        {"languages": ["de", "en", "fr"]},
        {"priority": 10},
        {"places": {"X": [0]}},
    ],
)
async def test_terms_that_cannot_be(bench, wrong):
    async with client_of(bench().front) as client:
        assert (await client.post("/tokens", json={"id_token": "A", **wrong})).status_code == 422
