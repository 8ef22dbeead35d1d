"""OCPP 1.6 as a station speaks it: the calls of the central system and their answers."""

from typing import Any

import pytest

from protocol.versions import V16
from simulator import facts, faults
from simulator.dialects import dialect_of
from simulator.dialects.ocpp16 import HANDLERS, number_of, place_of
from tests.simulator.csms import World, car


async def online(name: str = "ac-22kw", **config: Any) -> World:
    world = World(V16, name=name, config=config)
    await world.boot()
    world.clear()
    return world


def test_every_handler_is_an_action():
    assert dialect_of(V16).version is V16
    assert set(HANDLERS) <= V16.actions


@pytest.mark.parametrize("name", ["ac-22kw", "ac-22kw-duo", "dc-150kw", "dc-300kw-duo"])
def test_connectors_are_counted_over_all_evses(name):
    station = World(V16, name=name).station
    places = [(e.id, c) for e in station.evses for c in range(1, len(e.profile.connectors) + 1)]
    assert [number_of(station, *place) for place in places] == list(range(1, len(places) + 1))
    assert [place_of(station, number) for number in range(1, len(places) + 1)] == places
    assert place_of(station, 0) == (0, 0)
    assert number_of(station, 0, 0) == 0
    assert place_of(station, len(places) + 1) is None
    assert place_of(station, -1) is None


async def test_boot_reports_the_station_and_every_connector():
    world = World(V16, name="ac-22kw-duo")
    await world.boot()
    told = [(s["connectorId"], s["status"], s["errorCode"]) for s in world.csms.of("StatusNotification")]
    assert sorted(told) == [(number, "Available", "NoError") for number in range(3)]


async def test_remote_start_needs_a_connector_not_the_station():
    world = await online()
    assert await world.ask("RemoteStartTransaction", {"idTag": "R", "connectorId": 0}) == {"status": "Rejected"}
    assert await world.ask("RemoteStartTransaction", {"idTag": "R"}) == {"status": "Accepted"}


async def test_no_transaction_starts_with_a_plug_that_does_not_get_locked():
    """§7.7: a connector that is Faulted charges nobody; once the lock moves again, it does."""
    world = await online()
    faults.inject(world.station, "lock jammed")
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    told = [(each["status"], each["errorCode"]) for each in world.csms.of("StatusNotification")]
    assert told[-1] == ("Faulted", "ConnectorLockFailure")
    assert world.csms.of("StartTransaction") == []
    await world.do(lambda: faults.clear(world.station, "lock jammed"), 30)
    assert [each["idTag"] for each in world.csms.of("StartTransaction")] == ["A"]


async def test_unlock_ends_the_transaction_first():
    """§5.18."""
    world = await online()
    assert await world.ask("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert await world.ask("UnlockConnector", {"connectorId": 0}) == {"status": "NotSupported"}
    assert await world.ask("UnlockConnector", {"connectorId": 9}) == {"status": "NotSupported"}
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    world.facts.clear()
    assert await world.ask("UnlockConnector", {"connectorId": 1}, 3) == {"status": "Unlocked"}
    assert world.csms.of("StopTransaction")[0]["reason"] == "UnlockCommand"
    names = [fact.name for _, fact in world.facts]
    assert names.index("ContactorOpened") < names.index("CableUnlocked")
    world = await online("ac-11kw-cable")
    assert await world.ask("UnlockConnector", {"connectorId": 1}) == {"status": "NotSupported"}


async def test_local_list():
    """§5.10, §5.15."""
    world = await online()

    async def send(kind: str, version: int, *entries: tuple[str, str | None]) -> str:
        listed = [{"idTag": tag} | ({"idTagInfo": {"status": status}} if status else {}) for tag, status in entries]
        ask = {"updateType": kind, "listVersion": version, "localAuthorizationList": listed}
        return (await world.ask("SendLocalList", ask))["status"]

    async def version() -> int:
        return (await world.ask("GetLocalListVersion"))["listVersion"]

    assert await version() == 0
    assert await send("Full", 2, ("A", "Accepted"), ("B", "Blocked")) == "Accepted"
    assert await send("Differential", 2, ("C", "Accepted")) == "VersionMismatch"
    assert await send("Differential", 3, ("A", None)) == "Accepted"
    assert await version() == 3
    assert await send("Full", 4, ("A", "Accepted"), ("a", "Blocked")) == "Failed"
    assert await send("Full", 4, ("A", None)) == "Failed"
    assert await send("Full", 0, ("A", "Accepted")) == "Failed"
    assert await world.ask("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"}) == {
        "status": "Accepted"
    }
    assert await version() == -1
    assert await send("Full", 5, ("A", "Accepted")) == "NotSupported"


@pytest.mark.parametrize(
    "message",
    [
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ],
)
async def test_trigger(message):
    """§5.17: the answer first."""
    world = await online()
    assert await world.ask("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
    up = [frame for frame in world.frames if frame.direction == "up"]
    assert up[0].kind == 3
    assert up[1].action == message
    relevant = message in ("MeterValues", "StatusNotification")
    unknown = await world.ask("TriggerMessage", {"requestedMessage": message, "connectorId": 9})
    assert unknown == {"status": "Rejected" if relevant else "Accepted"}


async def test_trigger_of_one_connector_and_in_a_transaction():
    world = await online("ac-22kw-duo")
    await world.ask("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2})
    assert [s["connectorId"] for s in world.csms.of("StatusNotification")] == [2]
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 30)
    await world.ask("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1})
    [values] = world.csms.of("MeterValues")
    assert values["transactionId"] == 1
    assert values["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


async def test_values_are_text_and_units_stand_where_1_6_has_them():
    world = await online(MeterValuesSampledData="Energy.Active.Import.Register,Frequency,Power.Active.Import")
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 310)
    [energy, frequency, power] = world.csms.of("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert energy["unit"] == "Wh"
    assert energy["value"].isdigit()
    assert "unit" not in frequency
    assert frequency["value"] == "50"
    assert (power["unit"], power["value"]) == ("W", "11000")


async def test_unplugged_but_not_stopped():
    """§9.1.24: StopTransactionOnEVSideDisconnect false suspends."""
    world = await online(StopTransactionOnEVSideDisconnect=False)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    ev = await world.do(world.station.unplug, 10)
    assert world.statuses()[-1] == "SuspendedEV"
    assert world.csms.of("StatusNotification")[-1]["info"] == "EV side disconnected"  # §4.9
    await world.do(lambda: world.station.plug(ev), 10)
    assert world.statuses()[-1] == "Charging"
    assert not world.told(facts.TransactionEnded)
    await world.do(lambda: world.station.present("A"), 10)
    assert len(world.told(facts.TransactionEnded)) == 1


async def test_unplugged_at_an_attached_cable_and_never_plugged_in_again():
    """What 1.6 has no word for is still that the EV is gone."""
    world = await online("ac-11kw-cable", StopTransactionOnEVSideDisconnect=False, ConnectionTimeOut=20)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    await world.do(world.station.unplug, 30)
    assert world.csms.of("StopTransaction")[-1]["reason"] == "EVDisconnected"


@pytest.mark.parametrize("unlocks", [True, False])
async def test_a_visit_is_over_when_the_cable_is_gone(unlocks):
    """§4.9: Finishing is of the driver before."""
    world = await online(UnlockConnectorOnEVSideDisconnect=unlocks)
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    await world.do(world.station.unplug, 30)
    if not unlocks:
        await world.do(lambda: world.station.present("A"), 10)
    assert world.statuses()[-1] == "Available"
    await world.do(lambda: world.station.plug(car()), 10)
    assert world.statuses()[-1] == "Preparing"


async def test_data_transfer_and_cache():
    world = await online()
    assert await world.ask("DataTransfer", {"vendorId": "com.example"}) == {"status": "UnknownVendorId"}
    assert await world.ask("ClearCache") == {"status": "Accepted"}


async def test_trouble_with_the_ev_is_a_warning():
    """§4.9: EVCommunicationError goes with a status of use, not with Faulted."""
    world = await online()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    await world.do(lambda: faults.inject(world.station, "control pilot shorted"), 5)
    last = world.csms.of("StatusNotification")[-1]
    assert (last["status"], last["errorCode"]) == ("SuspendedEVSE", "EVCommunicationError")
    assert (last["info"], last["vendorErrorCode"]) == ("shorted to earth", "control pilot error")
    assert world.station.evse(1).reading().power_w == 0
    await world.do(lambda: faults.clear(world.station, "control pilot shorted"), 5)
    last = world.csms.of("StatusNotification")[-1]
    assert (last["status"], last["errorCode"]) == ("Charging", "NoError")
    assert not world.told(facts.TransactionEnded)


async def test_charging_that_goes_on_after_a_trouble_is_not_prepared_again():
    """§4.9: no transition leads from Charging, SuspendedEV or SuspendedEVSE to Preparing."""
    world = await online("lab-ac")
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(lambda: faults.inject(world.station, "control pilot broken"), 60)
    await world.do(lambda: faults.clear(world.station, "control pilot broken"), 60)
    assert world.statuses() == ["Preparing", "Charging", "SuspendedEVSE", "SuspendedEVSE", "Charging"]
    await world.do(lambda: world.station.present("A"), 60)
    assert "Preparing" not in world.statuses()[1:]
    assert world.statuses()[-1] == "Finishing"
