"""How a transaction goes on that power loss or a reset has cut off (2.1 part 2 E17)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from simulator.authorization import Authorization
from simulator.points import points_before
from simulator.span import changed, leaves_on_unplug

if TYPE_CHECKING:
    from simulator.evse import Evse


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a transaction goes on with. ``gone``: the EV has left meanwhile; ``held``: the points that held before;
    ``held_back``: no energy flows, for good or for ``wait_s``; ``ready_s``: since when schedules count that are
    relative to its beginning."""

    authorization: Authorization | None
    held: frozenset[str]
    gone: bool
    held_back: bool = False
    wait_s: float = 0.0
    ready_s: float | None = None

    @property
    def trigger(self) -> str:
        """What is told of it (TriggerReasonEnumType of 2.1)."""
        return "EVCommunicationLost" if self.gone else "TxResumed"


def resumption(evse: Evse) -> Resumption:
    """E17.FR.11–.13, .16–.18: with what the transaction of an EVSE goes on. It has to have one."""
    tx, station = evse.tx, evse.station
    assert tx is not None
    connected = tx.state != "Idle"
    gone = connected and evse.ev is None
    held = points_before(connected=connected, authorized=tx.authorized)
    ends = gone and leaves_on_unplug(evse)
    right = Authorization(tx.token, tx.group, reported=True) if tx.authorized and tx.token and not ends else None
    ready_s = None if tx.ready is None else station.clock.now - (station.now - tx.ready).total_seconds()
    if gone or tx.state != "Charging":
        return Resumption(right, held, gone, ready_s=ready_s)
    if not station.variables.flag("TxCtrlr.AllowEnergyTransferResumption"):
        return Resumption(right, held, gone, held_back=True, ready_s=ready_s)
    most_s = station.variables.number("TxCtrlr.EnergyTransferResumptionRandomRange")
    wait_s = station.chance.uniform("resumption", 0.0, most_s) if most_s else 0.0
    return Resumption(right, held, gone, held_back=wait_s > 0, wait_s=wait_s, ready_s=ready_s)


def resume(evse: Evse) -> None:
    """E17.FR.10–.18: on with the transaction, unless the EV has gone meanwhile and that ends it."""
    tx, found = evse.tx, resumption(evse)
    assert tx is not None
    evse.authorization, evse.held = found.authorization, found.held
    evse.ready_s = found.ready_s
    evse.recording.resume()
    if found.gone:
        tx.stop_reason = "EVDisconnected" if evse.authorization is None else None
        evse.release_plug()
    evse.circuit.hold_back(found.held_back)
    if found.wait_s:
        evse.waiting = evse.station.clock.after(found.wait_s, partial(_go_on, evse))
    evse.station.later(partial(changed, evse, found.trigger))


def _go_on(evse: Evse) -> None:
    """E17.FR.18: the wait before energy flows again is over."""
    evse.waiting = None
    evse.circuit.hold_back(False)
    changed(evse, "ChargingStateChanged")
