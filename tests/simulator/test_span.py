"""Transactions under every start and stop point and in any order of events."""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import V16, V201, Version
from simulator.facts import ContactorClosed, TransactionStarted
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
