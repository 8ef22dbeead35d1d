"""Start, stop, unlock, open and close from afar in 2.0.1 (F01–F05, G03, G04): what is refused, and why."""

from typing import Any

import pytest

from protocol.versions import V21, V201
from simulator import facts
from simulator.hardware.site import Place
from tests.simulator.csms import MUTE, World, car

TOKEN = {"idToken": "R", "type": "Central"}
START = {"idToken": TOKEN, "remoteStartId": 4}


async def online(name="ac-22kw-duo", version=V201, **options) -> World:
    world = World(version, name, **options)
    await world.boot()
    world.clear()
    return world


def refused(status: str, why: str) -> dict[str, Any]:
    return {"status": status, "statusInfo": {"reasonCode": why}}


def profile(**changes: Any) -> dict[str, Any]:
    period = {"startPeriod": 0, "limit": 6.0}
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    } | changes


# -- F01, F02 -------------------------------------------------------------------------------------------------------


@pytest.mark.proves("station", "RequestStartTransaction RequestStopTransaction", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_start_before_the_cable_and_stop(version):
    """F02.FR.01, F02.FR.05, F02.FR.21, F03.FR.03, F03.FR.07."""
    world = await online(version=version)
    assert await world.ask("RequestStartTransaction", START | {"evseId": 2}) == {"status": "Accepted"}
    assert world.csms.of("Authorize") == []  # F02.FR.10
    await world.do(lambda: world.station.plug(car(), 2), 60)
    first = world.events()[0]
    assert (first["eventType"], first["triggerReason"]) == ("Started", "RemoteStart")
    assert first["transactionInfo"]["remoteStartId"] == 4
    assert first["idToken"] == TOKEN
    assert all("remoteStartId" not in event["transactionInfo"] for event in world.events()[1:])
    number = first["transactionInfo"]["transactionId"]
    assert await world.ask("RequestStopTransaction", {"transactionId": number}, 10) == {"status": "Accepted"}
    last = world.events()[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "RemoteStop")
    assert last["transactionInfo"]["stoppedReason"] == "Remote"
    assert await world.ask("RequestStopTransaction", {"transactionId": number}) == refused("Rejected", "TxNotFound")


async def test_stop_leaves_the_transaction_where_the_stop_point_says_so():
    """F03.FR.02, F04.FR.02, F04.FR.03: Updated at the stop, Ended when the cable is gone; the plug is free."""
    points = {"TxCtrlr.TxStartPoint": "EVConnected", "TxCtrlr.TxStopPoint": "EVConnected"}
    world = await online(config=points)
    await world.ask("RequestStartTransaction", START | {"evseId": 1})
    await world.do(lambda: world.station.plug(car(), 1), 60)
    number = world.events()[0]["transactionInfo"]["transactionId"]
    world.clear()
    await world.ask("RequestStopTransaction", {"transactionId": number}, 10)
    assert {event["eventType"] for event in world.events()} == {"Updated"}
    assert "RemoteStop" in [event["triggerReason"] for event in world.events()]
    assert world.told(facts.CableUnlocked)
    assert not world.station.evse(1).contactor_closed
    await world.do(lambda: world.station.unplug(1), 5)
    last = world.events()[-1]
    assert (last["eventType"], last["transactionInfo"]["stoppedReason"]) == ("Ended", "Remote")


async def test_nobody_plugs_in():
    """F02.FR.07."""
    points = {"TxCtrlr.TxStartPoint": "Authorized", "TxCtrlr.TxStopPoint": "Authorized"}
    world = await online(config=points | {"TxCtrlr.EVConnectionTimeOut": "60"})
    await world.ask("RequestStartTransaction", START | {"evseId": 1}, 70)
    last = world.events()[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "EVConnectTimeout")
    assert last["transactionInfo"]["stoppedReason"] == "Timeout"
    assert world.station.evse(1).authorization is None
    assert (await world.ask("RequestStartTransaction", START | {"evseId": 1}))["status"] == "Accepted"


async def test_start_is_refused():
    """F01.FR.23, F01.FR.24; an EVSE that is not there."""
    world = await online()
    assert await world.ask("RequestStartTransaction", START | {"evseId": 3}) == refused("Rejected", "UnknownEvse")
    assert await world.ask("RequestStartTransaction", START | {"evseId": 0}) == refused("Rejected", "UnknownEvse")
    world.station.availability.change(operative=False, evse=1)
    await world.run(world.clock.now + 1)
    assert (await world.ask("RequestStartTransaction", START | {"evseId": 1}))["status"] == "Rejected"
    await world.ask("RequestStartTransaction", START | {"evseId": 2})
    again = await world.ask("RequestStartTransaction", START | {"evseId": 2, "remoteStartId": 5})
    assert again == refused("Rejected", "TxInProgress")
    assert (await world.ask("RequestStartTransaction", START))["status"] == "Rejected"


async def test_start_while_the_station_is_not_accepted():
    """B02.FR.05."""
    world = World()
    world.csms.answers["BootNotification"] = {"status": "Pending", "interval": 300, "currentTime": world.clock.stamp()}
    world.station.power_on()
    await world.run(20)
    assert await world.ask("RequestStartTransaction", START) == refused("Rejected", "CSNotAccepted")
    stop = {"transactionId": "x"}
    assert await world.ask("RequestStopTransaction", stop) == refused("Rejected", "CSNotAccepted")


async def test_start_asks_first_where_told_to_and_stops_if_the_csms_says_no():
    """F01.FR.01, F02.FR.09; F01.FR.02, F01.FR.03: else the answer to the first event decides."""
    local = {"idToken": {"idToken": "R", "type": "ISO14443"}, "remoteStartId": 4, "evseId": 1}
    world = await online(config={"AuthCtrlr.AuthorizeRemoteStart": "true"})
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Blocked"}}
    world.station.plug(car(), 1)
    assert (await world.ask("RequestStartTransaction", local, 30))["status"] == "Accepted"
    assert (len(world.csms.of("Authorize")), world.events()) == (1, [])
    world = await online()
    world.csms.answers["TransactionEvent"] = lambda ask: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in ask else {}
    )
    world.station.plug(car(), 1)
    await world.ask("RequestStartTransaction", local, 60)
    assert world.csms.of("Authorize") == []
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"


async def test_the_profile_of_the_order_limits_its_transaction():
    """F01.FR.08, F01.FR.10, F02.FR.18."""
    world = await online()
    ask = START | {"evseId": 1, "chargingProfile": profile()}
    assert (await world.ask("RequestStartTransaction", ask))["status"] == "Accepted"
    await world.do(lambda: world.station.plug(car(), 1), 120)
    assert world.station.evse(1).circuit.current_a == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize(
    "wrong", [{"chargingProfilePurpose": "TxDefaultProfile"}, {"transactionId": "T1"}, {"stackLevel": 9999}]
)
async def test_an_invalid_profile_is_refused_and_nothing_begins(wrong):
    """F01.FR.09, F01.FR.11, F01.FR.26, F02.FR.27."""
    world = await online()
    world.station.plug(car(), 1)
    ask = START | {"evseId": 1, "chargingProfile": profile(**wrong)}
    answer = await world.ask("RequestStartTransaction", ask, 30)
    assert (answer["status"], "statusInfo" in answer) == ("Rejected", True)
    assert world.events() == []


async def test_a_profile_is_ignored_without_smart_charging():
    """F01.FR.12, F02.FR.20."""
    world = await online(config={"SmartChargingCtrlr.Enabled": "false"})
    ask = START | {"evseId": 1, "chargingProfile": profile(chargingProfilePurpose="TxDefaultProfile")}
    assert (await world.ask("RequestStartTransaction", ask))["status"] == "Accepted"


# -- F05 ------------------------------------------------------------------------------------------------------------


def lock(world: World, connector: int = 1) -> Any:
    return world.station.rig.part("ConnectorPlugRetentionLock", Place(1, connector))


async def unlock(world: World, evse: int = 1, connector: int = 1) -> Any:
    return await world.ask("UnlockConnector", {"evseId": evse, "connectorId": connector})


@pytest.mark.proves("station", "UnlockConnector", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_a_plug_that_was_stuck_comes_free(version):
    """F05.FR.04, F05.FR.05."""
    world = await online("lab-ac", version)
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    assert await unlock(world) == {"status": "OngoingAuthorizedTransaction"}  # F05.FR.02
    assert not world.told(facts.TransactionEnded)
    lock(world).jammed = True
    await world.do(lambda: world.station.present("A", 1), 10)
    assert world.told(facts.TransactionEnded)
    assert world.station.evse(1).circuit.holds_plug
    assert await unlock(world) == {"status": "UnlockFailed"}
    lock(world).jammed = False
    assert await unlock(world) == {"status": "Unlocked"}
    assert not world.station.evse(1).circuit.holds_plug


async def test_without_a_cable_the_lock_is_tried_all_the_same():
    """F05.FR.06."""
    world = await online("lab-ac")
    assert await unlock(world) == {"status": "Unlocked"}
    lock(world).jammed = True
    assert await unlock(world) == {"status": "UnlockFailed"}


async def test_unlock_of_what_is_not_there():
    """F05.FR.03; an attached cable has no lock."""
    world = await online()
    assert await unlock(world, 3) == refused("UnknownConnector", "UnknownEvse")
    assert await unlock(world, 0) == refused("UnknownConnector", "UnknownEvse")
    assert await unlock(world, 1, 2) == refused("UnknownConnector", "UnknownConnectorId")
    world = await online("ac-11kw-cable")
    assert await unlock(world) == refused("UnlockFailed", "FixedCable")


# -- G03, G04, G05 --------------------------------------------------------------------------------------------------


async def change(world: World, operative: bool, **place: int) -> Any:
    ask: dict[str, Any] = {"operationalStatus": "Operative" if operative else "Inoperative"}
    return await world.ask("ChangeAvailability", ask | ({"evse": place} if place else {}))


@pytest.mark.proves("station", "ChangeAvailability", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_each_scope_has_a_state_of_its_own(version):
    """G03.FR.06, G03.FR.07, G04.FR.07, G04.FR.08 and note 1: what was closed by itself stays closed."""
    world = await online("dc-150kw", version)
    for place in ({"id": 1, "connectorId": 2}, {"id": 1}, {}):
        assert await change(world, operative=False, **place) == {"status": "Accepted"}
    said = [(s["connectorId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")]
    assert said == [(2, "Unavailable"), (1, "Unavailable")]
    world.clear()
    await change(world, operative=True)
    await change(world, operative=True, id=1)
    assert [(s["connectorId"], s["connectorStatus"]) for s in world.csms.of("StatusNotification")] == [(1, "Available")]
    await change(world, operative=True, id=1, connectorId=2)
    assert world.station.snapshot()["evses"][1]["status"] == {1: "Available", 2: "Available"}


async def test_availability_of_what_is_not_there():
    world = await online()
    assert await change(world, operative=False, id=3) == refused("Rejected", "UnknownEvse")
    assert await change(world, operative=False, id=0) == refused("Rejected", "UnknownEvse")
    assert await change(world, operative=False, id=1, connectorId=2) == refused("Rejected", "UnknownConnectorId")
    assert await change(world, operative=False, id=-1) == refused("Rejected", "UnknownEvse")


async def test_the_state_it_is_in_already():
    """G03.FR.03, G04.FR.04: Accepted, and nothing is said again."""
    world = await online()
    assert await change(world, operative=True) == {"status": "Accepted"}
    await change(world, operative=False, id=1)
    world.clear()
    assert await change(world, operative=False, id=1) == {"status": "Accepted"}
    assert world.csms.of("StatusNotification") == []


async def test_a_plug_that_cannot_be_locked_gets_no_energy_and_the_csms_learns_why():
    """G05.FR.01, G05.FR.02."""
    world = await online("lab-ac")
    lock(world).jammed = True
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 60)
    assert not world.told(facts.ContactorClosed)
    told = [event for ask in world.csms.of("NotifyEvent") for event in ask["eventData"]]
    about = [(event["component"]["name"], event["variable"]["name"], event["actualValue"]) for event in told]
    assert ("ConnectorPlugRetentionLock", "Problem", "true") in about


async def test_a_csms_that_says_nothing_holds_nobody_up():
    """F06.FR.10 and the rest: orders are answered although the last message of the station is not."""
    world = await online()
    world.csms.answers["StatusNotification"] = MUTE
    assert await change(world, operative=False, id=1) == {"status": "Accepted"}
    assert (await world.ask("RequestStartTransaction", START | {"evseId": 2}))["status"] == "Accepted"
