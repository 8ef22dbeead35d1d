"""Messages that come, stay and go."""

from datetime import timedelta

from simulator import facts
from simulator.flash import Flash
from simulator.screen.content import Content
from simulator.screen.message import Message, Messages, Priority
from simulator.screen.screen import Screen, shown
from tests.simulator.csms import World, car

MINUTE = timedelta(minutes=1)


def message(number, priority="NormalCycle", **more):
    return Message(number, Priority(priority), (Content("UTF8", f"m{number}"),), **more)


async def duo(**options):
    world = World(name="ac-22kw-duo", **options)
    await world.boot()
    return world, world.station.function(Screen)


async def test_a_message_waits_for_its_start_and_goes_at_its_end():
    """O01.FR.06, .07."""
    world, screen = await duo()
    now = world.station.now
    assert screen.set(message(1, start=now + MINUTE, end=now + 3 * MINUTE)) is None
    assert screen.shown().messages == ()
    await world.run(world.clock.now + 61)
    assert screen.shown().messages == (1,)
    await world.run(world.clock.now + 120)
    assert screen.shown().messages == ()
    assert world.station.flash.memory(Messages).stored == ()
    assert world.told(facts.MessageRemoved) == [facts.MessageRemoved(1, "over")]


async def test_what_is_over_goes_though_nobody_looks():
    world, screen = await duo()
    now = world.station.now
    screen.set(message(1, end=now + 2 * MINUTE))
    screen.set(message(2, end=now + MINUTE))
    await world.run(world.clock.now + 61)
    assert [each.id for each in world.station.flash.memory(Messages).stored] == [1]
    assert world.station.variables.text("DisplayMessageCtrlr.DisplayMessages") == "1"


async def test_messages_survive_the_dark():
    """O01.FR.10."""
    world, screen = await duo()
    screen.set(message(1, "AlwaysFront"))
    screen.set(message(2, end=world.station.now + MINUTE))
    world.station.power_off()
    assert not shown(world.station).lit
    await world.run(world.clock.now + 120)
    await world.boot()
    assert shown(world.station).messages == (1,)
    assert [each.id for each in world.station.function(Screen).messages] == [1]  # the other one ended in the dark
    assert isinstance(world.station.flash, Flash)


async def test_a_transactions_message_goes_with_it():
    """O02.FR.02."""
    world, screen = await duo()
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 60)
    tx = world.station.evse(1).tx
    assert screen.set(message(1, transaction=tx.id, state="Charging")) is None
    assert screen.set(message(2, transaction=tx.id, state="Idle")) is None
    assert screen.shown().messages == (1,)
    await world.do(lambda: world.station.present("TAG", 1), 60)
    assert screen.messages == ()
    assert [fact.why for fact in world.told(facts.MessageRemoved)] == ["transaction ended"] * 2


async def test_a_transactions_message_goes_with_one_that_power_loss_ended():
    world, screen = await duo()
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 60)
    screen.set(message(1, transaction=world.station.evse(1).tx.id))
    world.station.power_off()
    await world.boot()
    running = {tx.id for tx in world.station.flash.running}
    assert all(each.transaction in running for each in world.station.function(Screen).messages)


async def test_a_broken_display_is_dark_and_keeps_its_messages():
    world, screen = await duo()
    screen.set(message(1, "AlwaysFront"))
    part = world.station.rig.part("Display")
    part.broken = True
    part.disturbed()
    assert not screen.shown().lit
    part.broken = False
    part.disturbed()
    assert screen.shown().texts == ("m1",)


async def test_who_watches_the_display_hears_of_a_message():
    world, screen = await duo()
    heard = []

    class Ear:
        def changed(self, key):
            heard.append(key)

        def disturbed(self, evse): ...

    world.station.rig.part("Display")
    world.station.rig.listener = Ear()
    screen.set(message(1, "AlwaysFront"))
    assert heard == ["Display.DataText"]
    assert world.station.variables.shown("Display.DataText") == "m1"


async def test_a_driver_reads_a_language_of_theirs():
    """O01.FR.08."""
    world, screen = await duo()
    texts = (Content("UTF8", "Welcome", "en"), Content("UTF8", "Willkommen", "de"))
    screen.set(Message(1, Priority.ALWAYS_FRONT, texts))
    assert screen.shown().text == "Welcome"
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "language1": "fr", "language2": "de"}}
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 20)
    assert screen.shown().text == "Willkommen"
    await world.set(DisplayMessageCtrlr__Language="de")
    await world.do(lambda: world.station.present("TAG", 1), 200)
    assert screen.shown().text == "Willkommen"  # the station's own language now


async def test_a_driver_who_has_gone_leaves_no_language_behind():
    """O01.FR.08: also where nothing but that message is shown."""
    world, screen = await duo()
    screen.set(
        Message(1, Priority.ALWAYS_FRONT, (Content("UTF8", "Welcome", "en"), Content("UTF8", "Willkommen", "de")))
    )
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "language1": "de"}}
    await world.do(lambda: world.station.present("TAG", 1), 10)
    assert screen.shown().text == "Willkommen"
    await world.do(lambda: None, 200)  # nobody has plugged in
    assert screen.shown().text == "Welcome"


async def test_a_station_without_a_display_shows_nothing():
    world = World()
    await world.boot()
    assert not shown(world.station).lit
    assert world.station.snapshot()["display"] is None
    assert world.station.variables.text("DisplayMessageCtrlr.Available") == "false"
    assert world.station.configuration.write("DisplayMessageCtrlr.Enabled", "true") == "Rejected"


async def test_the_snapshot_tells_what_is_shown():
    world, screen = await duo()
    screen.set(message(7, "InFront"))
    assert world.station.snapshot()["display"] == {"text": "m7", "texts": ["m7"], "messages": [7]}
