"""A station from outside: power, people, faults, settings."""

from contextlib import suppress
from dataclasses import replace

import pytest

from protocol.versions import V16, V201
from simulator import facts
from simulator.tokens import Token
from tests.simulator.csms import BOTH, World, car
from tests.simulator.ledger import check


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_cable_first_stopped_by_token(version):
    world = World(version)
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 10)
    await world.do(lambda: world.station.present("A"), 600)
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(world.station.unplug, 10)
    check(world)
    [ended] = world.told(facts.TransactionEnded)
    assert ended.reason == "Local"
    assert ended.energy_wh == pytest.approx(11_000 * 598 / 3600, rel=0.02)
    assert world.told(facts.CableUnlocked)  # E06.FR.10


async def test_messages_of_a_visit_201():
    world = World()
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 10)
    await world.do(lambda: world.station.present("A"), 400)
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(world.station.unplug, 10)
    told = [(e["eventType"], e["triggerReason"], e["transactionInfo"]["chargingState"]) for e in world.events()]
    assert told == [
        ("Started", "Authorized", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
        ("Updated", "MeterValuePeriodic", "Charging"),
        ("Ended", "StopAuthorized", "EVConnected"),
    ]
    assert world.events()[0]["idToken"] == {"idToken": "A", "type": "ISO14443"}
    assert world.events()[1]["numberOfPhasesUsed"] == 3  # E02.FR.18
    assert "numberOfPhasesUsed" not in world.events()[2]
    assert world.events()[3]["transactionInfo"]["stoppedReason"] == "Local"
    assert world.events()[3]["transactionInfo"]["timeSpentCharging"] == 399  # it let go of it within a second
    assert world.statuses() == ["Available", "Occupied", "Available"]
    contexts = [s["sampledValue"][0]["context"] for s in world.events()[3]["meterValue"]]
    assert contexts == ["Transaction.Begin", "Transaction.End"]  # E06.FR.11


async def test_messages_of_a_visit_16():
    world = World(V16)
    await world.boot()
    await world.do(lambda: world.station.plug(car()), 10)
    await world.do(lambda: world.station.present("A"), 400)
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(world.station.unplug, 10)
    beside = ("StatusNotification", "SecurityEventNotification")
    actions = [action for _, action, _ in world.csms.got if action not in beside]
    assert actions == ["BootNotification", "Authorize", "StartTransaction", "MeterValues", "StopTransaction"]
    assert world.statuses() == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    [start], [stop] = world.csms.of("StartTransaction"), world.csms.of("StopTransaction")
    assert start["idTag"] == "A"
    assert start["connectorId"] == 1
    assert stop["transactionId"] == 1
    assert stop["reason"] == "Local"
    assert stop["meterStop"] - start["meterStart"] == pytest.approx(1216, abs=20)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_token_first(version):
    world = World(version)
    await world.boot()
    await world.do(lambda: world.station.present("A"), 10)
    await world.do(lambda: world.station.plug(car()), 60)
    await world.do(world.station.unplug, 10)
    check(world)
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["EVDisconnected"]


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_ev_full_keeps_the_transaction(version):
    world = World(version)
    await world.boot()
    world.station.plug(car(0.5, 0.501))
    await world.do(lambda: world.station.present("A"), 900)
    assert world.told(facts.EvFinished)
    assert world.station.snapshot()["evses"][1]["state"] == "SuspendedEV"
    assert not world.told(facts.TransactionEnded)
    if version is V16:
        assert world.statuses()[-1] == "SuspendedEV"
    await world.do(world.station.unplug, 10)
    check(world)


async def test_ev_full_ends_it_where_energy_is_the_stop_point():
    world = World(config={"TxCtrlr.TxStopPoint": "EnergyTransfer"})
    await world.boot()
    world.station.plug(car(0.5, 0.501))
    await world.do(lambda: world.station.present("A"), 900)
    assert world.events()[-1]["eventType"] == "Ended"
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "StoppedByEV"
    check(world)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_nobody_plugs_in(version):
    """E03.FR.05: EVConnectionTimeOut."""
    world = World(version)
    await world.boot()
    await world.do(lambda: world.station.present("A"), 119.9)
    assert world.station.evse(1).authorization is not None
    await world.run(world.clock.now + 0.2)
    assert world.station.evse(1).authorization is None
    assert world.told(facts.ConnectionTimedOut)
    await world.do(lambda: world.station.plug(car()), 60)
    assert not world.told(facts.TransactionStarted)


async def test_nobody_plugs_in_ends_a_transaction_that_began_with_the_token():
    world = World(config={"TxCtrlr.TxStartPoint": "Authorized", "TxCtrlr.EVConnectionTimeOut": 30})
    await world.boot()
    await world.do(lambda: world.station.present("A"), 31)
    last = world.events()[-1]
    assert last["triggerReason"] == "EVConnectTimeout"
    assert last["transactionInfo"]["stoppedReason"] == "Timeout"
    check(world)


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_power_loss_ends_it_as_of_then(version):
    world = World(version)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 600)
    lost_at = world.clock.stamp()
    await world.do(world.station.power_off, 1000)
    assert world.station.evse(1).reading().power_w == 0
    await world.do(world.station.power_on, 30)
    check(world)
    if version is V201:
        last = world.events()[-1]
        assert last["timestamp"] == lost_at
        assert last["offline"]
        assert (last["triggerReason"], last["transactionInfo"]["stoppedReason"]) == ("AbnormalCondition", "PowerLoss")
    else:
        [stop] = world.csms.of("StopTransaction")
        assert (stop["timestamp"], stop["reason"]) == (lost_at, "PowerLoss")


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_power_loss_at_every_fact_loses_no_transaction(version):
    """A kill at each state transition: the queue in flash brings the CSMS everything, in order, once."""

    async def day(kill_at: int | None) -> World:
        world = World(version, config={"OCPPCommCtrlr.RetryBackOffWaitMinimum": 5})
        count = 0

        def killer(_fact: facts.Fact) -> None:
            nonlocal count
            count += 1
            if count == kill_at:
                world.clock.after(0, world.station.power_off)
                world.clock.after(40, world.station.power_on)

        world.watchers.append(killer)
        steps = [
            (0, world.station.power_on),
            (60, lambda: world.station.plug(car())),
            (70, lambda: world.station.present("A")),
            (100, world.csms.down),
            (400, lambda: world.station.present("A")),
            (450, world.csms.up),
            (600, lambda: world.station.present("A")),
            (700, lambda: world.station.present("A")),
            (800, world.station.unplug),
        ]
        for at_s, step in steps:
            world.clock.at(at_s, step)
        await world.run(3000)
        assert world.station.online
        assert len(world.station.journal) == 0
        check(world)
        return world

    whole = await day(None)
    assert len(whole.told(facts.TransactionEnded)) == 2
    for kill_at in range(1, len(whole.facts) + 1):
        await day(kill_at)


@pytest.mark.parametrize("version", BOTH, ids=str)
@pytest.mark.parametrize("act", ["press_stop", "unplug", "swap"])
async def test_a_firmware_that_still_starts_hears_nothing(version, act):
    """A transaction that power loss has cut off ends as of then, whatever happens before it is told."""
    world = World(version)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.station.power_off()
    await world.run(world.clock.now + 600)
    world.station.power_on()
    await world.run(world.clock.now + 0.5)
    if act == "press_stop":
        world.station.press_stop()
    else:
        world.station.unplug()
        if act == "swap":
            await world.run(world.clock.now + 0.1)
            with suppress(ValueError):  # unless the lock holds the first one's plug
                world.station.plug(car())
    await world.run(world.clock.now + 60)
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["PowerLoss"]
    check(world)


async def test_an_ev_that_changes_its_mind_in_the_dark_is_not_reported():
    """Its pause ends while the station has no power: the transaction that was cut off ends as of then."""
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.station.power_off()
    world.station.unplug()
    world.station.plug(replace(car(), paused=True, resumes_s=world.clock.now + 100))
    await world.run(world.clock.now + 600)
    world.station.power_on()
    await world.run(world.clock.now + 60)
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == ["PowerLoss"]
    check(world)


async def test_a_new_station_on_the_old_flash_reports_what_was_left():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.csms.down()
    await world.do(world.station.power_off, 10)
    world._options["flash"] = world.station.flash
    world.station = world.build()
    world.csms.up()
    await world.do(world.station.power_on, 30)
    assert [event["seqNo"] for event in world.events()] == [0, 1, 2]
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "PowerLoss"


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_fault_ends_and_bars(version):
    world = World(version)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.leak, 5)
    assert world.told(facts.TransactionEnded)[0].reason == "GroundFault"
    assert world.statuses()[-1] == "Faulted"
    await world.do(lambda: world.station.present("B"), 30)
    assert world.told(facts.TokenRefused)
    await world.do(world.mend, 5)
    assert world.statuses()[-1] == ("Occupied" if version is V201 else "Finishing")
    await world.do(lambda: world.station.present("B"), 30)
    await world.do(world.station.unplug, 5)
    check(world)
    assert len(world.told(facts.TransactionEnded)) == 2
    if version is V16:
        faulted = [s for s in world.csms.of("StatusNotification") if s["status"] == "Faulted"]
        assert [s["errorCode"] for s in faulted] == ["GroundFailure"]


async def test_stop_button():
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.station.press_stop, 5)
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Local"


async def test_unplug_and_back_with_a_tolerant_station():
    """E10: the transaction waits for the cable, whose plug is kept until its driver comes (E10.FR.01)."""
    config = {"TxCtrlr.TxStopPoint": "Authorized", "TxCtrlr.StopTxOnEVSideDisconnect": False}
    world = World(config=config)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    ev = await world.do(world.station.unplug, 30)
    assert world.events()[-1]["triggerReason"] == "EVCommunicationLost"
    assert world.events()[-1]["eventType"] == "Updated"
    await world.do(lambda: world.station.plug(ev), 30)
    assert world.events()[-1]["transactionInfo"]["chargingState"] == "Charging"
    await world.do(world.station.unplug, 121)
    assert world.events()[-1]["eventType"] == "Updated"
    await world.do(lambda: world.station.present("A"), 10)
    assert world.events()[-1]["eventType"] == "Ended"
    assert world.events()[-1]["transactionInfo"]["stoppedReason"] == "Local"
    check(world)


def test_wrong_use_raises():
    world = World()
    station = world.station
    with pytest.raises(ValueError, match="no EVSE 2"):
        station.plug(car(), evse=2)
    with pytest.raises(ValueError, match="no connector 3"):
        station.plug(car(), connector=3)
    with pytest.raises(ValueError, match="no EV at"):
        station.unplug()
    station.plug(car())
    with pytest.raises(ValueError, match="has an EV already"):
        station.plug(car())
    station.present("A")  # nobody reads it
    assert not world.told(facts.TokenPresented)
    with pytest.raises(ValueError, match="is not a variable"):
        World(config={"Nonsense.Key": 1})
    with pytest.raises(ValueError, match="below 1"):
        World(config={"OCPPCommCtrlr.HeartbeatInterval": 0})


async def test_power_on_twice_and_off_before_it_runs():
    world = World()
    world.station.power_on()
    world.station.power_on()
    world.station.power_off()
    world.station.power_off()
    await world.run(60)
    assert [fact.name for _, fact in world.facts] == ["PoweredOn", "PoweredOff"]
    await world.boot()


async def test_facts_of_a_boot_are_in_order():
    world = World()
    await world.boot()
    names = [fact.name for _, fact in world.facts if fact.name != "SecurityEventRaised"]
    assert names == ["PoweredOn", "Connected", "Registered", "StatusChanged"]


async def test_snapshot():
    world = World()
    await world.boot()
    world.station.plug(car(0.5))
    await world.do(lambda: world.station.present("A"), 60)
    shot = world.station.snapshot()
    assert shot["powered"]
    assert shot["connected"]
    assert (shot["registration"], shot["queued"]) == ("Accepted", 0)
    evse = shot["evses"][1]
    assert evse["token"] == "A"
    assert evse["state"] == "Charging"
    assert evse["status"] == {1: "Occupied"}
    assert evse["power_w"] == pytest.approx(11_000)
    assert evse["soc_percent"] > 50


async def test_key_codes_stay_out_of_the_record():
    world = World()
    await world.boot()
    await world.do(lambda: world.station.present(Token("1234", "KeyCode")), 5)
    assert world.told(facts.TokenPresented)[0].token == "*"


async def test_same_seed_same_frames():
    async def day(seed: int) -> list[str]:
        world = World(seed=seed)
        await world.boot()
        world.station.plug(car())
        await world.do(lambda: world.station.present("A"), 600)
        await world.do(world.csms.down, 600)
        await world.do(world.csms.up, 600)
        return [f"{frame.t} {frame.text}" for frame in world.frames]

    assert await day(1) == await day(1)
    assert await day(1) != await day(2)


async def test_two_evses_share_the_grid():
    world = World(name="dc-300kw-duo")
    await world.boot()
    for evse in (1, 2):
        world.station.plug(car(0.1, 0.9), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    powers = [evse.reading().power_w for evse in world.station.evses]
    assert all(power > 0 for power in powers)
    assert sum(powers) <= world.station.profile.grid_max_w
    await world.do(lambda: world.station.unplug(1), 10)
    await world.do(lambda: world.station.unplug(2), 10)
    check(world)


async def test_a_station_that_is_shut_down_says_goodbye():
    world = World()
    await world.boot()
    world.station.shut_down()
    world.station.shut_down()
    await world.run(world.clock.now + 60)
    assert world.csms.link is None
    assert [fact.code for fact in world.told(facts.Disconnected)] == [1001]
    assert not world.station.powered
    assert world.told(facts.PoweredOff) == [facts.PoweredOff()]
