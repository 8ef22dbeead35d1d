"""Who may come in, and what those hear who may not."""

import asyncio

import pytest

from csms_reference.store.tables import stations
from protocol.link import Admitted, Ending, Knock, Turned
from protocol.security import verify


@pytest.mark.parametrize("refusing", [True, False])
async def test_an_unknown_station_can_be_refused(bench, refusing):
    it = bench(unknown_stations="refuse", require_passwords=not refusing)
    station = await it.dial("CP-1")
    assert (station.ended.ending, station.ended.code) == (Ending.REFUSED, 404 if refusing else 401)
    assert await it.rows(stations) == []


async def test_passwords(bench):
    it = bench(require_passwords=True, failed_logins_burst=20)
    await it.csms.register("CP-1", password="correct horse battery")
    await it.csms.register("CP-2")
    for identity, password in [
        ("CP-1", None),
        ("CP-1", ""),
        ("CP-1", "wrong"),
        ("CP-1", "correct horse batter"),
        ("CP-2", "any"),
        ("cp-1", "correct horse battery"),
        ("nobody", "any"),
    ]:
        station = await it.dial(identity, password=password)
        assert (identity, password, station.ended.code) == (identity, password, 401)
    for _ in range(2):  # the second time it is remembered
        assert (await it.dial("CP-1", password="correct horse battery")).link
    assert (await it.dial("CP-1", password="wrong")).ended.code == 401


async def test_a_password_of_one_station_is_asked_for_although_others_need_none(bench):
    it = bench()
    await it.csms.register("CP-1", password="correct horse battery")
    assert (await it.dial("CP-1")).ended.code == 401
    assert (await it.dial("CP-2")).link
    await it.csms.register("CP-1", password=None)
    assert (await it.dial("CP-1")).link


async def test_a_user_name_that_is_not_the_identity_is_refused(bench):
    it = bench()
    await it.csms.register("CP-1", password="secret")
    right = Knock("CP-1", ("ocpp2.0.1",), user="CP-1", password="secret")
    assert isinstance(await it.csms.admit(right), Admitted)
    for user, identity in [("CP-2", "CP-1"), ("cp-1", "CP-1"), ("CP-1", "CP-9"), ("", "CP-9")]:
        answer = await it.csms.admit(Knock(identity, ("ocpp2.0.1",), user=user, password="secret"))
        assert isinstance(answer, Turned)
        assert answer.status == 401


async def test_guessing_is_slowed_down_but_nobody_is_locked_out(bench):
    it = bench(require_passwords=True, failed_logins_burst=3, failed_logins_per_minute=6)
    await it.csms.register("CP-1", password="right")
    ends = [(await it.dial("CP-1", password="wrong")).ended for _ in range(5)]
    assert [end.code for end in ends] == [401, 401, 401, 429, 429]
    assert ends[-1].retry_after_s == 10
    assert (await it.dial("CP-1", password="right")).link
    it.forward(10)
    assert (await it.dial("CP-1", password="wrong")).ended.code == 401


async def test_never_back_to_a_lower_security_profile(bench):
    it = bench()
    await it.csms.register("CP-1", password="secret", security_profile=2)
    assert (await it.dial("CP-1", password="secret")).ended.code == 401
    assert (await it.dial("CP-1", password="secret", url="wss://csms/")).link


async def test_a_wrong_password_displaces_nobody(bench):
    it = bench()
    await it.csms.register("CP-1", password="secret")
    station = await it.station(password="secret")
    await it.dial("CP-1", password="guess")
    await station.ask("Heartbeat", {})


async def test_time_does_not_tell_which_stations_exist(bench, monkeypatch):
    """A password that was proven once is remembered; a wrong one must cost as much as before all the same."""
    it = bench(require_passwords=True, failed_logins_burst=20)
    await it.csms.register("CP-1", password="correct horse battery")
    assert (await it.dial("CP-1", password="correct horse battery")).link
    hashings = []

    def counted(password, hashed):
        hashings.append(hashed)
        return verify(password, hashed)

    monkeypatch.setattr("csms_reference.admission.verify", counted)
    for identity in ("CP-1", "nobody"):
        assert (await it.dial(identity, password="wrong")).ended.code == 401
    assert len(hashings) == 2
    assert (await it.dial("CP-1", password="correct horse battery")).link
    assert len(hashings) == 2


def knock(identity, password=None, peer="192.0.2.1:1"):
    user = None if password is None else identity
    return Knock(identity, ("ocpp2.0.1",), user=user, password=password, peer=peer)


async def codes_of(it, knocks):
    return [getattr(await it.csms.admit(one), "status", 200) for one in knocks]


async def test_a_flood_without_credentials_takes_no_turn_from_who_has_shown_them(bench):
    it = bench(require_passwords=True, accepts_per_s=1, accepts_burst=9, failed_logins_burst=99)
    for identity in ("CP-1", "CP-2"):
        await it.csms.register(identity, password="right")
    assert await codes_of(it, [knock("CP-1", "right")]) == [200]
    it.forward(60)
    flood = await codes_of(it, [knock(f"X-{number}", peer=f"192.0.2.{number}:1") for number in range(99)])
    assert (flood.count(401), flood.count(503)) == (7, 92)
    assert await codes_of(it, [knock("CP-2", "right"), knock("CP-1", "wrong"), knock("CP-1")]) == [503] * 3
    assert await codes_of(it, [knock("CP-1", "right")]) == [200]


async def test_an_address_that_guesses_is_let_in_last_but_never_locked_out(bench):
    it = bench(require_passwords=True, accepts_per_s=1, accepts_burst=9, failed_logins_burst=2)
    await it.csms.register("CP-1", password="right")
    guesses = await codes_of(it, [knock(f"X-{number}", "guess") for number in range(99)])
    assert set(guesses) == {401, 429, 503}
    assert guesses.count(503) == 94
    assert await codes_of(it, [knock("CP-1", "right")]) == [503]
    assert await codes_of(it, [knock("CP-1", "right", "192.0.2.9:1")]) == [200]
    it.forward(3)
    assert await codes_of(it, [knock("CP-1", "right")]) == [200]


async def test_who_asks_for_stations_that_nobody_knows_is_let_in_last(bench):
    it = bench(unknown_stations="refuse", accepts_per_s=1, accepts_burst=9, failed_logins_burst=2)
    await it.csms.register("CP-1")
    asked = await codes_of(it, [knock(f"X-{number}") for number in range(99)])
    assert (asked.count(404), asked.count(503)) == (5, 94)
    assert await codes_of(it, [knock("CP-1", peer="192.0.2.9:1")]) == [200]


async def test_a_proof_is_worth_nothing_once_the_password_has_changed(bench):
    it = bench(require_passwords=True)
    await it.csms.register("CP-1", password="right")
    assert await codes_of(it, [knock("CP-1", "right")]) == [200]
    await it.csms.register("CP-1", password="another")
    assert await codes_of(it, [knock("CP-1", "right"), knock("CP-1", "another")]) == [401, 200]


async def test_who_comes_while_a_password_changes_is_judged_by_the_new_one(bench, monkeypatch):
    """A station that was given a password reconnects at once, and hashing takes its time."""
    it = bench()
    await it.csms.register("CP-1", password="old-old-old")
    hashing, may_end, hashed = asyncio.Event(), asyncio.Event(), it.csms.hash_password

    async def slowly(station, password):
        hashing.set()
        await may_end.wait()
        return await hashed(station, password)

    monkeypatch.setattr(it.csms, "hash_password", slowly)
    change = asyncio.create_task(it.csms.register("CP-1", password="new-new-new"))
    await hashing.wait()
    knocks = [Knock("CP-1", ("ocpp2.0.1",), user="CP-1", password=each) for each in ("new-new-new", "old-old-old")]
    asked = [asyncio.create_task(it.csms.admit(knock)) for knock in knocks]
    assert isinstance(await it.csms.admit(Knock("CP-2", ("ocpp2.0.1",))), Admitted)  # nobody else has to wait
    assert not any(each.done() for each in asked)
    may_end.set()
    answers = await asyncio.gather(*asked)
    await change
    assert [type(answer) for answer in answers] == [Admitted, Turned]
