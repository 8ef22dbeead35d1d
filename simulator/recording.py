"""The transaction of one EVSE: its start, its events with their samples, its end. What it writes goes to the journal.

Meter data follow 2.0.1 part 2 §J.2 (sampled and clock-aligned, sent at once or collected for the end); 1.6 has the
same two kinds under other names (§3.16.2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator import facts
from simulator.clock import Timer
from simulator.flash import Phase, Sample, Transaction, TxEvent
from simulator.sampling import completed, switched_on

if TYPE_CHECKING:
    from simulator.evse import Evse

_UPDATED = "SampledDataCtrlr.TxUpdatedInterval"
_ENDED = "SampledDataCtrlr.TxEndedMeasurands"

MOST_SAMPLES = 500
"""More than this many collected samples are thinned out before the end (E06.FR.12, E06.FR.13)."""


class Recording:
    """Keeps one EVSE's running transaction, which itself lies in flash."""

    __slots__ = ("_charging_since", "_evse", "_interrupted", "_phases", "_sampling")

    def __init__(self, evse: Evse) -> None:
        self._evse = evse
        self._charging_since: float | None = None
        self._interrupted = False
        self._phases: int | None = None
        self._sampling: list[Timer | None] | None = None  # what is sent at once, what is kept for the end

    @property
    def tx(self) -> Transaction | None:
        """The running transaction."""
        for tx in self._evse.station.flash.running:
            if tx.evse == self._evse.id:
                return tx
        return None

    def start(self, trigger: str) -> None:
        """Begin a transaction and report it."""
        evse, station = self._evse, self._evse.station
        reading = evse.reading()
        auth = evse.authorization
        tx = Transaction(
            id=station.next_transaction_id(),
            evse=evse.id,
            connector=evse.connector,
            token=auth.token if auth else None,
            start_wh=reading.energy_wh,
            group=auth.group if auth else None,
        )
        station.flash.running += (tx,)
        self.ready()
        self._interrupted = False
        self._phases = None
        self.charging(evse.state == "Charging")
        if auth is not None and auth.remote_start_id is not None:
            trigger = "RemoteStart"
        station.tell(facts.TransactionStarted(evse.id, tx.id, reading.energy_wh))
        samples = self._sampled("Transaction.Begin", "SampledDataCtrlr.TxStartedMeasurands")
        self.emit(Phase.STARTED, trigger, samples)
        tx.samples += self._sampled("Transaction.Begin", "SampledDataCtrlr.TxEndedMeasurands")
        self.sample_anew()

    def ready(self) -> None:
        """Keep since when energy could flow: what relative charging profiles count from (K01.FR.42)."""
        station, ready_s = self._evse.station, self._evse.ready_s
        if self.tx is not None and ready_s is not None:
            self.tx.ready = station.now - timedelta(seconds=station.clock.now - ready_s)

    def end(self, trigger: str, reason: str) -> None:
        """Report the end of the transaction; it runs no more."""
        tx, evse, station = self.tx, self._evse, self._evse.station
        assert tx is not None
        self.charging(False)
        self.stop()
        ending = self._sampled("Transaction.End", "SampledDataCtrlr.TxEndedMeasurands")
        self.emit(Phase.ENDED, trigger, (*tx.samples, *ending), reason=reason)
        self._over(tx)
        charged_wh = evse.meter.energy_wh - tx.start_wh
        station.tell(facts.TransactionEnded(evse.id, tx.id, reason, round(charged_wh, 3)))

    def _over(self, ended: Transaction) -> None:
        flash = self._evse.station.flash
        flash.running = tuple(tx for tx in flash.running if tx is not ended)

    def cut_off(self) -> None:
        """Mains are gone: write where the transaction stands, lose the rest."""
        tx = self.tx
        if tx is not None:
            self.charging(False)
            tx.last = (self._evse.station.stamp(), self._evse.reading())
            tx.authorized, tx.state = self._evse.authorization is not None, self._evse.state
        self.stop()
        self._charging_since = self._phases = None

    def resumes(self) -> bool:
        """E17.FR.10: whether a transaction that power loss or a reset cut off goes on, for it was not for long."""
        tx, station = self.tx, self._evse.station
        most_s = station.variables.number("TxCtrlr.ResumptionTimeout")
        if tx is None or tx.last is None or tx.stop_reason is not None or not most_s:
            return False
        return (station.now - parse(tx.last[0])).total_seconds() <= most_s

    def resume(self) -> None:
        """A transaction goes on: sampling with it."""
        self._phases = None
        self.sample_anew()

    def end_lost(self) -> None:
        """Report the end of a transaction that power loss or a reset cut off, as of then (E06.FR.16)."""
        evse, station = self._evse, self._evse.station
        tx = self.tx
        if tx is None:
            return
        moment, reading = tx.last or (station.stamp(), evse.reading())
        reason = tx.stop_reason or "PowerLoss"
        measurands = self._measurands(_ENDED)
        last = Sample(moment, "Transaction.End", reading, measurands)
        ending = (completed(evse, last, _ENDED),) if measurands else ()
        self._over(tx)
        event = TxEvent(
            tx,
            Phase.ENDED,
            "AbnormalCondition",
            moment,
            tx.seq,
            offline=True,
            state="EVConnected" if evse.ev is not None else "Idle",
            samples=(*tx.samples, *ending),
            reason=reason,
            register_wh=reading.energy_wh,
        )
        tx.seq += 1
        station.journal.add(event)
        station.tell(facts.TransactionEnded(evse.id, tx.id, reason, round(reading.energy_wh - tx.start_wh, 3)))

    def emit(self, phase: Phase, trigger: str, samples: tuple[Sample, ...] = (), reason: str | None = None) -> None:
        """Report one step of the running transaction."""
        tx, evse, station = self.tx, self._evse, self._evse.station
        assert tx is not None
        if evse.plugged is not None:
            tx.connector = evse.plugged
        auth = evse.authorization
        token = remote_start_id = reservation_id = None
        if auth is not None and not auth.reported:
            auth.reported, token, remote_start_id = True, auth.token, auth.remote_start_id
            reservation_id = auth.reservation_id  # H01.FR.15
            tx.token, tx.group = tx.token or auth.token, auth.group
        elif tx.stop_token is not None and phase is not Phase.STARTED:
            token, tx.stop_token = tx.stop_token, None
        event = TxEvent(
            tx,
            phase,
            trigger,
            station.stamp(),
            tx.seq,
            offline=not station.online,
            state=evse.state,
            token=token,
            samples=samples,
            reason=reason,
            remote_start_id=remote_start_id,
            register_wh=evse.circuit.register_wh(),
            connector=evse.plugged,
            phases=self._phases_to_tell(),
            cable_a=evse.circuit.cable_a,
            reservation_id=reservation_id,
        )
        tx.seq += 1
        station.journal.add(event)

    def _phases_to_tell(self) -> int | None:
        """E02.FR.18/.19: how many phases are used, when energy begins to flow and when that changes."""
        phases = self._evse.circuit.phases_used
        if not phases or phases == self._phases:
            return None
        self._phases = phases
        return phases

    @property
    def charged_s(self) -> float:
        """For how long energy has flowed in the running transaction."""
        if (tx := self.tx) is None:
            return 0.0
        since_s = self._charging_since
        return tx.charging_s + (0.0 if since_s is None else self._evse.station.clock.now - since_s)

    def interrupted(self) -> None:
        """Energy stops flowing for what is wrong: the register then is kept for the end, as when it flows again
        (ReadingContextEnumType, Interruption.Begin and .End)."""
        if self._charging_since is not None and self._measurands(_ENDED):
            self._interrupted = True
            self.collect("Interruption.Begin", _ENDED)

    def charging(self, now_charging: bool) -> None:
        """Count the time in which energy flows."""
        if now_charging and self._interrupted:
            self._interrupted = False
            self.collect("Interruption.End", _ENDED)
        now = self._evse.station.clock.now
        if self._charging_since is not None and self.tx is not None:
            self.tx.charging_s += now - self._charging_since
        self._charging_since = now if now_charging else None

    # -- meter data -------------------------------------------------------------------------------------------------

    def report(self, trigger: str, context: str) -> None:
        """Send a reading within the transaction (Trigger, MeterValueClock)."""
        if self.tx is not None:
            key = "AlignedDataCtrlr.Measurands" if context == "Sample.Clock" else "SampledDataCtrlr.TxUpdatedMeasurands"
            sample = self.sample(context, key)
            self.emit(Phase.UPDATED, trigger, (sample,) if sample.measurands else ())

    def sample(self, context: str, key: str) -> Sample:
        """A reading with the measurands that a variable asks for."""
        station = self._evse.station
        sample = Sample(station.stamp(), context, self._evse.reading(), self._listed(key))
        return completed(self._evse, sample, key)

    def collect(self, context: str, key: str) -> None:
        """Keep a reading for the end of the transaction."""
        tx = self.tx
        if tx is None:
            return
        sample = self.sample(context, key)
        if sample.measurands:
            tx.samples.append(sample)
            if len(tx.samples) > MOST_SAMPLES:
                del tx.samples[1::2]

    def _measurands(self, key: str) -> tuple[str, ...]:
        return self._listed(key) if switched_on(self._evse.station, key.partition(".")[0]) else ()

    def _listed(self, key: str) -> tuple[str, ...]:
        """The measurands of a variable; a profile's is for all versions, and none tells of what it has no name for."""
        station = self._evse.station
        measurands, foreign = station.variables.items(key), station.dialect.foreign
        if foreign.isdisjoint(measurands):
            return measurands
        return tuple(each for each in measurands if each not in foreign)

    def _sampled(self, context: str, key: str) -> tuple[Sample, ...]:
        return (self.sample(context, key),) if self._measurands(key) else ()

    def sample_anew(self) -> None:
        """(Re)start periodic sampling, as at the start of a transaction and when an interval is set anew."""
        self.stop()
        if self.tx is not None and switched_on(self._evse.station, "SampledDataCtrlr"):
            self._sampling = [self._next(_UPDATED, self._periodic), self._next(self._ended_key, self._periodic_for_end)]

    @property
    def _ended_key(self) -> str:
        return self._evse.station.dialect.ended_sampling

    def _next(self, key: str, callback: Callable[[], None]) -> Timer | None:
        interval_s = self._evse.station.variables.number(key)
        return self._evse.station.clock.after(interval_s, callback) if interval_s else None

    def _periodic(self) -> None:
        evse = self._evse
        evse.station.share_power()
        if self.tx is None:
            return
        sample = self.sample("Sample.Periodic", "SampledDataCtrlr.TxUpdatedMeasurands")
        if sample.measurands:
            self.emit(Phase.UPDATED, "MeterValuePeriodic", (sample,))
        evse.station.observe(evse)
        if self._sampling is not None:
            self._sampling[0] = self._next(_UPDATED, self._periodic)

    def _periodic_for_end(self) -> None:
        self.collect("Sample.Periodic", "SampledDataCtrlr.TxEndedMeasurands")
        if self._sampling is not None:
            self._sampling[1] = self._next(self._ended_key, self._periodic_for_end)

    def stop(self) -> None:
        """No more samples."""
        for timer in self._sampling or ():
            if timer is not None:
                timer.cancel()
        self._sampling = None
