"""Resets (2.0.1 B11, B12; 1.6 §5.14)."""

from dataclasses import replace

import pytest

from protocol.versions import V16
from simulator import facts
from simulator.function import Function
from tests.simulator.csms import BOTH, MUTE, World, car, profile
from tests.simulator.ledger import check


async def charging(version=None, name="ac-22kw") -> World:
    world = World(*([version] if version else []), name=name)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 30)
    return world


async def test_immediate_without_transaction():
    world = World()
    await world.boot()
    assert await world.ask("Reset", {"type": "Immediate"}, 20) == {"status": "Accepted"}
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "RemoteReset"]
    assert world.station.online
    await world.do(world.station.power_off)
    await world.boot()
    assert world.csms.of("BootNotification")[-1]["reason"] == "PowerUp"


async def test_immediate_ends_the_transaction_first():
    """B12.FR.04."""
    world = await charging()
    assert await world.ask("Reset", {"type": "Immediate"}, 20) == {"status": "Accepted"}
    ended = world.events()[-1]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert ended["transactionInfo"]["chargingState"] == "EVConnected"
    assert "idToken" not in ended
    order = [action for _, action, _ in world.csms.got if action in ("TransactionEvent", "BootNotification")]
    assert order[-2:] == ["TransactionEvent", "BootNotification"]
    assert world.statuses()[-1] == "Occupied"
    check(world)


async def test_unanswered_end_is_sent_after_the_restart():
    """B12.FR.05."""
    world = await charging()
    world.csms.answers["TransactionEvent"] = MUTE
    await world.ask("Reset", {"type": "Immediate"}, 4)
    assert not world.told(facts.PoweredOff)
    world.csms.answers.clear()
    await world.run(world.clock.now + 20)
    assert len(world.csms.of("BootNotification")) == 2
    assert world.events()[-1]["offline"]
    check(world)


async def test_on_idle_waits():
    """B12.FR.01, B12.FR.03."""
    world = await charging()
    assert await world.ask("Reset", {"type": "OnIdle"}, 60) == {"status": "Scheduled"}
    assert world.told(facts.ResetScheduled)
    assert len(world.csms.of("BootNotification")) == 1
    await world.do(lambda: world.station.present("A"), 20)
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "ScheduledReset"]
    assert world.told(facts.TransactionEnded)[0].reason == "Local"
    check(world)


async def test_on_idle_keeps_new_drivers_out():
    world = await charging(name="ac-22kw-duo")
    assert await world.ask("Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    world.station.plug(car(), 2)
    await world.do(lambda: world.station.present("B", 2), 10)
    assert len(world.told(facts.TransactionStarted)) == 1
    token = {"idToken": "R", "type": "Central"}
    refused = await world.ask("RequestStartTransaction", {"idToken": token, "remoteStartId": 1, "evseId": 2})
    assert refused == {"status": "Rejected"}


async def test_on_idle_at_once_where_nothing_runs():
    world = World()
    await world.boot()
    assert await world.ask("Reset", {"type": "OnIdle"}, 20) == {"status": "Accepted"}
    assert len(world.csms.of("BootNotification")) == 2


@pytest.mark.parametrize("kind", ["Immediate", "OnIdle"])
async def test_one_evse(kind):
    """B11.FR.08, B12.FR.07, B12.FR.08: Unavailable while it restarts, the station stays online."""
    world = await charging(name="ac-22kw-duo")
    answer = await world.ask("Reset", {"type": kind, "evseId": 1}, 0.5)
    if kind == "OnIdle":
        assert answer == {"status": "Scheduled"}
        await world.do(lambda: world.station.present("A", 1), 0.5)
    else:
        assert answer == {"status": "Accepted"}
    await world.run(world.clock.now + 10)
    statuses = [s["connectorStatus"] for s in world.csms.of("StatusNotification") if s["evseId"] == 1]
    assert statuses == ["Available", "Occupied", "Unavailable", "Occupied"]
    assert len(world.csms.of("BootNotification")) == 1
    reason = "ImmediateReset" if kind == "Immediate" else "Local"
    assert [ended.reason for ended in world.told(facts.TransactionEnded)] == [reason]
    await world.do(lambda: world.station.unplug(1), 5)
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("B", 1), 10)
    assert len(world.told(facts.TransactionStarted)) == 2


async def test_unknown_evse():
    world = World()
    await world.boot()
    refused = await world.ask("Reset", {"type": "Immediate", "evseId": 9})
    assert refused == {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}


@pytest.mark.parametrize(("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")])
async def test_16(kind, reason):
    world = await charging(V16)
    assert await world.ask("Reset", {"type": kind}, 20) == {"status": "Accepted"}
    assert world.csms.of("StopTransaction")[0]["reason"] == reason
    assert len(world.csms.of("BootNotification")) == 2
    check(world)


async def test_power_loss_forgets_what_was_scheduled():
    world = await charging()
    await world.ask("Reset", {"type": "OnIdle"})
    await world.do(world.station.power_off)
    await world.boot()
    await world.run(world.clock.now + 60)
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "PowerUp"]


class Burning(Function):
    """Writes something that must be whole, and then something that had better be."""

    __slots__ = ("busy", "vital")

    def __init__(self, station):
        super().__init__(station)
        self.vital, self.busy = True, True

    def forbids_reset(self):
        return "FwUpdateInProgress" if self.vital else None

    def at_work(self):
        return self.busy


@pytest.mark.proves("station", "Reset", "1.6 2.0.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_what_must_not_be_interrupted_is_not(version):
    """B11.FR.06, B12.FR.10."""
    world = World(version)
    await world.boot()
    work = world.station.function(Burning)
    kind = "Hard" if version is V16 else "Immediate"
    answer = await world.ask("Reset", {"type": kind}, 30)
    assert answer["status"] == "Rejected"
    if version is not V16:
        assert answer["statusInfo"] == {"reasonCode": "FwUpdateInProgress"}
    assert not world.told(facts.PoweredOff)
    work.vital = False
    assert (await world.ask("Reset", {"type": kind}, 30))["status"] == "Accepted"
    assert world.told(facts.PoweredOff)


@pytest.mark.proves("station", "Reset", "2.0.1")
async def test_on_idle_waits_for_other_work_too():
    """B11.FR.07 (errata 2025-06)."""
    world = World()
    await world.boot()
    work = world.station.function(Burning)
    work.vital = False
    assert await world.ask("Reset", {"type": "OnIdle"}, 60) == {"status": "Scheduled"}
    assert not world.told(facts.PoweredOff)
    work.busy = False
    await world.do(world.station.restarts.look, 30)
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "ScheduledReset"]


async def test_on_idle_waits_for_a_driver_who_has_shown_a_card():
    world = World(config={"TxCtrlr.EVConnectionTimeOut": 60})
    await world.boot()
    await world.do(lambda: world.station.present("A", 1), 5)
    assert await world.ask("Reset", {"type": "OnIdle"}, 20) == {"status": "Scheduled"}
    assert not world.told(facts.PoweredOff)
    await world.run(world.clock.now + 60)
    assert world.told(facts.PoweredOff)


async def test_an_evse_that_cannot_be_reset_alone():
    """B11.FR.09, B12.FR.09."""
    made = profile("ac-22kw-duo")
    world = World(name=replace(made, variables={**made.variables, "EVSE(2).AllowReset": "false"}))
    await world.boot()
    for kind in ("Immediate", "OnIdle"):
        answer = await world.ask("Reset", {"type": kind, "evseId": 2})
        assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    assert await world.ask("Reset", {"type": "Immediate", "evseId": 1}) == {"status": "Accepted"}


@pytest.mark.parametrize(("retries", "stuck", "restarts"), [(1, 1, True), (1, 2, False), (0, 1, False), (3, 3, True)])
async def test_a_restart_that_fails_is_tried_again(retries, stuck, restarts):
    """OCPPCommCtrlr.ResetRetries (part 2 §2.1.14); in the end the station goes on."""
    world = World(config={"OCPPCommCtrlr.ResetRetries": retries})
    await world.boot()
    world.station.restarts.stuck = stuck
    await world.ask("Reset", {"type": "Immediate"}, 90)
    assert bool(world.told(facts.PoweredOff)) is restarts
    assert [fact.attempt for fact in world.told(facts.ResetFailed)] == list(range(1, stuck + 1))
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 10)
    assert world.told(facts.TransactionStarted)


async def test_what_was_scheduled_is_done_when_the_power_has_gone_meanwhile():
    world = await charging()
    await world.ask("Reset", {"type": "OnIdle"})
    world.station.power_off()
    await world.boot()
    world.station.present("A")
    await world.run(world.clock.now + 60)
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "PowerUp"]
