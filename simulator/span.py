"""The span of a transaction: which point begins it, which ends it, and how long it waits for a cable.

Everything that can happen at an EVSE ends in ``changed``: it compares which of the transaction points hold now with
those that held before, and starts, updates or ends the transaction by TxStartPoint and TxStopPoint (2.0.1 part 2, E01,
E06). What is told of it is the Recording's business.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator import facts
from simulator.clock import Timer
from simulator.flash import Phase
from simulator.points import BAY, SIGNING_S, occupied, points, signs

if TYPE_CHECKING:
    from simulator.evse import Evse

_REASONS = {
    "StopAuthorized": "Local",
    "EVCommunicationLost": "EVDisconnected",
    "ChargingStateChanged": "StoppedByEV",
    "Deauthorized": "DeAuthorized",
    "EVConnectTimeout": "Timeout",
    "EVDeparted": "EVDisconnected",
    "RemoteStop": "Remote",
}
"""The stop reason that goes with a trigger where nothing more exact is known (ReasonEnumType)."""


def changed(evse: Evse, trigger: str) -> None:
    """Something happened: let contactor, transaction and reported status follow; in the dark nobody notices."""
    station, recording = evse.station, evse.recording
    if not station.runs_firmware:
        return
    moved = follow(evse)
    _await_signature(evse)
    held = holding(evse)
    risen, fallen = held - evse.held, evse.held - held
    evse.held = held
    if evse.ready_s is None and "PowerPathClosed" in risen:
        evse.ready_s = station.clock.now
        recording.ready()
    if evse.tx is not None:
        if fallen & station.settings.stop_points or _over(evse):
            close(evse, trigger)
        else:
            recording.emit(Phase.UPDATED, trigger)
    elif risen & station.settings.start_points and _may_start(evse):
        recording.start(trigger)
    if moved:
        station.tell(facts.ChargingStateChanged(evse.id, evse.state))
    station.report_status(evse)
    if evse.may_charge():
        evse.circuit.begin()


def follow(evse: Evse) -> bool:
    """Let the charging state follow the circuit; whether it is another one."""
    state = evse.circuit.state()
    if state == evse.state:
        return False
    evse.state = state
    evse.recording.charging(state == "Charging")
    return True


def holding(evse: Evse) -> frozenset[str]:
    """Which start and stop points hold now."""
    charging = evse.contactor_closed and evse.state == "Charging"
    return points(evse, charging=charging, signed=evse.signature is True)


def close(evse: Evse, trigger: str) -> None:
    """End the running transaction now, and with it the right to charge."""
    tx = evse.tx
    assert tx is not None
    evse.cut_power()
    stop_waiting(evse)
    follow(evse)
    evse.recording.end(trigger, tx.stop_reason or _REASONS.get(trigger, "Other"))
    evse.authorization = evse.ready_s = None
    evse.circuit.hold_back(False)
    evse.finished = evse.plugged is not None
    evse.held = holding(evse)


def _may_start(evse: Evse) -> bool:
    return evse.station.may_begin and evse.operative() and not evse.station.leaving(evse)


def _over(evse: Evse) -> bool:
    """Nobody and nothing is left that could still reach a stop point."""
    if evse.authorization is not None or evse.tx is None:
        return False
    settings = evse.station.settings
    never_flows = evse.tx.token is not None and "EnergyTransfer" in settings.stop_points
    return never_flows or (evse.ev is None and not (BAY in settings.either and occupied(evse)))


# -- the meter's signature


def _await_signature(evse: Evse) -> None:
    """E01.FR.04: once power can flow, the meter is asked for a signed reading."""
    wanted = evse.ev is not None and evse.authorization is not None and signs(evse)
    if wanted and evse.signature is False:
        evse.signature = evse.station.clock.after(SIGNING_S, partial(_signed, evse))
    elif not wanted:
        if isinstance(evse.signature, Timer):
            evse.signature.cancel()
        evse.signature = False


def _signed(evse: Evse) -> None:
    evse.signature = True
    changed(evse, "SignedDataReceived")


# -- waiting for a cable


def leaves_on_unplug(evse: Evse) -> bool:
    """Whether a cable that is pulled at the EV takes the right to charge (E09.FR.01, E06.FR.02, E06.FR.06)."""
    stops = evse.station.settings.stop_points
    ends = "EVConnected" in stops or "PowerPathClosed" in stops
    return ends or evse.station.variables.flag("TxCtrlr.StopTxOnEVSideDisconnect")


def await_cable(evse: Evse) -> None:
    """Whoever may charge has EVConnectionTimeOut for a cable; then the right is gone (E03.FR.05, E10.FR.02).

    The second case is told like the first, as TC_E_27_CS wants it; only the scenario of E10 has it otherwise.
    """
    wait_s = evse.station.variables.number("TxCtrlr.EVConnectionTimeOut")
    stop_waiting(evse)
    evse.waiting = evse.station.clock.after(wait_s, partial(_nobody_came, evse))


def stop_waiting(evse: Evse) -> None:
    """Nothing is waited for any more."""
    if evse.waiting is not None:
        evse.waiting.cancel()
        evse.waiting = None


def _nobody_came(evse: Evse) -> None:
    evse.waiting = None
    if evse.ev is None and evse.authorization is not None:
        evse.station.tell(facts.ConnectionTimedOut(evse.id))
        if evse.tx is not None and BAY in evse.station.settings.stop_points:
            evse.tx.stop_reason = "Timeout"
            evse.dismiss()
            changed(evse, "EVConnectTimeout")  # E03.FR.15
            evse.station.became_idle(evse)
        else:
            evse.end("EVConnectTimeout", "Timeout")
