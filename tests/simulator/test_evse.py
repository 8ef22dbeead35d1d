"""Whose plug it is, and what becomes of a driver, a cable and a transaction when somebody pulls or the power goes."""

import pytest

from protocol.versions import V16, V21, V201
from simulator.facts import CableUnlocked, TokenRefused, TransactionEnded, TransactionStarted
from tests.simulator.csms import World, car
from tests.simulator.ledger import check

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
        "EVConnectTimeout",
        "Timeout",
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
