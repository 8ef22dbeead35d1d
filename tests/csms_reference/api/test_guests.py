"""Who has no account charges with a key, and sees nothing but their own session."""

import pytest

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import DRIVING, Scope
from csms_reference.store.session_tables import charging_sessions
from tests.csms_reference.clients import problem
from tests.csms_reference.driving import ADA, KIOSK, Course, asked, client_as, enter, opened, priced

NOBODY = Principal("nobody", frozenset())
UUID = {"Idempotency-Key": "0b9f3c52-7d1e-4a55-9f5e-8f8f4dd0a001"}


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


async def course_of(it, station):
    """The course that the station is about to take."""
    await it.quiet()
    told = asked(station)
    token = told["idTag"] if "idTag" in told else told["idToken"]["idToken"]
    return Course(station, token, remote=told.get("remoteStartId"))


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_guest_charges_and_sees_and_stops_it_by_the_key_alone(bench, monkeypatch, version):
    it = bench(guests=True)
    await priced(it)
    station = await opened(it, version=version)
    async with client_as(it, monkeypatch, NOBODY) as client:
        begun = await client.post("/guest", json={"station": "CP-1", "evse": 1, "max_energy_wh": 5000})
        assert (begun.status_code, begun.headers["cache-control"]) == (202, "no-store")
        told = begun.json()
        assert (told["begun"], told["user"], told["max_energy_wh"]) == ("Guest", None, 5000.0)
        assert len(told["key"]) == 43
        course = await course_of(it, station)
        assert len(course.token) == 20
        assert await course.begin() == "Accepted"
        await course.take(2000.0, "2026-03-01T08:10:00Z")
        own = bearer(told["key"])
        seen = (await client.get("/guest", headers=own)).json()
        assert (seen["state"], seen["key"], seen["live"]["power_w"]) == ("Active", None, 7400.0)
        assert (await client.post("/guest/stop", headers=own)).status_code == 202
        await it.quiet()
        assert station.calls[-1][0].endswith("StopTransaction")
        await course.end(2500.0, "2026-03-01T08:20:00Z")
        seen = (await client.get("/guest", headers=own)).json()
        assert (seen["state"], seen["energy_wh"], seen["live"]["state"]) == ("Ended", 1500.0, "Ended")
        assert (await client.post("/guest/stop", headers=own)).status_code == 409


async def test_without_the_key_there_is_nothing(bench, monkeypatch):
    it = bench(guests=True)
    await opened(it)
    async with client_as(it, monkeypatch, NOBODY) as client:
        key = (await client.post("/guest", json={"station": "CP-1"})).json()["key"]
        for headers in ({}, bearer("x"), bearer(key[:-1]), {"Authorization": f"Basic {key}"}):
            for method, path in (("GET", "/guest"), ("POST", "/guest/stop")):
                answer = await client.request(method, path, headers=headers)
                problem(answer, 401, "no key")
                assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_the_token_is_good_for_one_transaction_there(bench, monkeypatch, version):
    it = bench(guests=True, accept_unknown_tokens=True)
    station, other = await opened(it, version=version), await opened(it, "CP-2", version)
    async with client_as(it, monkeypatch, NOBODY) as client:
        await client.post("/guest", json={"station": "CP-1"})
        course = await course_of(it, station)
        elsewhere, again = Course(other, course.token), Course(station, course.token, evse=2)
        elsewhere.number, again.number = "T-2", "T-3"
        assert await elsewhere.begin() == "Expired"
        assert await course.begin() == "Accepted"
        assert await course.begin() == "Accepted"  # the message again
        assert await again.begin() == "Expired"
        await course.end(2000.0, "2026-03-01T08:20:00Z")
        once_more = Course(station, course.token)
        once_more.number = "T-4"
        assert await once_more.begin("2000", "2026-03-01T08:30:00Z") == "Expired"
    (row,) = await it.rows(charging_sessions)
    assert row["transaction_id"] == str(course.number)


async def test_the_token_is_good_until_the_deadline_and_while_it_charges(bench, monkeypatch):
    it = bench(guests=True)
    station = await opened(it)
    async with client_as(it, monkeypatch, NOBODY) as client:
        await client.post("/guest", json={"station": "CP-1"})
        course = await course_of(it, station)
        it.forward(359)
        assert await course.begin() == "Accepted"
        it.forward(86_400)
        assert "idTokenInfo" not in await course.take(2000.0, "2026-03-01T08:10:00Z")
        await client.post("/guest", json={"station": "CP-1"})
        late = await course_of(it, station)
        it.forward(361)
        late.number = "T-2"
        assert await late.begin() == "Expired"


async def test_guests_come_to_public_stations_alone_and_are_not_let_in_unless_wanted(bench, monkeypatch):
    it = bench(guests=True)
    await opened(it, public=False)
    async with client_as(it, monkeypatch, NOBODY) as client:
        problem(await client.post("/guest", json={"station": "CP-1"}), 404, "CP-1")
    shut = bench()
    await opened(shut)
    async with client_as(shut, monkeypatch, NOBODY) as client:
        assert (await client.post("/guest", json={"station": "CP-1"})).status_code == 404
        assert not any("guest" in path for path in (await client.get("/openapi.json")).json()["paths"])


async def test_an_attempt_of_a_guest_is_told_the_key_again_but_nobody_guesses_it(bench, monkeypatch):
    it = bench(guests=True)
    await opened(it)
    async with client_as(it, monkeypatch, NOBODY) as client:
        first = await client.post("/guest", json={"station": "CP-1"}, headers=UUID)
        again = await client.post("/guest", json={"station": "CP-1"}, headers=UUID)
        assert first.json()["key"] == again.json()["key"]
        short = await client.post("/guest", json={"station": "CP-1"}, headers={"Idempotency-Key": "1"})
        problem(short, 422, "dempotency")


async def test_an_address_begins_few_sessions_and_tries_few_keys(bench, monkeypatch):
    it = bench(guests=True)
    await opened(it)
    async with client_as(it, monkeypatch, NOBODY) as client:
        codes = [
            (await client.post("/guest", json={"station": "CP-1", "evse": evse})).status_code for evse in range(1, 8)
        ]
        assert codes == [202] * 5 + [429] * 2
        codes = [(await client.get("/guest", headers=bearer("x"))).status_code for _ in range(22)]
        assert codes == [401] * 20 + [429] * 2


async def test_a_kiosk_has_guests_and_sees_them_alone(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1", "evse": 2})
    async with client_as(it, monkeypatch, KIOSK) as client:
        begun = (await client.post("/sessions", json={"station": "CP-1", "evse": 1}, headers=UUID)).json()
        assert (begun["begun"], len(begun["key"])) == ("Guest", 43)
        problem(await client.post("/sessions", json={"station": "CP-1", "token": "X"}), 409, "guests")
        found = (await client.get("/sessions")).json()["_embedded"]["item"]
        assert [each["id"] for each in found] == [begun["id"]]
    for scope in DRIVING:
        only = Principal("half", frozenset({scope}))
        async with client_as(it, monkeypatch, only) as client:
            allowed = {Scope.SESSIONS_READ: 200, Scope.SESSIONS_WRITE: 403}[scope]
            assert (await client.get("/sessions")).status_code == allowed
            allowed = {Scope.SESSIONS_READ: 403, Scope.SESSIONS_WRITE: 202}[scope]
            assert (await client.post("/sessions", json={"station": "CP-1", "evse": 3})).status_code == allowed
