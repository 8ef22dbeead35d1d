"""SetChargingProfile, ClearChargingProfile, GetChargingProfiles and GetCompositeSchedule as OCPP 2.x says them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from protocol.stamps import stamp
from simulator.smart.charging import SmartCharging
from tests.simulator.csms import NEWER, START, World, car
from tests.simulator.smart.profiles import profile as external

SPOKEN = NEWER[0]
TARIFF = {"id": 4, "salesTariffEntry": [{"relativeTimeInterval": {"start": 0}, "ePriceLevel": 1}]}

OTHER_PHASE = {"startPeriod": 0, "limit": 6, "numberPhases": 1, "phaseToUse": 3}


def when(seconds: float) -> str:
    return stamp(START + timedelta(seconds=seconds))


def charging_profile(*periods: tuple[int, float], **fields: Any) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "startSchedule": when(0),
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": begin, "limit": limit} for begin, limit in periods or ((0, 8),)],
    }
    schedule |= fields.pop("schedule", {})
    made = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{key: value for key, value in schedule.items() if value is not None}],
    }
    return made | fields


async def set_(world: World, evse: int = 1, **fields: Any) -> Any:
    return await world.ask("SetChargingProfile", {"evseId": evse, "chargingProfile": charging_profile(**fields)})


async def composite(world: World, evse: int = 1, duration: int = 400, **fields: Any) -> list[tuple[int, float]]:
    answer = await world.ask("GetCompositeSchedule", {"evseId": evse, "duration": duration, **fields})
    assert answer["status"] == "Accepted", answer
    schedule = answer["schedule"]
    assert (schedule["evseId"], schedule["duration"]) == (evse, duration)
    return [(period["startPeriod"], period["limit"]) for period in schedule["chargingSchedulePeriod"]]


async def reported(world: World, evse: int | None = None, **criteria: Any) -> list[tuple[int, int, str]]:
    """The EVSE, id and source of every profile that a station reports."""
    world.csms.got.clear()
    ask = {"requestId": 7, "chargingProfile": criteria} | ({} if evse is None else {"evseId": evse})
    answer = await world.ask("GetChargingProfiles", ask, then_s=5)
    parts = world.csms.of("ReportChargingProfiles")
    if answer == {"status": "NoProfiles"}:
        assert not parts
        return []
    assert answer == {"status": "Accepted"}
    assert {part["requestId"] for part in parts} == {7}
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return [
        (part["evseId"], each["id"], part["chargingLimitSource"]) for part in parts for each in part["chargingProfile"]
    ]


@pytest.fixture(autouse=True, params=NEWER, ids=str)
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """2.1 shares all of it."""
    monkeypatch.setattr(f"{__name__}.SPOKEN", request.param)


async def world_with(name: str = "ac-22kw-duo", **options: Any) -> World:
    world = World(SPOKEN, name=name, **options)
    await world.boot()
    return world


async def in_transaction(evse: int = 1, **options: Any) -> tuple[World, str]:
    world = await world_with(**options)
    world.station.plug(car(), evse)
    await world.do(lambda: world.station.present("A", evse), 30)
    return world, world.station.evse(evse).tx.id


# -- SetChargingProfile ----------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "SetChargingProfile", "2.0.1 2.1")
async def test_a_default_profile_limits_a_running_transaction():
    """K01.FR.15, K01.FR.32; TC_K_01, TC_K_28."""
    world, _ = await in_transaction()
    assert await set_(world) == {"status": "Accepted"}
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).circuit.current_a == 8


@pytest.mark.proves("station", "SetChargingProfile", "2.0.1 2.1")
async def test_a_tx_profile_for_the_running_transaction():
    """K01.FR.04; TC_K_60."""
    world, tx = await in_transaction()
    fields = {"chargingProfilePurpose": "TxProfile", "transactionId": tx, "chargingProfileKind": "Relative"}
    assert await set_(world, **fields, schedule={"startSchedule": None}) == {"status": "Accepted"}
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).circuit.current_a == 8
    assert await reported(world, chargingProfileId=[1]) == [(1, 1, "CSO")]


@pytest.mark.parametrize(
    ("evse", "fields", "reason"),
    [
        (3, {}, "UnknownEvse"),  # K01.FR.28, TC_K_14
        (1, {"chargingProfilePurpose": "TxProfile", "transactionId": "T"}, "TxNotFound"),  # K01.FR.09, TC_K_02
        (0, {"chargingProfilePurpose": "TxProfile", "transactionId": "T"}, "InvalidProfile"),  # K01.FR.16, TC_K_11
        (1, {"chargingProfilePurpose": "ChargingStationMaxProfile"}, "InvalidProfile"),  # K04.FR.03
        (0, {"chargingProfilePurpose": "ChargingStationExternalConstraints"}, "InvalidProfile"),  # K01.FR.22
        (1, {"stackLevel": 10}, "InvalidStackLevel"),
        (1, {"chargingProfileKind": "Recurring"}, "InvalidProfile"),
        (1, {"validTo": when(0)}, "InvalidProfile"),
        (1, {"schedule": {"startSchedule": None}}, "InvalidSchedule"),  # K01.FR.40
        (1, {"chargingProfileKind": "Relative"}, "InvalidSchedule"),  # K01.FR.41
        (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6}]}}, "InvalidSchedule"),  # K01.FR.31
        (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": n, "limit": 6} for n in range(101)]}},
         "TooManyElements"),
        (1, {"schedule": {"chargingSchedulePeriod": [OTHER_PHASE]}}, "InvalidSchedule"),  # K01.FR.48
    ],
)  # fmt: skip
async def test_refusals_say_why(evse, fields, reason):
    world = await world_with()
    assert await set_(world, evse, **fields) == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
    assert world.station.function(SmartCharging).installed == ()


async def test_an_unknown_transaction():
    """K01.FR.33; TC_K_16."""
    world, tx = await in_transaction()
    answer = await set_(world, chargingProfilePurpose="TxProfile", transactionId="UNKNOWN")
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}}
    assert (await set_(world, 2, chargingProfilePurpose="TxProfile", transactionId=tx))["status"] == "Rejected"


async def test_a_unit_that_it_does_not_do():
    """K01.FR.26, K08.FR.07; TC_K_12, TC_K_42."""
    world = await world_with("dc-150kw")
    assert await set_(world) == {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRateUnit"}}
    ask = {"evseId": 1, "duration": 300, "chargingRateUnit": "A"}
    assert await world.ask("GetCompositeSchedule", ask) == {
        "status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRateUnit"},
    }  # fmt: skip


@pytest.mark.parametrize("variable", ["Available", "Enabled"])
async def test_a_station_that_does_no_smart_charging(variable):
    """K01.FR.29; TC_K_15."""
    world = await world_with(config={f"SmartChargingCtrlr.{variable}": False})
    assert await set_(world) == "NotSupported"
    assert await world.ask("ClearChargingProfile", {"chargingProfileId": 1}) == "NotSupported"
    assert await world.ask("GetCompositeSchedule", {"evseId": 1, "duration": 60}) == "NotSupported"
    assert await world.ask("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}}) == "NotSupported"


async def test_the_same_id_replaces_and_the_same_level_does_not():
    """K01.FR.05, K01.FR.06, K01.FR.52, K01.FR.53; TC_K_04."""
    world = await world_with()
    await set_(world, id=1)
    assert await set_(world, id=1, schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 9}]}) == {
        "status": "Accepted"
    }
    assert await composite(world) == [(0, 9)]
    duplicate = {"status": "Rejected", "statusInfo": {"reasonCode": "DuplicateProfile"}}
    assert await set_(world, id=2) == await set_(world, 0, id=2) == duplicate
    assert await set_(world, 2, id=2) == {"status": "Accepted"}


async def test_several_schedules_without_iso_15118():
    """K01.FR.34."""
    world, tx = await in_transaction()
    mine = charging_profile(chargingProfilePurpose="TxProfile", transactionId=tx)
    mine["chargingSchedule"] *= 2
    answer = await world.ask("SetChargingProfile", {"evseId": 1, "chargingProfile": mine})
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidSchedule"}}


@pytest.mark.proves("station", "SetChargingProfile GetChargingProfiles ReportChargingProfiles", "2.0.1 2.1")
async def test_what_was_set_is_reported_as_it_came_after_a_reboot_too():
    """K01.FR.27; TC_K_10, TC_K_13."""
    mine = charging_profile(
        (0, 6.5), (100, 8),
        id=33, stackLevel=2, chargingProfileKind="Recurring", recurrencyKind="Weekly", validFrom=when(0),
        validTo=when(10**6),
        schedule={"duration": 3600, "minChargingRate": 6.1, "salesTariff": TARIFF, "id": 9},
    )  # fmt: skip
    mine["chargingSchedule"][0]["chargingSchedulePeriod"][1] |= {"numberPhases": 1, "phaseToUse": 1}
    world = await world_with()
    assert await world.ask("SetChargingProfile", {"evseId": 0, "chargingProfile": mine}) == {"status": "Accepted"}
    await world.ask("Reset", {"type": "Immediate"}, then_s=60)
    await world.ask("GetChargingProfiles", {"requestId": 1, "chargingProfile": {"chargingProfileId": [33]}}, then_s=2)
    assert world.csms.of("ReportChargingProfiles") == [
        {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 0, "chargingProfile": [mine]}
    ]


# -- with an order to start ------------------------------------------------------------------------------------------


def start(**fields: Any) -> dict[str, Any]:
    mine = charging_profile(chargingProfilePurpose="TxProfile", chargingProfileKind="Relative",
                            schedule={"startSchedule": None}, **fields)  # fmt: skip
    return {"idToken": {"idToken": "A", "type": "Central"}, "remoteStartId": 1, "evseId": 1, "chargingProfile": mine}


@pytest.mark.proves("station", "RequestStartTransaction", "2.0.1 2.1")
async def test_an_order_to_start_brings_its_profile():
    """K05.FR.03; TC_K_37."""
    world = await world_with()
    world.station.plug(car())
    assert (await world.ask("RequestStartTransaction", start(), then_s=20))["status"] == "Accepted"
    assert world.station.evse(1).circuit.current_a == 8
    assert await reported(world, chargingProfileId=[1]) == [(1, 1, "CSO")]


async def test_an_order_to_start_with_a_profile_that_is_none():
    """K05.FR.05."""
    world = await world_with()
    world.station.plug(car())
    answer = await world.ask("RequestStartTransaction", start(transactionId="T"), then_s=20)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}}
    assert world.station.evse(1).tx is None


async def test_a_station_without_smart_charging_ignores_it():
    """K05.FR.04; TC_K_38."""
    world = await world_with(config={"SmartChargingCtrlr.Enabled": False})
    world.station.plug(car())
    assert (await world.ask("RequestStartTransaction", start(), then_s=20))["status"] == "Accepted"
    assert world.station.evse(1).circuit.current_a > 15
    assert world.station.function(SmartCharging).installed == ()


async def test_who_is_refused_leaves_no_profile_to_the_next_driver():
    world = await world_with(config={"AuthCtrlr.AuthorizeRemoteStart": True})
    world.station.plug(car())
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Blocked"}}
    ask = start() | {"idToken": {"idToken": "A", "type": "ISO14443"}}
    assert (await world.ask("RequestStartTransaction", ask, then_s=20))["status"] == "Accepted"
    del world.csms.answers["Authorize"]
    await world.do(lambda: world.station.present("B", 1), 30)
    assert world.station.evse(1).circuit.current_a > 15


# -- ClearChargingProfile --------------------------------------------------------------------------------------------


async def stocked() -> World:
    """Defaults at both EVSEs on two levels, a maximum, and an external limit."""
    world, tx = await in_transaction()
    await set_(world, 0, id=1, chargingProfilePurpose="ChargingStationMaxProfile")
    for evse in (1, 2):
        for level in (0, 1):
            assert (await set_(world, evse, id=10 * evse + level, stackLevel=level))["status"] == "Accepted"
    await set_(world, 1, id=30, chargingProfilePurpose="TxProfile", transactionId=tx)
    world.station.function(SmartCharging).external(external((0, 30)), source="SO")
    return world


ALL = [(0, 1), (1, 10), (1, 11), (1, 30), (2, 20), (2, 21), (0, -1)]


@pytest.mark.proves("station", "ClearChargingProfile", "2.0.1 2.1")
@pytest.mark.parametrize(
    ("ask", "left"),
    [
        ({"chargingProfileId": 11}, [(0, 1), (1, 10), (1, 30), (2, 20), (2, 21)]),  # K10.FR.03, TC_K_05
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}},
         [(0, 1), (1, 10), (1, 30), (2, 20)]),  # K10.FR.04, TC_K_24
        ({"chargingProfileCriteria": {"evseId": 1}}, [(0, 1), (2, 20), (2, 21)]),
        ({"chargingProfileCriteria": {"evseId": 0}}, [(1, 10), (1, 11), (1, 30), (2, 20), (2, 21)]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxProfile"}},
         [(0, 1), (1, 10), (1, 11), (2, 20), (2, 21)]),
        ({}, []),
    ],
)  # fmt: skip
async def test_clearing_by_id_or_by_all_that_is_named(ask, left):
    """External limits stay whatever is asked for."""
    world = await stocked()
    assert await world.ask("ClearChargingProfile", ask) == {"status": "Accepted"}
    installed = [(each.evse, each.profile.id) for each in world.station.function(SmartCharging).installed]
    assert sorted(installed) == sorted([*left, (0, -1)])


@pytest.mark.parametrize(
    "ask",
    [
        {"chargingProfileId": 99},  # K10.FR.01
        {"chargingProfileId": -1},  # K10.FR.09
        {"chargingProfileCriteria": {"stackLevel": 5}},
        {"chargingProfileCriteria": {"evseId": 3}},
        {"chargingProfileCriteria": {"evseId": 2, "chargingProfilePurpose": "ChargingStationMaxProfile"}},
        {"chargingProfileCriteria": {"chargingProfilePurpose": "ChargingStationExternalConstraints"}},  # K10.FR.08
    ],
)
async def test_nothing_to_clear(ask):
    world = await stocked()
    assert await world.ask("ClearChargingProfile", ask) == {"status": "Unknown"}
    assert len(world.station.function(SmartCharging).installed) == len(ALL)


@pytest.mark.proves("station", "ClearChargingProfile", "2.0.1 2.1")
async def test_a_cleared_limit_is_lifted_at_once():
    """K10.FR.05, K10.FR.07; TC_K_09."""
    world, _ = await in_transaction()
    await set_(world)
    assert await composite(world, duration=300) == [(0, 8)]
    ask = {"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile"}}
    assert await world.ask("ClearChargingProfile", ask, then_s=5) == {"status": "Accepted"}
    assert world.station.evse(1).circuit.current_a > 15
    assert await composite(world, duration=300) == [(0, 32)]


# -- GetChargingProfiles ---------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "GetChargingProfiles ReportChargingProfiles", "2.0.1 2.1")
@pytest.mark.parametrize(
    ("evse", "criteria", "expected"),
    [
        (None, {}, ALL),  # K09.FR.06
        (0, {"chargingProfilePurpose": "ChargingStationMaxProfile"}, [(0, 1)]),  # K09.FR.05, TC_K_29
        (1, {}, [(1, 10), (1, 11), (1, 30)]),  # K09.FR.04, TC_K_30
        (None, {"chargingProfileId": [10, 21, 99]}, [(1, 10), (2, 21)]),  # TC_K_32
        (1, {"stackLevel": 1}, [(1, 11)]),  # TC_K_33
        (0, {"chargingLimitSource": ["SO", "EMS"]}, [(0, -1)]),  # TC_K_34, TC_K_52
        (1, {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}, [(1, 10)]),  # TC_K_36
        (None, {"chargingProfilePurpose": "ChargingStationExternalConstraints"}, [(0, -1)]),  # K11.FR.06
        (2, {"chargingProfilePurpose": "TxProfile"}, []),
        (3, {}, []),
    ],
)
async def test_profiles_are_reported_by_all_that_is_named(evse, criteria, expected):
    world = await stocked()
    found = await reported(world, evse, **criteria)
    assert sorted((place, number) for place, number, _ in found) == sorted(expected)
    assert all((source == "SO") is (number == -1) for _, number, source in found)


async def test_many_profiles_come_in_parts():
    """K09.FR.01, K09.FR.02."""
    world = await world_with()
    for level in range(8):
        await set_(world, id=level, stackLevel=level)
    assert len(await reported(world, 1)) == 8
    assert [len(part["chargingProfile"]) for part in world.csms.of("ReportChargingProfiles")] == [5, 3]


# -- GetCompositeSchedule --------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "GetCompositeSchedule", "2.0.1 2.1")
async def test_stacked_profiles_in_a_composite():
    """K08.FR.02, K08.FR.06; TC_K_40 at a whole second."""
    world = await world_with()
    await world.run(30)
    start_s = world.clock.now
    began = {"startSchedule": when(start_s)}
    await set_(world, id=1, schedule={**began, "duration": 400, "chargingSchedulePeriod": [
        {"startPeriod": begin, "limit": limit} for begin, limit in ((0, 6), (100, 8), (200, 10))]})  # fmt: skip
    await set_(world, id=2, stackLevel=1, schedule={**began, "duration": 150, "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 7}, {"startPeriod": 100, "limit": 9}]})  # fmt: skip
    x = round(world.clock.now - start_s)
    expected = [(0, 7), (100 - x, 9), (150 - x, 8), (200 - x, 10)]
    assert await composite(world, duration=350) == expected
    x += 1
    watts = [(begin, limit * 690) for begin, limit in [(0, 7), (100 - x, 9), (150 - x, 8), (200 - x, 10)]]
    assert await composite(world, duration=350, chargingRateUnit="W") == watts


@pytest.mark.proves("station", "GetCompositeSchedule", "2.0.1 2.1")
async def test_the_grid_connections_composite():
    """K08.FR.03; TC_K_22, TC_K_39."""
    world = await world_with()
    assert await composite(world, 0) == [(0, 63)]
    await set_(world, 0)
    assert await composite(world, 0) == [(0, 16)]
    await set_(world, 0, id=2, chargingProfilePurpose="ChargingStationMaxProfile",
               schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}]})  # fmt: skip
    assert await composite(world, 0) == [(0, 10)]
    assert await composite(world, 1) == [(0, 8)]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [({"evseId": 3, "duration": 300}, "UnknownEvse"), ({"evseId": 1, "duration": 0}, "ValuePositiveOnly")],
)
async def test_composites_that_there_are_not(ask, reason):
    """K08.FR.05; TC_K_47."""
    world = await world_with()
    answer = await world.ask("GetCompositeSchedule", ask)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


async def test_phases_are_told_for_ac_and_not_for_dc():
    for name, phases in (("ac-7kw-single-phase", 1), ("ac-22kw", 3), ("dc-150kw", None)):
        world = await world_with(name)
        answer = await world.ask("GetCompositeSchedule", {"evseId": 1, "duration": 60})
        (period,) = answer["schedule"]["chargingSchedulePeriod"]
        assert period.get("numberPhases") == phases
