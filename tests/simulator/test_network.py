"""The way to the CSMS with its troubles, and what a station makes of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import facts
from simulator.connection import CSMS_NOTICES_S
from simulator.faults import FAULTS, clear, inject
from simulator.network import CERTIFICATES, NETWORK, RESOLVER_S, Network, check, kept
from simulator.stream import PATIENCE_S
from tests.simulator.csms import BOTH, MUTE, World, car

HOUR_S = 3600.0


async def online(version: Any = BOTH[1], **options: Any) -> World:
    world = World(version, **options)
    await world.boot()
    world.clear()
    return world


def on(world: World) -> Network:
    return world.station.network


def endings(world: World) -> list[tuple[str, str]]:
    return [(fact.ending, fact.reason) for fact in world.told(facts.Disconnected)]


async def charge(world: World) -> None:
    """Somebody comes and charges."""
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)


def assert_whole(world: World) -> None:
    """Every event of the transaction came, in order, but those that the station tried too often in vain (E13)."""
    numbers = [event["seqNo"] for event in world.events()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] + 1 == len(numbers) + len(world.told(facts.MessageGivenUp))


# -- what slows down


async def test_a_station_without_troubles_has_no_network() -> None:
    world = await online()
    await charge(world)
    assert kept(world.station) is None
    assert world.station.line.ear.hearing is world.station.line


async def test_latency_counts_both_ways() -> None:
    world = await online()
    on(world).change(latency_s=0.4)
    asked_s = world.clock.now
    world.station.life.heartbeat()
    await world.run(asked_s + 5)
    assert world.csms.times("Heartbeat") == [round(asked_s + 0.4, 3)]
    assert [round(frame.t - asked_s, 3) for frame in world.frames] == [0.0, 0.8]


async def test_a_handshake_takes_its_round_trips() -> None:
    world = World(url="wss://csms")
    on(world).change(latency_s=0.5)
    world.station.power_on()
    await world.run(30)
    ((knocked_s, _),) = world.csms.knocks
    ready_s = next(at for at, fact in world.facts if isinstance(fact, facts.Connected))
    start_s = next(at for at, fact in world.facts if isinstance(fact, facts.SecurityEventRaised))
    assert knocked_s - start_s == pytest.approx(2.5)  # TCP, TLS, half of the upgrade
    assert ready_s - knocked_s == pytest.approx(0.5)
    assert world.station.online


async def test_jitter_keeps_the_order_and_comes_from_the_seed() -> None:
    runs = []
    for seed in (7, 7, 8):
        world = await online(seed=seed)
        on(world).change(latency_s=0.1, jitter_s=2.0)
        world.csms.answers["Heartbeat"] = MUTE
        for number in range(20):
            world.clock.after(number * 0.2, lambda world=world: world.station.line.link.send('[3,"x",{}]'))
        received: list[float] = []
        world.csms.received = lambda data, world=world, got=received: got.append(world.clock.now)
        await world.run(world.clock.now + 120)
        assert len(received) == 20
        assert received == sorted(received)
        runs.append([round(each - received[0], 9) for each in received])
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_loss_slows_but_loses_nothing(version: Any) -> None:
    world, clean = await online(version), await online(version)
    on(world).change(loss=0.2, latency_s=0.1)
    for each in (world, clean):
        await charge(each)
        await each.run(each.clock.now + HOUR_S)
        await each.do(each.station.unplug, 120)
    actions = [action for _, action, _ in clean.csms.got if action != "Heartbeat"]
    assert sorted(action for _, action, _ in world.csms.got if action != "Heartbeat") == sorted(actions)
    assert world.told(facts.Disconnected) == []
    late = [at for at, _, _ in world.csms.got]
    assert late != [at for at, _, _ in clean.csms.got]


async def test_what_is_changed_for_a_while_is_as_before_afterwards() -> None:
    world = await online()
    on(world).change(for_s=60, latency_s=0.4)
    on(world).change(for_s=120, loss=0.1)
    await world.run(world.clock.now + 61)
    assert (on(world).latency_s, on(world).loss) == (0.0, 0.1)
    on(world).change(for_s=300, loss=0.2)
    await world.run(world.clock.now + 61)
    assert on(world).loss == 0.2  # the later one counts
    await world.run(world.clock.now + 300)
    assert on(world).loss == 0.0
    world.station.life.heartbeat()
    asked_s = world.clock.now
    await world.run(asked_s + 5)
    assert world.frames[-1].t == asked_s


# -- silence


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_an_outage_is_not_noticed_until_something_is_sent_and_what_waits_arrives_after_it(version: Any) -> None:
    world = await online(version)
    await charge(world)
    world.clear()
    on(world).change(for_s=20, silent=True)
    world.station.line.ask(*world.station.dialect.heartbeat(world.station), lambda _: None)
    await world.run(world.clock.now + 15)
    assert world.csms.got == []
    assert world.station.line.open
    await world.run(world.clock.now + 60)
    assert world.csms.of("Heartbeat") != []
    assert world.told(facts.Disconnected) == []
    assert world.csms.link is not None


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_both_ends_notice_an_outage_in_their_own_time_and_queued_messages_are_replayed(version: Any) -> None:
    world = await online(version)
    await charge(world)
    begin_s, told_before = world.clock.now, len(world.csms.got)
    world.frames.clear()
    on(world).change(for_s=2 * HOUR_S, silent=True)
    await world.run(begin_s + CSMS_NOTICES_S - 1)
    assert world.csms.link is not None
    await world.run(begin_s + CSMS_NOTICES_S + 1)
    assert world.csms.link is None
    assert world.station.line.open  # half-open: the station does not know
    await world.run(begin_s + HOUR_S + 400)
    ending, reason = endings(world)[0]
    assert (ending, reason) == ("closed", "nothing acknowledged for 924.6 s")
    lost_s = next(at for at, fact in world.facts if isinstance(fact, facts.Disconnected))
    first_s = next(frame.t for frame in world.frames if frame.direction == "up")
    assert lost_s == pytest.approx(first_s + PATIENCE_S)
    assert endings(world)[1] == ("unreachable", "no answer within 10 s")
    await world.do(world.station.unplug, 10)
    assert len(world.csms.got) == told_before
    await world.run(begin_s + 3 * HOUR_S)
    assert world.station.online
    told = [action for _, action, _ in world.csms.got]
    begun, over = {
        "1.6": ("StartTransaction", "StopTransaction"),
        "2.0.1": ("TransactionEvent", "TransactionEvent"),
    }[str(version.name)]
    assert told.index(begun) < len(told) - 1 - told[::-1].index(over)
    if version.name == "2.0.1":
        events = world.events()
        assert_whole(world)
        assert {events[0]["eventType"], events[-1]["eventType"]} == {"Started", "Ended"}
        assert events[-1]["offline"] is True


async def test_pings_find_an_outage_sooner() -> None:
    world = await online()
    await world.set(OCPPCommCtrlr__WebSocketPingInterval=30)
    on(world).change(latency_s=0.05)
    await world.run(world.clock.now + 200)
    assert endings(world) == []
    begin_s = world.clock.now
    on(world).change(for_s=300, silent=True)
    await world.run(begin_s + 61)
    assert endings(world)[0] == ("closed", "no pong")
    await world.run(begin_s + 900)
    assert world.station.online


async def test_a_dial_within_an_outage_goes_unanswered() -> None:
    world = World()
    on(world).change(silent=True)
    world.station.power_on()
    await world.run(60)
    assert world.csms.knocks == []
    assert set(endings(world)) == {("unreachable", "no answer within 10 s")}
    on(world).change(silent=False)
    await world.run(300)
    assert world.station.online


async def test_a_power_cut_within_an_outage_leaves_a_half_open_connection_behind() -> None:
    world = await online()
    begin_s = world.clock.now
    on(world).change(for_s=30, silent=True)
    world.station.power_off()
    await world.run(begin_s + 40)
    assert world.csms.link is not None
    world.csms.call("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    await world.run(begin_s + 41)
    assert world.csms.link is None  # a reset: nobody has that connection


async def test_the_csms_notices_a_station_that_never_came_back_by_its_pings() -> None:
    world = await online()
    begin_s = world.clock.now
    on(world).change(for_s=30, silent=True)
    world.station.power_off()
    await world.run(begin_s + CSMS_NOTICES_S - 1)
    assert world.csms.link is not None
    await world.run(begin_s + CSMS_NOTICES_S + 1)
    assert world.csms.link is None


async def test_a_half_open_connection_is_reset_when_the_station_sends() -> None:
    world = await online()
    on(world).half_open()
    await world.run(world.clock.now + 60)
    assert world.csms.link is None
    assert world.station.online
    world.station.life.heartbeat()
    await world.run(world.clock.now + 1)
    assert endings(world) == [("closed", "connection reset by peer")]
    await world.run(world.clock.now + 300)
    assert world.station.online
    assert world.csms.link is not None


async def test_a_station_says_goodbye_through_a_slow_network() -> None:
    world = await online()
    on(world).change(latency_s=2.0)
    await world.ask("Reset", {"type": "Immediate"}, 60)
    assert world.station.online
    on(world).change(silent=True)
    begin_s = world.clock.now
    world.station.line.hang_up()
    await world.run(begin_s + 6)
    assert ("closed", "the closing handshake was not answered") in endings(world)


# -- dials that fail


async def test_a_cut_breaks_the_link_and_keeps_the_station_away() -> None:
    world = await online()
    begin_s = world.clock.now
    on(world).cut(200)
    await world.run(begin_s + 1)
    assert world.csms.link is None
    assert endings(world) == [("cut", "")]
    await world.run(begin_s + 190)
    assert set(endings(world)[1:]) == {("unreachable", "no route to the CSMS")}
    await world.run(begin_s + 900)
    assert world.station.online


async def test_a_name_that_is_not_found_hurts_nobody_who_is_connected() -> None:
    world = await online()
    on(world).change(for_s=600, name_unknown=True)
    await world.run(world.clock.now + 60)
    assert world.station.online
    begin_s = world.clock.now
    on(world).cut()
    await world.run(begin_s + 500)
    assert world.told(facts.Disconnected)[1].reason == "Name or service not known"
    waits = [fact.wait_s for fact in world.told(facts.WaitedToReconnect)]
    assert len(waits) > 2
    assert all(after > before for before, after in pairwise(waits))
    dialled = [at for at, fact in world.facts if isinstance(fact, facts.WaitedToReconnect)]
    failed = [at for at, fact in world.facts if isinstance(fact, facts.Disconnected)][1:]
    assert failed[0] == pytest.approx(dialled[0] + waits[0] + RESOLVER_S, abs=0.001)
    await world.run(begin_s + 2 * HOUR_S)
    assert world.station.online


async def test_a_captive_portal_answers_every_upgrade() -> None:
    world = World()
    on(world).change(for_s=100, refusal=302)
    world.station.power_on()
    await world.run(90)
    assert {(fact.ending, fact.code) for fact in world.told(facts.Disconnected)} == {("refused", 302)}
    assert world.csms.knocks == []
    await world.run(600)
    assert world.station.online


@pytest.mark.parametrize("certificate", sorted(CERTIFICATES))
async def test_a_bad_certificate_keeps_the_station_away_and_is_told_once(certificate: str) -> None:
    """A00.FR.310, A00.FR.311; A00.FR.316 note: once for repeated attempts."""
    world = await online()
    on(world).change(for_s=600, certificate=certificate)
    on(world).cut()
    await world.run(world.clock.now + 500)
    assert {ending for ending, _ in endings(world)[1:]} == {"tls"}
    assert len(endings(world)) > 3
    await world.run(world.clock.now + 2 * HOUR_S)
    assert world.station.online
    told = [ask["type"] for ask in world.csms.of("SecurityEventNotification")]
    assert told == ([] if certificate == "client expired" else ["InvalidCsmsCertificate"])


# -- as faults of the catalogue


@pytest.mark.parametrize("name", sorted(name for name, fault in FAULTS.items() if NETWORK in fault.ways))
async def test_every_fault_comes_and_goes(name: str) -> None:
    world = await online()
    await charge(world)
    inject(world.station, name)
    await world.run(world.clock.now + HOUR_S)
    await world.do(world.station.unplug, 60)
    clear(world.station, name)
    await world.run(world.clock.now + 2 * HOUR_S)
    assert world.station.online
    assert_whole(world)
    events = world.events()
    assert (events[0]["eventType"], events[-1]["eventType"]) == ("Started", "Ended")


@pytest.mark.parametrize(
    ("name", "value"),
    [("latency_s", -1), ("loss", 1.5), ("silent", 3), ("refusal", 200), ("certificate", "lost"), ("colour", 1)],
)
def test_what_cannot_be(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        check(name, value)


# -- whatever happens

EVENTS: dict[str, Any] = {
    "slow": lambda world: on(world).change(latency_s=1.0, jitter_s=0.5),
    "lossy": lambda world: on(world).change(loss=0.3),
    "narrow": lambda world: on(world).change(bandwidth_bytes_s=200.0),
    "silent for a while": lambda world: on(world).change(for_s=90, silent=True),
    "silent": lambda world: on(world).change(silent=True),
    "heard again": lambda world: on(world).change(silent=False),
    "no name": lambda world: on(world).change(for_s=30, name_unknown=True),
    "no trust": lambda world: on(world).change(for_s=30, certificate="expired"),
    "half-open": lambda world: on(world).half_open(),
    "vanished": lambda world: on(world).vanish(),
    "cut": lambda world: on(world).cut(20),
    "off": lambda world: world.station.power_off(),
    "on": lambda world: world.station.power_on(),
    "goodbye": lambda world: world.station.line.hang_up(),
    "heartbeat": lambda world: world.station.life.heartbeat(),
    "report": lambda world: world.csms.link and world.csms.call("GetBaseReport", REPORT),
    "csms away": lambda world: world.csms.down(),
    "csms back": lambda world: world.csms.up(),
}
REPORT = {"requestId": 1, "reportBase": "ConfigurationInventory"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), st.floats(0.0, 120.0)), max_size=14), st.sampled_from([0, 30])
)
async def test_whatever_happens_the_station_is_back_in_the_end(events: list[tuple[str, float]], ping_s: int) -> None:
    world = await online()
    await world.set(OCPPCommCtrlr__WebSocketPingInterval=ping_s)
    for name, then_s in events:
        EVENTS[name](world)
        await world.run(world.clock.now + then_s)
    on(world).change(latency_s=0.0, jitter_s=0.0, loss=0.0, silent=False, bandwidth_bytes_s=float("inf"))
    world.csms.up()
    world.station.power_on()
    await world.run(world.clock.now + 4 * HOUR_S)
    assert world.station.online
    assert world.csms.link is not None
    assert len(on(world)._connections) <= 1
    world.clear()
    world.station.life.heartbeat()
    await world.run(world.clock.now + 10)
    assert {action for _, action, _ in world.csms.got} == {"Heartbeat"}
