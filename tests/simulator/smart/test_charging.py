"""Profiles at work: what the pilot offers, what the EV takes, what the meter shows, and what the CSMS is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocol.versions import V16, V201
from simulator.devicemodel.smart import MOST_PROFILES
from simulator.facts import PilotChanged
from simulator.flash import Flash
from simulator.smart.acceptance import Refusal
from simulator.smart.charging import SmartCharging
from simulator.smart.profile import Kind, Period, Profiles, Purpose, Unit
from tests.simulator.csms import BOTH, START, World, car
from tests.simulator.csms import profile as station_profile
from tests.simulator.smart.profiles import profile

TX, DEFAULT, MAX = Purpose.TX, Purpose.TX_DEFAULT, Purpose.STATION_MAX


def smart(world: World) -> SmartCharging:
    return world.station.function(SmartCharging)


def since(seconds: float):
    return START + timedelta(seconds=seconds)


async def charging(name: str = "ac-22kw", evses: tuple[int, ...] = (1,), model: str = "sedan-77kwh", **options: Any):
    world = World(options.pop("version", V201), name=name, **options)
    await world.boot()
    for evse in evses:
        world.station.plug(car(0.1, 0.9, model), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    world.clear()
    return world


def set_(world: World, mine, evse: int = 1) -> None:
    assert smart(world).accepts(mine, evse) is None
    smart(world).install(mine, evse)


def amps(world: World, evse: int = 1) -> float:
    return round(world.station.evse(evse).circuit.current_a, 3)


def watts(world: World, evse: int = 1) -> float:
    return round(world.station.evse(evse).reading().power_w)


def triggers(world: World) -> list[tuple[str, str]]:
    return [(event["triggerReason"], event["transactionInfo"]["chargingState"]) for event in world.events()]


# -- costs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_station_without_profiles_has_nothing_for_it(version):
    world = await charging(version=version)
    assert world.station.used(SmartCharging) is None
    assert Profiles not in world.station.flash.memories


# -- the way of a limit ----------------------------------------------------------------------------------------------


async def test_a_limit_acts_on_the_pilot_the_ev_follows_and_the_meter_shows_it():
    """K01.FR.02, K02.FR.02."""
    world = await charging()
    assert amps(world) == pytest.approx(15.942)  # its own 11 kW
    set_(world, profile((0, 10)))
    await world.run(world.clock.now)
    assert world.told(PilotChanged)[-1].duty_percent == pytest.approx(16.7)  # 10 A / 0.6
    assert amps(world) == pytest.approx(15.942)  # it takes a second
    await world.run(world.clock.now + 1.001)
    assert (amps(world), watts(world)) == (10, 6_900)
    before_wh = world.station.evse(1).reading().energy_wh
    await world.run(world.clock.now + 3600)
    assert world.station.evse(1).reading().energy_wh - before_wh == pytest.approx(6_900, abs=2)


@pytest.mark.parametrize(
    ("name", "model", "period", "unit", "expected_a", "expected_w"),
    [
        ("ac-22kw", "sedan-77kwh", Period(0, 8), Unit.A, 8, 5_520),
        ("ac-22kw", "sedan-77kwh", Period(0, 5_520), Unit.W, 8, 5_520),
        ("ac-22kw", "sedan-77kwh", Period(0, 1_840, 1), Unit.W, 8, 1_840),
        ("ac-22kw", "sedan-77kwh", Period(0, 8, 1), Unit.A, 8, 1_840),
        ("ac-7kw-single-phase", "sedan-77kwh", Period(0, 8, 1), Unit.A, 8, 1_840),
        ("ac-7kw-single-phase", "sedan-77kwh", Period(0, 1_840, 1), Unit.W, 8, 1_840),
        ("ac-7kw-single-phase", "sedan-77kwh", Period(0, 5_520), Unit.W, 8, 1_840),  # K01.FR.49
        ("ac-22kw", "plugin-hybrid-13kwh", Period(0, 5_520), Unit.W, 8, 1_840),  # one phase: the limit of each stays
    ],
)
async def test_amperes_and_watts_for_one_and_three_phases(name, model, period, unit, expected_a, expected_w):
    """K01.FR.49–.51."""
    world = await charging(name, model=model)
    set_(world, profile(period, unit=unit))
    await world.run(world.clock.now + 5)
    assert amps(world) == pytest.approx(expected_a, rel=0.03)
    assert watts(world) == pytest.approx(expected_w, rel=0.05)  # a lagging current makes less of it


async def test_watts_at_a_dc_outlet():
    world = await charging("dc-150kw")
    assert watts(world) > 60_000
    set_(world, profile((0, 20_000), unit=Unit.W))
    await world.run(world.clock.now + 5)
    assert watts(world) == pytest.approx(20_000, rel=0.001)
    smart(world).clear(lambda _: True)
    await world.run(world.clock.now + 5)
    assert watts(world) > 60_000


async def test_less_than_six_amperes_pause_and_more_resume():
    """K01.FR.07: less than 6 A cannot be offered."""
    world = await charging()
    set_(world, profile((0, 5.9), (100, 6), starts=since(world.clock.now)))
    await world.run(world.clock.now + 50)
    assert world.station.evse(1).state == "SuspendedEVSE"
    assert watts(world) == 0
    assert world.station.evse(1).tx is not None
    await world.run(world.clock.now + 60)
    assert (world.station.evse(1).state, amps(world)) == ("Charging", 6)
    assert triggers(world) == [("ChargingStateChanged", "SuspendedEVSE"), ("ChargingStateChanged", "Charging")]


async def test_a_dc_station_pauses_at_nothing():
    world = await charging("dc-150kw")
    set_(world, profile((0, 0), (100, 30_000), unit=Unit.W, starts=since(world.clock.now)))
    await world.run(world.clock.now + 50)
    assert (world.station.evse(1).state, watts(world)) == ("SuspendedEVSE", 0)
    await world.run(world.clock.now + 60)
    assert (world.station.evse(1).state, watts(world)) == ("Charging", pytest.approx(30_000, rel=0.001))


async def test_a_limit_is_there_before_anybody_charges():
    """K02.FR.02, K07.FR.01."""
    world = World()
    await world.boot()
    set_(world, profile((0, 7)))
    await world.run(world.clock.now + 1)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 30)
    assert amps(world) == 7
    assert max(fact.duty_percent for fact in world.told(PilotChanged) if fact.state.endswith("2")) < 12


# -- time ------------------------------------------------------------------------------------------------------------


async def test_periods_change_at_their_very_instant():
    world = await charging()
    set_(world, profile((0, 16), (100, 8), (200, 12), starts=since(200)))
    times = {}
    world.watchers.append(lambda fact: times.setdefault(world.clock.now, fact) if isinstance(fact, PilotChanged) else 0)
    await world.run(500)
    assert [pytest.approx(t, abs=1e-5) for t in (200, 300, 400)] == list(times)


async def test_a_relative_schedule_counts_from_when_charging_could_begin():
    """K01.FR.41, .42: also where the profile comes when the transaction has long been running."""
    world = World(config={"TxCtrlr.TxStartPoint": "EnergyTransfer"})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 0.5)
    began = world.station.evse(1).ready_s
    assert began == pytest.approx(world.clock.now - 0.5, abs=0.5)
    await world.run(began + 50)
    set_(world, profile((0, 16), (100, 8), kind=Kind.RELATIVE))
    await world.run(began + 99.9)
    assert amps(world) > 8
    await world.run(began + 102)
    assert amps(world) == 8


async def test_a_relative_default_begins_anew_with_the_next_driver():
    world = await charging()
    set_(world, profile((0, 8), (100, 10), kind=Kind.RELATIVE))
    await world.run(world.clock.now + 200)
    assert amps(world) == 10
    await world.do(lambda: world.station.present("T1", 1), 30)
    await world.do(lambda: world.station.unplug(1), 30)
    world.station.plug(car())
    await world.do(lambda: world.station.present("T2", 1), 50)
    assert amps(world) == 8
    await world.run(world.clock.now + 100)
    assert amps(world) == 10


async def test_a_daily_schedule_over_midnight():
    """It is 6 in the morning; less is allowed from 23:00 until 01:00."""
    world = World()
    await world.boot()
    world.station.plug(car(0.0, 1.0, "truck-540kwh"))
    set_(world, profile((0, 8), daily=True, starts=since(17 * 3600), duration_s=7200))
    await world.do(lambda: world.station.present("A", 1), 60)
    found = []
    for hour in (16.9, 17.1, 18.9, 19.1, 40.9, 41.1, 43.1):
        await world.run(hour * 3600)
        found.append(world.station.evse(1).circuit.offered_a == 8)
    assert found == [False, True, True, False, False, True, False]


async def test_a_clock_that_is_set_moves_schedules_along():
    world = await charging()
    set_(world, profile((0, 8), starts=since(1000)))
    await world.run(world.clock.now + 10)
    assert amps(world) > 8
    world.csms.answers["Heartbeat"] = {"currentTime": "2025-06-02T07:00:00Z"}
    await world.do(world.station.life.heartbeat, 5)
    assert amps(world) == 8


# -- transactions ----------------------------------------------------------------------------------------------------


async def test_a_tx_profile_is_gone_with_its_transaction_and_the_default_is_not():
    """K02.FR.04, K02.FR.05, K10.FR.07."""
    world = await charging()
    set_(world, profile((0, 12)))
    set_(world, profile((0, 20), purpose=TX, id=2, transaction=world.station.evse(1).tx.id))
    await world.run(world.clock.now + 5)
    assert amps(world) == pytest.approx(15.942)
    await world.do(lambda: world.station.present("T1", 1), 30)
    assert [each.profile.id for each in smart(world).installed] == [1]
    smart(world).clear(lambda _: True)
    assert smart(world).installed == ()


async def test_a_profile_of_an_order_to_start_waits_for_its_transaction():
    """K05.FR.03: at the EVSE of the order, and for nobody after that."""
    world = World()
    await world.boot()
    mine = profile((0, 8), purpose=TX, kind=Kind.RELATIVE)
    assert smart(world).accepts(mine, 1, remote=True) is None
    smart(world).install(mine, 1, remote=True)
    assert smart(world).installed == ()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 30)
    assert amps(world) == 8
    (there,) = smart(world).installed
    assert there.transaction == world.station.evse(1).tx.id
    await world.do(lambda: world.station.present("A", 1), 30)
    assert smart(world).installed == ()


async def test_an_order_to_start_that_comes_to_nothing_takes_its_profile_along():
    world = World(config={"TxCtrlr.EVConnectionTimeOut": 30})
    await world.boot()
    smart(world).install(profile((0, 8), purpose=TX), 1, remote=True)
    await world.do(lambda: world.station.present("A", 1), 60)  # nobody plugs in
    assert smart(world).pledged == {}


async def test_an_order_to_start_where_the_transaction_runs_already():
    """F01.FR.13: it began with the cable."""
    world = World(config={"TxCtrlr.TxStartPoint": "EVConnected"})
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 5)
    smart(world).install(profile((0, 8), purpose=TX), 1, remote=True)
    assert smart(world).installed[0].transaction == world.station.evse(1).tx.id


async def test_offline_everything_goes_on():
    """K06.FR.01, K07.FR.01."""
    world = await charging()
    set_(world, profile((0, 8), starts=since(world.clock.now + 100)))
    world.csms.down()
    world.csms.link.abort()
    await world.run(world.clock.now + 110)
    assert amps(world) == 8


# -- power loss ------------------------------------------------------------------------------------------------------


async def test_profiles_outlive_a_reboot_and_tx_profiles_do_not():
    """K01.FR.27, K02.FR.05."""
    world = await charging()
    set_(world, profile((0, 12), id=1))
    set_(world, profile((0, 20), id=2, purpose=MAX), 0)
    set_(world, profile((0, 8), purpose=TX, id=3, transaction=world.station.evse(1).tx.id))
    world.station.power_off()
    assert world.station.flash.memory(Profiles).installed[2].profile.purpose is TX
    await world.do(world.station.power_on, 30)
    assert [each.profile.id for each in smart(world).installed] == [1, 2]
    world.station.unplug(1)
    world.station.plug(car(0.1, 0.9))
    await world.do(lambda: world.station.present("B", 1), 30)
    assert amps(world) == 12


async def test_without_power_no_timer_is_left():
    world = await charging()
    set_(world, profile((0, 12), (1000, 8)))
    await world.run(world.clock.now + 1)
    there = smart(world)
    world.station.power_off()
    assert there._timer is None
    assert world.station.evse(1).circuit.ceiling().a == float("inf")


# -- the grid connection ---------------------------------------------------------------------------------------------


async def test_a_station_limit_is_divided_among_those_who_want_it():
    """K04.FR.05, 1.6 §3.13.3."""
    world = await charging("ac-22kw-duo", (1, 2))
    set_(world, profile((0, 20), purpose=MAX), 0)
    await world.run(world.clock.now + 5)
    assert [amps(world, evse) for evse in (1, 2)] == [10, 10]
    await world.do(lambda: world.station.present("T2", 2), 30)
    assert amps(world, 1) == pytest.approx(15.942)
    smart(world).clear(lambda _: True)
    await world.run(world.clock.now + 1)
    assert world.station.evse(1).circuit.ceiling().a == float("inf")


async def test_what_one_may_not_use_is_left_to_the_other():
    world = await charging("ac-22kw-duo", (1, 2))
    set_(world, profile((0, 20), purpose=MAX), 0)
    set_(world, profile((0, 7), id=2), 2)
    await world.run(world.clock.now + 5)
    assert [amps(world, evse) for evse in (1, 2)] == [13, 7]


async def test_where_there_is_not_enough_for_all_some_charge_and_some_wait():
    world = await charging("ac-22kw-duo", (1, 2))
    set_(world, profile((0, 10), purpose=MAX), 0)
    await world.run(world.clock.now + 5)
    assert [amps(world, evse) for evse in (1, 2)] == [10, 0]
    assert world.station.evse(2).state == "SuspendedEVSE"
    await world.do(lambda: world.station.present("T1", 1), 30)
    assert amps(world, 2) == 10


async def test_nobody_is_offered_what_another_one_uses():
    """Whatever EVs make of their offers, together they cannot take more than the limit."""
    world = await charging("ac-22kw-duo", (1, 2))
    for limit in (40, 25, 18, 50, 13):
        set_(world, profile((0, limit), purpose=MAX), 0)
        await world.run(world.clock.now + 5)
        offered = [world.station.evse(evse).circuit.offered_a for evse in (1, 2)]
        assert sum(offered) <= limit + 1e-6


async def test_a_station_limit_in_watts_of_a_dc_station_counts_at_the_grid():
    world = await charging("dc-300kw-duo", (1, 2))
    set_(world, profile((0, 50_000), purpose=MAX, unit=Unit.W), 0)
    await world.run(world.clock.now + 5)
    grid_w = sum(evse.reading().power_w / evse.outlet.supply.efficiency for evse in world.station.evses)
    assert grid_w == pytest.approx(50_000, rel=0.001)
    smart(world).clear(lambda _: True)
    await world.run(world.clock.now + 5)
    assert sum(watts(world, evse) for evse in (1, 2)) > 80_000


async def test_a_station_limit_that_is_lifted_is_forgotten():
    world = await charging("dc-150kw")
    set_(world, profile((0, 20_000), purpose=MAX, unit=Unit.W), 0)
    await world.run(world.clock.now + 5)
    assert watts(world) == pytest.approx(20_000 * 0.95, rel=0.001)
    smart(world).clear(lambda _: True)
    await world.run(world.clock.now + 5)
    assert watts(world) > 60_000


async def test_power_that_one_may_not_use_is_left_to_the_other():
    world = await charging("dc-300kw-duo", (1, 2))
    set_(world, profile((0, 80_000), purpose=MAX, unit=Unit.W), 0)
    set_(world, profile((0, 19_000), id=2, unit=Unit.W), 2)
    await world.run(world.clock.now + 5)
    assert watts(world, 2) == pytest.approx(19_000, rel=0.001)
    efficiency = world.station.evse(1).outlet.supply.efficiency
    assert watts(world, 1) == pytest.approx(80_000 * efficiency - 19_000, rel=0.001)


async def test_one_phase_for_the_station_is_one_phase_for_everybody():
    world = await charging("ac-22kw-duo", (1, 2))
    set_(world, profile(Period(0, 20, 1), purpose=MAX), 0)
    await world.run(world.clock.now + 5)
    assert [watts(world, evse) for evse in (1, 2)] == [2_300, 2_300]


# -- what is told ----------------------------------------------------------------------------------------------------


async def test_another_rate_is_told_and_a_small_change_is_not():
    """K11.FR.04, SC.03."""
    world = await charging(config={"SmartChargingCtrlr.LimitChangeSignificance": "10.0"})
    set_(world, profile((0, 10)))
    await world.run(world.clock.now + 5)
    assert triggers(world) == [("ChargingRateChanged", "Charging")]
    for limit, told in ((10.5, 1), (11.5, 2), (10.5, 2), (10, 3)):
        set_(world, profile((0, limit)))
        await world.run(world.clock.now + 5)
        assert len(triggers(world)) == told


async def test_16_has_no_message_for_another_rate():
    world = await charging(version=V16)
    set_(world, profile((0, 10)))
    await world.run(world.clock.now + 5)
    assert amps(world) == 10
    assert [action for _, action, _ in world.csms.got] == []


# -- external limits -------------------------------------------------------------------------------------------------

LIMIT = profile((0, 8), purpose=Purpose.EXTERNAL)


@pytest.mark.proves("station", "NotifyChargingLimit ClearedChargingLimit", "2.0.1")
async def test_an_external_limit_holds_and_is_told_with_its_schedule_or_without():
    """K11.FR.01–.06, K12.FR.02–.05, K13.FR.01–.03."""
    world = await charging()
    assert smart(world).external(LIMIT, source="SO", critical=True)
    await world.run(world.clock.now + 5)
    assert amps(world) == 8
    (there,) = smart(world).installed
    assert (there.profile.id, there.profile.purpose, there.source) == (-1, Purpose.EXTERNAL, "SO")
    (told,) = world.csms.of("NotifyChargingLimit")
    assert told == {"chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True}}
    await world.set(SmartChargingCtrlr__NotifyChargingLimitWithSchedules="true")
    smart(world).external(profile((0, 10)), evse=1)
    await world.run(world.clock.now + 1)
    told = world.csms.of("NotifyChargingLimit")[-1]
    assert (told["evseId"], told["chargingLimit"]) == (1, {"chargingLimitSource": "EMS"})
    assert told["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10.0}]
    assert smart(world).release(source="SO")
    await world.run(world.clock.now + 5)
    assert amps(world) == 10
    assert world.csms.of("ClearedChargingLimit") == [{"chargingLimitSource": "SO"}]
    assert smart(world).release(1)
    await world.run(world.clock.now + 5)
    assert world.csms.of("ClearedChargingLimit")[-1] == {"chargingLimitSource": "EMS", "evseId": 1}
    assert amps(world) == pytest.approx(15.942)
    assert set(triggers(world)) == {("ChargingRateChanged", "Charging")}


async def test_an_update_takes_the_same_id_and_a_small_one_is_not_told():
    """K11.FR.02, K11 remarks."""
    world = await charging(config={"SmartChargingCtrlr.LimitChangeSignificance": "20.0"})
    for limit in (10, 11):
        smart(world).external(profile((0, limit)))
        await world.run(world.clock.now + 5)
    assert [(each.profile.id, each.schedule.periods[0].limit) for each in smart(world).installed] == [(-1, 11)]
    assert len(world.csms.of("NotifyChargingLimit")) == 1
    assert amps(world) == 11


async def test_nobody_clears_or_replaces_an_external_limit_but_its_source():
    """K01.FR.05, K10.FR.08, K10.FR.09."""
    world = await charging()
    smart(world).external(LIMIT)
    assert not smart(world).clear(lambda _: True)
    assert smart(world).accepts(profile((0, 30), id=-1), 1) is Refusal.PROFILE
    assert not smart(world).release(source="Other")
    assert not smart(world).release(1)


async def test_a_station_that_listens_to_nobody_else():
    """§2.9.7."""
    world = await charging(config={"SmartChargingCtrlr.ExternalControlSignalsEnabled": False})
    assert not smart(world).external(LIMIT)
    assert smart(world).installed == ()


async def test_the_operator_is_no_external_source():
    """K11.FR.05."""
    world = await charging()
    with pytest.raises(ValueError, match="no external"):
        smart(world).external(LIMIT, source="CSO")


async def test_a_limit_that_came_while_offline_is_told_later():
    world = await charging()
    world.csms.down()
    world.csms.link.abort()
    await world.run(world.clock.now + 5)
    smart(world).external(LIMIT)
    await world.run(world.clock.now + 5)
    assert amps(world) == 8
    world.csms.up()
    await world.run(world.clock.now + 300)
    assert len(world.csms.of("NotifyChargingLimit")) == 1


# -- composites ------------------------------------------------------------------------------------------------------


async def test_a_composite_of_more_periods_than_it_can_tell_ends_early():
    world = await charging(config={"TxCtrlr.EVConnectionTimeOut": 60})
    set_(world, profile((0, 8), daily=True, duration_s=3600))
    _, duration_s, periods = smart(world).composite(1, 10**8, Unit.A)
    assert len(periods) == 100
    assert duration_s < 10**8


async def test_cable_and_heat_are_part_of_a_composite():
    """K08: possible local limits."""
    world = await charging()
    world.station.evse(1).circuit.restrict("heat", 20.0)
    assert smart(world).limit_now(1, Unit.A).limit == 20
    assert smart(world).limit_now(0, Unit.A).limit == 20


async def test_the_composite_is_what_comes_true():
    """What is told for the next ten minutes is what the pilot then offers."""
    world = await charging("ac-22kw-duo", (1, 2))
    now = world.clock.now
    set_(world, profile((0, 12), (60, 20), (300, 7), starts=since(now + 30), id=1), 0)
    set_(world, profile((0, 60), (200, 9), purpose=MAX, starts=since(now), id=2, duration_s=400), 0)
    set_(world, profile((0, 14), (100, 3), purpose=TX, id=3, transaction=world.station.evse(1).tx.id,
                        starts=since(now + 90), duration_s=150), 1)  # fmt: skip
    start, duration_s, periods = smart(world).composite(1, 600, Unit.A)
    world.station.unplug(2)
    begin = (start - START).total_seconds()
    for period, following in zip(periods, (*(p.start_s for p in periods[1:]), duration_s), strict=True):
        await world.run(begin + period.start_s + 1.5)
        assert world.station.evse(1).circuit.offered_a == pytest.approx(period.limit, abs=0.1)
        await world.run(begin + following - 0.5)
        assert world.station.evse(1).circuit.offered_a == pytest.approx(period.limit, abs=0.1)


# -- switched off ----------------------------------------------------------------------------------------------------


async def test_switched_off_profiles_stay_and_limit_nothing():
    """§2.9.1."""
    world = await charging()
    set_(world, profile((0, 8)))
    await world.run(world.clock.now + 5)
    await world.set(SmartChargingCtrlr__Enabled="false")
    await world.run(world.clock.now + 5)
    assert amps(world) == pytest.approx(15.942)
    await world.set(SmartChargingCtrlr__Enabled="true")
    await world.run(world.clock.now + 5)
    assert amps(world) == 8


async def test_a_station_holds_so_many_and_counts_them():
    """§2.9.10."""
    world = World(name="ac-22kw-duo")
    await world.boot()
    evse_level = [(evse, level) for evse in (1, 2) for level in range(10)]
    for number, (evse, level) in enumerate(evse_level):
        set_(world, profile((0, 20), id=number, level=level), evse)
    assert world.station.variables.text("SmartChargingCtrlr.Entries.ChargingProfiles") == "20"
    kept = world.station.flash.memory(Profiles).installed[0]
    world.station.flash.remember(Profiles((kept,) * MOST_PROFILES))
    assert smart(world).accepts(profile((0, 20), id=99, purpose=MAX), 0) is Refusal.FULL


async def test_a_flash_from_an_earlier_life_limits_from_the_start():
    world = await charging()
    set_(world, profile((0, 9)))
    flash = world.station.flash
    assert isinstance(flash, Flash)
    later = World(flash=flash)
    await later.boot()
    later.station.plug(car())
    await later.do(lambda: later.station.present("A", 1), 30)
    assert amps(later) == 9


def test_which_profiles_do_what():
    assert station_profile("dc-150kw").variables["SmartChargingCtrlr.RateUnit"] == "W"
    assert station_profile("ac-22kw").variables["SmartChargingCtrlr.Phases3to1"] == "true"


async def test_a_transaction_that_is_resumed_keeps_its_profile_and_its_time():
    """E17, K01.FR.27, K01.FR.42."""
    world = await charging(config={"TxCtrlr.ResumptionTimeout": 300})
    began, tx = world.station.evse(1).ready_s, world.station.evse(1).tx.id
    set_(world, profile((0, 12), (300, 8), purpose=TX, kind=Kind.RELATIVE, transaction=tx))
    await world.run(began + 100)
    assert amps(world) == 12
    world.station.power_off()
    await world.run(world.clock.now + 60)
    await world.do(world.station.power_on, 60)
    assert world.station.evse(1).tx.id == tx
    assert amps(world) == 12
    await world.run(began + 299)
    assert amps(world) == 12
    await world.run(began + 303)
    assert amps(world) == 8


async def test_a_transaction_that_is_cut_off_while_power_is_shared_ends_once():
    world = await charging("ac-22kw-duo", (1, 2), config={"TxCtrlr.TxStopPoint": "EnergyTransfer"})
    set_(world, profile((0, 20), purpose=MAX), 0)
    await world.run(world.clock.now + 5)
    world.clear()
    world.leak(evse=1)
    await world.run(world.clock.now + 5)
    ended = [event["transactionInfo"]["stoppedReason"] for event in world.events() if event["eventType"] == "Ended"]
    assert ended == ["GroundFault"]
    assert amps(world, 2) == pytest.approx(15.942)
    await world.ask("Reset", {"type": "Immediate"}, then_s=60)
    ended = [event["transactionInfo"]["stoppedReason"] for event in world.events() if event["eventType"] == "Ended"]
    assert ended == ["GroundFault", "ImmediateReset"]
    assert world.station.evse(1).circuit.offered_a == 20
