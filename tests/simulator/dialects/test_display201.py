"""SetDisplayMessage, GetDisplayMessages, ClearDisplayMessage and NotifyDisplayMessages of a station."""

from dataclasses import replace
from datetime import timedelta

import pytest

from protocol.stamps import stamp
from protocol.versions import V21, V201
from simulator.hardware.place import Place
from simulator.screen.screen import Screen
from tests.simulator.csms import World, car, profile

pytestmark = pytest.mark.proves(
    "station", "SetDisplayMessage GetDisplayMessages ClearDisplayMessage NotifyDisplayMessages", "2.0.1 2.1"
)


def message(number=1, priority="NormalCycle", content="Hello", form="UTF8", **more):
    return {"id": number, "priority": priority, "message": {"format": form, "content": content}, **more}


async def duo(**options):
    world = World(name="ac-22kw-duo", **options)
    await world.boot()
    return world


async def put(world, *args, **more):
    return await world.ask("SetDisplayMessage", {"message": message(*args, **more)})


async def status(world, *args, **more):
    return (await put(world, *args, **more))["status"]


async def get(world, **criteria):
    """What the station tells: the ids, part by part."""
    world.csms.got.clear()
    answer = await world.ask("GetDisplayMessages", {"requestId": 5, **criteria}, 3)
    if answer["status"] != "Accepted":
        assert not world.csms.of("NotifyDisplayMessages")
        return answer["status"]
    parts = world.csms.of("NotifyDisplayMessages")
    assert {part["requestId"] for part in parts} == {5}
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return [[each["id"] for each in part["messageInfo"]] for part in parts]


async def test_a_message_is_shown():
    """O01.FR.15."""
    world = await duo()
    assert await put(world, 1, "AlwaysFront") == {"status": "Accepted"}
    assert world.station.snapshot()["display"]["text"] == "Hello"


async def test_a_message_is_told_as_it_was_set():
    world = await duo()
    now = world.station.now
    said = message(
        3,
        "InFront",
        state="Idle",
        startDateTime=stamp(now + timedelta(hours=1)),
        endDateTime=stamp(now + timedelta(hours=2)),
        display={"name": "Display"},
    )
    said["message"]["language"] = "en"
    assert (await world.ask("SetDisplayMessage", {"message": said}))["status"] == "Accepted"
    await world.ask("GetDisplayMessages", {"requestId": 1})
    assert world.csms.of("NotifyDisplayMessages") == [{"requestId": 1, "messageInfo": [said]}]


@pytest.mark.parametrize(
    ("config", "more", "refusal"),
    [
        ({"SupportedPriorities": "NormalCycle"}, {"priority": "InFront"}, "NotSupportedPriority"),  # O01.FR.01
        ({"SupportedStates": "Idle"}, {"state": "Charging"}, "NotSupportedState"),  # O01.FR.02
        ({"SupportedFormats": "ASCII"}, {}, "NotSupportedMessageFormat"),  # O01.FR.03
        ({}, {"form": "URI"}, "NotSupportedMessageFormat"),
        ({}, {"transactionId": "nobody's"}, "UnknownTransaction"),  # O02.FR.01
        ({}, {"form": "ASCII", "content": "Grüße"}, "Rejected"),
        ({}, {"display": {"name": "Display", "instance": "left"}}, "Rejected"),
        ({}, {"display": {"name": "Screen"}}, "Rejected"),
        ({}, {"endDateTime": "2025-06-01T00:00:00Z"}, "Rejected"),
        ({}, {"startDateTime": "2035-06-02T00:00:00Z", "endDateTime": "2035-06-01T00:00:00Z"}, "Rejected"),
    ],
)
async def test_refusals(config, more, refusal):
    kind = profile("ac-22kw-duo")
    settings = {f"DisplayMessageCtrlr.{name}": value for name, value in config.items()}
    world = World(name=replace(kind, variables={**kind.variables, **settings}))
    await world.boot()
    assert await status(world, **more) == refusal
    assert await get(world) == "Unknown"


async def test_what_it_was_commissioned_with_counts():
    """O01.FR.02: a setting of one station, where its profile has more."""
    world = World(name="ac-22kw-duo", config={"DisplayMessageCtrlr.SupportedStates": ["Idle"]})
    await world.boot()
    assert await status(world, state="Charging") == "NotSupportedState"
    assert await status(world, state="Idle") == "Accepted"


async def test_no_more_than_fit():
    """O01.FR.11; another one of the same id is no more."""
    world = await duo()
    most = world.station.function(Screen).most
    for number in range(1, most + 1):
        assert await status(world, number) == "Accepted"
    assert await put(world, most + 1) == {
        "status": "Rejected",
        "statusInfo": {"reasonCode": "OutOfStorage", "additionalInfo": "no more than 20 messages"},
    }
    assert await status(world, 1, content="Another") == "Accepted"
    assert world.station.variables.text("DisplayMessageCtrlr.DisplayMessages") == "20"


async def test_a_message_is_replaced():
    """O06.FR.01, TC_O_12_CS."""
    world = await duo()
    await put(world, 1, "AlwaysFront")
    assert await status(world, 1, "InFront", content="Bye") == "Accepted"
    assert world.station.snapshot()["display"] == {"text": "Bye", "texts": ["Bye"], "messages": [1]}


async def test_a_second_message_that_is_always_in_front():
    """O01.FR.16, TC_O_24_CS."""
    world = await duo()
    await put(world, 1, "AlwaysFront")
    assert await status(world, 2, "AlwaysFront", content="Two") == "Accepted"
    assert await get(world, id=[1]) == "Unknown"
    assert await get(world, id=[2]) == [[2]]
    assert world.station.snapshot()["display"]["text"] == "Two"


async def test_messages_are_told_in_parts():
    """O03.FR.01 to .05."""
    world = await duo()
    for number in range(1, 13):
        await put(world, number)
    assert await get(world) == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12]]


async def test_some_messages_are_told():
    """O04.FR.01, .02."""
    world = await duo()
    await put(world, 1, "InFront", state="Charging")
    await put(world, 2, state="Idle")
    await put(world, 3)
    assert await get(world, id=[2, 3, 9]) == [[2, 3]]
    assert await get(world, priority="InFront") == [[1]]
    assert await get(world, state="Idle") == [[2]]
    assert await get(world, id=[9]) == "Unknown"
    assert await get(world, priority="InFront", state="Idle") == "Unknown"
    too_many = {"requestId": 1, "id": list(range(21))}
    assert await world.ask("GetDisplayMessages", too_many) == "OccurrenceConstraintViolation"


async def test_messages_are_cleared():
    """O05.FR.01, .02."""
    world = await duo()
    await put(world, 1, "AlwaysFront")
    assert await world.ask("ClearDisplayMessage", {"id": 2}) == {"status": "Unknown"}
    assert await world.ask("ClearDisplayMessage", {"id": 1}) == {"status": "Accepted"}
    assert await world.ask("ClearDisplayMessage", {"id": 1}) == {"status": "Unknown"}
    assert world.station.snapshot()["display"]["messages"] == []


async def test_a_message_for_a_transaction():
    """O02.FR.02, TC_O_32_CS."""
    world = await duo()
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 60)
    transaction = world.station.evse(1).tx.id
    assert await status(world, 1, "AlwaysFront", transactionId=transaction) == "Accepted"
    assert world.station.snapshot()["display"]["text"] == "Hello"
    await world.do(lambda: world.station.present("TAG", 1), 60)
    assert await get(world, id=[1]) == "Unknown"


@pytest.mark.parametrize("state", ["Charging", "Idle"])
async def test_a_message_for_a_state(state):
    world = await duo()
    await put(world, 1, "InFront", state=state)
    assert (world.station.snapshot()["display"]["messages"] == [1]) is (state == "Idle")
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 60)
    assert (world.station.snapshot()["display"]["messages"] == [1]) is (state == "Charging")


async def test_a_message_for_faults():
    """TC_O_39_CS."""
    world = await duo()
    await put(world, 1, "AlwaysFront", state="Faulted")
    assert world.station.snapshot()["display"]["messages"] == []
    await world.do(lambda: world.station.troubled("unlock failure", Place(1, 1)))
    assert world.station.snapshot()["display"]["messages"] == [1]
    await world.do(lambda: world.station.recovered("unlock failure", Place(1, 1)))
    assert world.station.snapshot()["display"]["messages"] == []
    assert await get(world, id=[1]) == [[1]]


@pytest.mark.parametrize(("name", "config"), [("ac-22kw", {}), ("ac-22kw-duo", {"DisplayMessageCtrlr.Enabled": False})])
async def test_a_station_without_the_function(name, config):
    world = World(V201, name, config=config)
    await world.boot()
    for action, payload in (
        ("SetDisplayMessage", {"message": message()}),
        ("GetDisplayMessages", {"requestId": 1}),
        ("ClearDisplayMessage", {"id": 1}),
    ):
        assert await world.ask(action, payload) == "NotSupported"


async def test_2_1_has_more_texts_and_more_states():
    """2.1 O01.FR.08, .18: the language of the driver; Suspended."""
    world = await duo(version=V21)
    said = message(1, "AlwaysFront", "Hello")
    said["message"]["language"] = "en"
    said["messageExtra"] = [{"format": "UTF8", "content": "Hallo", "language": "de"}]
    assert (await world.ask("SetDisplayMessage", {"message": said}))["status"] == "Accepted"
    assert world.station.snapshot()["display"]["text"] == "Hello"
    await world.set(DisplayMessageCtrlr__Language="de")
    assert world.station.snapshot()["display"]["text"] == "Hallo"
    await world.ask("GetDisplayMessages", {"requestId": 1})
    assert world.csms.of("NotifyDisplayMessages")[-1]["messageInfo"] == [said]
    said["messageExtra"][0]["language"] = "ja"
    assert await world.ask("SetDisplayMessage", {"message": said}) == {"status": "LanguageNotSupported"}
    assert await status(world, 2, state="Suspended") == "Accepted"
    assert world.station.variables.items("DisplayMessageCtrlr.SupportedStates")[-2:] == ("Suspended", "Discharging")


async def test_2_0_1_takes_any_language_and_shows_what_it_has():
    world = await duo()
    said = message(1, "AlwaysFront", "Konnichiwa")
    said["message"]["language"] = "ja"
    assert (await world.ask("SetDisplayMessage", {"message": said}))["status"] == "Accepted"
    assert world.station.snapshot()["display"]["text"] == "Konnichiwa"
    assert world.station.variables.items("DisplayMessageCtrlr.SupportedStates") == (
        "Charging",
        "Faulted",
        "Idle",
        "Unavailable",
    )
