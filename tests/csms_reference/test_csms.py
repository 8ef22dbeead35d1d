"""Stations come and go, boot, and are sent commands."""

import asyncio

import pytest

from csms_reference.services.registration import Registration
from csms_reference.store.tables import stations, status_history
from protocol.link import Ending

BOTH = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
ALL = {"versions": ["1.6", "2.0.1", "2.1"]}


@BOTH
async def test_a_new_station_is_taken_in_and_booted(bench, version):
    it = bench(**ALL, heartbeat_s=120)
    station = await it.dial("CP-1", version)
    assert await station.boot() == {"status": "Accepted", "currentTime": "2026-03-01T08:00:00.000Z", "interval": 120}
    (row,) = await it.rows(stations)
    assert (row["version"], row["vendor"], row["model"], row["told"]) == (version, "Acme", "One", "Accepted")
    assert await station.ask("Heartbeat", {}) == {"currentTime": "2026-03-01T08:00:00.000Z"}


async def test_the_newest_version_that_both_speak_is_chosen(bench):
    it = bench()
    station = await it.dial(offers=("ocpp1.6", "ocpp2.1", "ocpp2.0.1"))
    assert station.session.version.name == "2.1"


async def test_no_common_version(bench):
    station = await bench().dial(offers=("ocpp1.5", "ocpp3"))
    assert station.ended.ending is Ending.SUBPROTOCOL


@BOTH
@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
async def test_before_it_is_accepted_a_station_only_boots(bench, version, registration):
    it = bench(**ALL, boot_retry_s=17)
    await it.csms.register("CP-1", registration=registration)
    station = await it.dial("CP-1", version)
    answer = await station.boot()
    assert (answer["status"], answer["interval"]) == (registration, 17)
    assert await station.refusal("Heartbeat", {}) == "SecurityError"
    await it.csms.register("CP-1", registration="Accepted")
    assert await station.refusal("Heartbeat", {}) == "SecurityError"  # nobody told it yet
    assert (await station.boot())["status"] == "Accepted"
    await station.ask("Heartbeat", {})


async def test_what_a_station_was_told_outlives_its_connection(bench):
    it = bench()
    await it.csms.register("CP-1", registration="Pending")
    first = await it.station()
    first.link.close()
    await it.quiet()
    second = await it.dial()
    assert await second.refusal("Heartbeat", {}) == "SecurityError"


async def test_while_pending_it_may_send_what_it_is_asked_for(bench):
    it = bench(unknown_stations="pending")
    station = await it.station()
    station.replies = {"TriggerMessage": {"status": "Accepted"}, "GetBaseReport": {"status": "Accepted"}}
    status = {"timestamp": "2026-03-01T08:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert await station.refusal("StatusNotification", status) == "SecurityError"
    end = await it.csms.command("CP-1", "trigger", message="StatusNotification", evse=1, connector=1)
    assert end.status == "Accepted"
    await station.ask("StatusNotification", status)
    report = {"requestId": 1, "generatedAt": "2026-03-01T08:00:00Z", "seqNo": 0}
    assert await station.refusal("NotifyReport", report) == "SecurityError"
    assert (await it.csms.command("CP-1", "get_base_report")).status == "Accepted"
    await station.ask("NotifyReport", report)
    assert len(await it.rows(status_history)) == 1


async def test_nothing_is_started_while_pending_and_nothing_sent_when_rejected(bench):
    it = bench(unknown_stations="pending")
    station = await it.station()
    end = await it.csms.command("CP-1", "remote_start", id_token="TAG")
    assert (end.status, end.answer) == ("not accepted", None)
    await it.csms.register("CP-1", registration="Rejected")
    await station.boot()
    assert (await it.csms.command("CP-1", "clear_cache")).status == "not accepted"
    assert station.calls == []


async def test_the_newest_connection_of_a_station_counts(bench):
    it = bench()
    old = await it.station()
    asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    await old.until(lambda: old.calls)
    new = await it.station()
    assert (await asked).status == "disconnected"
    await old.until(lambda: old.ended)
    assert (old.ended.ending, old.ended.code) == (Ending.CLOSED, 1008)
    new.replies = {"ClearCache": {"status": "Accepted"}}
    assert (await it.csms.command("CP-1", "clear_cache")).status == "Accepted"
    await new.ask("Heartbeat", {})
    await it.quiet()
    assert it.csms.connections["CP-1"].link is not None


async def test_commands_that_cannot_be_carried_out(bench):
    it = bench()
    assert (await it.csms.command("CP-1", "clear_cache")).status == "unknown station"
    await it.csms.register("CP-1")
    assert (await it.csms.command("CP-1", "clear_cache")).status == "offline"
    station = await it.station("CP-1", "1.6")
    assert "not in OCPP 1.6" in (await it.csms.command("CP-1", "get_base_report")).error
    assert (await it.csms.command("CP-1", "explode")).status == "not supported"
    for fields in [
        {},
        {"transaction_id": "no number"},
        {"transaction_id": 1, "colour": "red"},
        {"transaction_id": 2**40},
    ]:
        end = await it.csms.command("CP-1", "remote_stop", **fields)
        assert (end.status, fields) == ("bad fields", fields)
    assert (await it.csms.call("CP-1", "Heartbeat", {})).status == "not supported"
    assert station.calls == []


async def test_a_station_that_does_not_answer(bench):
    it = bench(call_timeout_s=20)
    station = await it.station()
    first = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    second = asyncio.ensure_future(it.csms.command("CP-1", "get_local_list_version"))
    await station.until(lambda: station.calls)
    assert it.busy.count == 0  # simulated time may go on
    it.forward(20)
    assert (await first).status == "timed out"
    station.replies = {"GetLocalListVersion": {"versionNumber": 7}}
    it.forward(20)
    assert (await second).status in {"timed out", "Accepted"}
    await station.ask("Heartbeat", {})


async def test_a_station_that_refuses_or_answers_nonsense(bench):
    it = bench()
    station = await it.station()
    for answer, status in [
        ('[4,"{id}","NotImplemented","no cache",{{}}]', "refused"),
        ('[3,"{id}",{{"status":"Perhaps"}}]', "misanswered"),
    ]:
        asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
        await asyncio.sleep(0)
        await it.quiet()
        message_id = [event for event in station.events if getattr(event, "action", "") == "ClearCache"][-1].message_id
        station.link.send(answer.format(id=message_id))
        end = await asked
        assert (end.status, end.answered) == (status, False)


async def test_a_lost_connection_fails_what_was_asked(bench):
    it = bench()
    station = await it.station()
    asked = [asyncio.ensure_future(it.csms.command("CP-1", "clear_cache")) for _ in range(3)]
    await station.until(lambda: station.calls)
    station.link.abort()
    assert [(await end).status for end in asked] == ["disconnected"] * 3
    await it.quiet()
    assert it.csms.connections == {}
    (row,) = await it.rows(stations)
    assert row["last_seen_ms"] == it.csms.now_ms()


async def test_closing_tells_every_station(bench):
    it = bench()
    one, two = await it.station("CP-1"), await it.station("CP-2", "1.6")
    await it.csms.close()
    await one.until(lambda: one.ended)
    await two.until(lambda: two.ended)
    assert (one.ended.code, two.ended.code) == (1001, 1001)


async def test_request_numbers_grow(bench):
    csms = bench().csms
    numbers = [csms.next_number() for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert 0 < numbers[0] < 2**31


def test_registration_words():
    assert {word.value for word in Registration} == {"Accepted", "Pending", "Rejected"}


async def test_a_ban_takes_effect_at_once_and_so_does_its_end(bench):
    it = bench()
    station = await it.station()
    await it.csms.register("CP-1", registration="Rejected")
    await station.until(lambda: station.ended)
    assert (station.ended.ending, station.ended.code) == (Ending.CLOSED, 1008)
    again = await it.dial()
    assert await again.refusal("Heartbeat", {}) == "SecurityError"
    assert (await it.csms.command("CP-1", "clear_cache")).status == "not accepted"
    await it.csms.register("CP-1", registration="Accepted")
    await again.until(lambda: again.ended)
    last = await it.dial()
    await last.ask("Heartbeat", {})


async def test_what_changes_nothing_for_a_live_station_leaves_it_alone(bench):
    it = bench()
    await it.csms.register("CP-1", registration="Rejected")
    waiting = await it.station()
    for registration in ("Rejected", "Accepted", "Pending", "Accepted"):  # told with its next boot
        await it.csms.register("CP-1", registration=registration)
        await it.quiet()
        assert waiting.ended is None
    await it.csms.register("CP-1", password="a new password")
    await it.quiet()
    assert waiting.ended is None


@pytest.mark.parametrize(
    ("version", "name", "fields", "words"),
    [
        ("2.0.1", "reset", {"name": "x"}, "name"),
        ("2.0.1", "reset", {"self": "y"}, "self"),
        ("2.0.1", "reset", {"ask": 1}, "ask"),
        ("2.0.1", "set_variables", {"values": "x"}, "values"),
        ("1.6", "set_variables", {"values": [{"a": 1}]}, "values"),
        ("2.0.1", "get_variables", {"names": [5]}, "names"),
        ("2.0.1", "change_availability", {"operative": "false"}, "operative"),
        ("1.6", "change_availability", {"operative": 1}, "operative"),
        ("1.6", "unlock", {"evse": True}, "evse"),
        ("2.0.1", "send_local_list", {"version": 1, "entries": [{"tag": "x"}]}, "tag"),
        ("2.0.1", "remote_stop", {}, "transaction_id"),
    ],
)
async def test_fields_of_the_wrong_kind_reach_no_station(bench, version, name, fields, words):
    it = bench()
    station = await it.station(version=version)
    end = await it.csms.command("CP-1", name, **fields)
    assert (end.status, station.calls) == ("bad fields", [])
    assert words in end.error
    assert "csms_reference" not in end.error
