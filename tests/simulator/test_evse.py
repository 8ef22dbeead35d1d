"""Transactions under every start and stop point and in any order of events."""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import V16, V21, V201, Version
from simulator.facts import CableUnlocked, ContactorClosed, TokenRefused, TransactionEnded, TransactionStarted
from simulator.variables import TX_POINTS
from tests.simulator.csms import World, car
from tests.simulator.ledger import check


def _plug(world: World) -> None:
    if world.station.evse(1).ev is None:
        world.station.plug(car(0.5, 0.501))


def _unplug(world: World) -> None:
    if world.station.evse(1).ev is not None:
        world.station.unplug()


def reset(world: World) -> None:
    if world.csms.link is not None:
        world.csms.call("Reset", {"type": "Soft" if world.version is V16 else "OnIdle"})


def change_availability(world: World, *, operative: bool) -> None:
    kind = "Operative" if operative else "Inoperative"
    if world.csms.link is None:
        return
    if world.version is V16:
        world.csms.call("ChangeAvailability", {"connectorId": 1, "type": kind})
    else:
        world.csms.call("ChangeAvailability", {"operationalStatus": kind})


def remote_start(world: World) -> None:
    if world.csms.link is None:
        return
    if world.version is V16:
        world.csms.call("RemoteStartTransaction", {"idTag": "R", "connectorId": 1})
    else:
        token = {"idToken": "R", "type": "Central"}
        world.csms.call("RequestStartTransaction", {"idToken": token, "remoteStartId": 5, "evseId": 1})


def remote_stop(world: World) -> None:
    tx = world.station.evse(1).tx
    transaction = world.station.dialect.transaction_id(tx) if tx else ""
    if world.csms.link is None or not transaction:
        return
    if world.version is V16:
        world.csms.call("RemoteStopTransaction", {"transactionId": int(transaction)})
    else:
        world.csms.call("RequestStopTransaction", {"transactionId": transaction})


ACTS: dict[str, Callable[[World], Any]] = {
    "plug": _plug,
    "unplug": _unplug,
    "A": lambda world: world.station.present("A"),
    "B": lambda world: world.station.present("B"),
    "remote": remote_start,
    "remote stop": remote_stop,
    "cut": lambda world: world.station.power_off(),
    "power": lambda world: world.station.power_on(),
    "button": lambda world: world.station.press_stop(),
    "fault": lambda world: world.leak(),
    "mend": lambda world: world.mend(),
    "down": lambda world: world.csms.down(),
    "up": lambda world: world.csms.up(),
    "reset": reset,
    "close": lambda world: change_availability(world, operative=False),
    "open": lambda world: change_availability(world, operative=True),
}
"""What may happen; what is not possible just now is skipped, as people do."""


def act(world: World, event: str) -> None:
    ACTS[event](world)


def watch_energy(world: World) -> None:
    """No energy without authorization."""

    def watch(fact: Any) -> None:
        if isinstance(fact, ContactorClosed):
            assert world.station.evse(fact.evse).authorization is not None

    world.watchers.append(watch)


async def live(version: Version, config: dict[str, Any], script: list[tuple[str, float]]) -> World:
    world = World(version, config=config)
    watch_energy(world)
    await world.boot()
    for event, wait_s in script:
        act(world, event)
        await world.run(world.clock.now + wait_s)
    for event in ("up", "power", "mend", "unplug"):
        act(world, event)
    await world.run(world.clock.now + 9_000)
    if (driver := world.station.evse(1).authorization) is not None:
        await world.do(lambda: world.station.present(driver.token), 30)  # E10.FR.01: until then the plug is kept
    return world


scripts = st.lists(st.tuples(st.sampled_from(list(ACTS)), st.sampled_from([0.0, 1.0, 3.0, 70.0, 130.0])), max_size=14)
starts = st.lists(st.sampled_from(TX_POINTS), min_size=1, unique=True).map(",".join)
stops = st.lists(st.sampled_from(TX_POINTS[:-1]), min_size=1, unique=True).map(",".join)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@given(script=scripts, start=starts, stop=stops, tolerant=st.booleans(), valid=st.booleans())
@quick
def test_201_any_order_of_events(script, start, stop, tolerant, valid):
    config = {
        "TxCtrlr.TxStartPoint": start,
        "TxCtrlr.TxStopPoint": stop,
        "TxCtrlr.StopTxOnEVSideDisconnect": not tolerant,
        "TxCtrlr.StopTxOnInvalidId": valid,
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": valid,
    }
    check(asyncio.run(live(V201, config, script)))


@given(script=scripts, tolerant=st.booleans(), unknown=st.booleans())
@quick
def test_16_any_order_of_events(script, tolerant, unknown):
    config = {"StopTransactionOnEVSideDisconnect": not tolerant, "AllowOfflineTxForUnknownId": unknown}
    check(asyncio.run(live(V16, config, script)))


USUAL = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
COMBINATIONS = [
    ",".join(chosen) for count in range(1, 5) for chosen in itertools.combinations(USUAL, count)
]  # 15 of each


@pytest.mark.parametrize("start", COMBINATIONS)
async def test_every_start_and_stop_point(start):
    """Cable first and token first, stopped by token, under every combination: exactly one transaction each."""
    for stop in COMBINATIONS:
        for first, second in (("plug", "A"), ("A", "plug")):
            world = World(config={"TxCtrlr.TxStartPoint": start, "TxCtrlr.TxStopPoint": stop})
            await world.boot()
            for event in (first, second, "A", "unplug"):
                await world.do(partial(act, world, event), 30)
            check(world)
            assert len({e["transactionInfo"]["transactionId"] for e in world.events()}) == 1, (stop, first)


FIRST = {  # trigger and state of the Started event, cable first and token first (E01.FR.01-.06, §E.2 of the use cases)
    "EVConnected": (("CablePluggedIn", "EVConnected"), ("CablePluggedIn", "EVConnected")),
    "Authorized": (("Authorized", "EVConnected"), ("Authorized", "Idle")),
    "PowerPathClosed": (("Authorized", "EVConnected"), ("CablePluggedIn", "EVConnected")),
    "EnergyTransfer": (("ChargingStateChanged", "Charging"), ("ChargingStateChanged", "Charging")),
}


@pytest.mark.parametrize("point", FIRST)
@pytest.mark.parametrize("token_first", [False, True])
async def test_first_event(point, token_first):
    world = World(config={"TxCtrlr.TxStartPoint": point})
    await world.boot()
    for event in ("A", "plug") if token_first else ("plug", "A"):
        await world.do(partial(act, world, event), 10)
    started = world.events()[0]
    assert (started["triggerReason"], started["transactionInfo"]["chargingState"]) == FIRST[point][token_first]
    states = [event["transactionInfo"]["chargingState"] for event in world.events()]
    assert states[-1] == "Charging"
    with_place = next(e for e in world.events() if e["transactionInfo"]["chargingState"] != "Idle")
    assert with_place["evse"] == {"id": 1, "connectorId": 1}  # E01.FR.16
    assert sum("idToken" in event for event in world.events()) == 1  # E01.FR.10


async def test_a_second_driver_at_the_same_cable_gets_a_transaction_of_his_own():
    """Also where the only start point is the cable, which has been in all the time: never energy without one."""
    world = World(config={"TxCtrlr.TxStartPoint": "EVConnected", "TxCtrlr.TxStopPoint": "Authorized"})
    await world.boot()
    for event in ("plug", "A", "A", "B"):
        await world.do(partial(act, world, event), 10)
    assert world.station.evse(1).contactor_closed
    assert world.station.evse(1).tx is not None
    await world.do(partial(act, world, "unplug"), 10)
    check(world)
    assert len(world.told(TransactionStarted)) == 2


async def test_who_stops_tells_of_no_charging_state_in_between():
    """The contactor that opens has the building's load divided anew, before the transaction is over."""
    world = World(V201, "lab-ac")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.clear()
    await world.do(lambda: world.station.present("A"), 60)
    assert [ask["triggerReason"] for ask in world.events()] == ["StopAuthorized"]


# -- whose plug it is


async def test_a_plug_is_kept_for_its_owner_whom_the_csms_does_not_accept():
    """E05.FR.11, C15.FR.05: it opens for the same token alone, and asks nobody."""
    world = World()
    await world.boot()
    world.csms.answers["TransactionEvent"] = lambda ask: (
        {"idTokenInfo": {"status": "Invalid" if ask["triggerReason"] == "ChargingStateChanged" else "Accepted"}}
    )  # it has changed its mind
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert world.told(TransactionEnded)[0].reason == "DeAuthorized"
    world.clear()
    await world.do(world.station.unplug, 10)
    assert world.station.evse(1).plugged
    await world.do(lambda: world.station.present("B"), 10)
    assert world.told(TokenRefused)[-1].status == "NoFreeEvse"
    assert not world.told(CableUnlocked)
    world.csms.got.clear()
    await world.do(lambda: world.station.present("A"), 10)
    assert world.told(CableUnlocked)
    assert not world.csms.of("Authorize")
    world.csms.answers.clear()
    world.station.plug(car())
    await world.do(lambda: world.station.present("B"), 60)
    assert world.station.evse(1).contactor_closed


@pytest.mark.parametrize("version", [V16, V201], ids=str)
@pytest.mark.parametrize("unlocks", [True, False])
async def test_unplugged_at_the_car(version, unlocks):
    """E09.FR.02, E09.FR.03; 1.6 UnlockConnectorOnEVSideDisconnect."""
    world = World(version, config={"OCPPCommCtrlr.UnlockOnEVSideDisconnect": unlocks})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.station.unplug, 10)
    assert world.station.evse(1).tx is None
    assert bool(world.told(CableUnlocked)) is unlocks
    if not unlocks:
        await world.do(lambda: world.station.present("A"), 10)
        assert world.told(CableUnlocked)
        assert len(world.told(TransactionStarted)) == 1
    check(world)


@pytest.mark.parametrize("version", [V16, V201], ids=str)
async def test_unplugged_at_the_car_and_waiting(version):
    """E10.FR.01: a plug that is held waits for its driver, however long; E10, A1: or goes on with the car."""
    world = World(version, config={"TxCtrlr.StopTxOnEVSideDisconnect": False, "TxCtrlr.TxStopPoint": "Authorized"})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.station.unplug, 3600)
    assert world.station.evse(1).tx is not None
    assert not world.told(CableUnlocked)
    await world.do(lambda: world.station.plug(car()), 60)
    assert world.station.evse(1).contactor_closed
    await world.do(world.station.unplug, 60)
    await world.do(lambda: world.station.present("A"), 10)
    assert world.told(CableUnlocked)
    assert world.told(TransactionEnded)[0].reason == "Local"
    check(world)


async def test_an_attached_cable_waits_for_so_long():
    """E10.FR.02."""
    world = World(
        name="dc-50kw",
        config={
            "TxCtrlr.StopTxOnEVSideDisconnect": False,
            "TxCtrlr.TxStopPoint": "Authorized",
            "TxCtrlr.EVConnectionTimeOut": 60,
        },
    )
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 120)
    await world.do(world.station.unplug, 30)
    assert world.station.evse(1).tx is not None
    await world.run(world.clock.now + 60)
    last = world.events()[-1]
    assert (last["triggerReason"], last["transactionInfo"]["stoppedReason"]) == (
        "EVCommunicationLost",
        "EVDisconnected",
    )
    check(world)


async def test_what_the_cable_carries_is_told():
    """TransactionEventRequest.cableMaxCurrent, along with the connector (E01.FR.16)."""
    world = World()
    await world.boot()
    world.station.plug(car(), cable_a=20.0)
    await world.do(lambda: world.station.present("A"), 60)
    assert world.events()[0]["cableMaxCurrent"] == 20
    assert all("cableMaxCurrent" not in event for event in world.events()[1:])
    assert world.events()[-1]["numberOfPhasesUsed"]  # E02.FR.18


# -- power that comes back


async def interrupted(version, dark_s, **config):
    settings = {"TxCtrlr.ResumptionTimeout": 300, "TxCtrlr.TxStopPoint": "Authorized,EVConnected"}
    world = World(version, config=settings | {key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 120)
    await world.do(world.station.power_off, dark_s)
    return world, len(world.events())


@pytest.mark.parametrize("version", [V16, V201, V21], ids=str)
async def test_a_transaction_goes_on_after_a_short_loss_of_power(version):
    """2.1 E17.FR.10, .11, .14; in other versions in their words."""
    world, before = await interrupted(version, 60)
    await world.do(world.station.power_on, 120)
    assert world.station.evse(1).contactor_closed
    assert not world.told(TransactionEnded)
    if version is not V16:
        first = world.events()[before]
        resumed = "TxResumed" if version is V21 else "ChargingStateChanged"
        assert (first["eventType"], first["triggerReason"], first["seqNo"]) == ("Updated", resumed, 2)
        assert world.events()[-1]["transactionInfo"]["chargingState"] == "Charging"
    await world.do(lambda: world.station.present("A"), 30)
    assert [ended.reason for ended in world.told(TransactionEnded)] == ["Local"]
    assert len(world.csms.of("Authorize")) == 1
    check(world)


@pytest.mark.parametrize("most_s", [0, 60])
async def test_a_transaction_ends_after_a_long_loss_of_power(most_s):
    """E06.FR.16; 2.1 E17.FR.20, .21."""
    world, before = await interrupted(V201, 120, TxCtrlr__ResumptionTimeout=most_s)
    await world.do(world.station.power_on, 120)
    [ended] = world.events()[before:]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "AbnormalCondition")
    assert ended["transactionInfo"]["stoppedReason"] == "PowerLoss"
    assert ended["offline"]
    check(world)


async def test_the_car_has_gone_in_the_dark():
    """2.1 E17.FR.17: then it ends as it would have."""
    world, before = await interrupted(V21, 10)
    await world.do(world.station.unplug, 10)
    await world.do(world.station.power_on, 120)
    assert [(e["eventType"], e["triggerReason"]) for e in world.events()[before:]] == [("Ended", "EVCommunicationLost")]
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    check(world)


async def test_no_energy_after_a_resumption_that_does_not_allow_it():
    """2.1 E17.FR.12."""
    world, before = await interrupted(V21, 10, TxCtrlr__AllowEnergyTransferResumption=False)
    await world.do(world.station.power_on, 120)
    assert world.events()[before]["transactionInfo"]["chargingState"] == "SuspendedEVSE"
    assert world.station.evse(1).state == "SuspendedEVSE"
    assert world.station.evse(1).reading().power_w == 0
    await world.do(lambda: world.station.present("A"), 30)
    check(world)


async def test_stations_do_not_all_resume_at_once():
    """2.1 E17.FR.18."""
    world, _ = await interrupted(V21, 10, TxCtrlr__EnergyTransferResumptionRandomRange=600)
    await world.do(world.station.power_on, 20)
    assert world.station.evse(1).state == "SuspendedEVSE"
    await world.run(world.clock.now + 620)
    assert world.station.evse(1).state == "Charging"


@pytest.mark.parametrize(
    ("stop", "kind"), [("Authorized", "Ended"), ("PowerPathClosed", "Ended"), ("EVConnected", "Updated")]
)
async def test_ended_at_the_car(stop, kind):
    """E15.FR.04, E15.FR.05: SessionStop of ISO 15118."""
    world = World(name="dc-50kw", config={"TxCtrlr.TxStopPoint": stop})
    await world.boot()
    with pytest.raises(ValueError, match="no EV talks"):
        world.station.stop_at_car()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 120)
    await world.do(world.station.stop_at_car, 30)
    await world.do(world.station.stop_at_car, 30)
    told = [event for event in world.events() if event["triggerReason"] == "StopAuthorized"]
    assert [event["eventType"] for event in told] == [kind]
    await world.do(world.station.unplug, 30)
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "StoppedByEV"
    check(world)


async def test_only_where_the_car_can_talk():
    world = World()
    await world.boot()
    world.station.plug(car())
    with pytest.raises(ValueError, match="no EV talks"):
        world.station.stop_at_car()
