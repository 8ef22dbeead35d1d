"""How much a client may ask of the API."""

import pytest

from csms_reference.api import make_app
from csms_reference.throttle import Buckets
from tests.csms_reference.clients import client_of, problem

HUSH = {"Authorization": "Bearer hush"}


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("csms_reference.operations.requests.loop_time", made)
    return made


@pytest.fixture
def limited(bench, clock):
    def make(**settings):
        return client_of(bench(requests_per_s=0.5, requests_burst=3, **settings).front)

    return make


async def test_who_asks_too_much_is_told_when_to_come_again(limited, clock):
    async with limited() as client:
        for left in (2, 1, 0):
            answer = await client.get("/stations")
            assert answer.headers["ratelimit"] == f'"client";r={left};t={(3 - left) * 2}'
            assert answer.headers["ratelimit-policy"] == '"client";q=3;w=6'
            assert "retry-after" not in answer.headers
        answer = await client.get("/stations")
        problem(answer, 429, "too many requests")
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["ratelimit"] == '"client";r=0;t=6'
        clock.now_s = 2.0
        assert (await client.get("/stations")).status_code == 200


async def test_who_looks_after_the_csms_is_always_answered(limited):
    async with limited() as client:
        for _ in range(9):
            assert (await client.get("http://csms/health")).status_code == 200
            assert (await client.get("http://csms/ready")).status_code == 200


async def test_who_has_proven_nothing_counts_by_address_and_takes_nothing_from_who_has(limited):
    async with limited(api_key="hush") as client:
        for _ in range(3):
            problem(await client.get("/stations"), 401, "key")
        problem(await client.get("/stations"), 429, "too many")
        assert (await client.get("/stations", headers=HUSH)).status_code == 200


async def test_made_up_credentials_open_no_other_purse(limited):
    async with limited(api_key="hush") as client:
        for number in range(3):
            problem(await client.get("/stations", headers={"Authorization": f"Bearer {number}"}), 401, "key")
        answer = await client.get("/stations", headers={"Authorization": "Bearer 4"})
        problem(answer, 429, "too many")
        assert answer.headers["retry-after"] == "2"
        assert "www-authenticate" not in answer.headers


async def test_who_is_proven_pays_alone_and_the_address_nothing(limited):
    async with limited(api_key="hush") as client:
        for _ in range(3):
            assert (await client.get("/stations", headers=HUSH)).status_code == 200
        problem(await client.get("/stations", headers=HUSH), 429, "too many")
        problem(await client.get("/stations"), 401, "key")


async def test_zero_is_no_limit(bench):
    async with client_of(bench(requests_per_s=0, requests_burst=1).front) as client:
        for _ in range(5):
            answer = await client.get("/stations")
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers


async def test_an_error_of_ours_is_counted_as_one(bench, monkeypatch):
    it = bench()

    async def fail(_fn):
        raise RuntimeError("broken")

    monkeypatch.setattr(it.store, "read", fail)
    async with client_of(it.front) as client:
        problem(await client.get("/orphans"), 500, "internal error")
        answered = client._transport.app.state.requests.answered
    assert answered == {("GET", "/v1/orphans", 500): 1}


def test_the_limit_is_that_of_the_settings(bench):
    it = bench(requests_per_s=7, requests_burst=70)
    assert make_app(it.front).state.requests.policy == '"client";q=70;w=10'


def test_a_token_given_back_is_there_again():
    buckets = Buckets(1, 1.0)
    assert buckets.take("a", 0.0).wait_s == 0
    assert buckets.take("a", 0.0).wait_s == 1
    buckets.give_back("a")
    buckets.give_back("unheard of")
    assert buckets.take("a", 0.0).wait_s == 0
