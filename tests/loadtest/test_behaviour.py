from collections import Counter

import pytest

from loadtest.habits import Habits, parse_habits
from protocol.versions import V16, V201, Version
from reports.ticks import Tick
from simulator import facts
from tests.loadtest.world import World

ALWAYS = "habits: x\ndrivers: [{{share: {share}, stay: {stay}, pause: 10s, begin: {begin}, end: {end}, soc: 20}}]"


def always(share=1.0, stay="5m", begin="cable_first", end="token"):
    return parse_habits(ALWAYS.format(share=share, stay=stay, begin=begin, end=end))


@pytest.mark.parametrize("begin", ["cable_first", "token_first"])
@pytest.mark.parametrize("end", ["token", "unplug", "full"])
async def test_drivers_come_charge_and_go_one_after_the_other(begin, end):
    world = World(always(begin=begin, end=end))
    await world.boot(2)
    await world.run(1800)
    counts = world.tick().counts
    assert counts["started"] >= 8
    assert counts["ended"] >= counts["started"] - 2
    assert counts["departed"] >= counts["arrived"] - 2
    assert not {"not_begun", "token_refused", "turned_away", "given_up"} & set(counts)


async def test_a_share_of_the_stations_charges_and_no_other():
    world = World(always(share=0.1, stay="2h"))
    await world.boot(100)
    await world.run(120)
    assert world.gauges() == {"accepted": 90, "charging": 10}


@pytest.mark.parametrize("step", [1, 2, 3, 6, 7])
async def test_the_share_holds_for_every_row_of_numbers(step):
    world = World(always(share=0.05, stay="2h"))
    stations = [[number * step, 0, False, f"CP-{number}", None, None, None] for number in range(200)]
    world.shard.start(stations)
    await world.run(150)
    assert world.gauges()["charging"] == pytest.approx(10, abs=1)


async def test_who_is_to_start_by_app_waits_for_the_csms_and_leaves():
    world = World(always(begin="remote"))
    await world.boot(1)
    await world.run(240)
    assert world.tick().counts["not_begun"] == 1


async def test_a_token_that_the_csms_does_not_know_is_seen():
    world = World(always())
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Unknown"}}
    await world.boot(1)
    await world.run(240)
    counts = world.tick().counts
    assert (counts["token_refused"], counts["not_begun"], counts["started"]) == (1, 1, 0)


async def test_arrivals_follow_the_hour():
    habits = parse_habits("habits: x\ndrivers: [{stay: 1m, arrivals: {mon 09:00-10:00: 6}}]")
    world = World(habits)
    await world.boot(20)
    await world.run(3500)
    assert not world.tick().counts["arrived"]
    await world.run(3700)
    counts = world.tick().counts
    assert counts["arrived"] + counts["turned_away"] == pytest.approx(120, abs=40)
    await world.run(3600)
    assert not world.tick().counts["arrived"]


async def test_the_week_may_begin_at_another_time():
    habits = parse_habits("habits: x\ndrivers: [{stay: 1m, arrivals: {sat 12:00-13:00: 6}}]")
    world = World(habits, begins="sat 12:00")
    await world.boot(5)
    await world.run(1800)
    assert world.tick().counts["arrived"] > 5


async def test_drivers_come_only_to_the_stations_that_are_meant():
    habits = parse_habits("habits: x\ndrivers: [{stay: 1m, arrivals: {00:00-24:00: 6}, stations: CP-*1}]")
    world = World(habits)
    world.start(4)
    came = set()
    world.shard.tally.fact, tell = (
        (lambda station, fact: (came.add(station), tell(station, fact))),
        world.shard.tally.fact,
    )
    await world.run(30)
    came.clear()
    await world.run(3600)
    assert came == {"CP-000001"}


async def test_cars_that_do_not_fit_do_not_come():
    habits = parse_habits("habits: x\ndrivers: [{share: 1, stay: 1m, ev: plugin-hybrid-13kwh}]")
    world = World(habits, profile="dc-50kw")
    await world.boot(1)
    await world.run(300)
    counts = world.tick().counts
    assert counts["turned_away"] > 0
    assert not counts["arrived"]


async def test_habits_change_while_stations_run():
    world = World()
    await world.boot(10)
    await world.run(300)
    assert world.gauges() == {"accepted": 10}
    world.shard.behave(dict(always(stay="3m").told()))
    await world.run(120)
    assert world.gauges() == {"charging": 10}
    world.shard.behave(None)
    await world.run(600)
    assert world.gauges() == {"accepted": 10}
    assert not world.shard.behaviour.visits


async def test_when_nobody_is_to_come_any_more_nobody_does():
    world = World(parse_habits("habits: x\ndrivers: [{stay: 1m, arrivals: {00:00-24:00: 30}}]"))
    await world.boot(10)
    await world.run(600)
    assert world.tick().counts["arrived"] > 10
    world.shard.behave(None)
    await world.run(600)
    counts = world.tick().counts
    assert not counts["arrived"] + counts["turned_away"]


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("connector", "faulted"), ("flap", "lost"), ("power", "booted"), ("clock", "fault:clock"), ("unplug", "departed")],
)
async def test_faults_befall_the_share_that_is_faulty(kind, sign):
    text = f"habits: x\ndrivers: [{{share: 1, stay: 5h}}]\nfaulty: {{share: 0.5, per_day: {{{kind}: 24}}}}"
    world = World(parse_habits(text))
    await world.boot(10)
    await world.run(600)
    world.tick()
    await world.run(3600)
    counts = world.tick().counts
    assert counts[f"fault:{kind}"] > 0
    assert counts[sign] > 0
    assert {station.identity for station in world.shard.behaviour.faulty} < set(world.shard.stations)


async def test_a_station_that_is_stopped_takes_its_visit_with_it():
    world = World(always(stay="2h"))
    await world.boot(2)
    await world.run(120)
    world.shard.stop(2)
    assert not world.shard.behaviour.visits
    await world.run(4 * 3600)
    assert not world.tick().counts["departed"], "nobody drives off from what is not there"
    assert not world.gauges()


async def test_after_a_power_cut_the_next_driver_comes():
    world = World(always(stay="2h"))
    await world.boot(3)
    await world.run(120)
    world.shard.power(on=False)
    await world.run(30)
    world.shard.power(on=True)
    await world.run(300)
    assert world.gauges() == {"charging": 3}
    assert world.tick().counts["ended"] == 3


async def test_the_same_seed_plays_the_same():
    told = []
    for _ in range(2):
        world = World(parse_habits("habits: x\ndrivers: [{stay: {about: 9m}, arrivals: {00:00-24:00: 3}}]"))
        await world.boot(5)
        await world.run(7200)
        told.append(world.tick().counts)
    assert told[0] == told[1]
    assert told[0]["started"] > 5


def habits(habit: str, stay: str = "30m") -> Habits:
    return parse_habits(f"habits: x\ndrivers: [{{share: 1, pause: 10s, soc: 20, stay: {stay}, {habit}}}]")


async def ended(
    habit: str, version: Version = V201, seconds: float = 3 * 3600, stay: str = "30m"
) -> tuple[Counter[str], Tick]:
    """The reasons for which transactions ended, and what was counted, when drivers of a habit come to two stations."""
    world, reasons = World(habits(habit, stay), version=version.name), Counter[str]()
    tell = world.shard.behaviour.fact
    if version is V16:
        yes = {"idTagInfo": {"status": "Accepted"}}
        world.csms.answers = {"Authorize": yes, "StartTransaction": yes | {"transactionId": 7}, "StopTransaction": {}}

    def fact(station: str, told: facts.Fact) -> None:
        if isinstance(told, facts.TransactionEnded):
            reasons[told.reason] += 1
        tell(station, told)

    world.shard.behaviour.fact = fact
    await world.boot(2)
    await world.run(seconds)
    return reasons, world.tick()


@pytest.mark.parametrize(
    ("habit", "reason"),
    [
        ("begin: late_card", "Local"),
        ("end: unplug", "EVDisconnected"),
        ("end: early", "EVDisconnected"),
        ("end: other_card", "Local"),
    ],
)
@pytest.mark.parametrize("version", [V16, V201], ids=str)
async def test_transactions_end_for_what_their_drivers_do(version, habit, reason):
    reasons, tick = await ended(habit, version)
    assert set(reasons) == {reason}
    assert tick.counts["ended"] >= 6
    assert not tick.counts.get("not_begun")


async def test_early_is_sooner_than_the_stay():
    usual, _ = await ended("end: unplug")
    early, _ = await ended("end: early")
    assert early["EVDisconnected"] > 1.4 * usual["EVDisconnected"]


@pytest.mark.parametrize("habit", ["begin: no_card", "begin: no_cable"])
async def test_who_has_no_card_or_no_cable_leaves(habit):
    reasons, tick = await ended(habit)
    assert not reasons
    assert tick.counts["not_begun"] == tick.counts["departed"] >= 10


async def test_an_ev_may_be_left_standing_after_it_is_full():
    _, soon = await ended("end: full, target: 22", seconds=8 * 3600, stay="8h")
    _, late = await ended("end: overstay, target: 22", seconds=8 * 3600, stay="8h")
    assert late.counts["ended"] < soon.counts["ended"] / 2


@pytest.mark.parametrize(("habit", "most_w"), [("cable_a: 13", 9000), ("cable_a: [20]", 11100)])
async def test_a_thin_cable_limits_what_is_charged(habit, most_w):
    world = World(habits(f"{habit}, ev: sedan-77kwh"))
    await world.boot(1)
    await world.run(120)
    [visit] = world.shard.behaviour.visits.values()
    assert visit.evse.reading().power_w == pytest.approx(most_w, rel=0.02)


async def test_a_planned_departure_warms_the_car():
    world = World(habits("planned: 1, battery_c: {from: -5, to: 0}, ev: sedan-77kwh, target: 21", stay="3h"))
    await world.boot(1)
    await world.run(60)
    [visit] = world.shard.behaviour.visits.values()
    assert -5 <= visit.ev.battery_c <= 0
    await world.run(2 * 3600)
    assert visit.evse.state == "SuspendedEV"
    await world.run(visit.ev.departs_s - 900 - world.clock.now)
    assert (visit.evse.state, visit.evse.reading().power_w) == ("Charging", pytest.approx(4500, rel=0.01))
    await world.run(960)
    assert visit.ev is not visit.evse.ev
