"""One EVSE: whose turn it is, and whether energy may flow.

What happens here goes to the Circuit, whose business power is; where it may begin or end a transaction, to the span of
that (``span.changed``), whose record is the Recording.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, cast

from simulator import facts
from simulator.authorization import Authorization
from simulator.circuit import Circuit
from simulator.clock import Timer
from simulator.electrical import Offer
from simulator.ev import EV
from simulator.flash import Sample, Transaction
from simulator.hardware.timing import timing_of
from simulator.meter import Meter, Reading
from simulator.points import BAY, signs
from simulator.profile import ConnectorProfile, EvseProfile
from simulator.recording import Recording
from simulator.resumption import resume
from simulator.smart.negotiation import Negotiation
from simulator.span import await_cable, changed, close, follow, holding, leaves_on_unplug, stop_waiting
from simulator.tokens import NOBODY, Token
from simulator.troubles import CLOSED, FAULTED, HELD_BACK, Effect, Trouble

if TYPE_CHECKING:
    from simulator.hardware.lock import LockPart
    from simulator.station import Station

_LOCK = "ConnectorPlugRetentionLock"

_NOTHING: frozenset[str] = frozenset()


class Evse:
    """EVSE 1..n of a station."""

    __slots__ = (
        "authorization",
        "circuit",
        "finished",
        "held",
        "id",
        "owner",
        "profile",
        "ready_s",
        "recording",
        "resetting",
        "signature",
        "state",
        "station",
        "stopping",
        "waiting",
    )

    def __init__(self, station: Station, number: int, profile: EvseProfile, meter: Meter) -> None:
        self.station = station
        self.id = number
        self.profile = profile
        self.circuit = Circuit(self, profile, meter, station.clock.now)
        self.recording = Recording(self)
        self._forget()

    def _forget(self) -> None:
        """What is in volatile memory is gone."""
        self.authorization: Authorization | None = None
        self.finished = False
        self.resetting = False
        self.ready_s: float | None = None  # since when a driver with a cable is there, whose schedule counts from it
        self.held = _NOTHING
        self.state = "Idle"
        self.signature: Timer | bool = False  # the meter's first signed reading: on its way, or there
        self.owner: Token | None = None  # whose plug is locked in, though there is no transaction any more
        self.stopping: tuple[str, bool] | None = None  # what ends charging, and whether it unlocks the plug
        self.waiting: Timer | None = None

    # -- what may be asked ------------------------------------------------------------------------------------------

    @property
    def tx(self) -> Transaction | None:
        """The running transaction."""
        return self.recording.tx

    @property
    def ev(self) -> EV | None:
        """The EV at the cable."""
        return self.circuit.ev

    @property
    def plugged(self) -> int | None:
        """The connector that an EV is plugged into."""
        return self.circuit.plugged

    @property
    def meter(self) -> Meter:
        """The energy meter."""
        return self.circuit.meter

    @property
    def contactor_closed(self) -> bool:
        """Whether the connector is joined to the mains."""
        return self.circuit.contactor_closed

    @property
    def connector(self) -> int:
        """The connector in use, or the first one."""
        return self.plugged or 1

    @property
    def outlet(self) -> ConnectorProfile:
        """The connector in use, as the profile describes it."""
        return self.circuit.outlet

    def operative(self, connector: int | None = None) -> bool:
        """Whether this EVSE (or one connector of it) may be used: not inoperative, closed, faulted or resetting."""
        wanted = self.connector if connector is None else connector
        return not self.resetting and self.effect(wanted) < CLOSED and not self.station.is_off(self.id, wanted)

    def effect(self, connector: int | None = None) -> Effect:
        """What the troubles at the connector in use (or another one) do to charging."""
        station = self.station
        return station.worst_at(self.id, connector or self.connector) if station.troubles else Effect.TOLD

    def faulted(self, connector: int) -> bool:
        """Whether a connector cannot be used for what is wrong with it, its EVSE or the station."""
        return self.effect(connector) is FAULTED

    @property
    def halted(self) -> bool:
        """Whether a driver who may charge gets nothing for what is wrong."""
        return self.authorization is not None and self.effect() >= HELD_BACK

    @property
    def free(self) -> bool:
        """Whether a new driver may begin here."""
        return self.operative() and self.tx is None and self.authorization is None

    @property
    def takes_driver(self) -> bool:
        """Whether a driver may be let in: nobody is, and no transaction is left over from one (C01.FR.23)."""
        stale = self.tx is not None and self.tx.token is not None
        left_behind = self.owner is not None and self.ev is None and self.circuit.holds_plug
        return self.authorization is None and not stale and not left_behind and self.operative()

    def takes_back(self, token: Token, group: str | None = None) -> bool:
        """Whether a driver who is no longer authorized may go on with his transaction (E09.FR.01, C01.FR.23)."""
        tx = self.tx
        if tx is None or tx.token is None or self.authorization is not None or not self.operative():
            return False
        return tx.token.same(token) or (group is not None and tx.group == group)

    def offer(self) -> Offer:
        """What the EV is allowed now."""
        return self.circuit.offer()

    def reading(self) -> Reading:
        """What the meter shows now."""
        return self.circuit.reading()

    # -- what people and cars do ------------------------------------------------------------------------------------

    def plug(self, ev: EV, connector: int, cable_a: float = math.inf) -> None:
        """An EV is connected. Raises ValueError if the EVSE is occupied or has no such connector.

        ``cable_a``: what the cable carries, as its proximity resistor says.
        """
        if self.ev is not None:
            raise ValueError(f"EVSE {self.id} of {self.station.identity} has an EV already")
        if self.plugged not in (None, connector):
            raise ValueError(
                f"a plug is stuck in connector {self.plugged} of EVSE {self.id} of {self.station.identity}"
            )
        if not 1 <= connector <= len(self.profile.connectors):
            raise ValueError(f"EVSE {self.id} of {self.station.identity} has no connector {connector}")
        self.station.tell(facts.Plugged(self.id, connector))
        self.circuit.join(ev, connector, cable_a)
        if self.station.runs_firmware:
            stop_waiting(self)
            changed(self, "CablePluggedIn")
            self.station.admission.plugged(self)

    def unplug(self) -> None:
        """The cable is pulled at the EV. Its other end comes too unless the station holds it: attached cables have
        none. Raises ValueError if there is no EV."""
        if self.ev is None or self.plugged is None:
            raise ValueError(f"no EV at EVSE {self.id} of {self.station.identity}")
        connector = self.plugged
        self.circuit.leave()
        if self.stopping is not None:
            self._stopped()
        self.finished = False
        self.station.tell(facts.Unplugged(self.id, connector))
        if not self.station.runs_firmware:
            self._take_plug()
            return
        if self.tx is None or leaves_on_unplug(self):
            if self.tx is not None:
                self.tx.stop_reason = self.tx.stop_reason or "EVDisconnected"
            unlocks = self.station.variables.flag("OCPPCommCtrlr.UnlockOnEVSideDisconnect")
            self.dismiss(keep=self.owner is not None or not unlocks)
        elif self.authorization is not None and (self.outlet.attached or not self.circuit.holds_plug):
            await_cable(self)  # E10.FR.02; .01: a plug stays locked
        self._take_plug()
        changed(self, "EVCommunicationLost")
        self.station.became_idle(self)

    def _take_plug(self) -> None:
        """Whoever pulled the cable at the EV takes it along, where nothing holds it."""
        held = self.circuit.holds_plug and not self.outlet.attached
        if self.ev is None and self.plugged is not None and not held:
            self.circuit.part()
            self.finished = False

    def dismiss(self, *, keep: bool = False) -> None:
        """Nobody may charge here any more. ``keep``: the plug stays locked until its owner comes (E05.FR.11,
        E09.FR.03, C15.FR.05). Whoever presses the start button owns nothing: anybody can press it (C02)."""
        keep = keep and (self.authorization is None or self.authorization.token.type != NOBODY)
        if keep and self.authorization is not None and self.circuit.holds_plug and not self.outlet.attached:
            self.owner = self.authorization.token
        self.authorization = None
        self.circuit.hold_back(False)
        if not keep:
            self.release_plug()

    def give_back(self) -> None:
        """Its owner has come for a plug that was kept."""
        self.owner = None
        self.release_plug()
        self.station.report_status(self)

    # -- what the firmware does -------------------------------------------------------------------------------------

    def authorize(self, authorization: Authorization, trigger: str = "Authorized") -> None:
        """A driver may charge here. Without a cable within EVConnectionTimeOut the right is gone (E03.FR.05)."""
        self.authorization, self.owner = authorization, None
        self.finished = False
        if self.tx is not None:
            self.tx.stop_reason = None  # whatever had ended the right to charge before
        else:
            self.held = _NOTHING  # a new driver: a cable that is in already counts anew
            self.ready_s = None
        if self.ev is None:
            if self.plugged is not None:
                self.unlock(self.plugged)  # whoever left the plug behind may take it
            await_cable(self)
        changed(self, trigger)

    def stop(self, trigger: str, reason: str, token: Token | None = None, *, unlock: bool = True) -> None:
        """The driver or somebody in charge ends charging here, as soon as the EV has let go."""
        if self.stopping is not None:
            return
        stop_waiting(self)
        if (tx := self.tx) is not None:
            tx.stop_reason = tx.stop_reason or reason
            tx.stop_token = token
        self.stopping = trigger, unlock
        self.circuit.finish(self._stopped)

    def _stopped(self) -> None:
        """Nothing flows any more."""
        assert self.stopping is not None
        trigger, unlock = self.stopping
        self.stopping = None
        self.dismiss(keep=True)
        changed(self, trigger)
        if unlock:
            self.owner = None
            self.release_plug()
        self.station.became_idle(self)

    def end(self, trigger: str, reason: str) -> None:
        """End the transaction at once, whatever the stop points say (reset, fault, time-out)."""
        stop_waiting(self)
        self.cut_power()
        self.authorization = None
        self.circuit.hold_back(False)
        if self.tx is not None:
            self.tx.stop_reason = reason
            close(self, trigger)
        follow(self)
        self.held = holding(self)
        self.release_plug()
        self.station.report_status(self)
        self.station.became_idle(self)

    def deauthorize(self, status: str) -> None:
        """The CSMS does not accept the token of the running transaction (E05, C15)."""
        if self.authorization is None or self.authorization.refused:
            return
        self.authorization.refused = True
        self.station.tell(facts.Deauthorized(self.id, self.authorization.token.shown, status))
        if self.station.variables.flag("TxCtrlr.StopTxOnInvalidId"):
            self.stop("Deauthorized", "DeAuthorized", unlock=False)  # E05.FR.11: locked until its owner comes
            return
        allowance_wh = self.station.variables.number("TxCtrlr.MaxEnergyOnInvalidId")
        if allowance_wh:
            self.circuit.cap(allowance_wh)  # E05.FR.03
        else:
            self.cap_reached()

    def cap_reached(self) -> None:
        """E05.FR.02: the EV gets no more, the transaction stays."""
        self.circuit.hold_back(True)
        self.flow_changed()

    def unlock(self, connector: int) -> bool:
        """Release the plug of a socket; False where there is no lock to open, or it does not open."""
        if not self.profile.connectors[connector - 1].lock:
            return False
        if connector != self.plugged:
            part = cast("LockPart | None", self.station.kept(_LOCK, self.id, connector))
            return part is None or part.moves(False)  # F05.FR.06
        opened = self._open_lock(connector)
        self.station.report_status(self)
        return opened

    def unlocks(self, connector: int) -> bool:
        """Whether a lock would open now."""
        part = cast("LockPart | None", self.station.kept(_LOCK, self.id, connector))
        return part is None or not part.jammed

    def _open_lock(self, connector: int) -> bool:
        if not self.circuit.unlock():
            return False
        self.owner = None
        self.station.tell(facts.CableUnlocked(self.id, connector))
        self._take_plug()
        return True

    # -- what goes wrong --------------------------------------------------------------------------------------------

    def trip(self, trouble: Trouble) -> None:
        """The power path opens for what is wrong, and charging ends or waits, once the contacts have parted."""
        if self.contactor_closed:
            open_s = timing_of(self.station.profile).open_s
            self.station.clock.after(open_s, partial(self._tripped, trouble, self.station.flash.boots))
        else:
            self._tripped(trouble, self.station.flash.boots)

    def _tripped(self, trouble: Trouble, boots: int) -> None:
        if not self.station.runs(boots):
            return
        if trouble.effect >= CLOSED:
            self.end("AbnormalCondition", trouble.reason)
        elif self.stopping is not None:
            self.circuit.drop()
            self._stopped()
        else:
            self.recording.interrupted()
            self.circuit.drop()
            changed(self, "AbnormalCondition")

    def mended(self) -> None:
        """What was wrong is no more: go on where that is possible."""
        if self.authorization is not None and self.effect() < HELD_BACK:
            changed(self, "ChargingStateChanged")

    def report(self, trigger: str, context: str) -> None:
        """Send a reading within the transaction (Trigger, MeterValueClock)."""
        self.recording.report(trigger, context)

    def sample(self, context: str, key: str) -> Sample:
        """A reading with the measurands that a variable asks for."""
        return self.recording.sample(context, key)

    def sampling_changed(self) -> None:
        """A sampling interval was set anew; a running transaction follows at once."""
        if self.tx is not None:
            self.recording.sample_anew()

    # -- power and restarts -----------------------------------------------------------------------------------------

    def power_down(self) -> None:
        """Mains are gone: what is not in flash is lost, the contactor falls open, the EV stays where it is."""
        self.recording.cut_off()
        self.cut_power()
        stop_waiting(self)
        if isinstance(self.signature, Timer):
            self.signature.cancel()
        self.circuit.hold_back(False)
        self._forget()

    def power_up(self) -> None:
        """The firmware starts: a transaction that power loss or a reset cut off goes on if that was not for long (2.1
        E17), or is ended as of then (E06.FR.16)."""
        self.circuit.settle()
        if self.recording.resumes():
            resume(self)
            return
        if self.tx is not None:
            self.recording.end_lost()
            self.finished = self.plugged is not None
        self.release_plug()
        follow(self)

    def bay_changed(self, occupied: bool) -> None:
        """An EV has come to the bay, or left it (E01.FR.01, E06.FR.01): of no matter where only the cable counts."""
        if BAY in self.station.settings.either:
            changed(self, "EVDetected" if occupied else "EVDeparted")

    def welcome(self) -> None:
        """Drivers may begin from now on: a cable that was in before counts as plugged in now."""
        if self.tx is None:
            self.held = _NOTHING
            changed(self, "CablePluggedIn")
            if self.ev is not None:
                self.station.admission.plugged(self)

    def reset(self) -> None:
        """B11.FR.08: forget drivers and be unavailable until ``reset_done``."""
        self.cut_power()
        self.authorization = None
        self.finished = False
        self.resetting = True
        changed(self, "ResetCommand")

    def reset_done(self) -> None:
        """The EVSE works again."""
        self.resetting = False
        self.welcome()

    # -- physics ----------------------------------------------------------------------------------------------------

    def wanted_w(self) -> float:
        """The power that the EV would take if this EVSE alone were limited."""
        return self.circuit.wanted_w()

    @property
    def limit_w(self) -> float:
        """What the station's share of power allows here."""
        return self.circuit.limit_w

    def limit(self, limit_w: float) -> None:
        """Another limit for the EV from now on."""
        if self.circuit.limit(limit_w):
            self.flow_changed()

    def ev_full(self) -> None:
        """The EV has stopped by itself."""
        self.flow_changed()
        self.station.share_power()

    def plug_locked(self) -> None:
        """The lock is in the plug: a transaction may have waited for that (``points.LOCKED``)."""
        if self.tx is None:
            changed(self, "CablePluggedIn")

    def flow_changed(self) -> None:
        """Let transaction and record follow if energy flows otherwise than before; who stops says so at the end."""
        state = self.circuit.state()
        if self.stopping is None and state != self.state:
            if state == "SuspendedEV":
                self._tell_full()
            changed(self, "ChargingStateChanged")
        self.station.observe(self)

    def _tell_full(self) -> None:
        """Whoever looks first at an EV that has just stopped by itself tells of it."""
        if self.ev is not None and self.contactor_closed and self.ev.is_full(self.circuit.heeded):
            self.station.tell(facts.EvFinished(self.id, round(self.ev.soc_percent, 1)))

    def may_charge(self) -> bool:
        """Whether energy may flow to the EV now."""
        ready = self.ev is not None and self.authorization is not None and self.stopping is None
        if self.tx is None and self.signature is not True and signs(self):
            return False  # what flows is to be part of a transaction
        if not (ready and self.station.powered and self.effect() < HELD_BACK):
            return False
        ev = self.ev  # K15: whoever negotiates a schedule waits for it
        return ev is None or ev.talk is None or self.station.function(Negotiation).settled(self)

    def cut_power(self) -> None:
        """Nothing flows from now on, and nobody is asked to let go first."""
        self.stopping = None
        self.circuit.drop()

    def release_plug(self) -> None:
        """The plug may be taken, where a lock holds it."""
        if self.circuit.holds_plug and self.plugged is not None:
            self._open_lock(self.plugged)
