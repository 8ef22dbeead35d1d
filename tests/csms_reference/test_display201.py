"""Messages on displays: commands, what follows from their answers, and what stations tell."""

import pytest

from csms_reference.store.display_tables import display_messages

HELLO = {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "Hello"}}

pytestmark = pytest.mark.proves(
    "csms", "SetDisplayMessage GetDisplayMessages ClearDisplayMessage NotifyDisplayMessages", "2.0.1 2.1"
)


@pytest.fixture
def it(bench):
    return bench()


async def known(it):
    return sorted((row["id"], row["known_by"]) for row in await it.rows(display_messages))


@pytest.mark.parametrize(
    ("name", "fields", "action", "payload"),
    [
        ("set_display_message", {"id": 1, "content": "Hello"}, "SetDisplayMessage", {"message": HELLO}),
        (
            "set_display_message",
            {
                "id": 2, "content": "Hallo", "language": "de", "format": "ASCII", "priority": "InFront",
                "state": "Idle", "start": "2026-03-01T08:00:00Z", "end": "2026-03-01T09:00:00Z",
                "transaction_id": "T", "display": "Display",
            },
            "SetDisplayMessage",
            {
                "message": {
                    "id": 2, "priority": "InFront", "state": "Idle", "transactionId": "T",
                    "startDateTime": "2026-03-01T08:00:00Z", "endDateTime": "2026-03-01T09:00:00Z",
                    "message": {"format": "ASCII", "content": "Hallo", "language": "de"},
                    "display": {"name": "Display"},
                }
            },
        ),
        ("get_display_messages", {"request_id": 7}, "GetDisplayMessages", {"requestId": 7}),
        (
            "get_display_messages",
            {"request_id": 7, "ids": [1], "priority": "InFront", "state": "Idle"},
            "GetDisplayMessages",
            {"requestId": 7, "id": [1], "priority": "InFront", "state": "Idle"},
        ),
        ("clear_display_message", {"id": 1}, "ClearDisplayMessage", {"id": 1}),
    ],
)  # fmt: skip
async def test_commands(it, name, fields, action, payload):
    station = await it.station()
    station.replies = {action: {"status": "Accepted"}}
    end = await it.csms.command("CP-1", name, **fields)
    assert (end.status, end.answer) == ("Accepted", {"status": "Accepted"})
    assert station.calls == [(action, payload)]


@pytest.mark.parametrize(
    "fields", [{"language": "no tag"}, {"start": "noon"}, {"colour": "red"}, {"extra": [{"text": "x"}]}]
)
async def test_messages_that_no_station_could_show(it, fields):
    """O01.FR.17."""
    station = await it.station()
    end = await it.csms.command("CP-1", "set_display_message", id=1, content="x", **fields)
    assert end.status == "bad fields"
    assert station.calls == []


async def test_what_a_station_refuses_is_not_known(it):
    station = await it.station()
    station.replies = {"SetDisplayMessage": {"status": "NotSupportedPriority"}}
    assert (await it.csms.command("CP-1", "set_display_message", id=1, content="x")).status == "NotSupportedPriority"
    assert await known(it) == []


async def test_what_a_station_accepts_is_known_until_it_is_gone(it):
    station = await it.station()
    station.replies = {"SetDisplayMessage": {"status": "Accepted"}, "ClearDisplayMessage": {"status": "Unknown"}}
    for number, priority in ((1, "AlwaysFront"), (2, "NormalCycle"), (3, "AlwaysFront")):
        await it.csms.command("CP-1", "set_display_message", id=number, content="x", priority=priority)
    assert await known(it) == [(2, "set"), (3, "set")]  # O01.FR.16
    await it.csms.command("CP-1", "clear_display_message", id=2)
    assert await known(it) == [(3, "set")]


async def test_a_report_tells_what_there_is(it):
    station = await it.station()
    station.replies = {"SetDisplayMessage": {"status": "Accepted"}, "GetDisplayMessages": {"status": "Accepted"}}
    await it.csms.command("CP-1", "set_display_message", id=9, content="x")
    it.forward(5)
    await it.csms.command("CP-1", "get_display_messages", request_id=7)
    assert await known(it) == []  # what is still there comes with the report
    told = {"requestId": 7, "tbc": True, "messageInfo": [HELLO]}
    assert await station.ask("NotifyDisplayMessages", told) == {}
    assert await station.ask("NotifyDisplayMessages", {"requestId": 7, "messageInfo": [HELLO | {"id": 2}]}) == {}
    assert await station.ask("NotifyDisplayMessages", {"requestId": 7}) == {}
    assert await known(it) == [(1, "told"), (2, "told")]
    station.replies["GetDisplayMessages"] = {"status": "Unknown"}
    await it.csms.command("CP-1", "get_display_messages", ids=[1])
    assert await known(it) == [(2, "told")]
    await it.csms.command("CP-1", "get_display_messages", state="Idle")
    assert await known(it) == [(2, "told")]
    it.forward(5)
    await it.csms.command("CP-1", "get_display_messages")
    assert await known(it) == []


async def test_a_transactions_message_goes_with_it(it):
    """O02.FR.02."""
    station = await it.station()
    station.replies = {"SetDisplayMessage": {"status": "Accepted"}}
    await it.csms.command("CP-1", "set_display_message", id=1, content="x", transaction_id="T")
    await it.csms.command("CP-1", "set_display_message", id=2, content="x")
    event = {
        "eventType": "Ended",
        "timestamp": "2026-03-01T08:00:00Z",
        "triggerReason": "RemoteStop",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T"},
    }
    await station.ask("TransactionEvent", event)
    assert await known(it) == [(2, "set")]


async def test_1_6_has_no_messages(it):
    await it.station(version="1.6")
    assert (await it.csms.command("CP-1", "set_display_message", id=1, content="x")).status == "not supported"
