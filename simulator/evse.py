"""One EVSE: cable, contactor, meter and EV on the one hand, authorization and transaction on the other.

Everything that can happen ends in ``_changed``: it compares which of the transaction points hold now with those that
held before, and starts, updates or ends the transaction by TxStartPoint and TxStopPoint (2.0.1 part 2, E01, E06).
OCPP 1.6 behaves as start and stop point PowerPathClosed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator import facts
from simulator.clock import Timer
from simulator.electrical import Kind, Offer, at_grid, at_rest
from simulator.ev import EV, Flow
from simulator.flash import Phase, Sample, Transaction, TxEvent
from simulator.meter import Meter, Reading
from simulator.profile import ConnectorProfile, EvseProfile
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station

HANDSHAKE_S = {Kind.AC: 2.0, Kind.DC: 12.0}
"""From "may charge" to closed contactor: the EV's state C for AC; cable check and pre-charge for DC."""

STATES = {
    Flow.CHARGING: "Charging",
    Flow.SUSPENDED_EV: "SuspendedEV",
    Flow.SUSPENDED_EVSE: "SuspendedEVSE",
}


@dataclass(slots=True)
class Authorization:
    """A driver's right to charge here. ``reported``: the transaction's events have carried the token already."""

    token: Token
    group: str | None = None
    remote_start_id: int | None = None
    reported: bool = False
    suspended: bool = False


class Evse:
    """EVSE 1..n of a station."""

    __slots__ = (
        "_charging_since",
        "_closing",
        "_connecting",
        "_full",
        "_held",
        "_sampling",
        "_settled_s",
        "_state",
        "authorization",
        "contactor_closed",
        "ev",
        "faults",
        "finished",
        "id",
        "limit_w",
        "meter",
        "plugged",
        "profile",
        "station",
    )

    def __init__(self, station: Station, number: int, profile: EvseProfile, meter: Meter) -> None:
        self.station = station
        self.id = number
        self.profile = profile
        self.meter = meter
        self.ev: EV | None = None
        self.plugged: int | None = None
        self.contactor_closed = False
        self.faults: dict[int, str] = {}
        self.limit_w = float("inf")
        self._settled_s = station.clock.now
        self._forget()

    def _forget(self) -> None:
        """What is in volatile memory is gone."""
        self.authorization: Authorization | None = None
        self.finished = False
        self._held: frozenset[str] = frozenset()
        self._state = "Idle"
        self._charging_since: float | None = None
        self._closing: Timer | None = None
        self._connecting: Timer | None = None
        self._full: Timer | None = None
        self._sampling: Timer | None = None

    # -- what may be asked ------------------------------------------------------------------------------------------

    @property
    def tx(self) -> Transaction | None:
        """The running transaction."""
        return self.station.flash.running.get(self.id)

    @property
    def state(self) -> str:
        """The charging state (ChargingStateEnumType)."""
        return self._state

    @property
    def connector(self) -> int:
        """The connector in use, or the first one."""
        return self.plugged or 1

    @property
    def outlet(self) -> ConnectorProfile:
        """The connector in use, as the profile describes it."""
        return self.profile.connectors[self.connector - 1]

    def operative(self, connector: int | None = None) -> bool:
        """Whether this EVSE (or one connector of it) may be used: not made inoperative, not faulted."""
        wanted = self.connector if connector is None else connector
        off = self.station.flash.inoperative
        return not (off & {(0, 0), (self.id, 0), (self.id, wanted)}) and wanted not in self.faults

    @property
    def free(self) -> bool:
        """Whether a new driver may begin here."""
        return self.operative() and self.tx is None and self.authorization is None

    def offer(self) -> Offer:
        """What the EV is allowed now."""
        limit_w = 0.0 if self._held_back else self.limit_w
        return self.outlet.supply.offer(limit_w=limit_w)

    def reading(self) -> Reading:
        """What the meter shows now."""
        self.settle()
        supply = self.outlet.supply
        if self.ev is None:
            draw = at_rest(supply)
            return self.meter.reading(draw if self._at_outlet else at_grid(supply, draw))
        offer = self.offer() if self.contactor_closed else supply.offer(limit_w=0.0)
        draw = self.ev.draw(offer)
        soc = self.ev.soc_percent if supply.kind is Kind.DC else None  # an AC station is not told
        return self.meter.reading(draw if self._at_outlet else at_grid(supply, draw), soc_percent=soc, offer=offer)

    @property
    def _at_outlet(self) -> bool:
        return self.station.profile.meter.location == "Outlet"

    @property
    def _held_back(self) -> bool:
        return self.authorization is not None and self.authorization.suspended

    # -- what people and cars do ------------------------------------------------------------------------------------

    def plug(self, ev: EV, connector: int) -> None:
        """An EV is connected. Raises ValueError if the EVSE is occupied or has no such connector."""
        if self.ev is not None:
            raise ValueError(f"EVSE {self.id} of {self.station.identity} has an EV already")
        if not 1 <= connector <= len(self.profile.connectors):
            raise ValueError(f"EVSE {self.id} of {self.station.identity} has no connector {connector}")
        self.ev, self.plugged = ev, connector
        self._settled_s = self.station.clock.now
        self.station.tell(facts.Plugged(self.id, connector))
        if self.station.powered:
            self._stop(self._connecting)
            self._changed("CablePluggedIn")

    def unplug(self) -> None:
        """The cable is pulled at the EV. Raises ValueError if there is none."""
        if self.ev is None or self.plugged is None:
            raise ValueError(f"no EV at EVSE {self.id} of {self.station.identity}")
        self._open_contactor()
        connector = self.plugged
        self.ev, self.plugged, self.finished = None, None, False
        self.station.tell(facts.Unplugged(self.id, connector))
        if not self.station.powered:
            return
        tx = self.tx
        stops = self.station.settings.stop_points
        if tx is not None and self._leaves_on_unplug(stops):
            tx.stop_reason = tx.stop_reason or "EVDisconnected"
            self.authorization = None
        elif tx is None:
            self.authorization = None
        self._changed("EVCommunicationLost")
        self.station.became_idle(self)

    def _leaves_on_unplug(self, stops: frozenset[str]) -> bool:
        return "EVConnected" in stops or self.station.variables.flag("TxCtrlr.StopTxOnEVSideDisconnect")

    # -- what the firmware does -------------------------------------------------------------------------------------

    def authorize(self, authorization: Authorization, trigger: str = "Authorized") -> None:
        """A driver may charge here. Without a cable within EVConnectionTimeOut the right is gone (E03.FR.05)."""
        self.authorization = authorization
        self.finished = False
        if self.plugged is None:
            wait_s = self.station.variables.number("TxCtrlr.EVConnectionTimeOut")
            self._connecting = self.station.clock.after(wait_s, self._nobody_came)
        self._changed(trigger)

    def stop(self, trigger: str, reason: str, token: Token | None = None) -> None:
        """The driver or somebody in charge ends charging here."""
        self._stop(self._connecting)
        if (tx := self.tx) is not None:
            tx.stop_reason = tx.stop_reason or reason
            tx.stop_token = token
        self._open_contactor()
        self.authorization = None
        self._changed(trigger)
        self._unlock()
        self.station.became_idle(self)

    def end(self, trigger: str, reason: str) -> None:
        """End the transaction whatever the stop points say (reset, power loss, time-out)."""
        self._open_contactor()
        self.authorization = None
        if self.tx is not None:
            self.tx.stop_reason = reason
            self._end(trigger)
        self._held = self._points()
        self.station.report_status(self)

    def deauthorize(self, status: str) -> None:
        """The CSMS does not accept the token of the running transaction (E05, C15)."""
        if self.authorization is None:
            return
        self.station.tell(facts.Deauthorized(self.id, self.authorization.token.id, status))
        if self.station.variables.flag("TxCtrlr.StopTxOnInvalidId"):
            self.stop("Deauthorized", "DeAuthorized")
            return
        self.settle()
        self.authorization.suspended = True
        self._rearm()
        self._changed("Deauthorized")

    def unlock(self, connector: int) -> bool:
        """Release the plug of a socket; False where there is no lock to open."""
        if not self.profile.connectors[connector - 1].lock:
            return False
        self.station.tell(facts.CableUnlocked(self.id, connector))
        return True

    def report(self, trigger: str, context: str) -> None:
        """Send a reading within the transaction (Trigger, MeterValueClock)."""
        key = "AlignedDataCtrlr.Measurands" if context == "Sample.Clock" else "SampledDataCtrlr.TxUpdatedMeasurands"
        self._emit(Phase.UPDATED, trigger, (self.sample(context, key),))

    def sample(self, context: str, key: str) -> Sample:
        """A reading with the measurands that a variable asks for."""
        measurands = self.station.variables.items(key)
        return Sample(self.station.stamp(), context, self.reading(), measurands)

    def power_down(self) -> None:
        """Mains are gone: what is not in flash is lost, the contactor falls open, the EV stays where it is."""
        tx = self.tx
        reading = self.reading() if tx is not None else None
        self._open_contactor()
        if tx is not None and reading is not None:
            tx.last = (self.station.stamp(), reading)
            tx.last_offline = not self.station.online
        for timer in (self._closing, self._connecting, self._full, self._sampling):
            self._stop(timer)
        self._forget()

    def power_up(self) -> None:
        """The firmware starts: a transaction that power loss or a reset cut off is ended as of then (E06.FR.16)."""
        self._settled_s = self.station.clock.now
        tx = self.station.flash.running.pop(self.id, None)
        if tx is not None:
            self._end_lost(tx)
            self.finished = self.plugged is not None
        self._follow_state()

    def welcome(self) -> None:
        """The CSMS accepted the station: a cable that was in before counts as plugged in now."""
        if self.tx is None:
            self._held = frozenset()
            self._changed("CablePluggedIn")

    # -- physics ----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Bring EV and meter up to now."""
        now = self.station.clock.now
        elapsed_s, self._settled_s = now - self._settled_s, now
        if self.contactor_closed and self.ev is not None and elapsed_s > 0:
            energy_wh = self.ev.advance(elapsed_s, self.offer())
            if not self._at_outlet:
                energy_wh /= self.outlet.supply.efficiency
            self.meter.count(energy_wh)

    def wanted_w(self) -> float:
        """The power that the EV would take if this EVSE alone were limited."""
        if not self.contactor_closed or self.ev is None or self._held_back:
            return 0.0
        return self.ev.power_w(self.outlet.supply.offer())

    def limit(self, limit_w: float) -> None:
        """Another limit for the EV from now on."""
        if limit_w != self.limit_w:
            self.settle()
            self.limit_w = limit_w
            self._rearm()
            self._flow_changed()

    def _may_charge(self) -> bool:
        authorized = self.authorization is not None and not self.authorization.suspended
        return authorized and self.ev is not None and self.connector not in self.faults

    def _close_contactor(self) -> None:
        self._closing = None
        if not self._may_charge() or self.contactor_closed:
            return
        self.settle()
        self.contactor_closed = True
        self.station.tell(facts.ContactorClosed(self.id))
        self.station.share_power()
        self._rearm()
        self._flow_changed()

    def _open_contactor(self) -> None:
        self._stop(self._closing)
        self._stop(self._full)
        self._closing = self._full = None
        if not self.contactor_closed:
            return
        self.settle()
        self.contactor_closed = False
        self._count_charging()
        self.station.tell(facts.ContactorOpened(self.id, self.meter.energy_wh))
        self.station.observe(self)
        self.station.share_power()

    def _rearm(self) -> None:
        """Have the clock call when the EV will stop by itself."""
        self._stop(self._full)
        self._full = None
        if self.contactor_closed and self.ev is not None:
            left_s = self.ev.seconds_until_full(self.offer())
            if 0 < left_s < float("inf"):
                self._full = self.station.clock.after(left_s, self._ev_full)

    def _ev_full(self) -> None:
        self._full = None
        self.settle()
        if self.ev is not None and self.contactor_closed:
            if self.ev.is_full(self.offer()):
                self.station.tell(facts.EvFinished(self.id, round(self.ev.soc_percent, 1)))
                self._flow_changed()
                self.station.share_power()
            else:
                self._rearm()

    def _flow_changed(self) -> None:
        if self._charging_state() != self._state:
            self._changed("ChargingStateChanged")
        self.station.observe(self)

    def _charging_state(self) -> str:
        if self.ev is None:
            return "Idle"
        if self._held_back:
            return "SuspendedEVSE"
        if not self.contactor_closed:
            return "EVConnected"
        offer = self.offer()
        return "SuspendedEV" if self.ev.is_full(offer) else STATES[self.ev.flow(offer)]

    def _unlock(self) -> None:
        if self.plugged is not None and self.outlet.lock:
            self.station.tell(facts.CableUnlocked(self.id, self.plugged))

    def _nobody_came(self) -> None:
        self._connecting = None
        if self.plugged is None and self.authorization is not None:
            self.station.tell(facts.ConnectionTimedOut(self.id))
            self.end("EVConnectTimeout", "Timeout")
            self.station.became_idle(self)

    # -- the transaction --------------------------------------------------------------------------------------------

    def _points(self) -> frozenset[str]:
        """Which start and stop points hold now."""
        connected = self.ev is not None
        authorized = self.authorization is not None
        held = {
            "EVConnected": connected,
            "Authorized": authorized,
            "PowerPathClosed": connected and authorized,
            "EnergyTransfer": self.contactor_closed and self._state == "Charging",
        }
        return frozenset(point for point, holds in held.items() if holds)

    def _changed(self, trigger: str) -> None:
        """Something happened: let contactor, transaction and reported status follow."""
        moved = self._follow_state()
        points = self._points()
        risen, fallen = points - self._held, self._held - points
        self._held = points
        if self.tx is not None:
            if self._ends(fallen):
                self._end(trigger)
            else:
                self._emit(Phase.UPDATED, trigger)
        elif risen & self.station.settings.start_points and self.station.may_begin and not self.station.leaving(self):
            self._start(trigger)
        if moved:
            self.station.tell(facts.ChargingStateChanged(self.id, self._state))
        self.station.report_status(self)
        if self._may_charge() and not self.contactor_closed and self._closing is None and self.station.powered:
            wait_s = HANDSHAKE_S[self.outlet.supply.kind]
            self._closing = self.station.clock.after(wait_s, self._close_contactor)

    def _follow_state(self) -> bool:
        state = self._charging_state()
        if state == self._state:
            return False
        self._count_charging()
        self._state = state
        self._charging_since = self.station.clock.now if state == "Charging" else None
        return True

    def _count_charging(self) -> None:
        now = self.station.clock.now
        if self._charging_since is not None and self.tx is not None:
            self.tx.charging_s += now - self._charging_since
        self._charging_since = now if self._charging_since is not None else None

    def _ends(self, fallen: frozenset[str]) -> bool:
        """E06: a stop point no longer holds; the power path ends with either of its conditions (E06.FR.06)."""
        gone = set(fallen)
        if self.authorization is None and "Authorized" in fallen:
            gone.add("PowerPathClosed")
        if "EVConnected" in fallen and not self._tolerates_unplug():
            gone.add("PowerPathClosed")
        elif "EVConnected" in fallen:
            gone.discard("PowerPathClosed")
        abandoned = self.ev is None and self.authorization is None
        return bool(gone & self.station.settings.stop_points) or abandoned

    def _tolerates_unplug(self) -> bool:
        return self.authorization is not None and not self._leaves_on_unplug(self.station.settings.stop_points)

    def _start(self, trigger: str) -> None:
        station = self.station
        reading = self.reading()
        tx = Transaction(
            id=station.next_transaction_id(),
            evse=self.id,
            connector=self.connector,
            token=self.authorization.token if self.authorization else None,
            start_wh=reading.energy_wh,
        )
        station.flash.running[self.id] = tx
        if self._state == "Charging":
            self._charging_since = station.clock.now
        if self.authorization is not None and self.authorization.remote_start_id is not None:
            trigger = "RemoteStart"
        station.tell(facts.TransactionStarted(self.id, tx.id, reading.energy_wh))
        self._emit(Phase.STARTED, trigger, self._samples("Transaction.Begin", "SampledDataCtrlr.TxStartedMeasurands"))
        self._sampling = self._next_sampling()

    def _samples(self, context: str, key: str) -> tuple[Sample, ...]:
        sample = self.sample(context, key)
        return (sample,) if sample.measurands else ()

    def _end(self, trigger: str) -> None:
        tx = self.tx
        assert tx is not None
        self._open_contactor()
        self._stop(self._sampling)
        self._sampling = None
        self._follow_state()
        ending = self._samples("Transaction.End", "SampledDataCtrlr.TxEndedMeasurands")
        reason = tx.stop_reason or _REASONS.get(trigger, "Other")
        self._emit(Phase.ENDED, trigger, (*tx.samples, *ending), reason=reason)
        del self.station.flash.running[self.id]
        self.authorization = None
        self.finished = self.plugged is not None
        self._held = self._points()
        charged_wh = self.meter.energy_wh - tx.start_wh
        self.station.tell(facts.TransactionEnded(self.id, tx.id, reason, round(charged_wh, 3)))

    def _end_lost(self, tx: Transaction) -> None:
        """Report the end of a transaction that lost its firmware, with what was in flash."""
        moment, reading = tx.last or (self.station.stamp(), self.reading())
        reason = tx.stop_reason or "PowerLoss"
        measurands = self.station.variables.items("SampledDataCtrlr.TxEndedMeasurands")
        ending = (Sample(moment, "Transaction.End", reading, measurands),) if measurands else ()
        event = TxEvent(
            tx,
            Phase.ENDED,
            "AbnormalCondition" if reason == "PowerLoss" else "ResetCommand",
            moment,
            tx.seq,
            offline=tx.last_offline,
            state="EVConnected" if self.ev is not None else "Idle",
            samples=(*tx.samples, *ending),
            reason=reason,
            register_wh=reading.energy_wh,
        )
        tx.seq += 1
        self.station.journal.add(event)
        self.station.tell(facts.TransactionEnded(self.id, tx.id, reason, round(reading.energy_wh - tx.start_wh, 3)))

    def _emit(self, phase: Phase, trigger: str, samples: tuple[Sample, ...] = (), reason: str | None = None) -> None:
        tx, station, auth = self.tx, self.station, self.authorization
        assert tx is not None
        token = remote_start_id = None
        if auth is not None and not auth.reported:
            auth.reported, token, remote_start_id = True, auth.token, auth.remote_start_id
            tx.token = tx.token or auth.token
        elif tx.stop_token is not None and phase is not Phase.STARTED:
            token, tx.stop_token = tx.stop_token, None
        event = TxEvent(
            tx,
            phase,
            trigger,
            station.stamp(),
            tx.seq,
            offline=not station.online,
            state=self._state,
            token=token,
            samples=samples,
            reason=reason,
            remote_start_id=remote_start_id,
            register_wh=self.reading().energy_wh,
        )
        tx.seq += 1
        station.journal.add(event)

    def _next_sampling(self) -> Timer | None:
        variables = self.station.variables
        interval_s = variables.number("SampledDataCtrlr.TxUpdatedInterval")
        if not interval_s or not variables.flag("SampledDataCtrlr.Enabled"):
            return None
        return self.station.clock.after(interval_s, self._periodic)

    def _periodic(self) -> None:
        tx = self.tx
        if tx is None:
            return
        self.station.share_power()
        sample = self.sample("Sample.Periodic", "SampledDataCtrlr.TxUpdatedMeasurands")
        if sample.measurands:
            self._emit(Phase.UPDATED, "MeterValuePeriodic", (sample,))
        self.station.observe(self)
        self._sampling = self._next_sampling()

    def sampling_changed(self) -> None:
        """The sampling interval was set anew; a running transaction follows at once."""
        if self.tx is not None:
            self._stop(self._sampling)
            self._sampling = self._next_sampling()

    @staticmethod
    def _stop(timer: Timer | None) -> None:
        if timer is not None:
            timer.cancel()


_REASONS = {
    "StopAuthorized": "Local",
    "EVCommunicationLost": "EVDisconnected",
    "ChargingStateChanged": "StoppedByEV",
    "Deauthorized": "DeAuthorized",
    "EVConnectTimeout": "Timeout",
    "RemoteStop": "Remote",
}
"""The stop reason that goes with a trigger where nothing more exact is known (ReasonEnumType)."""
