"""Anything may happen to a station, in any order: what there is to happen, and the laws that hold whatever it is."""

import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from protocol.errors import Code
from protocol.stamps import stamp
from protocol.versions import V16, Version
from simulator import faults
from simulator.electrical import Kind
from simulator.ev import EV, ev_model_names
from simulator.evse import Evse
from simulator.facts import ContactorClosed, ContactorOpened, Fact, MessageGivenUp, PilotChanged
from simulator.hardware import outfit
from simulator.hardware.environment import FAIR
from simulator.hardware.overcurrent import OverCurrentPart
from simulator.hardware.place import Place
from simulator.hardware.proximity import ProximityPart
from simulator.hardware.residual import ResidualPart
from simulator.profile import load_profile
from tests.certificates import Authority
from tests.simulator.csms import World, profile
from tests.simulator.ledger import check, check_facts

PROFILES = (
    "ac-11kw-cable",
    "ac-22kw",
    "ac-22kw-duo",
    "ac-7kw-single-phase",
    "dc-150kw",
    "dc-300kw-duo",
    "dc-50kw",
    "lab-ac",
    "lab-dc",
)
MOST_EVENTS = 3000
"""So many events within a millisecond of simulated time are an endless loop."""

NO_LIMIT = math.inf
CABLES_A = (13.0, 20.0, 32.0, 63.0, NO_LIMIT)


class Act(NamedTuple):
    """Something that happens, to whom, with what, and how long nothing else does."""

    name: str
    evse: int = 1
    values: Mapping[str, Any] = {}
    then_s: float = 0.0


# -- what may be broken -------------------------------------------------------------------------------------------

RANGES: dict[str, tuple[float, float]] = {
    "leakage_ac_a": (0.001, 1.0),
    "leakage_dc_a": (0.001, 0.1),
    "insulation_ohm": (100.0, 300_000.0),
    "short_ohm": (0.0, 5_000.0),
    "offset_v": (-3.0, 3.0),
    "overdraw": (0.01, 2.0),
    "extra_a": (0.1, 6_000.0),
    "resistor_ohm": (50.0, 3_000.0),
    "worse_times": (1.0, 60.0),
    "cable_times": (1.0, 60.0),
    "disturbance": (0.0, 3_000.0),
    "latency_s": (0.0, 10.0),
    "jitter_s": (0.0, 3.0),
    "loss": (0.0, 0.6),
    "bandwidth_bytes_s": (50.0, 5_000.0),
    "jump_wh": (1.0, 50_000.0),
    "drift": (-0.5, 0.5),
    "jump_s": (-90_000.0, 90_000.0),
    "worn": (0.0, 1.0),
    "signal_dbm": (-130.0, -60.0),
}
"""The numbers among the fields of faults, from hardly noticeable to beyond all reason."""

AROUND: dict[str, tuple[float, float]] = {
    "ambient_c": (-40.0, 110.0),
    "humidity_percent": (0.0, 100.0),
    "light_lux": (0.0, 100_000.0),
    "sun_w_per_m2": (0.0, 1_200.0),
    "water_mm": (0.0, 500.0),
    "tilt_deg": (0.0, 90.0),
    "shock_g": (0.0, 20.0),
}
GRIDS = (
    (1.0, 1.0, 1.0),
    (1.0, 0.0, 1.0),
    (0.0, 1.0, 1.0),
    (0.0, 0.0, 0.0),
    (0.8, 0.8, 0.8),
    (0.3, 0.3, 0.3),
    (1.2, 1.2, 1.2),
    (0.95, 1.05, 0.4),
)
SWITCHES = ("door_open", "stop_pressed", "fire_alarm", "bay_occupied")


@cache
def breakable(name: str) -> tuple[str, ...]:
    """The faults that a station of this profile can have."""
    for other in PROFILES:
        load_profile(other)  # whose components enter their faults
    assert outfit
    titles = {fitting.title for fitting in profile(name).fittings} | {"Network"}
    return tuple(sorted(fault for fault, kind in faults.FAULTS.items() if titles & kind.ways.keys()))


@cache
def numbers(name: str, fault: str) -> dict[str, tuple[float, float]]:
    """The fields of a fault that may have any number at a station of this profile, with their ranges."""
    kind = faults.find(fault)
    titles = {fitting.title for fitting in profile(name).fittings} | {"Network"}
    fields = {*kind.around, *next(way for title, way in kind.ways.items() if title in titles)}
    return {field: (RANGES | AROUND)[field] for field in sorted(fields) if field in RANGES | AROUND}


@cache
def root() -> str:
    """A root certificate that nobody has anything from."""
    with TemporaryDirectory() as folder:
        return Authority(Path(folder)).cert.read_text()


# -- what may happen ----------------------------------------------------------------------------------------------


class Trial:
    """One station to which anything happens."""

    def __init__(self, version: Version, name: str, seed: int = 7) -> None:
        self.world = World(version, name=name, seed=seed)
        self.world.clock._patience_s = 10.0  # doors at which a station knocks are real ones
        self.station = self.world.station
        self.broken: dict[tuple[str, int], None] = {}
        self.ever: set[str] = set()
        self.transactions = 0
        self.asked: list[str] = []
        self.cable_a: dict[int, float] = {}
        self.laws = Laws(self)
        self.world.csms.answers["StartTransaction"] = self.started

    async def live(self, acts: list[Act]) -> None:
        """Boot, let everything happen, and see whether the station gets over it."""
        with no_errors():
            await self.world.boot()
            for act in acts:
                self.befall(act)
                await self.pass_time(act.then_s)
            await self.recover()

    def befall(self, act: Act) -> None:
        """Do it; what is not possible just now is skipped, as people do."""
        evse = self.station.evse(1 + (act.evse - 1) % len(self.station.evses))
        ACTS[act.name](self, evse, **act.values)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and see that the laws hold."""
        self.laws.check()
        await self.world.run(self.world.clock.now + seconds)
        self.laws.check()

    def started(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Another transaction, unless the same one is told again: two may begin alike, at one instant."""
        told = [ask for _, action, ask in self.world.csms.got if action in ("StartTransaction", "StopTransaction")]
        self.transactions += told[-2:-1] != [ask]
        return {"idTagInfo": {"status": "Accepted"}, "transactionId": self.transactions}

    # people and EVs

    def plug(
        self, evse: Evse, ev: EV, connector: int, cable_a: float, pause_s: float = 0.0, departs_s: float = NO_LIMIT
    ) -> None:
        connector = 1 + (connector - 1) % len(evse.profile.connectors)
        now = self.world.clock.now
        if evse.ev is None and evse.plugged in (None, connector):
            if evse.plugged is None:
                self.cable_a[evse.id] = cable_a
            ev = replace(ev, paused=pause_s > 0, resumes_s=now + pause_s, departs_s=now + departs_s)
            self.station.plug(ev, evse.id, connector, cable_a=cable_a)

    def visit(self, evse: Evse, soc: float, connector: int, cable_a: float = NO_LIMIT, ev: str = "sedan-77kwh") -> None:
        """Somebody plugs his car in and holds a card to the reader."""
        self.plug(evse, EV.of(ev, soc), connector, cable_a)
        self.station.present("A", evse.id)

    def unplug(self, evse: Evse) -> None:
        if evse.ev is not None:
            self.station.unplug(evse.id)

    def present(self, evse: Evse, token: str) -> None:
        self.station.present(token, evse.id)

    def stop(self, evse: Evse) -> None:
        self.station.press_stop(evse.id)

    # power, faults, surroundings, link

    def power(self, evse: Evse, *, on: bool) -> None:
        (self.station.power_on if on else self.station.power_off)()

    def inject(self, evse: Evse, fault: str, connector: int, **fields: float) -> None:
        connector = 1 + (connector - 1) % len(evse.profile.connectors)
        place = Place(evse.id, connector)
        if not any(self.station.rig.near(title, place) for title in faults.find(fault).ways):
            return  # another EVSE or connector has it
        faults.inject(self.station, fault, evse.id, connector, **fields)
        self.broken[fault, evse.id, connector] = None
        self.ever.add(fault)

    def mend(self, evse: Evse, which: int) -> None:
        if self.broken:
            key = list(self.broken)[which % len(self.broken)]
            del self.broken[key]
            faults.clear(self.station, *key)

    def surround(self, evse: Evse, **changes: Any) -> None:
        self.station.surround(**changes)

    def cut(self, evse: Evse, how: str, for_s: float) -> None:
        match how:
            case "cut":
                self.station.network.cut(for_s)
            case "half-open":
                self.station.network.half_open()
            case "vanish":
                self.station.network.vanish()
            case "down":
                self.world.csms.down()
            case "up":
                self.world.csms.up()

    # the CSMS

    def call(self, action: str, payload: dict[str, Any]) -> None:
        if self.world.csms.link is not None:
            self.asked.append(self.world.csms.call(action, payload))

    def remote_start(self, evse: Evse) -> None:
        if self.world.version is V16:
            self.call("RemoteStartTransaction", {"idTag": "R", "connectorId": evse.id})
        else:
            token = {"idToken": "R", "type": "Central"}
            self.call("RequestStartTransaction", {"idToken": token, "remoteStartId": 5, "evseId": evse.id})

    def remote_stop(self, evse: Evse) -> None:
        transaction = self.station.dialect.transaction_id(evse.tx) if evse.tx else ""
        if not transaction:
            return
        if self.world.version is V16:
            self.call("RemoteStopTransaction", {"transactionId": int(transaction)})
        else:
            self.call("RequestStopTransaction", {"transactionId": transaction})

    def reset(self, evse: Evse, *, hard: bool, alone: bool) -> None:
        if self.world.version is V16:
            self.call("Reset", {"type": "Hard" if hard else "Soft"})
        else:
            where = {"evseId": evse.id} if alone else {}
            self.call("Reset", {"type": "Immediate" if hard else "OnIdle"} | where)

    def change_availability(self, evse: Evse, *, operative: bool, alone: bool = False) -> None:
        kind = "Operative" if operative else "Inoperative"
        if self.world.version is V16:
            self.call("ChangeAvailability", {"connectorId": evse.id if alone else 0, "type": kind})
        else:
            where = {"evse": {"id": evse.id}} if alone else {}
            self.call("ChangeAvailability", {"operationalStatus": kind} | where)

    def unlock(self, evse: Evse) -> None:
        payload = {"connectorId": evse.id} if self.world.version is V16 else {"evseId": evse.id, "connectorId": 1}
        self.call("UnlockConnector", payload)

    def reserve(self, evse: Evse, token: str, for_s: float, *, alone: bool) -> None:
        expires = stamp(self.world.clock.utc + timedelta(seconds=for_s))
        number = evse.id if alone else 3
        if self.world.version is V16:
            ask = {"reservationId": number, "idTag": token, "expiryDate": expires}
            self.call("ReserveNow", ask | {"connectorId": evse.id if alone else 0})
        else:
            ask = {"id": number, "idToken": {"idToken": token, "type": "ISO14443"}, "expiryDateTime": expires}
            self.call("ReserveNow", ask | ({"evseId": evse.id} if alone else {}))

    def limit(self, evse: Evse, limit: float, level: int, for_s: float, *, alone: bool) -> None:
        """A charging profile for whoever comes, at one EVSE or at all of them."""
        periods = [{"startPeriod": 0, "limit": limit}, {"startPeriod": 900, "limit": limit / 2}]
        until = stamp(self.world.clock.utc + timedelta(seconds=for_s))
        unit = "W" if evse.profile.connectors[0].supply.kind is Kind.DC else "A"
        schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
        kind = {"chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative", "validTo": until}
        if self.world.version is V16:
            given = {"chargingProfileId": level, "stackLevel": level, **kind, "chargingSchedule": schedule}
            self.call("SetChargingProfile", {"connectorId": evse.id if alone else 0, "csChargingProfiles": given})
        else:
            given = {"id": level + 1, "stackLevel": level, **kind, "chargingSchedule": [{"id": 1, **schedule}]}
            self.call("SetChargingProfile", {"evseId": evse.id if alone else 0, "chargingProfile": given})

    def lift(self, evse: Evse) -> None:
        self.call("ClearChargingProfile", {})

    def show(self, evse: Evse, number: int, priority: str) -> None:
        if self.world.version is not V16 and self.station.has("Display"):
            message = {"id": number, "priority": priority, "message": {"format": "UTF8", "content": "Hello"}}
            self.call("SetDisplayMessage", {"message": message})

    def send_log(self, evse: Evse, kind: str) -> None:
        """To a server that is never there."""
        log = {"remoteLocation": "http://127.0.0.1:1/"}
        self.call("GetLog", {"logType": kind, "requestId": evse.id, "retries": 1, "retryInterval": 60, "log": log})

    def update(self, evse: Evse) -> None:
        """To a firmware that is not there."""
        when = {"retrieveDate" if self.world.version is V16 else "retrieveDateTime": stamp(self.world.clock.utc)}
        more = {"retries": 1, "retryInterval": 60}
        if self.world.version is V16:
            self.call("UpdateFirmware", {"location": "http://127.0.0.1:1/x", **when, **more})
        else:
            self.call(
                "UpdateFirmware", {"requestId": 3, "firmware": {"location": "http://127.0.0.1:1/x", **when}, **more}
            )

    def trust(self, evse: Evse, *, there: bool) -> None:
        """Another root for charging contracts, which changes nothing for who is here."""
        kind = "CentralSystemRootCertificate" if self.world.version is V16 else "MORootCertificate"
        if there and self.world.version is not V16:
            self.call("InstallCertificate", {"certificateType": kind, "certificate": root()})
        else:
            self.call("GetInstalledCertificateIds", {"certificateType": kind if self.world.version is V16 else [kind]})

    def cancel(self, evse: Evse) -> None:
        self.call("CancelReservation", {"reservationId": evse.id})

    def trigger(self, evse: Evse, message: str) -> None:
        if self.world.version is not V16:
            where = {"evse": {"id": evse.id, "connectorId": 1}} if message == "StatusNotification" else {}
            self.call("TriggerMessage", {"requestedMessage": message} | where)
        elif message != "TransactionEvent":
            self.call("TriggerMessage", {"requestedMessage": message, "connectorId": evse.id})

    def wait(self, evse: Evse) -> None:
        pass

    # and afterwards

    async def recover(self) -> None:
        """All is mended and everybody leaves: the station is as good as new, if need be after a technician came."""
        while self.broken:
            self.mend(self.station.evse(1), 0)
        self.station.surround(**{name: getattr(FAIR, name) for name in FAIR.__slots__})
        self.world.csms.up()
        self.station.power_on()
        for evse in self.station.evses:
            self.unplug(evse)
        await self.pass_time(4 * 3600)
        if self.station.troubles:
            self.technician()
            await self.pass_time(3600)
        assert self.station.online
        for evse in self.station.evses:
            self.change_availability(evse, operative=True)
            self.change_availability(evse, operative=True, alone=True)
        await self.pass_time(600)
        self.check_recovered()
        for evse in self.station.evses:
            await self.charge_again(evse)
        self.check_recovered()
        self.laws.check_end()

    def technician(self) -> None:
        """Somebody on the spot closes what has opened and stays so, and makes what has tripped ready again."""
        rig = self.station.rig
        for address in rig.components:
            part = rig.kept(*address)
            if (ready := getattr(part, "reset", None)) is not None:
                ready()
        rig.disturbed()

    def check_recovered(self) -> None:
        assert not self.station.troubles
        assert not self.station.flash.running
        assert not self.station.flash.journal
        for evse in self.station.evses:
            assert evse.plugged is None
            assert evse.state == "Idle"
            assert not evse.contactor_closed
            assert evse.authorization is None
            for connector in range(1, len(evse.profile.connectors) + 1):
                assert self.station.dialect.connector_status(evse, connector) == "Available"

    async def charge_again(self, evse: Evse) -> None:
        await self.pass_time(60)
        self.visit(evse, 0.3, 1)
        before_wh = evse.circuit.register_wh()
        await self.pass_time(120)
        assert evse.state == "Charging"
        assert evse.circuit.register_wh() > before_wh
        self.stop(evse)
        await self.pass_time(30)
        self.unplug(evse)
        await self.pass_time(30)


ACTS: dict[str, Callable[..., None]] = {
    "plug": Trial.plug,
    "visit": Trial.visit,
    "unplug": Trial.unplug,
    "present": Trial.present,
    "stop": Trial.stop,
    "power": Trial.power,
    "inject": Trial.inject,
    "mend": Trial.mend,
    "surround": Trial.surround,
    "cut": Trial.cut,
    "remote start": Trial.remote_start,
    "remote stop": Trial.remote_stop,
    "reset": Trial.reset,
    "availability": Trial.change_availability,
    "unlock": Trial.unlock,
    "reserve": Trial.reserve,
    "cancel": Trial.cancel,
    "trigger": Trial.trigger,
    "limit": Trial.limit,
    "lift": Trial.lift,
    "show": Trial.show,
    "send log": Trial.send_log,
    "update": Trial.update,
    "trust": Trial.trust,
    "wait": Trial.wait,
}
EVS = ev_model_names()


# -- the laws -----------------------------------------------------------------------------------------------------

CLOCK = {"clock stopped", "clock jump"}
"""After these a station's dates need not be in order."""
LOSSY = {"storage full"}
"""With these messages may be lost before they were sent."""


class Laws:
    """What is compared with what. Paths and energies are followed by facts alone, beside the station's own account."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.given_up = False
        """Whether a message has run out of attempts, as it may (2.0.1 E13, 1.6 §3.7.1)."""
        self._closed: set[int] = set()
        self._ready: set[int] = set()
        self._since_s: dict[int, float] = {}
        self._open_s: dict[int, float] = defaultdict(float)
        """By EVSE: for how long energy could flow since the last look."""
        self._counted_wh: dict[int, float] = {}
        self._shown_wh: dict[int, float] = {}
        trial.world.watchers.append(self.follow)
        self._watch_instants()

    # an instant ends

    def _watch_instants(self) -> None:
        env = self.trial.world.clock.env
        step, begun_s, events = env.step, 0.0, 0

        def counted() -> None:
            nonlocal begun_s, events
            if env.instant_s - begun_s > 1e-3:
                begun_s, events = env.instant_s, 0
            events += 1
            assert events < MOST_EVENTS, f"no end of events at {env.instant_s} s"
            step()

        env.step = counted

    # by facts

    def follow(self, fact: Fact) -> None:
        match fact:
            case ContactorClosed(evse):
                self._turn(evse, self._closed, True)
            case ContactorOpened(evse, _):
                self._turn(evse, self._closed, False)
            case PilotChanged(evse, _, state, _):
                self._turn(evse, self._ready, state[0] in "CD")
            case MessageGivenUp():
                self.given_up = True

    def _turn(self, evse: int, those: set[int], there: bool) -> None:
        self._account(evse)
        (those.add if there else those.discard)(evse)

    def _account(self, evse: int) -> None:
        now = self.trial.world.clock.now
        if evse in self._closed and evse in self._ready:
            self._open_s[evse] += now - self._since_s.get(evse, now)
        self._since_s[evse] = now

    # now

    def check(self) -> None:
        """All that holds at every instant."""
        for evse in self.trial.station.evses:
            reading = evse.reading()
            self._account(evse.id)
            self._energy(evse)
            self._register(evse, reading.energy_wh)
            self._flow(evse)

    def _energy(self, evse: Evse) -> None:
        """No energy without closed contactor and state C or D, and never more than the supply can give."""
        counted_wh = evse.meter.import_wh + evse.meter.export_wh
        grown_wh = counted_wh - self._counted_wh.get(evse.id, counted_wh)
        self._counted_wh[evse.id] = counted_wh
        open_s, self._open_s[evse.id] = self._open_s[evse.id], 0.0
        supply = max((outlet.supply for outlet in evse.profile.connectors), key=lambda supply: supply.max_w)
        jumped_wh = 50_000.0 if "meter jump" in self.trial.ever else 0.0
        most_wh = supply.max_w / supply.efficiency * 2.0 * open_s / 3600 + jumped_wh
        assert -1e-6 <= grown_wh <= most_wh + 1e-6, f"{grown_wh} Wh in {open_s} s"

    def _register(self, evse: Evse, shown_wh: float) -> None:
        """What a meter shows never falls."""
        assert shown_wh >= self._shown_wh.get(evse.id, shown_wh)
        self._shown_wh[evse.id] = shown_wh

    def _flow(self, evse: Evse) -> None:
        """P = U·I·cosφ on each phase, and nothing above what anybody allows."""
        circuit = evse.circuit
        draw = circuit.draw()
        each_w = draw.phase_power_w
        assert math.isclose(sum(each_w), draw.power_w, rel_tol=1e-9, abs_tol=1e-9)
        most_a = max(draw.current_a)
        if most_a <= 0:
            return
        assert evse.id in self._closed
        assert evse.id in self._ready
        assert circuit.live
        assert self.trial.station.powered
        for limit, allowed_a in self._limits(evse):
            assert most_a <= allowed_a * (1 + 1e-9), limit
        for voltage_v, current_a in zip(draw.phase_voltage_v, draw.current_a, strict=True):
            assert voltage_v > 0 or not current_a

    def _limits(self, evse: Evse) -> Iterator[tuple[str, float]]:
        circuit, station = evse.circuit, self.trial.station
        ev, hookup, outlet = circuit.ev, circuit.hookup, circuit.outlet
        assert ev is not None
        assert hookup is not None
        direct = outlet.supply.kind is Kind.DC
        yield "profile", outlet.supply.max_a
        yield "EV", ev.model.dc_max_a if direct else ev.model.ac_max_a
        yield "what is offered", circuit.allowed_a
        contact = station.kept("ProximityPilot", evse.id, evse.connector)
        sound = not isinstance(contact, ProximityPart) or (contact.resistor_ohm is None and not contact.error)
        if not direct and not outlet.attached and sound:
            yield "cable", self.trial.cable_a[evse.id]
        if not direct and hookup.pulsed:
            yield "duty cycle", max(circuit.allowed_a, _told_a(hookup.duty_percent))
        for name in ("RCD", "OverCurrentProtection"):
            part = station.kept(name, evse.id)
            if isinstance(part, ResidualPart | OverCurrentPart):
                yield name, 0.0 if part.tripped in (True, "breaker") else math.inf
            if isinstance(part, OverCurrentPart):
                yield "breaker", part.breaker.kind.rated_a

    # in the end

    def check_end(self) -> None:
        trial = self.trial
        replies = trial.world.csms.replies
        refused = [replies[asked] for asked in trial.asked if isinstance(replies.get(asked), Code)]
        assert set(refused) <= {Code.SECURITY_ERROR}
        if self.given_up or LOSSY & trial.ever:
            check_facts(trial.world, over=True)
        else:
            check(trial.world, dated=not CLOCK & trial.ever)


def _told_a(duty_percent: float) -> float:
    """IEC 61851-1, annex A: what an EV may draw at a duty cycle."""
    if duty_percent > 96:
        return 0.0 if duty_percent > 97 else 80.0
    return duty_percent * 0.6 if duty_percent <= 85 else (duty_percent - 64) * 2.5


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def no_errors() -> Iterator[None]:
    """Fail if anything is logged as a warning or worse."""
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(errors)
    assert not errors.texts
