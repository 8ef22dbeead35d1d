"""Charging sessions over the API, at stations of 1.6 and 2.0.1."""

import pytest

from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.store.session_tables import charging_sessions
from tests.csms_reference.clients import PATIENT, content, problem
from tests.csms_reference.driving import ADA, BOB, KIOSK, Course, asked, client_as, enter, held, opened, priced

LATER, OVER = "2026-03-01T08:30:00Z", "2026-03-01T09:00:00Z"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_user_charges_with_an_app(bench, monkeypatch, version):
    it = bench()
    await enter(it, "ada")
    await held(it, "HERS", "ada")
    await priced(it)
    station = await opened(it, version=version)
    async with client_as(it, monkeypatch, ADA) as client:
        begun = await client.post("/sessions", json={"station": "CP-1", "evse": 1})
        await it.quiet()
        assert begun.status_code == 202
        told = begun.json()
        assert (told["begun"], told["user"], told["state"], told["key"]) == ("App", "ada", "Requested", None)
        own = begun.headers["location"].removeprefix("/v1")
        name = "idTag" if version == "1.6" else "idToken"
        assert asked(station)[name] == ("HERS" if version == "1.6" else {"idToken": "HERS", "type": "Central"})
        course = Course(station, "HERS", remote=asked(station).get("remoteStartId"))
        assert await course.begin() == "Accepted"
        await course.take(3000.0, LATER)
        it.forward(1800)
        told = (await client.get(own)).json()
        assert (told["state"], told["energy_wh"], told["cost"], told["currency"]) == ("Active", 2000.0, "1.30", "EUR")
        assert (told["duration_s"], told["charging_s"]) == (1800.0, 1800.0)
        assert {"transaction", "station"} & told["_links"].keys() == set()  # drivers may not go there
        live = (await client.get(told["_links"]["live"]["href"].removeprefix("/v1"))).json()
        assert (live["power_w"], live["energy_wh"], live["cost"]) == (7400.0, 2000.0, "1.30")
        stop = await client.post(told["_templates"]["stop"]["target"].removeprefix("/v1"), headers=PATIENT)
        assert (stop.status_code, stop.json()["order"]) == (
            200, {"command": "remote_stop", "state": "accepted", "status": "Accepted"},
        )  # fmt: skip
        assert asked(station)["transactionId"] == course.number
        it.forward(1800)
        await course.end(5000.0, OVER)
        it.forward(7200)
        (told,) = content(await client.get("/sessions"))
        assert (told["id"], told["state"], told["energy_wh"], told["cost"]) == ("a1", "Ended", 4000.0, "2.60")
        assert told["duration_s"] == 3600.0
        assert "_templates" not in (await client.get(own)).json()
        assert (await client.post(f"{own}/stop")).status_code == 409


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_card_begins_a_session_of_whom_it_is(bench, monkeypatch, version):
    it = bench()
    await enter(it, "ada")
    await held(it, "CARD", "ada")
    await it.token("OTHER")
    station = await opened(it, version=version)
    for token, number in (("OTHER", "T-0"), ("CARD", "T-1")):
        course = Course(station, token, kind="ISO14443", evse=len(token))
        course.number = number
        await course.begin()
    async with client_as(it, monkeypatch, ADA) as client:
        (told,) = content(await client.get("/sessions"))
        assert (told["begun"], told["user"], told["transaction_id"]) == ("Card", "ada", str(course.number))
        stopped = await client.post(f"/sessions/{told['id']}/stop", headers=PATIENT)
        assert stopped.json()["order"]["status"] == "Accepted"
    async with client_as(it, monkeypatch, OPERATOR) as client:
        assert [each["user"] for each in content(await client.get("/sessions"))] == [None, "ada"]
        assert [each["id"] for each in content(await client.get("/sessions", params={"user": "ada"}))] == [told["id"]]


async def test_a_card_that_changes_hands_takes_no_history_with_it(bench, monkeypatch):
    it = bench()
    await enter(it, "ada", "bob")
    await held(it, "CARD", "ada")
    await Course(await opened(it), "CARD", kind="ISO14443").begin()
    await held(it, "CARD", "bob")
    for who, count in ((ADA, 1), (BOB, 0)):
        async with client_as(it, monkeypatch, who) as client:
            assert len(content(await client.get("/sessions"))) == count


@pytest.mark.parametrize(("kind", "remote", "begun"), [
    ("eMAID", None, "Other"), ("NoAuthorization", None, "Other"), ("ISO15693", None, "Card"), ("ISO14443", 77, "Other"),
])  # fmt: skip
async def test_how_other_sessions_began(bench, monkeypatch, kind, remote, begun):
    it = bench()
    await Course(await opened(it), "X", kind=kind, remote=remote).begin()
    async with client_as(it, monkeypatch, OPERATOR) as client:
        assert [each["begun"] for each in content(await client.get("/sessions"))] == [begun]


async def test_what_an_operator_starts_from_afar_at_a_1_6_station_is_no_card(bench, monkeypatch):
    it = bench()
    await it.token("TAG")
    station = await opened(it, version="1.6")
    async with client_as(it, monkeypatch, OPERATOR) as client:
        await client.post(
            "/stations/CP-1/commands", json={"command": "remote_start", "id_token": "TAG"}, headers=PATIENT
        )
        await Course(station, "TAG").begin()
        assert [each["begun"] for each in content(await client.get("/sessions"))] == ["Other"]


async def test_what_is_somebody_elses_is_not_there(bench, monkeypatch):
    it = bench()
    await enter(it, "ada", "bob")
    await held(it, "HERS", "ada")
    station = await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1"})
        await it.quiet()
        await Course(station, "HERS", remote=asked(station)["remoteStartId"]).begin()
    below = ("", "/live", "/curve", "/meter-values.csv")
    for who in (BOB, KIOSK, Principal("north", owner="North")):
        async with client_as(it, monkeypatch, who) as client:
            assert content(await client.get("/sessions")) == []
            for name in ("a1", "t1"):
                for path in below:
                    assert (await client.get(f"/sessions/{name}{path}")).status_code == 404, (who, path)
                assert (await client.post(f"/sessions/{name}/stop")).status_code == 404
            assert len((await client.get("/sessions.csv")).text.splitlines()) == 1
            assert content(await client.get("/sessions/totals")) == []
    async with client_as(it, monkeypatch, ADA) as client:
        for name in ("a1", "t1"):
            for path in below:
                assert (await client.get(f"/sessions/{name}{path}")).status_code == 200, path
        assert [each["sessions"] for each in content(await client.get("/sessions/totals"))] == [1]


async def test_nobody_charges_where_they_may_not_nor_with_what_is_not_theirs(bench, monkeypatch):
    it = bench()
    await enter(it, "ada", "bob")
    await held(it, "HIS", "bob")
    await held(it, "BLOCKED", "ada", status="Blocked")
    await opened(it, "OPEN")
    await opened(it, "CLOSED", public=False)
    await it.csms.register("NEVER-HERE", public=True)
    async with client_as(it, monkeypatch, ADA) as client:
        for given, status, words in (
            ({"station": "CLOSED"}, 404, "CLOSED"),
            ({"station": "NOWHERE"}, 404, "NOWHERE"),
            ({"station": "OPEN", "token": "HIS"}, 404, "token"),
            ({"station": "OPEN", "token": "BLOCKED"}, 409, "Blocked"),
            ({"station": "NEVER-HERE"}, 409, "never been here"),
        ):
            problem(await client.post("/sessions", json=given), status, words)
        found = content(await client.get("/places"))
        assert [(each["station"], each["connected"]) for each in found] == [("NEVER-HERE", False), ("OPEN", True)]
    assert await it.rows(charging_sessions) == []
    hers = Principal("user:ada", ADA.scopes, "North")
    async with client_as(it, monkeypatch, hers) as client:
        assert (await client.post("/sessions", json={"station": "CLOSED"})).status_code == 404
        await it.csms.register("CLOSED", owner="North")
        assert (await client.post("/sessions", json={"station": "CLOSED"})).status_code == 202


async def test_the_same_attempt_begins_one_session(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    station = await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:

        async def post(**more):
            return await client.post("/sessions", json={"station": "CP-1", **more}, headers={"Idempotency-Key": "once"})

        first, second = await post(), await post()
        await it.quiet()
        assert first.headers["location"] == second.headers["location"]
        assert [action for action, _ in station.calls] == ["RequestStartTransaction"]
        problem(await post(evse=1), 422, "another session")
        problem(await client.post("/sessions", json={"station": "CP-1"}), 409, "just asked")


async def test_a_station_that_does_not_agree_fails_the_session(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    station = await opened(it)
    station.replies["RequestStartTransaction"] = {"status": "Rejected"}
    async with client_as(it, monkeypatch, ADA) as client:
        told = (await client.post("/sessions", json={"station": "CP-1"}, headers=PATIENT)).json()
        assert (told["state"], told["why"], told["order"]["state"]) == ("Failed", "Rejected", "rejected")
        again = await client.post("/sessions", json={"station": "CP-1"}, headers=PATIENT)
        assert again.json()["state"] == "Failed"
        token = asked(station)["idToken"]["idToken"]
        answer = await station.ask("Authorize", {"idToken": {"idToken": token, "type": "Central"}})
        assert answer["idTokenInfo"]["status"] == "Expired"


async def test_a_session_whose_transaction_never_comes_fails_by_its_deadline(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1"}, headers=PATIENT)
        it.forward(359)
        assert (await client.get("/sessions/a1")).json()["state"] == "Requested"
        assert content(await client.get("/sessions", params={"state": "Failed"})) == []
        it.forward(1)
        told = (await client.get("/sessions/a1")).json()
        assert (told["state"], told["why"]) == ("Failed", "no transaction")
        assert [each["id"] for each in content(await client.get("/sessions", params={"state": "Failed"}))] == ["a1"]


async def test_a_list_goes_on_and_its_order_never_changes(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    await held(it, "CARD", "ada")
    station = await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        for number in range(3):
            course = Course(station, "CARD", kind="ISO14443", evse=number + 1)
            course.number = f"T-{number}"
            await course.begin()
            await client.post("/sessions", json={"station": "CP-1", "evse": number + 1}, headers=PATIENT)
        expected = ["t1", "a1", "t2", "a2", "t3", "a3"]
        for begun in (False, True):
            if begun:  # what was asked for stays where it was
                remote = asked(station)["remoteStartId"]
                course = Course(station, asked(station)["idToken"]["idToken"], remote=remote, evse=3)
                course.number = "T-9"
                await course.begin()
            where, found = "/sessions?limit=2", []
            while where:
                page = (await client.get(where)).json()
                found += [each["id"] for each in page["_embedded"]["item"]]
                where = page["_links"].get("next", {}).get("href", "").removeprefix("/v1")
            assert found == expected
        assert (await client.get("/sessions/t4")).json()["id"] == "a3"


async def test_the_curve_is_thinned(bench, monkeypatch):
    it = bench()
    course = Course(await opened(it), "X", kind="NoAuthorization")
    await course.begin()
    for minute in range(1, 8):
        await course.take(1000.0 + 100 * minute, f"2026-03-01T08:0{minute}:00Z")
    async with client_as(it, monkeypatch, OPERATOR) as client:
        told = (await client.get("/sessions/t1/curve", params={"points": 3})).json()
        assert (told["measured"], len(told["points"])) == (8, 3)
        assert told["points"][-1] == {
            "at": "2026-03-01T08:07:00.000Z", "power_w": 7400.0, "energy_wh": 700.0, "soc_percent": None,
        }  # fmt: skip
        assert (await client.get("/sessions/t1/curve", params={"points": 2001})).status_code == 422


async def test_stations_of_every_worker_are_begun_at(api):
    it, client = api
    stations = [await opened(it, name) for name in ("CP-1", "CP-2")]
    for station, name in zip(stations, ("CP-1", "CP-2"), strict=True):
        told = (await client.post("/sessions", json={"station": name})).json()
        assert (told["begun"], told["order"]["state"]) == ("Guest", "accepted")
        course = Course(station, asked(station)["idToken"]["idToken"], remote=asked(station)["remoteStartId"])
        assert await course.begin() == "Accepted"
        stopped = (await client.post(f"/sessions/{told['id']}/stop")).json()
        assert (stopped["state"], stopped["order"]["status"]) == ("Active", "Accepted")


async def test_who_is_forgotten_leaves_sessions_that_nobody_inherits(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    await held(it, "CARD", "ada")
    station = await opened(it)
    await Course(station, "CARD", kind="ISO14443").begin()
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1", "evse": 2})
        assert len(content(await client.get("/sessions"))) == 2
    async with client_as(it, monkeypatch, OPERATOR) as client:
        assert (await client.delete("/users/ada")).status_code == 204
        assert [each["user"] for each in content(await client.get("/sessions"))] == [None, None]
        assert content(await client.get("/tokens/CARD"))["holder"] is None
    await enter(it, "ada")
    async with client_as(it, monkeypatch, ADA) as client:
        assert content(await client.get("/sessions")) == []


async def test_the_holder_of_a_token_is_a_user_of_the_same_owner(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    async with client_as(it, monkeypatch, OPERATOR) as client:
        for name, status in (("ada", 201), ("nobody", 422)):
            given = {"id_token": "CARD", "holder": name}
            assert (await client.post("/tokens", json=given)).status_code == status
        kept = await client.post("/tokens", json={"id_token": "CARD", "message": "Hello"})
        assert kept.json()["holder"] == "ada"
        gone = await client.post("/tokens", json={"id_token": "CARD", "holder": None})
        assert gone.json()["holder"] is None
        user = (await client.get("/users/ada")).json()
        assert user["_links"]["sessions"]["href"] == "/v1/sessions?user=ada"
    async with client_as(it, monkeypatch, Principal("north", owner="North")) as client:
        problem(await client.post("/tokens", json={"id_token": "OWN", "holder": "ada"}), 422, "no user 'ada'")


async def test_a_session_has_a_revision(bench, monkeypatch):
    it = bench()
    course = Course(await opened(it), "X", kind="NoAuthorization")
    await course.begin()
    async with client_as(it, monkeypatch, OPERATOR) as client:
        seen = {"If-None-Match": (await client.get("/sessions/t1")).headers["etag"]}
        assert (await client.get("/sessions/t1", headers=seen)).status_code == 304
        await course.take(2000.0, LATER)
        assert (await client.get("/sessions/t1", headers=seen)).status_code == 200


async def test_what_was_charged_outlasts_its_station(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    station = await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1"}, headers=PATIENT)
    token, remote = asked(station)["idToken"]["idToken"], asked(station)["remoteStartId"]
    await Course(station, token, remote=remote).begin()
    async with client_as(it, monkeypatch, OPERATOR) as client:
        assert "station" in (await client.get("/sessions/a1")).json()["_links"]
        assert await it.csms.remove("CP-1")
        told = (await client.get("/sessions/a1")).json()
        assert (told["begun"], told["user"], "station" in told["_links"]) == ("App", "ada", False)
