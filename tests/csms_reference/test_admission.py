"""Who may come in, and what those hear who may not."""

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
