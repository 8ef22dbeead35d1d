"""EVs and CSMS agree on schedules over ISO 15118 (2.0.1 part 2 K15–K17)."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.stamps import stamp
from protocol.versions import V16, Version
from simulator import facts
from simulator.smart.charging import SmartCharging
from simulator.smart.negotiation import Negotiation
from simulator.smart.talk import Talk
from tests.simulator.csms import MUTE, NEWER, World, car

pytestmark = pytest.mark.parametrize("version", NEWER, ids=str)
NEEDS, SCHEDULE = "NotifyEVChargingNeeds", "NotifyEVChargingSchedule"
ASK = {"Accepted": {"status": "Accepted"}, "Rejected": {"status": "Rejected"}, "Processing": {"status": "Processing"}}


async def ready(version: Version, answer: Any = "Accepted", name: str = "lab-ac", **options: Any) -> World:
    world = World(version, name=name, **options)
    world.csms.answers |= {NEEDS: ASK.get(answer, answer), SCHEDULE: {"status": "Accepted"}}
    await world.boot()
    return world


async def begin(world: World, then_s: float = 10, departs_s: float = float("inf"), **talk: Any) -> None:
    ev = car(soc=0.5)
    ev.talk, ev.departs_s = Talk(**talk), world.clock.now + departs_s
    await world.do(lambda: world.station.plug(ev), 2)
    await world.do(lambda: world.station.present("ALICE", 1), then_s)


def tx(world: World) -> str:
    return str(world.events()[0]["transactionInfo"]["transactionId"])


def schedule(world: World, *limits: float, number: int = 1) -> dict[str, Any]:
    periods = [{"startPeriod": 1800 * at, "limit": limit} for at, limit in enumerate(limits)]
    start = stamp(world.station.now)
    return {"id": number, "startSchedule": start, "chargingRateUnit": "A", "chargingSchedulePeriod": periods}


async def plan(world: World, *schedules: dict[str, Any], **fields: Any) -> Any:
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": tx(world),
        "chargingSchedule": list(schedules),
    }
    return await world.ask("SetChargingProfile", {"evseId": 1, "chargingProfile": profile | fields}, then_s=15)


def amps(world: World) -> float:
    return round(world.station.evse(1).circuit.current_a, 1)


@pytest.mark.proves("station", "NotifyEVChargingNeeds NotifyEVChargingSchedule SetChargingProfile", "2.0.1 2.1")
async def test_an_ev_tells_its_needs_and_waits_for_a_schedule(version: Version) -> None:
    """K15.FR.01, .06, .09, .10, .19."""
    world = await ready(version)
    await begin(world, departs_s=7200)
    (told,) = world.csms.of(NEEDS)
    assert told["evseId"] == 1
    assert told["maxScheduleTuples"] == 24
    needs = told["chargingNeeds"]
    assert needs["requestedEnergyTransfer"] == "AC_three_phase"
    assert needs["acChargingParameters"]["energyAmount"] == round(0.5 * 77_000 / 0.9 + 0.5 * 4500)
    assert (needs["acChargingParameters"]["evMinCurrent"], needs["acChargingParameters"]["evMaxCurrent"]) == (6, 16)
    assert "departureTime" in needs
    assert amps(world) == 0
    assert world.csms.of(SCHEDULE) == []
    assert await plan(world, schedule(world, 10, 32)) == {"status": "Accepted"}
    assert amps(world) == 10
    (chosen,) = world.csms.of(SCHEDULE)
    periods = chosen["chargingSchedule"]["chargingSchedulePeriod"]
    assert (chosen["evseId"], chosen["chargingSchedule"]["id"]) == (1, 1)
    assert [each["limit"] for each in periods] == [10, 16]
    assert periods[1]["startPeriod"] == pytest.approx(1800, abs=1)
    assert [fact.within for fact in world.told(facts.ScheduleChosen)] == [True]


@pytest.mark.proves("station", "NotifyEVChargingNeeds", "2.0.1 2.1")
async def test_what_a_dc_ev_tells(version: Version) -> None:
    """K15.FR.06."""
    world = await ready(version, name="dc-50kw")
    await begin(world, then_s=15)
    (told,) = world.csms.of(NEEDS)
    assert told["chargingNeeds"]["dcChargingParameters"] == {
        "evMaxCurrent": 480,
        "evMaxVoltage": 420,
        "evMaxPower": 170_000,
        "energyAmount": round(0.5 * 77_000 / 0.97),
        "stateOfCharge": 50,
        "evEnergyCapacity": 77_000,
        "fullSoC": 100,
    }
    assert "departureTime" not in told["chargingNeeds"]


@pytest.mark.proves("station", "NotifyEVChargingNeeds", "2.0.1 2.1")
@pytest.mark.parametrize("answer", ["Rejected", "Processing", "NotImplemented"])
async def test_without_a_schedule_it_goes_on_as_it_can(version: Version, answer: str) -> None:
    """K15, error handling; K15.FR.05: a schedule that comes later is negotiated then."""
    world = await ready(version, answer)
    await begin(world, then_s=20)
    assert amps(world) == pytest.approx(15.9, abs=0.2)
    assert world.csms.of(SCHEDULE) == []
    await plan(world, schedule(world, 8))
    assert amps(world) == 8
    assert len(world.csms.of(SCHEDULE)) == 1
    assert len(world.csms.of(NEEDS)) == 1  # K16.FR.09


@pytest.mark.parametrize("answer", ["Accepted", MUTE], ids=["accepted", "mute"])
async def test_it_waits_for_60_s(version: Version, answer: Any) -> None:
    """K15, error handling: ChargeParameterDiscoveryReq."""
    world = await ready(version, answer)
    await begin(world, then_s=55)
    assert amps(world) == 0
    await world.run(world.clock.now + 20)
    assert amps(world) > 15


@pytest.mark.proves("station", "SetChargingProfile", "2.0.1 2.1")
async def test_a_profile_before_the_needs_comes_too_early(version: Version) -> None:
    """K15.FR.17."""
    world = await ready(version, config={"TxCtrlr.TxStartPoint": "EVConnected"})
    ev = car()
    ev.talk = Talk()
    await world.do(lambda: world.station.plug(ev), 5)
    refused = await plan(world, schedule(world, 8))
    assert refused == {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidMessageSeq"}}
    await world.do(lambda: world.station.present("ALICE", 1), 5)
    assert await plan(world, schedule(world, 8)) == {"status": "Accepted"}


async def test_offline_there_is_nobody_to_ask(version: Version) -> None:
    """K15.FR.15: the default profile holds."""
    world = await ready(version, config={"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"})
    profile = {
        "id": 5,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule(world, 7)],
    }
    await world.ask("SetChargingProfile", {"evseId": 0, "chargingProfile": profile})
    world.csms.down()
    world.station.network.cut(3600)
    await begin(world, then_s=20)
    assert amps(world) == 7
    assert world.csms.of(NEEDS) == []


@pytest.mark.proves("station", "SetChargingProfile NotifyEVChargingSchedule", "2.0.1 2.1")
async def test_an_ev_chooses_the_schedule_that_brings_its_energy(version: Version) -> None:
    """K01.FR.34, K15.FR.09, .19: 38.5 kWh in 5 h need more than 6 A."""
    world = await ready(version)
    await begin(world, departs_s=5 * 3600)
    several = [schedule(world, 6, number=1), schedule(world, 14, number=2), schedule(world, 16, number=3)]
    assert await plan(world, *several) == {"status": "Accepted"}
    assert world.csms.of(SCHEDULE)[0]["chargingSchedule"]["id"] == 2
    assert amps(world) == 14
    (there,) = world.station.function(SmartCharging).installed
    assert there.chosen == 1


@pytest.mark.proves("station", "NotifyEVChargingSchedule SetChargingProfile", "2.0.1 2.1")
async def test_the_csms_and_others_can_have_it_negotiated_anew(version: Version) -> None:
    """K16.FR.01–.05, .09, .11; erratum: whenever the composite schedule becomes another."""
    world = await ready(version)
    await begin(world)
    await plan(world, schedule(world, 16))
    await plan(world, schedule(world, 9), id=1)
    assert amps(world) == 9
    external = world.station.function(SmartCharging).installed[0].profile
    await world.do(lambda: world.station.function(SmartCharging).external(external, 1), 5)
    limits = [told["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] for told in world.csms.of(SCHEDULE)]
    assert limits == [16, 9, 9]
    assert len(world.csms.of(NEEDS)) == 1


@pytest.mark.proves("station", "NotifyEVChargingNeeds NotifyEVChargingSchedule", "2.0.1 2.1")
async def test_the_ev_can_want_another(version: Version) -> None:
    """K17.FR.01, .06, .09, .10: it goes on charging meanwhile."""
    world = await ready(version)
    await begin(world)
    await plan(world, schedule(world, 8))
    ev = world.station.evse(1).ev
    assert ev is not None
    ev.departs_s = world.clock.now + 3600
    await world.do(lambda: world.station.function(Negotiation).want(1), 5)
    assert len(world.csms.of(NEEDS)) == 2
    assert amps(world) == 8
    await plan(world, schedule(world, 15))
    assert amps(world) == 15
    assert len(world.csms.of(SCHEDULE)) == 2
    world.csms.answers[NEEDS] = ASK["Rejected"]
    await world.do(lambda: world.station.function(Negotiation).want(1), 65)
    assert amps(world) == 15


async def test_who_does_not_negotiate_cannot_want_another(version: Version) -> None:
    world = await ready(version)
    with pytest.raises(ValueError, match="no EV negotiates"):
        world.station.function(Negotiation).want(1)


@pytest.mark.proves("station", "NotifyEVChargingSchedule", "2.0.1 2.1")
async def test_an_ev_that_oversteps_is_found_out_and_keeps_to_the_next(version: Version) -> None:
    """K15.FR.09, .12."""
    world = await ready(version)
    world.csms.answers[SCHEDULE] = {"status": "Rejected"}
    await begin(world, oversteps=True)
    await plan(world, schedule(world, 10))
    await plan(world, schedule(world, 10))
    told = [each["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] for each in world.csms.of(SCHEDULE)]
    assert told == [15, 10]
    assert [fact.within for fact in world.told(facts.ScheduleChosen)] == [False, True]
    assert amps(world) == 10


async def test_an_ev_that_returns_nothing_is_told_of_by_its_schedule(version: Version) -> None:
    """K15.FR.19."""
    world = await ready(version)
    await begin(world, returns=False)
    await plan(world, schedule(world, 20))
    assert world.csms.of(SCHEDULE)[0]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 20


@pytest.mark.parametrize("why", ["no controller", "smart charging off", "1.6"])
async def test_where_nothing_is_negotiated_it_charges_at_once(version: Version, why: str) -> None:
    off = {"smart charging off": {"SmartChargingCtrlr.Enabled": "false"}}
    name = "ac-22kw" if why == "no controller" else "lab-ac"
    world = await ready(V16 if why == "1.6" else version, name=name, config=off.get(why, {}))
    await begin(world, then_s=20)
    assert amps(world) > 15
    assert world.csms.of(NEEDS) == []


async def test_power_loss_and_unplugging_end_it(version: Version) -> None:
    world = await ready(version)
    await begin(world)
    await world.do(world.station.power_off, 5)
    await world.do(world.station.power_on, 100)
    await begin_again(world)
    assert len(world.csms.of(NEEDS)) == 2


async def begin_again(world: World) -> None:
    await world.do(world.station.unplug, 5)
    await begin(world)
