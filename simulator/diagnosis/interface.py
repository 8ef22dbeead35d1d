"""Tests of what a driver plugs in to: control pilot, proximity, lock, contacts, cable, shutter."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.diagnosis.bench import PROFILE, Bench, inspects
from simulator.diagnosis.finding import Finding
from simulator.hardware.breakaway import Breakaway
from simulator.hardware.contacts import CABLE, CONTACT, ConnectorTemperatureSensor
from simulator.hardware.lock import LockPart, PlugRetentionLock
from simulator.hardware.pilot import PilotPart
from simulator.hardware.plates import WORN_TIMES, Contacts, MatingPart
from simulator.hardware.proximity import ProximityPart
from simulator.hardware.shutter import ConnectorProtectionRelease, Shutter
from simulator.hardware.thermometer import TITLE, Thermometer
from simulator.physics import duty, proximity
from simulator.physics.pilot import BAND_V, CENTRES_V, Letter, Pilot, Wrong

PILOT = "IEC 61851-1:2017, annex A"
PROXIMITY = "IEC 61851-1:2017, annex B, table B.1"
DUTY_TOLERANCE_PERCENT = 1.0
"""How far the duty cycle may be off what is meant (IEC 61851-1:2017, annex A: ±1 percentage point)."""

CABLE_TIMES = 1.1
"""What ageing and terminals may add to a conductor's resistance."""


@inspects("control pilot", "CPPWMController", needs_free=True)
def pilot(bench: Bench) -> Iterator[Finding]:
    """A test adapter shows states A to D, one after the other; then a shorted diode and a shorted wire."""
    part, advice = bench.of(PilotPart), "look for water, a crushed cable or a worn contact; then replace the controller"
    offered = _offered_percent(bench)
    for letter in (Letter.A, Letter.B, Letter.C, Letter.D):
        high_v, low_v = _adapter(part, letter, offered).voltages()
        centre_v = CENTRES_V[letter]
        yield bench.within(
            f"state {letter}, upper level", high_v, "V", least=centre_v - BAND_V, most=centre_v + BAND_V,
            source=PILOT, advice=advice,
        )  # fmt: skip
        if letter is not Letter.A and low_v is not None:
            yield bench.within(
                f"state {letter}, lower level", low_v, "V", least=-12 - BAND_V, most=-12 + BAND_V,
                source=PILOT, advice="the lower half is loaded: diode of the EV or adapter, or a leak in the cable",
            )  # fmt: skip
    yield bench.within(
        "duty cycle", _adapter(part, Letter.C, offered).duty_percent, "%",
        least=offered - DUTY_TOLERANCE_PERCENT, most=offered + DUTY_TOLERANCE_PERCENT,
        source=PILOT, advice="replace the controller",
    )  # fmt: skip
    shorted = _adapter(part, Letter.B, offered, diode_shorted=True).state()
    yield _noticed(bench, "shorted diode", shorted.wrong, Wrong.DIODE)
    yield _noticed(bench, "pilot to earth", _adapter(part, Letter.B, offered, short_ohm=0.0).state().wrong, Wrong.SHORT)


def _adapter(
    part: PilotPart, letter: Letter, percent: float, *, diode_shorted: bool = False, short_ohm: float | None = None
) -> Pilot:
    """The station's pilot with an adapter at its end that shows a state."""
    wire = part.pilot(percent)
    wire.wanted = letter
    wire.diode_shorted = wire.diode_shorted or diode_shorted
    if short_ohm is not None:
        wire.short_ohm = short_ohm
    return wire


def _offered_percent(bench: Bench) -> float:
    """What the pilot has to say for the limit that is set: digital communication for DC."""
    circuit = bench.evse.circuit
    outlet = bench.evse.profile.connectors[bench.place.connector - 1]
    if outlet.supply.phases == 0:
        return duty.DIGITAL_PERCENT
    return duty.percent(max(duty.LEAST_A, min(circuit.offered_a, outlet.supply.max_a)))


def _noticed(bench: Bench, name: str, seen: Wrong | None, wanted: Wrong) -> Finding:
    advice = "the station does not see it: replace the controller"
    return bench.exactly(name, str(seen or "not noticed"), str(wanted), source=PILOT, advice=advice)


@inspects("proximity", "ProximityPilot", needs_free=True)
def coded(bench: Bench) -> Iterator[Finding]:
    """A plug with each of the coded resistors; then without one, and shorted."""
    part, phases = bench.of(ProximityPart), bench.evse.outlet.supply.phases
    advice = "measure the contact and its wire, clean or replace them"
    for rated_a, ohm in proximity.CODED_OHM.items():
        wanted_a = proximity.cable(ohm, phases).rated_a
        seen_a = part.seen(ohm).cable(phases).rated_a
        yield bench.within(
            f"{ohm:.0f} Ω, cable for {rated_a:.0f} A", seen_a, "A", least=wanted_a, most=wanted_a,
            source=PROXIMITY, advice=advice,
        )  # fmt: skip
    for name, ohm in (("shorted", 0.0), ("without a plug", float("inf"))):
        refused = "no current" if part.seen(ohm).cable(phases).wrong else "a current"
        yield bench.exactly(name, refused, "no current", source=PROXIMITY, advice=advice)


@inspects("plug lock", "ConnectorPlugRetentionLock", needs_free=True)
def lock(bench: Bench) -> Iterator[Finding]:
    """Lock a plug and let it free again."""
    part = bench.of(LockPart)
    moves = part.moves(True) and part.moves(False)
    assert isinstance(bench.component, PlugRetentionLock)
    once_s = bench.component.lock_s
    yield bench.within(
        "locking time", part.attempts * once_s if moves else float("inf"), "s", most=2 * once_s, source=PROFILE,
        advice="clean and grease the bolt, replace the motor",
    )  # fmt: skip


@inspects("contacts", TITLE, needs_free=True, component=ConnectorTemperatureSensor)
def contacts(bench: Bench) -> Iterator[Finding]:
    """Resistance from terminal to mated contact, and of the cable's conductor, by a four-wire meter."""
    part, kind = bench.of(Thermometer), bench.component
    assert isinstance(kind, ConnectorTemperatureSensor)
    contact_mohm = kind.contact_mohm * part.point(CONTACT).worse_times * wear_times(bench)
    yield bench.within(
        "contact resistance", contact_mohm, "mΩ", most=kind.contact_mohm * WORN_TIMES,
        source="IEC 62196-1, clause 24", advice="clean the contacts; replace the connector if that does not help",
    )  # fmt: skip
    yield bench.within(
        "conductor resistance", kind.cable_mohm * part.point(CABLE).worse_times, "mΩ",
        most=kind.cable_mohm * CABLE_TIMES, source=PROFILE, advice="replace the cable",
    )  # fmt: skip


def wear_times(bench: Bench) -> float:
    """By what factor the connector's operations have worn its contacts; 1 where nobody counts them."""
    worn = bench.station.rig.near("Connector", bench.place)
    return worn.resistance_times if isinstance(worn, Contacts) else 1.0


@inspects("connector wear", "Connector", needs_power=False)
def wear(bench: Bench) -> Iterator[Finding]:
    """How often something was plugged in."""
    part, kind = bench.of(Contacts), bench.component
    assert isinstance(kind, MatingPart)
    yield bench.within(
        "operations", float(part.count), "", most=float(kind.rated), source="IEC 62196-1 (10,000), " + PROFILE,
        advice="replace the connector",
    )  # fmt: skip


@inspects("shutter", "ConnectorProtectionRelease", needs_free=True)
def shutter(bench: Bench) -> Iterator[Finding]:
    """Open and shut by hand."""
    kind = bench.component
    assert isinstance(kind, ConnectorProtectionRelease)
    yield bench.within(
        "time to move", kind.move_s if bench.of(Shutter).moves else float("inf"), "s",
        most=kind.move_s * kind.tries, source=PROFILE, advice="free the shutter, replace the fuse of its motor",
    )  # fmt: skip


@inspects("cable breakaway", "CableBreakawaySensor")
def breakaway(bench: Bench) -> Iterator[Finding]:
    """Whether the wire through the shear point is whole."""
    part = bench.of(Breakaway)
    seen = "torn" if part.sensed or part.active or part.tripped else "whole"
    yield bench.exactly("shear wire", seen, "whole", source=PROFILE, advice="replace the cable with its shear point")
