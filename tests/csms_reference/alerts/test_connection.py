"""ConnectionLost: who is gone, for how long, and who is not."""

import pytest

from csms_reference.alerts.condition import Kind
from csms_reference.alerts.connection import Connections, patience_s
from csms_reference.settings import Settings
from csms_reference.store.alert_tables import alerts

LOST = [("ConnectionLost", "", "Major")]


async def left(station, it):
    station.link.close(1000, "")
    await station.until(lambda: station.ended)
    await it.quiet()


async def test_a_station_is_lost_after_its_time_and_not_a_second_before(watch):
    on = watch(alert_offline_s=100)
    rule, station = Connections(), await on.it.station()
    assert await on.look(rule) == []
    await left(station, on.it)
    assert await on.look(rule, 10) == []
    assert await on.look(rule, 99) == []
    assert await on.look(rule, 11) == LOST
    assert await on.alerts("station", "details") == [("CP-1", {"last_seen": "2026-03-01T08:00:00.000Z"})]


async def test_it_is_over_when_the_station_is_back(watch):
    on = watch(alert_offline_s=100)
    rule, station = Connections(), await on.it.station()
    await left(station, on.it)
    await on.look(rule)
    assert await on.look(rule, 100) == LOST
    await on.it.dial()
    assert await on.look(rule, 1) == []
    assert await on.alerts("state", "closed_by") == [("Cleared", None)]


async def test_who_comes_and_goes_between_two_looks_is_not_lost(watch):
    on = watch(alert_offline_s=100)
    rule, station = Connections(), await on.it.station()
    await left(station, on.it)
    await on.look(rule)
    on.it.forward(80)
    await left(await on.it.dial(), on.it)
    assert await on.look(rule, 21) == []


async def test_after_a_restart_stations_have_their_time_to_come_back(watch):
    on = watch(alert_offline_s=100)
    station = await on.it.station()
    await left(station, on.it)
    on.it.forward(1000)
    rule = Connections()
    assert await on.look(rule) == []
    assert await on.look(rule, 100) == LOST


async def test_who_was_never_accepted_is_not_expected(watch):
    on = watch(alert_offline_s=100, unknown_stations="pending")
    rule, station = Connections(), await on.it.station()
    await left(station, on.it)
    await on.look(rule)
    assert await on.look(rule, 1000) == []


async def test_it_is_over_for_who_is_rejected_or_removed(watch):
    on = watch(alert_offline_s=100)
    rule = Connections()
    for name in ("CP-1", "CP-2"):
        await left(await on.it.station(name), on.it)
    await on.look(rule)
    assert len(await on.look(rule, 100)) == 2
    await on.it.front.register("CP-1", registration="Rejected")
    await on.it.front.remove("CP-2")
    assert await on.look(rule, 1) == []
    assert await on.alerts("station") == [("CP-1",)]


async def test_nobody_is_lost_while_other_nodes_cannot_be_asked(watch, monkeypatch):
    on = watch(alert_offline_s=100)
    rule = Connections()
    await left(await on.it.station(), on.it)
    await on.look(rule)
    monkeypatch.setattr(type(on.it.front), "sees_all", False, raising=False)
    vars(on.it.front).pop("sees_all", None)
    assert await on.look(rule, 1000) == []


async def test_nothing_ends_while_other_nodes_cannot_be_asked(watch, monkeypatch):
    on = watch(alert_offline_s=100)
    rule = Connections()
    await left(await on.it.station(), on.it)
    await on.look(rule)
    assert await on.look(rule, 100) == LOST
    vars(on.it.front).pop("sees_all", None)
    monkeypatch.setattr(type(on.it.front), "sees_all", False, raising=False)
    await on.it.dial()
    assert await on.look(rule, 1) == LOST


async def test_a_fleet_that_is_lost_is_written_in_parts(watch, monkeypatch):
    monkeypatch.setattr("csms_reference.alerts.connection.LOOKED_AT", 3)
    monkeypatch.setattr("csms_reference.alerts.docket.WRITTEN_AT_ONCE", 2)
    monkeypatch.setattr("csms_reference.alerts.docket.PAUSE_S", 0)
    on = watch(alert_offline_s=100)
    rule = Connections()
    for number in range(8):
        await left(await on.it.station(f"CP-{number}"), on.it)
    await on.look(rule)
    assert len(await on.look(rule, 100)) == 8
    assert len(await on.look(rule, 100)) == 8
    for number in range(8):
        await on.it.dial(f"CP-{number}")
    assert await on.look(rule, 1) == []
    assert len(await on.it.rows(alerts)) == 8


async def test_zero_is_for_ever(watch):
    on = watch(alert_offline_s=0)
    rule = Connections()
    await left(await on.it.station(), on.it)
    await on.look(rule)
    assert await on.look(rule, 1e6) == []
    assert await on.docket.open(Kind.CONNECTION) == {}


@pytest.mark.parametrize(("said", "lasts_s"), [({}, 600), ({"heartbeat_s": 30}, 60), ({"alert_offline_s": 5.0}, 5)])
def test_it_is_twice_the_interval_of_heartbeats_unless_said(said, lasts_s):
    assert patience_s(Settings(**said)) == lasts_s
