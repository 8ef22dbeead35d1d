"""Transactions under every start and stop point and in any order of events."""

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.versions import V16, V201, Version
from simulator.facts import ContactorClosed
from simulator.variables import TX_POINTS
from tests.simulator.csms import World, car
from tests.simulator.ledger import check

EVENTS = ("plug", "unplug", "A", "B", "remote", "remote stop", "cut", "power", "button", "fault", "mend", "down", "up")


def act(world: World, event: str) -> None:
    """Do what is possible; what is not is skipped, as people do."""
    station = world.station
    evse = station.evse(1)
    if event == "plug" and evse.ev is None:
        station.plug(car(0.5, 0.501))
    elif event == "unplug" and evse.ev is not None:
        station.unplug()
    elif event in ("A", "B"):
        station.present(event)
    elif event == "remote" and world.csms.link is not None:
        remote_start(world)
    elif event == "remote stop" and world.csms.link is not None and evse.tx is not None:
        remote_stop(world, station.dialect.transaction_id(evse.tx))
    elif event == "cut":
        station.power_off()
    elif event == "power":
        station.power_on()
    elif event == "button":
        station.press_stop()
    elif event == "fault":
        station.fault("GroundFailure")
    elif event == "mend":
        station.clear_fault()
    elif event == "down":
        world.csms.down()
    elif event == "up":
        world.csms.up()


def remote_start(world: World) -> None:
    if world.version is V16:
        world.csms.call("RemoteStartTransaction", {"idTag": "R", "connectorId": 1})
    else:
        token = {"idToken": "R", "type": "Central"}
        world.csms.call("RequestStartTransaction", {"idToken": token, "remoteStartId": 5, "evseId": 1})


def remote_stop(world: World, transaction: str) -> None:
    if world.version is V16:
        if transaction:
            world.csms.call("RemoteStopTransaction", {"transactionId": int(transaction)})
    else:
        world.csms.call("RequestStopTransaction", {"transactionId": transaction})


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
    return world


scripts = st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from([0.0, 1.0, 3.0, 70.0, 130.0])), max_size=14)
points = st.lists(st.sampled_from(TX_POINTS), min_size=1, unique=True).map(",".join)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@given(script=scripts, start=points, stop=points, tolerant=st.booleans(), valid=st.booleans())
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


COMBINATIONS = [
    ",".join(chosen) for count in range(1, 5) for chosen in itertools.combinations(TX_POINTS, count)
]  # 15 of each


@pytest.mark.parametrize("start", COMBINATIONS)
async def test_every_start_and_stop_point(start):
    """Cable first and token first, stopped by token, under every combination: exactly one transaction each."""
    for stop in COMBINATIONS:
        for first, second in (("plug", "A"), ("A", "plug")):
            world = World(config={"TxCtrlr.TxStartPoint": start, "TxCtrlr.TxStopPoint": stop})
            await world.boot()
            for event in (first, second, "A", "unplug"):
                await world.do(lambda event=event: act(world, event), 30)
            check(world)
            assert len({e["transactionInfo"]["transactionId"] for e in world.events()}) == 1, (stop, first)


FIRST = {  # trigger and state of the Started event, cable first and token first (E01.FR.01-.06, §E.2 of the use cases)
    "EVConnected": (("CablePluggedIn", "EVConnected"), ("CablePluggedIn", "EVConnected")),
    "Authorized": (("Authorized", "EVConnected"), ("Authorized", "Idle")),
    "PowerPathClosed": (("Authorized", "EVConnected"), ("CablePluggedIn", "EVConnected")),
    "EnergyTransfer": (("ChargingStateChanged", "Charging"), ("ChargingStateChanged", "Charging")),
}


@pytest.mark.parametrize("point", TX_POINTS)
@pytest.mark.parametrize("token_first", [False, True])
async def test_first_event(point, token_first):
    world = World(config={"TxCtrlr.TxStartPoint": point})
    await world.boot()
    for event in ("A", "plug") if token_first else ("plug", "A"):
        await world.do(lambda event=event: act(world, event), 10)
    started = world.events()[0]
    assert (started["triggerReason"], started["transactionInfo"]["chargingState"]) == FIRST[point][token_first]
    states = [event["transactionInfo"]["chargingState"] for event in world.events()]
    assert states[-1] == "Charging"
    with_place = next(e for e in world.events() if e["transactionInfo"]["chargingState"] != "Idle")
    assert with_place["evse"] == {"id": 1, "connectorId": 1}  # E01.FR.16
    assert sum("idToken" in event for event in world.events()) == 1  # E01.FR.10
