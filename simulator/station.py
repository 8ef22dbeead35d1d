"""A charging station: power, firmware and the EVSEs it controls. It speaks no OCPP; its dialect does.

People, cars and the world act on it through ``power_on``, ``power_off``, ``plug``, ``unplug``, ``present``,
``surround`` and the fields of its parts (``rig``); the dialect turns the CSMS's commands into ``remote_start``,
``remote_stop``, ``reset``, ``change_availability`` and the rest, each of which returns the status to answer with.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import simpy

from protocol.link import Dialer, Target
from protocol.schemas import ALL, Validation
from protocol.versions import Version
from simulator import addressing, consequences, facts
from simulator.admission import Admission
from simulator.alignment import Alignment
from simulator.availability import Availability
from simulator.backlog import Backlog, queues
from simulator.chance import Chance
from simulator.clock import Clock
from simulator.configuration import Configuration, Settings
from simulator.dialects import dialect_of
from simulator.dialects.dialect import Dialect
from simulator.dialects.quantities import tells
from simulator.ev import EV
from simulator.events import Events
from simulator.evse import Evse
from simulator.firmware import update
from simulator.flash import Flash
from simulator.function import NOTHING, F, Function, start
from simulator.hardware.component import Part
from simulator.hardware.environment import FAIR, Environment
from simulator.hardware.realtimeclock import drifted_s
from simulator.hardware.rig import Rig, sensed
from simulator.hardware.site import Place
from simulator.journal import Journal
from simulator.keys.commissioning import shipped
from simulator.keys.memory import Kept
from simulator.life import Life
from simulator.line import Line
from simulator.meter import Meter, Reading
from simulator.monitoring.monitors import Monitors
from simulator.monitoring.orders import enabled, monitors
from simulator.network import Network, network
from simulator.profile import Profile
from simulator.reservation import expected
from simulator.restart import Restart
from simulator.security import SecurityLog
from simulator.sharing import Sharing
from simulator.snapshot import snapshot
from simulator.state.keeper import Keeper
from simulator.statuses import Statuses
from simulator.tokens import ACCEPTED, Token
from simulator.troubles import (
    NO_TROUBLES,
    Effect,
    Raised,
    Troubles,
    at,
    worst,
)
from simulator.variables import Variables
from simulator.watch import Watch

Tap = Callable[[str, str, str], None]
"""Told of every frame: station, "up" or "down", text."""

OnFact = Callable[[str, facts.Fact], None]
"""Told of every fact: station, fact."""

OnSample = Callable[[str, int, Reading, float | None], None]
"""Told of every observation: station, EVSE, reading, limit in A."""


LEAST_GRID = 0.5
"""The share of nominal voltage below which a plain power supply gives up."""


class Station:
    """One charging station. ``seed`` makes its chance; ``flash`` is what it remembers of an earlier life.

    ``config`` are settings made at commissioning, by ``Component.Variable`` or 1.6 key. Raises ValueError for one
    that the station does not have or that does not fit. ``validation``: which of its payloads it checks before it
    sends them. ``impatient`` is a fault that anyone may set: a station that knows no back-off and dials at once,
    every time, whatever it is told.
    """

    __slots__ = (
        "_events",
        "_functions",
        "_id_prefix",
        "_messages",
        "_on_fact",
        "_on_sample",
        "_rig",
        "_tls",
        "_transactions",
        "admission",
        "alignment",
        "availability",
        "chance",
        "clock",
        "clock_offset_s",
        "configuration",
        "dialect",
        "environment",
        "evses",
        "flash",
        "identity",
        "impatient",
        "journal",
        "keeper",
        "life",
        "line",
        "monitors",
        "powered",
        "profile",
        "restarts",
        "runs_firmware",
        "security",
        "sharing",
        "statuses",
        "tap",
        "troubles",
        "url",
        "version",
        "watch",
    )

    def __init__(
        self,
        identity: str,
        profile: Profile,
        version: Version,
        clock: Clock,
        dialer: Dialer,
        *,
        url: str,
        seed: int | str,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        flash: Flash | None = None,
        config: Mapping[str, object] | None = None,
        on_fact: OnFact | None = None,
        on_sample: OnSample | None = None,
        tap: Tap | None = None,
        watch: Watch | None = None,
        validation: Validation = ALL,
    ) -> None:
        self.identity: str = identity
        self.profile = profile
        self.version = version
        self.clock = clock
        self.url = url
        self.chance = Chance(seed, identity)
        self.flash: Flash = flash or Flash()
        if profile.roots and Kept not in self.flash.memories:
            self.flash.remember(shipped(profile.roots))
        self._functions: Mapping[type, Function] = NOTHING
        self.tap = tap
        self.watch = watch
        self._tls = tls
        self.keeper: Keeper | None = None
        self._rig: Rig | None = None
        self.environment: Environment = FAIR
        self.troubles: Troubles = NO_TROUBLES
        self._on_fact = on_fact
        self._on_sample = on_sample
        self.dialect: Dialect = dialect_of(version)
        self.impatient = False
        self.line = Line(self, dialer, validation)
        self.journal = Journal(self)
        self.security = SecurityLog(self)
        self._events: Events | None = None
        self.monitors: Monitors | None = None
        self.life: Life = Life(self)
        self.admission: Admission = Admission(self)
        self.availability: Availability = Availability(self)
        self.restarts: Restart = Restart(self)
        self.statuses: Statuses = Statuses(self)
        self.alignment = Alignment(self)
        self.sharing = Sharing(self)
        self.configuration = Configuration(self, config or {}, password)
        meter = profile.meter.metrology
        self.evses = tuple(
            Evse(self, number, evse, Meter(self._used_wh(number), metrology=meter, bias=self._bias(number)))
            for number, evse in enumerate(profile.evses, 1)
        )
        self.powered = self.runs_firmware = False
        self.clock_offset_s = 0.0
        self._id_prefix = ""
        self._messages = 0
        self._transactions = 0

    def _used_wh(self, number: int) -> float:
        """A meter that has been in the field for a while."""
        return float(self.chance.whole(f"register {number}", 1_000, 4_000_000, number=0))

    def _bias(self, number: int) -> float:
        """Where in the limits of its class a meter's own error is."""
        if self.profile.meter.accuracy is None:
            return 0.0
        return self.chance.uniform(f"meter bias {number}", -1.0, 1.0, number=0)

    @property
    def variables(self) -> Variables[Station]:
        """The values of the station's variables."""
        return self.configuration.variables

    @property
    def events(self) -> Events:
        """What the CSMS is to learn of variables; made when there is something."""
        if self._events is None:
            self._events = Events(self)
        return self._events

    def function(self, kind: type[F]) -> F:
        """A function of the firmware, made when it is first asked for in this life."""
        if (made := self._functions.get(kind)) is None:
            made = kind(self)
            self._functions = {**self._functions, kind: made}
            if self.runs_firmware:
                made.started()
        assert isinstance(made, kind)
        return made

    @property
    def functions(self) -> Iterable[Function]:
        """Those that have been made in this life."""
        return self._functions.values()

    def used(self, kind: type[F]) -> F | None:
        """A function that has been made in this life; None where there was no need yet."""
        made = self._functions.get(kind)
        assert made is None or isinstance(made, kind)
        return made

    def went_online(self) -> None:
        """The CSMS has accepted the station or can be reached again: what waits for it may leave."""
        self.security.kick()
        self.tell_events()
        for made in self._functions.values():
            made.online()

    def tell_events(self) -> None:
        """The station is online again: events that wait may leave."""
        if self._events is not None or self.flash.monitoring.events:
            self.events.back_online()
        if self.monitors is not None:
            self.monitors.look()

    def watch_variables(self) -> None:
        """Watch what monitors there are ask for; a station without any has nothing for it."""
        wanted = monitors(self) if self.powered else ()
        if self.monitors is None and wanted:
            self.monitors = Monitors(self)
        if self.monitors is not None:
            self.monitors.follow(wanted if enabled(self) else ())

    @property
    def settings(self) -> Settings:
        """Those of them that the firmware asks for at every step."""
        return self.configuration.settings

    # -- identity, time, ids ----------------------------------------------------------------------------------------

    @property
    def outer_tls(self) -> ssl.SSLContext | None:
        """The TLS that the station was commissioned with from outside; None for the operating system's trust."""
        return self._tls

    @property
    def target(self) -> Target:
        """Where and as whom the station dials."""
        return addressing.target(self)

    @property
    def now(self) -> datetime:
        """The date and time that the station's own clock shows."""
        return self.clock.utc + timedelta(seconds=self.clock_offset_s + drifted_s(self))

    def stamp(self) -> str:
        """The station's date and time as OCPP writes it."""
        return self.clock.stamp(self.clock_offset_s + drifted_s(self))

    def next_message_id(self) -> str:
        """A message id, unique over all connections of this identity (2.1 part 4 §4.1.4)."""
        self._messages += 1
        return f"{self._id_prefix}{self._messages}"

    def next_transaction_id(self) -> str:
        """A transaction id, unique over the life of the station (E01.FR.08)."""
        self._transactions += 1
        prefix = self.chance.hexadecimal("transaction", 24, number=self.flash.boots)
        return f"{prefix}-{self.flash.boots}-{self._transactions}"

    @property
    def registration(self) -> str | None:
        """What the CSMS last answered to a BootNotification; None before it has."""
        return self.life.registration

    @property
    def accepted_once(self) -> bool:
        """Whether the CSMS has accepted the station since it was switched on."""
        return self.life.welcome

    @property
    def online(self) -> bool:
        """Connected and accepted by the CSMS."""
        return self.line.open and self.registration == ACCEPTED

    def tell(self, fact: facts.Fact) -> None:
        """Let the record know."""
        if self._on_fact is not None:
            self._on_fact(self.identity, fact)
        if self.keeper is not None:
            self.keeper.changed(self)
        if self.monitors is not None:
            self.monitors.told(fact)
        for made in self._functions.values():
            made.told(fact)

    def observe(self, evse: Evse) -> None:
        """Let the record know what a meter shows."""
        if self._on_sample is not None:
            limit_a = evse.offer().limit_a if evse.contactor_closed else None
            self._on_sample(self.identity, evse.id, evse.reading(), limit_a)

    def later(self, action: Callable[[], None]) -> None:
        """Do something after the answer in hand has left."""
        boots = self.flash.boots

        def act() -> None:
            if self.powered and self.flash.boots == boots:
                action()

        self.clock.after(0.0, act)

    def evse(self, number: int) -> Evse:
        """EVSE 1..n. Raises ValueError if there is no such EVSE."""
        if not 1 <= number <= len(self.evses):
            raise ValueError(f"{self.identity} has no EVSE {number}")
        return self.evses[number - 1]

    # -- hardware ---------------------------------------------------------------------------------------------------

    @property
    def rig(self) -> Rig:
        """The station's hardware, made when it is first asked for."""
        if self._rig is None:
            self._rig = Rig(self)
        return self._rig

    def has(self, name: str) -> bool:
        """Whether the station has a component of that title."""
        return any(fitting.title == name for fitting in self.profile.fittings)

    @property
    def network(self) -> Network:
        """The station's way to its CSMS with what is wrong with it, made when it is first asked for."""
        return network(self)

    def kept(self, name: str, evse: int, connector: int = 0) -> Part | None:
        """A part that something has happened to; None where all is as in a new station."""
        return None if self._rig is None else self._rig.kept(name, Place(evse, connector))

    def started(self) -> None:
        """The firmware runs: parts look around, and what has gone wrong meanwhile is told."""
        self.runs_firmware = True
        for made in self._functions.values():
            made.started()  # asked for before
        start(self, self.function)
        consequences.catch_up(self)
        if "power" in sensed(self.profile.fittings):
            self.rig.sense(("power",))
        elif self._rig is not None:
            self._rig.disturbed()

    def felt(self, what: str, evse: int) -> None:
        """Current, cable or power are otherwise at an EVSE: parts look, and those that are there for it are made."""
        if what in sensed(self.profile.fittings):
            self.rig.sense((what,), evse)
        elif self._rig is not None:
            self._rig.disturbed(evse)

    def surround(self, **changes: object) -> None:
        """Change what surrounds the station, by the fields of ``Environment``; parts that sense it look at once."""
        grid_before = self.environment.grid
        self.rig.wake(changes)  # before: a part begins at rest with what was
        if "grid" in changes:
            for evse in self.evses:
                evse.circuit.settle()
        self.environment = replace(self.environment, **changes)  # type: ignore[arg-type]
        if self.environment.grid != grid_before:
            for evse in self.evses:
                evse.circuit.surrounded()
        self.rig.sense(changes)
        if "grid" in changes and not self.has("ELVSupply"):
            self._fed(max(grid_before), max(self.environment.grid))

    def _fed(self, before: float, now: float) -> None:
        """Electronics without a supply of their own live and die with the grid."""
        if now < LEAST_GRID <= before:
            self.power_off()
        elif before < LEAST_GRID <= now:
            self.power_on()

    def troubled(self, name: str, place: Place, info: str = "", source: str = "") -> None:
        """A part says what is wrong at a place; nothing happens if that is known. Raises KeyError for no trouble."""
        consequences.begin(self, Raised(name, place, source), info)
        if (trigger := self.kept("UpstreamProtectionTrigger", 0)) is not None:
            trigger.disturbed()  # the one part that acts upon what others say

    def recovered(self, name: str, place: Place, source: str = "") -> None:
        """A part says that a trouble is over; nothing happens if it is not there."""
        consequences.end(self, Raised(name, place, source))

    def worst_at(self, evse: int, connector: int) -> Effect:
        """What the troubles at a connector do to charging."""
        found = worst(at(self.troubles, evse, connector))
        return Effect.TOLD if found is None else found.trouble.effect

    def snapshot(self) -> dict[str, Any]:
        """The station's state as a plain dict, for expectations and reports."""
        return snapshot(self)

    # -- power ------------------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Mains come on; the firmware starts, connects and boots. Nothing happens if it runs already."""
        if self.powered:
            return
        self.powered = True
        self.flash.boots += 1
        self.configuration.load()
        self._messages = self._transactions = 0
        self._id_prefix = f"{self.chance.hexadecimal('message', 12, number=self.flash.boots)}-{self.flash.boots}-"
        self.tell(facts.PoweredOn(self.flash.boot_reason))
        self.life.begin()

    def power_off(self) -> None:
        """Mains go at this very instant. What is not in flash is lost; the CSMS is told nothing."""
        if self.powered:
            self._go_dark(self.line.cut, "PowerUp")

    def shut_down(self) -> None:
        """Somebody switches the station off properly: it closes its link before its power goes."""
        if self.powered:
            self._go_dark(self.line.leave, "PowerUp")

    def restart(self, boot_reason: str) -> None:
        """The firmware stops and starts again."""
        self._go_dark(self.line.leave, boot_reason)
        self.power_on()

    def _go_dark(self, leave: Callable[[], None], boot_reason: str) -> None:
        self.powered = self.runs_firmware = False
        for evse in self.evses:
            evse.power_down()
        self.flash.boot_reason = boot_reason
        functions, self._functions = self._functions, NOTHING
        for made in functions.values():
            made.ended()
        self.life.end()
        self.restarts.forget()
        self.statuses.lose()
        self.alignment.disarm()
        self.journal.went_offline()
        self.journal = Journal(self)
        self.security = SecurityLog(self)
        self._events = None
        if self.monitors is not None:
            self.monitors.end()
            self.monitors = None
        leave()
        self.tell(facts.PoweredOff())
        if self._rig is not None:
            self._rig.disturbed()

    def errand(self, steps: Generator[simpy.Event, Any, None]) -> None:
        """Run steps beside the station's life; they end where they are when its power goes."""
        self.clock.process(self._while_powered(steps, self.flash.boots))

    def _while_powered(self, steps: Generator[simpy.Event, Any, None], boots: int) -> Generator[simpy.Event, Any, None]:
        value = None
        while self.runs(boots):
            try:
                event = steps.send(value)
            except StopIteration:
                return
            value = yield event
        steps.close()

    def runs(self, boots: int) -> bool:
        """Whether this is still the same life of the firmware."""
        return self.powered and self.flash.boots == boots

    # -- people, cars, faults ---------------------------------------------------------------------------------------

    def plug(self, ev: EV, evse: int = 1, connector: int = 1, *, cable_a: float = math.inf) -> None:
        """Somebody plugs an EV in, at a socket with a cable of ``cable_a``. Raises ValueError where there is one."""
        self.evse(evse).plug(ev, connector, cable_a)

    def unplug(self, evse: int = 1) -> EV:
        """Somebody pulls the cable at the EV. Raises ValueError where there is none."""
        ev = self.evse(evse).ev
        self.evse(evse).unplug()
        assert ev is not None
        return ev

    def present(self, token: Token | str, evse: int | None = None) -> None:
        """Somebody holds a card to the reader (of one EVSE, or the station's only one)."""
        card = Token(token) if isinstance(token, str) else token
        if not self.powered:
            return
        self.tell(facts.TokenPresented("*" if card.type == "KeyCode" else card.id))  # C04.FR.04
        self.admission.present(card, evse)

    def press_stop(self, evse: int = 1) -> None:
        """Somebody presses the stop button of an EVSE."""
        if self.runs_firmware and self.evse(evse).tx is not None:
            self.evse(evse).stop("StopAuthorized", "Local")

    def stop_at_car(self, evse: int = 1) -> None:
        """Somebody ends charging at the car, which tells the station over ISO 15118 (SessionStop; 2.0.1 part 2 E15).

        Raises ValueError where there is no car, or no controller to talk to.
        """
        place = self.evse(evse)
        if place.ev is None or not self.has("ISO15118Ctrlr"):
            raise ValueError(f"no EV talks to EVSE {evse} of {self.identity}")
        if self.runs_firmware and place.authorization is not None:
            place.stop("StopAuthorized", "StoppedByEV")

    # -- what the parts ask of each other ---------------------------------------------------------------------------

    @property
    def may_begin(self) -> bool:
        """Whether drivers may charge at all: accepted since the start, or allowed to go ahead without (B02.FR.03)."""
        return self.life.welcome or self.variables.flag("TxCtrlr.TxBeforeAcceptedEnabled")

    def is_off(self, evse: int, connector: int) -> bool:
        """Whether the operator has closed a connector."""
        return self.availability.is_off(evse, connector) or update.closed(self, self.evse(evse))

    def leaving(self, evse: Evse) -> bool:
        """Whether a scheduled restart or change of availability keeps new drivers out."""
        restarts = self.restarts.awaits(evse) and not expected(self, evse)
        return restarts or self.availability.closing(evse)

    def became_idle(self, evse: Evse) -> None:
        """Do what was put off until this EVSE's transaction was over."""
        if evse.tx is None:
            self.availability.settle()
        self.restarts.became_idle(evse)
        for made in self._functions.values():
            made.became_idle(evse)

    def report_status(self, evse: Evse) -> None:
        """Report what has changed about an EVSE's connectors."""
        self.statuses.report(evse)

    def share_power(self) -> None:
        """Divide the grid connection anew."""
        self.sharing.divide()

    def say(self, action: str, **payload: object) -> None:
        """Send a CALL whose answer says nothing, after the answer in hand has left."""
        self.later(partial(self._call, action, payload))

    def _call(self, action: str, payload: dict[str, Any]) -> None:
        if queues(self):
            self.function(Backlog).add(action, payload)
        else:
            self.line.call(action, payload)

    def send_readings(self, evse: Evse, context: str, key: str = "AlignedDataCtrlr.Measurands") -> None:
        """Send a MeterValues message outside any transaction."""
        sample = evse.sample(context, key)
        if tells(sample):
            self._call(*self.dialect.meter_values(self, evse, sample))
