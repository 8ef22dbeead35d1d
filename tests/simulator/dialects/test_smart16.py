"""Smart charging in OCPP 1.6: connector 0, replacement, relative schedules, and the keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocol.stamps import stamp
from protocol.versions import V16
from simulator.smart.charging import SmartCharging
from tests.simulator.csms import START, World, car
from tests.simulator.smart.profiles import profile as external


def when(seconds: float) -> str:
    return stamp(START + timedelta(seconds=seconds))


def charging_profile(*periods: tuple[int, float], **fields: Any) -> dict[str, Any]:
    schedule: dict[str, Any] = {
        "startSchedule": when(0),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": begin, "limit": limit} for begin, limit in periods or ((0, 8),)],
    }
    schedule |= fields.pop("schedule", {})
    made = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {key: value for key, value in schedule.items() if value is not None},
    }
    return made | fields


async def world_with(name: str = "ac-22kw-duo", **options: Any) -> World:
    world = World(V16, name=name, **options)
    await world.boot()
    return world


async def charging(connector: int = 1) -> World:
    world = await world_with()
    world.station.plug(car(), connector)
    await world.do(lambda: world.station.present("A", connector), 30)
    return world


async def set_(world: World, connector: int = 1, *periods: tuple[int, float], **fields: Any) -> str:
    ask = {"connectorId": connector, "csChargingProfiles": charging_profile(*periods, **fields)}
    return (await world.ask("SetChargingProfile", ask))["status"]


async def composite(world: World, connector: int = 1, duration: int = 400, **fields: Any) -> list[tuple[int, float]]:
    ask = {"connectorId": connector, "duration": duration, **fields}
    answer = await world.ask("GetCompositeSchedule", ask)
    assert (answer["status"], answer["connectorId"]) == ("Accepted", connector)
    schedule = answer["chargingSchedule"]
    assert "startSchedule" not in schedule  # §7.13
    assert schedule["duration"] == duration
    return [(period["startPeriod"], period["limit"]) for period in schedule["chargingSchedulePeriod"]]


def installed(world: World) -> list[tuple[int, int]]:
    return [(each.evse, each.profile.id) for each in world.station.function(SmartCharging).installed]


@pytest.mark.proves("station", "SetChargingProfile", "1.6")
async def test_a_profile_limits_a_running_transaction():
    """§5.16.3."""
    world = await charging()
    assert await set_(world) == "Accepted"
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).circuit.current_a == 8


async def test_a_tx_profile_by_the_number_that_the_csms_gave_or_by_none():
    """§7.8; §3.13.1: without a transaction it is refused."""
    world = await charging()
    purpose = {"chargingProfilePurpose": "TxProfile"}
    assert await set_(world, transactionId=1, **purpose) == "Accepted"
    assert await set_(world, transactionId=9, **purpose) == "Rejected"
    assert await set_(world, **purpose, stackLevel=1, chargingProfileId=2) == "Accepted"
    assert await set_(world, 2, **purpose) == "Rejected"
    assert await set_(world, 0, **purpose) == "Rejected"
    await world.do(lambda: world.station.present("A", 1), 30)
    assert installed(world) == []


@pytest.mark.proves("station", "SetChargingProfile", "1.6")
async def test_what_is_alike_is_replaced():
    """§3.13.2, §5.16.3: the same id, or the same purpose and stack level."""
    world = await world_with()
    assert await set_(world, 1, (0, 8), chargingProfileId=1) == "Accepted"
    assert await set_(world, 1, (0, 9), chargingProfileId=2) == "Accepted"
    assert installed(world) == [(1, 2)]
    assert await set_(world, 2, (0, 10), chargingProfileId=2, stackLevel=3) == "Accepted"
    assert installed(world) == [(2, 2)]


@pytest.mark.proves("station", "GetCompositeSchedule", "1.6")
async def test_a_connectors_default_takes_the_place_of_that_of_all():
    """§3.13.1."""
    world = await world_with()
    await set_(world, 0, (0, 8))
    await set_(world, 1, (0, 12), chargingProfileId=2)
    assert await composite(world, 1) == [(0, 12)]
    assert await composite(world, 2) == [(0, 8)]
    assert await composite(world, 0) == [(0, 20)]


async def test_the_maximum_is_for_connector_0():
    """§3.13.1, §3.13.3."""
    world = await charging()
    purpose = {"chargingProfilePurpose": "ChargePointMaxProfile"}
    assert await set_(world, 1, **purpose) == "Rejected"
    assert await set_(world, 0, (0, 10), **purpose) == "Accepted"
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).circuit.current_a == 10
    assert await composite(world, 0) == await composite(world, 1) == [(0, 10)]


async def test_a_schedule_without_a_start_counts_from_when_charging_could_begin():
    """§7.13."""
    world = await charging()
    assert await set_(world, 1, (0, 8), (100, 12), schedule={"startSchedule": None}) == "Accepted"
    began = world.station.evse(1).ready_s
    await world.run(began + 99)
    assert world.station.evse(1).circuit.current_a == 8
    await world.run(began + 102)
    assert world.station.evse(1).circuit.current_a == 12


@pytest.mark.parametrize(
    ("connector", "fields"),
    [
        (3, {}),
        (1, {"stackLevel": 10}),
        (1, {"chargingProfileKind": "Recurring"}),
        (1, {"validTo": when(0)}),
        (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6}]}}),
        (1, {"schedule": {"chargingSchedulePeriod": []}}),
        (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": n, "limit": 6} for n in range(101)]}}),
    ],
)
async def test_refusals(connector, fields):
    world = await world_with()
    assert await set_(world, connector, **fields) == "Rejected"
    assert installed(world) == []


async def test_watts_at_a_station_of_amperes():
    """§9.4.2."""
    world = await world_with(config={})
    world.station.configuration.variables.set("SmartChargingCtrlr.RateUnit", "A")
    assert await set_(world, schedule={"chargingRateUnit": "W"}) == "Rejected"
    ask = {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"}
    assert await world.ask("GetCompositeSchedule", ask) == {"status": "Rejected"}


async def test_a_station_that_does_no_smart_charging():
    """§7.11."""
    world = await world_with(config={"SmartChargingCtrlr.Available": False})
    assert await set_(world) == "NotSupported"
    assert await world.ask("ClearChargingProfile", {}) == "NotSupported"
    assert await world.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 60}) == "NotSupported"
    (key,) = (await world.ask("GetConfiguration", {"key": ["SupportedFeatureProfiles"]}))["configurationKey"]
    assert "SmartCharging" not in key["value"]


async def test_profiles_outlive_a_reboot():
    """§5.16 (errata 3.37)."""
    world = await world_with()
    await set_(world)
    await world.ask("Reset", {"type": "Hard"}, then_s=60)
    assert await composite(world) == [(0, 8)]


@pytest.mark.proves("station", "ClearChargingProfile", "1.6")
@pytest.mark.parametrize(
    ("ask", "left"),
    [
        ({"id": 11}, [(0, 1), (1, 10), (2, 20)]),
        ({"id": 11, "connectorId": 2, "stackLevel": 7}, [(0, 1), (1, 10), (2, 20)]),  # the rest is ignored
        ({"connectorId": 1}, [(0, 1), (2, 20)]),
        ({"connectorId": 0}, [(1, 10), (1, 11), (2, 20)]),
        ({"chargingProfilePurpose": "ChargePointMaxProfile"}, [(1, 10), (1, 11), (2, 20)]),
        ({"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}, [(0, 1), (1, 11)]),
        ({}, []),
        ({"id": 99}, None),
        ({"connectorId": 3}, None),
        ({"connectorId": 2, "stackLevel": 1}, None),
    ],
)
async def test_clearing(ask, left):
    """§5.5, §6.13 (errata 3.25)."""
    world = await world_with()
    await set_(world, 0, chargingProfileId=1, chargingProfilePurpose="ChargePointMaxProfile")
    for connector, level in ((1, 0), (1, 1), (2, 0)):
        await set_(world, connector, chargingProfileId=10 * connector + level, stackLevel=level)
    before = installed(world)
    expected = {"status": "Unknown" if left is None else "Accepted"}
    assert await world.ask("ClearChargingProfile", ask) == expected
    assert installed(world) == (before if left is None else left)


@pytest.mark.proves("station", "GetCompositeSchedule", "1.6")
async def test_a_composite_of_purposes_and_levels():
    """§3.13.3, §5.7."""
    world = await world_with()
    await world.run(30)
    begin = {"startSchedule": when(30)}
    await set_(world, 0, (0, 10), chargingProfilePurpose="ChargePointMaxProfile", schedule=begin)
    await set_(world, 1, (0, 6), (60, 16), chargingProfileId=2, schedule=begin)
    await set_(world, 1, (0, 7), chargingProfileId=3, stackLevel=1, schedule={**begin, "duration": 100})
    x = round(world.clock.now - 30)
    assert await composite(world) == [(0, 7), (100 - x, 10)]
    assert await composite(world, chargingRateUnit="W") == [(0, 4830), (99 - x, 6900)]
    assert await world.ask("GetCompositeSchedule", {"connectorId": 3, "duration": 60}) == {"status": "Rejected"}
    assert await world.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 0}) == {"status": "Rejected"}


@pytest.mark.proves("station", "RemoteStartTransaction", "1.6")
async def test_an_order_to_start_brings_its_profile():
    """§5.16.2: and one of the same level takes its place once the transaction has a number."""
    world = await world_with()
    world.station.plug(car())
    mine = charging_profile(chargingProfilePurpose="TxProfile", schedule={"startSchedule": None})
    ask = {"connectorId": 1, "idTag": "A", "chargingProfile": mine}
    assert await world.ask("RemoteStartTransaction", ask, then_s=20) == {"status": "Accepted"}
    assert world.station.evse(1).circuit.current_a == 8
    more = {"chargingProfilePurpose": "TxProfile", "transactionId": 1, "chargingProfileId": 5}
    assert await set_(world, 1, (0, 10), **more) == "Accepted"
    assert installed(world) == [(1, 5)]


async def test_an_order_to_start_with_another_purpose_is_refused():
    """§5.11."""
    world = await world_with()
    ask = {"connectorId": 1, "idTag": "A", "chargingProfile": charging_profile()}
    assert await world.ask("RemoteStartTransaction", ask) == {"status": "Rejected"}


async def test_an_external_limit_holds_though_there_is_no_message_for_it():
    world = await charging()
    assert world.station.function(SmartCharging).external(external((0, 8)))
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).circuit.current_a == 8
    assert world.station.function(SmartCharging).release()


async def test_the_keys():
    """§9.4."""
    world = await world_with()
    keys = [
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "ConnectorSwitch3to1PhaseSupported",
        "MaxChargingProfilesInstalled",
        "SupportedFeatureProfiles",
    ]
    found = (await world.ask("GetConfiguration", {"key": keys}))["configurationKey"]
    values = {key["key"]: key["value"] for key in found}
    assert all(key["readonly"] for key in found)
    assert "SmartCharging" in values.pop("SupportedFeatureProfiles").split(",")
    assert values == {
        "ChargeProfileMaxStackLevel": "9",
        "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
        "ChargingScheduleMaxPeriods": "100",
        "ConnectorSwitch3to1PhaseSupported": "true",
        "MaxChargingProfilesInstalled": "50",
    }


async def test_a_pause_is_a_status():
    """§4.9: SuspendedEVSE, and Charging again."""
    world = await charging()
    world.clear()
    await set_(world, 1, (0, 5), schedule={"duration": 100, "startSchedule": None})
    await world.run(world.clock.now + 100)
    assert world.statuses() == ["SuspendedEVSE", "Charging"]


async def test_each_connector_of_an_evse_has_profiles_of_its_own():
    """§3.13.1: by connector, though only one of them is used at a time."""
    world = await world_with("dc-150kw")
    watts = {"chargingRateUnit": "W"}
    for connector in (1, 2):
        limit = [{"startPeriod": 0, "limit": 10_000 * connector}]
        schedule = watts | {"chargingSchedulePeriod": limit}
        assert await set_(world, connector, chargingProfileId=connector, schedule=schedule) == "Accepted"
    assert [await composite(world, connector) for connector in (1, 2)] == [[(0, 10_000)], [(0, 20_000)]]
    world.station.plug(car(), 1, 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    assert world.station.evse(1).reading().power_w == pytest.approx(10_000, rel=0.001)
    assert await world.ask("ClearChargingProfile", {"connectorId": 1}, then_s=5) == {"status": "Accepted"}
    assert [await composite(world, connector) for connector in (1, 2)] == [[(0, 150_000)], [(0, 20_000)]]
