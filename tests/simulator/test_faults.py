"""Every fault of the power path: quantity, protection within its time, transaction and status, recovery."""

import pytest

from protocol.versions import V16, V201
from simulator import facts, faults
from simulator.hardware.place import Place
from tests.simulator.csms import BOTH, World, car
from tests.simulator.ledger import check


async def charging(version=V201, name="ac-22kw", **config) -> World:
    world = World(version, name=name, config=config)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).state == "Charging"
    world.clear()
    return world


def first(world: World, kind: type, begun: float) -> tuple[float, facts.Fact]:
    """Seconds from ``begun`` to the first fact of a kind, and the fact."""
    return next((round(at - begun, 6), fact) for at, fact in world.facts if isinstance(fact, kind))


def notified(world: World) -> list[tuple[str, str, str, bool]]:
    events = [event for ask in world.events("NotifyEvent") for event in ask["eventData"]]
    return [(e["component"]["name"], e["variable"]["name"], e["actualValue"], e.get("cleared", False)) for e in events]


ENDS = [  # fault, profile, fact, its time, 1.6 error code, 2.0.1 reason, component and variable
    ("ground fault", "ac-22kw", facts.RcdTripped, 0.27, "GroundFailure", "GroundFault", ("RCD", "Tripped")),
    ("DC leakage", "ac-22kw", facts.RcdTripped, 0.7, "GroundFailure", "GroundFault", ("RCD", "Tripped")),
    ("over-current", "ac-22kw", facts.OverCurrentTripped, 7.0, "OverCurrentFailure", "OvercurrentFault",
     ("OverCurrentProtection", "Active")),
    ("short circuit", "ac-22kw", facts.OverCurrentTripped, 0.01, "OverCurrentFailure", "OvercurrentFault",
     ("OverCurrentProtection", "Active")),
    ("insulation fault", "dc-50kw", facts.TroubleRaised, 0.057, "GroundFailure", "GroundFault",
     ("GroundIsolationProtection", "Problem")),
]  # fmt: skip


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize(
    ("fault", "name", "kind", "after_s", "code", "reason", "shown"), ENDS, ids=[e[0] for e in ENDS]
)
async def test_what_ends_a_charge(version, fault, name, kind, after_s, code, reason, shown):
    """RCD: 30 mA within 0.3 s (IEC 61008-1), 6 mA DC within 10 s (IEC 62955); breaker: at once."""
    world = await charging(version, name)
    begun = world.clock.now
    faults.inject(world.station, fault)
    await world.run(begun + 9)
    assert first(world, kind, begun)[0] == pytest.approx(after_s, abs=1e-3)
    tripped_s = first(world, facts.ConnectorFaulted, begun)[0]
    opened_s, _ = first(world, facts.ContactorOpened, begun)
    assert opened_s == pytest.approx(tripped_s + 0.03)  # the contactor's own time
    ended_s, ended = first(world, facts.TransactionEnded, begun)
    assert (ended_s, ended.reason) == (opened_s, reason)
    assert world.statuses()[-1] == "Faulted"
    assert world.station.evse(1).reading().power_w == 0
    if version is V16:
        last = [s for s in world.csms.of("StatusNotification") if s["connectorId"] == 1][-1]
        assert last["errorCode"] == code
        assert world.csms.of("StopTransaction")[0]["reason"] == "Other"
    else:
        last = world.events()[-1]
        assert (last["eventType"], last["triggerReason"]) == ("Ended", "AbnormalCondition")
        assert last["transactionInfo"]["stoppedReason"] == reason
        assert (*shown, "true", False) in notified(world)
    await world.do(lambda: world.station.present("B"), 1)
    assert world.told(facts.TokenRefused)  # no new session
    faults.clear(world.station, fault)
    await world.run(world.clock.now + 30)
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Finishing")
    if version is V201:
        assert (*shown, "false", True) in notified(world)
    else:
        assert world.csms.of("StatusNotification")[-1]["errorCode"] == "NoError"
    await world.do(world.station.unplug, 5)
    assert world.statuses()[-1] == "Available"
    world.station.plug(car())
    await world.do(lambda: world.station.present("B"), 60)
    assert world.station.evse(1).state == "Charging"


SUSPENDS = [
    ("control pilot shorted", 0.1, "shorted to earth"),
    ("control pilot broken", 0.1, "broken wire"),
    ("diode missing", 0.1, "the EV's diode is missing or shorted"),
    ("control pilot out of tolerance", 0.1, "the voltage fits no state"),
    ("cable resistor missing", 0.0, "open: no plug, or its resistor is missing"),
]


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize(("fault", "after_s", "info"), SUSPENDS, ids=[fault for fault, *_ in SUSPENDS])
async def test_what_suspends_a_charge(version, fault, after_s, info):
    """1.6 §7.6: trouble with the EV goes to SuspendedEVSE; sequence 12 of IEC 61851-1: open within 3 s."""
    world = await charging(version)
    begun = world.clock.now
    faults.inject(world.station, fault)
    await world.run(begun + 10)
    assert first(world, facts.ContactorOpened, begun)[0] == pytest.approx(after_s + 0.03)
    assert world.station.evse(1).state == "SuspendedEVSE"
    assert not world.told(facts.TransactionEnded)
    if version is V16:
        last = world.csms.of("StatusNotification")[-1]
        assert (last["status"], last["errorCode"], last["info"]) == ("SuspendedEVSE", "EVCommunicationError", info[:50])
    else:
        last = world.events()[-1]
        assert (last["triggerReason"], last["transactionInfo"]["chargingState"]) == (
            "AbnormalCondition",
            "SuspendedEVSE",
        )
        assert world.events("NotifyEvent")[0]["eventData"][0]["techInfo"] == info
    before_wh = world.station.evse(1).circuit.meter.import_wh
    await world.run(begun + 100)
    assert world.station.evse(1).circuit.meter.import_wh == before_wh
    faults.clear(world.station, fault)
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).state == "Charging"
    if version is V16:
        assert world.csms.of("StatusNotification")[-1]["errorCode"] == "NoError"
    await world.do(lambda: world.station.present("A"), 5)
    await world.do(world.station.unplug, 5)
    assert len(world.told(facts.TransactionEnded)) == 1


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_welded_contactor_is_found_when_it_should_open(version):
    """The voltage behind it gives it away; nothing flows, for the EV has let go, but nobody may charge here."""
    world = await charging(version)
    faults.inject(world.station, "contactor welded")
    await world.run(world.clock.now + 10)
    assert not world.told(facts.ContactorFailed)  # closed is what it should be
    await world.do(lambda: world.station.present("A"), 10)
    assert world.told(facts.TransactionEnded)[0].reason == "Local"
    assert world.told(facts.ContactorFailed)[0].finding == "welded"
    assert not world.told(facts.ContactorOpened)
    assert world.station.evse(1).reading().power_w == 0
    assert world.statuses()[-1] == "Faulted"
    if version is V16:
        assert world.csms.of("StatusNotification")[-1]["errorCode"] == "PowerSwitchFailure"
    else:
        assert ("PowerContactor", "Tripped", "true", False) in notified(world)
    faults.clear(world.station, "contactor welded")
    await world.run(world.clock.now + 5)
    assert world.told(facts.ContactorOpened)
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Finishing")


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_contactor_that_does_not_close(version):
    world = World(version)
    await world.boot()
    world.station.plug(car())
    faults.inject(world.station, "contactor does not close")
    await world.do(lambda: world.station.present("A"), 10)
    assert world.told(facts.ContactorFailed)[0].finding == "does not close"
    assert world.told(facts.TransactionEnded)[0].reason == "Other"
    assert world.statuses()[-1] == "Faulted"
    faults.clear(world.station, "contactor does not close")
    await world.run(world.clock.now + 5)
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Finishing")
    assert not world.told(facts.ContactorClosed)  # nobody wants it closed any more
    check(world)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_lock_that_does_not_close_holds_charging_back(version):
    """2.0.1 G05."""
    world = World(version)
    await world.boot()
    faults.inject(world.station, "lock jammed")
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    assert not world.told(facts.ContactorClosed)  # G05.FR.01
    assert world.station.evse(1).state == "SuspendedEVSE"
    if version is V16:
        last = world.csms.of("StatusNotification")[-1]
        assert (last["status"], last["errorCode"]) == ("Faulted", "ConnectorLockFailure")
    else:
        assert notified(world) == [("ConnectorPlugRetentionLock", "Problem", "true", False)]  # G05.FR.02
    faults.clear(world.station, "lock jammed")
    await world.run(world.clock.now + 10)
    assert world.station.evse(1).state == "Charging"
    if version is V16:
        assert world.statuses()[-1] == "Charging"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_a_plug_that_does_not_come_free_stays_behind(version):
    """Cable and socket are two ends: the EV leaves, the plug does not."""
    world = await charging(version)
    faults.inject(world.station, "lock jammed")
    await world.do(lambda: world.station.present("A"), 5)
    assert not world.told(facts.CableUnlocked)
    assert world.statuses()[-1] == "Faulted"
    await world.do(world.station.unplug, 5)
    assert world.station.evse(1).plugged == 1
    assert world.station.evse(1).ev is None
    faults.clear(world.station, "lock jammed")
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).plugged is None
    assert world.statuses()[-1] == "Available"
    assert len(world.told(facts.TransactionEnded)) == 1


async def test_where_the_plug_is_not_unlocked_at_the_ev_it_is_finishing():
    """OCPPCommCtrlr.UnlockOnEVSideDisconnect; 1.6 §9.1.25: the next driver's card frees it, or the operator does."""
    world = await charging(V16, UnlockConnectorOnEVSideDisconnect=False)
    await world.do(world.station.unplug, 5)
    assert world.statuses()[-1] == "Finishing"
    assert world.csms.of("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert await world.ask("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    assert world.statuses()[-1] == "Available"


async def test_a_cable_carries_what_its_resistor_says():
    """IEC 61851-1 annex B: 13 A; the pilot offers no more."""
    world = World()
    await world.boot()
    world.station.plug(car(), cable_a=13)
    await world.do(lambda: world.station.present("A"), 60)
    assert world.station.evse(1).circuit.current_a == pytest.approx(13)
    assert world.told(facts.PilotChanged)[-1].duty_percent == pytest.approx(13 / 0.6, abs=0.05)


async def test_an_rcd_gives_up_after_three_attempts():
    """Reclosed after 10, 60 and 300 s, and then no more; the wait counts on while the fault comes back."""
    world = await charging()
    faults.inject(world.station, "leakage in the station")
    await world.run(world.clock.now + 1000)
    assert not world.told(facts.RcdClosed)
    assert [fact.attempts for fact in world.told(facts.RecloserGaveUp)] == [3]
    faults.clear(world.station, "leakage in the station")  # somebody comes and closes it
    await world.run(world.clock.now + 1)
    assert world.told(facts.RcdClosed)
    assert not world.station.troubles


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_the_grid(version):
    """Low voltage: held back, and resumed once it is back for 5 s; the power follows the voltage before that."""
    world = await charging(version)
    full_w = world.station.evse(1).reading().power_w
    world.station.surround(grid=(0.9, 0.9, 0.9))
    assert world.station.evse(1).reading().power_w == pytest.approx(full_w, rel=0.11)
    assert world.station.evse(1).reading().voltage_v == pytest.approx(207)
    world.station.surround(grid=(0.8, 0.8, 0.8))
    await world.run(world.clock.now + 10)
    assert world.station.evse(1).state == "SuspendedEVSE"
    if version is V16:
        assert world.csms.of("StatusNotification")[-1]["errorCode"] == "UnderVoltage"
    else:
        assert ("ElectricalFeed", "Problem", "true", False) in notified(world)
    world.station.surround(grid=(1.0, 1.0, 1.0))
    await world.run(world.clock.now + 30)
    assert world.station.evse(1).state == "Charging"
    world.station.surround(grid=(1.2, 1.0, 1.0))
    await world.run(world.clock.now + 10)
    assert [raised.name for raised in world.station.troubles] == ["over-voltage"]
    assert not world.told(facts.TransactionEnded)


async def test_a_lost_phase_takes_its_current_along():
    world = await charging(V16)
    world.station.surround(grid=(1.0, 0.0, 1.0))
    await world.run(world.clock.now + 10)
    reading = world.station.evse(1).reading()
    assert [current_a > 0 for current_a in reading.phase_current_a] == [True, False, True]
    last = world.csms.of("StatusNotification")[-1]
    assert (last["connectorId"], last["status"], last["vendorErrorCode"], last["info"]) == (
        0,
        "Available",
        "phase loss",
        "L2",
    )


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_without_grid_the_station_dies_and_comes_back(version):
    world = await charging(version)
    world.station.surround(grid=(0.0, 0.0, 0.0))
    assert not world.station.powered
    assert not world.station.evse(1).contactor_closed
    await world.run(world.clock.now + 60)
    world.station.surround(grid=(1.0, 1.0, 1.0))
    await world.run(world.clock.now + 60)
    assert world.station.online
    assert world.told(facts.TransactionEnded)[0].reason == "PowerLoss"


def test_every_fault_says_what_is_to_be_seen_of_it():
    for fault in faults.FAULTS.values():
        assert fault.observable
        assert fault.ways


async def test_what_cannot_be_broken():
    world = World()
    with pytest.raises(ValueError, match="no fault is called"):
        faults.inject(world.station, "gremlins")
    with pytest.raises(ValueError, match="has no GroundIsolationProtection"):
        faults.inject(world.station, "insulation fault")
    with pytest.raises(ValueError, match="ground fault has no colour"):
        faults.inject(world.station, "ground fault", colour="red")
    with pytest.raises(ValueError, match="two faults"):
        faults.breakable(faults.FAULTS["ground fault"])


async def test_what_is_wrong_with_the_other_connector_is_told_too():
    world = await charging(V16, "dc-150kw")
    faults.inject(world.station, "lock jammed", 1, 2)
    world.station.troubled("unlock failure", Place(1, 2))
    await world.run(world.clock.now + 5)
    assert world.station.evse(1).state == "Charging"
    told = world.csms.of("StatusNotification")[-1]
    assert (told["connectorId"], told["status"], told["errorCode"]) == (2, "Faulted", "ConnectorLockFailure")
    world.station.recovered("unlock failure", Place(1, 2))
    await world.run(world.clock.now + 5)
    assert world.csms.of("StatusNotification")[-1]["status"] == "Available"


async def test_what_breaks_in_the_dark_is_told_at_the_start():
    world = await charging()
    world.station.power_off()
    faults.inject(world.station, "contactor welded")
    await world.run(world.clock.now + 10)
    world.station.power_on()
    await world.run(world.clock.now + 3)  # still starting
    assert not world.events()
    await world.run(world.clock.now + 60)
    assert world.told(facts.TransactionEnded)[0].reason == "PowerLoss"
    assert ("PowerContactor", "Tripped", "true", False) in notified(world)
    assert world.statuses()[-1] == "Faulted"


async def test_a_flooded_station_is_taken_off_the_grid_at_once_and_given_back_by_who_mends_it():
    """Also where nobody charges, so that no contactor moves: UpstreamProtectionTrigger acts upon the trouble itself."""
    world = World(V201, "lab-ac")
    await world.boot()
    await world.do(lambda: faults.inject(world.station, "flood"), 5)
    assert max(world.station.environment.grid) == 0
    await world.do(lambda: faults.clear(world.station, "flood"), 100)
    assert min(world.station.environment.grid) == 1
    assert not world.station.troubles
