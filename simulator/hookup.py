"""A plug in a connector, from the moment it is put in until it is gone, and what the station does about it.

The way to energy is a sequence of physical steps (IEC 61851-1:2017, annex A): the plug is locked; the pilot's pulses
offer a current, B2; the EV answers by closing S2, C2 (or D2); the contactor closes. For DC the pulses ask for digital
communication, and cable check and pre-charge come before the contactor. The way back: the pulses stop, C1; the EV
draws less than 1 A and opens S2, B1; the contactor opens without load.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from simulator import facts
from simulator.clock import Timer
from simulator.electrical import Kind
from simulator.evmodel import Wake
from simulator.hardware.timing import Timing, timing_of
from simulator.physics import dc, duty
from simulator.physics.pilot import Letter
from simulator.physics.sequences import UNDER_LOAD_S, WAKE_BY_F, WAKE_BY_STEADY, Step

if TYPE_CHECKING:
    from simulator.circuit import Circuit
    from simulator.ev import EV

Done = Callable[[], None]

DC_STOP_S = 0.5
"""How long a DC station takes to bring its current to nothing (IEC 61851-23: at 100 A/s or more when stopping)."""

WAKE_UPS: tuple[tuple[Wake, Step], ...] = (
    *((Wake.OFFER, step) for step in WAKE_BY_STEADY),
    *((Wake.FEIGNED, step) for step in WAKE_BY_F),
)
"""How a station tries to wake an EV, one after the other, and what that is to the EV."""


class Stage(StrEnum):
    """Where on the way to energy and back a hookup is."""

    REST = "rest"
    LOCKING = "locking"
    ANSWERING = "waiting for the EV"
    UNANSWERED = "the EV does not answer"
    CHECKING = "checking the cable"
    CLOSING = "closing"
    CLOSED = "closed"
    RESTING = "the EV has opened S2"
    RESUMING = "the EV has closed S2 again"
    LETTING_GO = "waiting for the EV to let go"
    OPENING = "opening"


BY_EV = frozenset({Stage.UNANSWERED, Stage.RESTING, Stage.RESUMING})
"""The station offers; that nothing flows is the EV's doing."""


class Hookup:
    """One plug in one connector. ``letter``: what the EV shows on the pilot; ``pulsed``: whether the station offers.

    ``cable_a``: what the cable carries, by its proximity resistor. ``locked``: the station holds the plug.
    ``unoffered_s``: since when there are no pulses; infinity while there are.
    """

    __slots__ = (
        "_circuit",
        "_done",
        "_step",
        "_timer",
        "_told",
        "cable_a",
        "letter",
        "locked",
        "pulsed",
        "stage",
        "unoffered_s",
    )

    def __init__(self, circuit: Circuit, cable_a: float) -> None:
        self._circuit = circuit
        self._done: Done | None = None
        self._timer: Timer | None = None
        self._told = "", 0.0
        self._step: Step | None = None  # of an attempt to wake the EV
        self.unoffered_s = circuit.station.clock.now
        self.cable_a = cable_a
        self.letter = Letter.B
        self.locked = False
        self.pulsed = False
        self.stage = Stage.REST

    @property
    def ready(self) -> bool:
        """Whether the EV takes energy if there is any: S2 is closed, state C or D."""
        return self.letter is Letter.C or self.letter is Letter.D

    def connect(self) -> None:
        """An EV is at the other end now."""
        self.letter = Letter.A
        self._ev.wake(Wake.REPLUG)
        self._show(Letter.B, pulsed=False)

    # -- towards energy ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Set out, unless that has been done."""
        self.heed()
        if self.stage is not Stage.REST:
            return
        if self._circuit.outlet.lock and not self.locked:
            self._wait(Stage.LOCKING, self._timing.lock_s, self._lock)
        else:
            self._offer()

    def _lock(self) -> None:
        if self._circuit.lock():
            self._offer()
        else:
            self.stage = Stage.REST

    def _offer(self) -> None:
        self._show(self.letter, pulsed=True)
        if self.stage is Stage.REST or self.stage is Stage.LOCKING:  # or else a part has objected to what it sees
            model = self._ev.model
            answer_s = model.dc_talk_s if self._circuit.outlet.supply.kind is Kind.DC else model.ac_pilot_s
            self._wait(Stage.ANSWERING, answer_s, self._answer)

    def _answer(self) -> None:
        """The EV closes S2, unless it sleeps or wants nothing; whoever wakes it lets the EVSE look again."""
        self._cancel()
        circuit, again, self.stage = self._circuit, self.stage is Stage.UNANSWERED, Stage.ANSWERING
        if not self._wants:
            self._unanswered()
            circuit.unanswered()
            return
        vented = self._ev.model.ac_ventilation and circuit.outlet.supply.kind is Kind.AC
        self._show(Letter.D if vented else Letter.C, pulsed=True)
        if vented and self.stage is Stage.ANSWERING:
            circuit.ventilated()
        if self.stage is not Stage.ANSWERING:
            return
        if circuit.outlet.supply.kind is Kind.DC:
            stages = circuit.checks()
            self._wait(Stage.CHECKING, dc.start_s(stages), partial(self._checked, stages[-1]))
        else:
            self._wait(Stage.RESUMING if again else Stage.CLOSING, self._timing.close_s, self._closed)

    def _checked(self, last: dc.Stage) -> None:
        if last.passed:
            self._wait(Stage.CLOSING, self._ev.model.dc_close_s, self._closed)
        else:
            self._circuit.check_failed(last)

    def _closed(self) -> None:
        if self._circuit.close():
            self.stage = Stage.CLOSED
            self._circuit.energized()

    # -- an EV that wants nothing ----------------------------------------------------------------------------------

    @property
    def _wants(self) -> bool:
        """Whether the EV closes S2 while there are pulses: it is awake, and those that open S2 have nothing better."""
        ev, circuit = self._ev, self._circuit
        if ev.asleep or not ev.model.ac_opens_s2 or circuit.outlet.supply.kind is Kind.DC:
            return not ev.asleep
        return ev.asks(circuit.offer()) is not Letter.B

    def heed(self) -> None:
        """The EV may want otherwise than before: it opens S2 (sequence 8.1), or closes it again (sequence 4)."""
        if self.stage is Stage.CLOSED and not self._wants and self._circuit.outlet.supply.kind is Kind.AC:
            self._circuit.settle()
            self.stage = Stage.RESTING
            self._show(Letter.B, pulsed=self.pulsed)
            if self.stage is Stage.RESTING:
                self._wait(Stage.RESTING, self._timing.open_s, self._rested)
        elif self.stage is Stage.UNANSWERED and self._wants and self.duty_percent < duty.STEADY_PERCENT:
            self._answer()

    def offered_anew(self) -> None:
        """Another offer: who has left the last one unanswered may take this one, or be woken for it."""
        offers = self.duty_percent < duty.STEADY_PERCENT
        if self.stage is Stage.UNANSWERED and self._timer is None and offers and not self._wants:
            self._unanswered()
        self.heed()

    def _rested(self) -> None:
        self._circuit.open()
        if self.stage is Stage.RESTING:
            self._unanswered()
            self.heed()
            self._circuit.arm()

    def _unanswered(self) -> None:
        """Wait until the EV wants something, and try to wake it where the station can."""
        self.stage, self._timer, wake_s = Stage.UNANSWERED, None, self._timing.wake_s
        if wake_s:
            self._wait(Stage.UNANSWERED, wake_s, partial(self._rouse, 0))

    def _rouse(self, attempt: int) -> None:
        """Show what may wake the EV."""
        self._timer = None
        if self.duty_percent < duty.STEADY_PERCENT:  # there is something to wake it for
            self._step = WAKE_UPS[attempt][1]
            self._wait(Stage.UNANSWERED, self._step.for_s, partial(self._roused, attempt))
            self._show(self.letter, pulsed=True)

    def _roused(self, attempt: int) -> None:
        """There are pulses again: an EV that is awake by now answers."""
        self._step = self._timer = None
        self._ev.wake(WAKE_UPS[attempt][0])
        self._show(self.letter, pulsed=True)
        if self.stage is Stage.UNANSWERED and self._timer is None:
            if not self._wants and attempt + 1 < len(WAKE_UPS):
                self._wait(Stage.UNANSWERED, self._timing.wake_s, partial(self._rouse, attempt + 1))
            self.heed()

    @property
    def feigns(self) -> bool:
        """Whether the station shows state F on purpose."""
        return self._step is not None and self._step.duty_percent == duty.DOWN_PERCENT

    # -- and back ---------------------------------------------------------------------------------------------------

    def finish(self, done: Done) -> None:
        """Let the EV stop by itself, then open the contactor, then say so; at once where nothing flows yet."""
        if self.stage is not Stage.CLOSED:
            self.drop()
            done()
            return
        self._done = done
        self._show(self.letter, pulsed=False)
        if self.stage is Stage.CLOSED:
            self._wait(Stage.LETTING_GO, self._lets_go_s, self._let_go)

    def _let_go(self) -> None:
        self._circuit.settle()
        self._show(Letter.B, pulsed=False)
        self._wait(Stage.OPENING, self._timing.open_s, self._opened)

    def _opened(self) -> None:
        done = self._done
        self.drop()
        if done is not None:
            done()

    def drop(self, letter: Letter = Letter.B) -> None:
        """Open at once, whatever flows, and offer nothing; whoever waited for a proper end is not told any more.

        ``letter``: what the pilot shows from now on, A if the EV has left.
        """
        self._cancel()
        self._done = None
        self.stage = Stage.REST
        self._circuit.open()
        if self.letter is not letter or self.pulsed:
            self._show(letter, pulsed=False)
        self._circuit.arm()

    # -- details ----------------------------------------------------------------------------------------------------

    @property
    def _ev(self) -> EV:
        ev = self._circuit.ev
        assert ev is not None
        return ev

    @property
    def _lets_go_s(self) -> float:
        """How long the EV takes to stop. One that does not stop in time is cut off under load; a DC station makes the
        current itself and lets it fall."""
        if self._circuit.outlet.supply.kind is Kind.DC:
            return DC_STOP_S
        return min(self._ev.model.ac_stop_s, UNDER_LOAD_S)

    @property
    def _timing(self) -> Timing:
        return timing_of(self._circuit.station.profile)

    @property
    def state(self) -> str:
        """The pilot's state by its name, such as C2. Less than 6 A cannot be offered: then there are no pulses."""
        if self.feigns:
            return str(Letter.F)
        return f"{self.letter}{2 if self.duty_percent < duty.STEADY_PERCENT else 1}"

    @property
    def duty_percent(self) -> float:
        """The duty cycle that the station sends: 5 for digital communication, 100 without pulses."""
        if self._step is not None:
            return self._step.duty_percent
        if not self.pulsed:
            return duty.STEADY_PERCENT
        if self._circuit.outlet.supply.kind is Kind.DC:
            return duty.DIGITAL_PERCENT
        return duty.percent(self._circuit.offered_a)

    def _show(self, letter: Letter, *, pulsed: bool) -> None:
        self.letter, self.pulsed = letter, pulsed
        self.tell()
        self._circuit.station.felt("pilot", self._circuit.evse_id)

    def tell(self) -> None:
        """Let the record know what the pilot shows, if that is news."""
        circuit = self._circuit
        shows = self.state, round(self.duty_percent, 1)
        if shows != self._told:
            self._told = shows
            self._offered()
            circuit.tell(facts.PilotChanged(circuit.evse_id, circuit.plugged or 0, *shows))

    def _offered(self) -> None:
        """Note since when nothing is offered; an offer wakes those that it does."""
        offers = self.duty_percent < duty.STEADY_PERCENT and not self.feigns
        if offers and self.unoffered_s < math.inf:
            self.unoffered_s = math.inf
            self._ev.wake(Wake.OFFER)
        elif not offers and self.unoffered_s == math.inf:
            self.unoffered_s = self._circuit.station.clock.now

    def _cancel(self) -> None:
        self._step = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, stage: Stage, seconds: float, then: Done) -> None:
        self.stage = stage
        self._timer = self._circuit.station.clock.after(seconds, then)
