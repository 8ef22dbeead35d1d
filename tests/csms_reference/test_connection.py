"""A connection outlives whatever the station, or the database, does to it."""

import asyncio
import json

import pytest
from sqlalchemy.exc import OperationalError

from csms_reference.connection import PENDING_CALLS_MAX
from csms_reference.store import Store, StoreError
from csms_reference.store.tables import transaction_events

EVENT = {
    "eventType": "Started",
    "timestamp": "2026-03-01T08:00:00Z",
    "triggerReason": "CablePluggedIn",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "T1"},
}
GARBAGE = [
    "",
    "no json",
    "\ufeff[]",
    "[",
    "[]",
    "[2]",
    "{}",
    '[2,"x"]',
    '[2,"x","Heartbeat",{},1]',
    '[2,"x","Heartbeat",[]]',
    '[2,7,"Heartbeat",{}]',
    '[2.0,"x","Heartbeat",{}]',
    '[true,"x","Heartbeat",{}]',
    '["2","x","Heartbeat",{}]',
    '[9,"x"]',
    '[3,"nobody asked",{}]',
    '[4,"nobody asked","GenericError","",{}]',
    '[5,"x","GenericError","",{}]',
    '[6,"x","NotifyPeriodicEventStream",{}]',
    f'[2,"{"x" * 37}","Heartbeat",{{}}]',
    '[2,"x","Heartbeat",{"a":NaN}]',
    '[2,"x","Heartbeat",{"a":1e999}]',
    '[2,"x","Heartbeat",{"a":"\\ud800"}]',
    '[2,"x","Explode",{}]',
    '[2,"x","__class__",{}]',
    '[2,"x","Reset",{"type":"Immediate"}]',
    '[2,"x","BootNotification",{}]',
    '[2,"x","TransactionEvent",{"eventType":"Started"}]',
    "[" * 100_000,
    '[2,"x","Heartbeat",' + '{"a":' * 5000 + "1" + "}" * 5001,
    b'[2,"x","Heartbeat",{}]',
    b"\x00\xff",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_after_garbage_the_next_heartbeat_is_answered(bench, version, garbage):
    it = bench(versions=["1.6", "2.0.1", "2.1"])
    station = await it.station("CP-1", version)
    await station.raw(garbage)
    assert await station.ask("Heartbeat", {}) == {"currentTime": "2026-03-01T08:00:00.000Z"}
    assert station.ended is None
    assert all(json.loads(frame) for frame in station.frames)


@pytest.mark.parametrize(
    ("action", "payload", "codes"),
    [
        ("Explode", {}, ("NotImplemented", "NotImplemented")),
        ("Reset", {"type": "Hard"}, ("NotSupported", "NotSupported")),
        ("BootNotification", {}, ("ProtocolError", "OccurrenceConstraintViolation")),
    ],
)
async def test_error_codes_are_those_of_the_version(bench, action, payload, codes):
    it = bench()
    for version, code in zip(("1.6", "2.0.1"), codes, strict=True):
        station = await it.station(f"CP-{version}", version)
        assert await station.refusal(action, payload, validate=False) == code


POISON = [
    {"timestamp": "222222017-10-27T19:10:11Z"},
    {"timestamp": "1000000"},
    {"timestamp": "9999-12-31T23:59:59-23:59"},
    {"seqNo": 2**63},
    {"seqNo": 10**400},
    {"transactionInfo": {"transactionId": "a\u0000b"}},
    {"transactionInfo": {"transactionId": "'; drop table stations; --"}},
    {"idToken": {"idToken": "<script>\u202e", "type": "ISO14443"}},
    {"meterValue": [{"timestamp": "0001-01-01T00:00:00+23:59", "sampledValue": [{"value": -1e300}]}]},
    {
        "meterValue": [
            {
                "timestamp": "2026-03-01T08:00:00Z",
                "sampledValue": [{"value": 1, "unitOfMeasure": {"multiplier": 2**31 - 1}}],
            }
        ]
    },
]


@pytest.mark.parametrize("poison", POISON, ids=range(len(POISON)))
async def test_no_record_is_poison(bench, poison):
    it = bench()
    station = await it.station()
    text = json.dumps([2, "p", "TransactionEvent", {**EVENT, **poison}])
    await station.raw(text)
    assert any(json.loads(frame)[1] == "p" for frame in station.frames if json.loads(frame)[0] in (3, 4))
    await station.ask("TransactionEvent", EVENT)
    assert len(await it.rows(transaction_events)) in (1, 2)


@pytest.mark.parametrize("inline", [True, False])
async def test_calls_of_one_station_are_handled_in_order(bench, inline):
    it = bench(Store.open(inline=inline))
    station = await it.station()
    for number in range(20):
        station.link.send(
            json.dumps([2, f"n{number}", "TransactionEvent", {**EVENT, "eventType": "Updated", "seqNo": number}])
        )
    await it.quiet()
    assert [json.loads(frame)[1] for frame in station.frames[-20:]] == [f"n{number}" for number in range(20)]
    assert [row["seq_no"] for row in await it.rows(transaction_events)] == list(range(20))


async def test_where_the_database_never_waits_the_answer_follows_in_the_same_breath(bench):
    it = bench()
    await it.station()
    before = it.csms.figures()["frames_sent"]
    it.csms.connections["CP-1"].received(json.dumps([2, "n", "TransactionEvent", EVENT]))
    after = it.csms.figures()
    assert (after["frames_sent"] - before, after["calls_in_hand"], it.csms.busy.count) == (1, 0, 1)  # 1: its way back
    await it.quiet()
    assert len(await it.rows(transaction_events)) == 1


def broken(monkeypatch, it, problem):
    async def fail(_fn):
        raise problem

    monkeypatch.setattr(it.store, "write", fail)


@pytest.mark.parametrize(
    "problem", [StoreError("the disk is full"), RuntimeError("a bug"), OperationalError("x", {}, OSError())]
)
async def test_what_is_not_stored_is_not_acknowledged(bench, monkeypatch, problem, caplog):
    it = bench()
    station = await it.station()
    with monkeypatch.context() as patch:
        broken(patch, it, problem)
        await station.raw(json.dumps([2, "t1", "TransactionEvent", EVENT]))
        assert not any('"t1"' in frame for frame in station.frames)
        assert await station.refusal("FirmwareStatusNotification", {"status": "Installed"}) == "InternalError"
        await station.ask("Heartbeat", {})
    assert "TransactionEvent" in caplog.text
    await station.ask("TransactionEvent", EVENT)
    assert len(await it.rows(transaction_events)) == 1


async def test_a_database_that_stays_away_fills_nothing_and_the_same_id_is_served_afterwards(bench, monkeypatch):
    it = bench()
    station = await it.station()
    with monkeypatch.context() as patch:
        broken(patch, it, StoreError("gone"))
        for number in range(40):
            await station.raw(json.dumps([2, f"t{number}", "TransactionEvent", EVENT]))
        assert station.ended is None
        await station.ask("Heartbeat", {})
    await station.raw(json.dumps([2, "t0", "TransactionEvent", EVENT]))
    await station.until(lambda: any(frame.startswith('[3,"t0"') for frame in station.frames))
    assert len(await it.rows(transaction_events)) == 1


async def test_a_database_that_is_away_lets_nobody_in(bench, monkeypatch):
    it = bench()

    async def fail(_fn):
        raise StoreError("gone")

    monkeypatch.setattr(it.store, "glance", fail)
    station = await it.dial()
    assert (station.ended.code, station.ended.retry_after_s) == (503, 5)


async def test_the_queue_to_a_station_is_bounded(bench):
    it = bench()
    station = await it.station()
    asked = [asyncio.ensure_future(it.csms.command("CP-1", "clear_cache")) for _ in range(PENDING_CALLS_MAX + 1)]
    await station.until(lambda: station.calls)
    assert (await asked[-1]).status == "queue full"
    station.link.abort()
    assert {(await one).status for one in asked[:-1]} == {"disconnected"}


async def test_a_caller_that_gives_up_leaves_nothing_behind(bench):
    it = bench()
    station = await it.station()
    asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    message_id = station.events[-1].message_id
    await station.raw(json.dumps([3, message_id, {"status": "Accepted"}]))
    assert it.busy.count == 0
    await station.ask("Heartbeat", {})


async def test_a_second_answer_and_one_over_another_link_change_nothing(bench):
    it = bench()
    one, two = await it.station("CP-1"), await it.station("CP-2")
    asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    await one.until(lambda: one.calls)
    message_id = one.events[-1].message_id
    await two.raw(json.dumps([3, message_id, {"status": "Accepted"}]))
    assert not asked.done()
    await one.raw(json.dumps([3, message_id, {"status": "Rejected"}]))
    await one.raw(json.dumps([3, message_id, {"status": "Accepted"}]))
    assert (await asked).status == "Rejected"


async def test_a_raw_call_may_be_anything(bench):
    it = bench()
    station = await it.station()
    station.replies = {}
    asked = asyncio.ensure_future(it.csms.call("CP-1", "Explode", {"x": 1}, validate=False))
    end = await asked
    assert end.status == "refused"
    assert "NotImplemented" in end.error


@pytest.mark.one_node("a simulation conducts a single node")
async def test_a_call_can_hold_the_conductor(bench):
    it = bench(hold_calls_s=0.05)
    station = await it.station()
    asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    assert it.busy.count == 1
    await it.quiet()  # the station is not waited for without end
    assert not asked.done()
    await station.raw(json.dumps([3, station.events[-1].message_id, {"status": "Accepted"}]))
    assert (await asked).status == "Accepted"
    assert it.busy.count == 0


async def test_a_displaced_connection_ends_at_once_although_its_link_lingers(bench):
    it = bench()
    station = await it.station()
    asked = asyncio.ensure_future(it.csms.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    connection = it.csms.connections["CP-1"]
    closed = []
    lingering = connection.link
    connection.link = type("Lingering", (), {"close": lambda _, *why: closed.append(why), "send": lingering.send})()
    connection.displace("elsewhere")
    assert (await asked).status == "disconnected"
    assert closed == [(1008, "replaced by a newer connection")]
    station.frames.clear()
    await station.raw('[2,"x","Heartbeat",{}]')
    assert station.frames == []


@pytest.mark.one_node("a simulation conducts a single node")
async def test_two_runs_give_the_same_bytes(bench):
    runs = []
    for _ in range(2):
        it = bench()
        await it.token("TAG")
        stations = [await it.station(f"CP-{number}", version) for number, version in enumerate(["1.6", "2.0.1"] * 3)]
        for station in stations:
            station.replies = {"ClearCache": {"status": "Accepted"}}
        for second in range(5):
            it.forward(1)
            for station in stations:
                station.link.send(json.dumps([2, f"h{second}", "Heartbeat", {}]))
                if station.session.version.name == "1.6":
                    start = {
                        "connectorId": 1,
                        "idTag": "TAG",
                        "meterStart": second,
                        "timestamp": "2026-03-01T08:00:00Z",
                    }
                    station.link.send(json.dumps([2, f"s{second}", "StartTransaction", start]))
            await asyncio.gather(*(it.csms.command(station_id, "clear_cache") for station_id in it.csms.connections))
            await it.quiet()
        runs.append([station.frames for station in stations])
    assert runs[0] == runs[1]


async def test_what_a_station_writes_cannot_forge_a_line_of_the_log(bench, caplog):
    caplog.set_level("INFO")
    it = bench()
    station = await it.station()
    await station.raw(json.dumps([2, "x", "Explode\nCRITICAL forged", {}]))
    await station.raw(json.dumps([3, "x\nCRITICAL forged", {}]))
    assert any("forged" in record.getMessage() for record in caplog.records)
    assert not any("\n" in record.getMessage() for record in caplog.records)
