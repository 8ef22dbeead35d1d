"""Tests of the power path: supply, wiring, residual current device, breaker, contactor, insulation, meters."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.diagnosis.bench import PROFILE, Bench, inspects
from simulator.diagnosis.finding import Finding
from simulator.hardware.contactor import ContactorPart
from simulator.hardware.converter import PowerStage
from simulator.hardware.feed import ElectricalFeed, FeedPart
from simulator.hardware.insulation import IsolationMonitor
from simulator.hardware.overcurrent import OverCurrentPart
from simulator.hardware.residual import ResidualPart
from simulator.hardware.supply import Backup
from simulator.hardware.timing import timing_of
from simulator.physics.breaker import INSTANTANEOUS, Breaker
from simulator.physics.contactor import Finding as Seen
from simulator.physics.residual import AC_LIMITS, DC_LIMITS, Residual
from simulator.physics.sequences import CLOSE_S, OPEN_S
from simulator.physics.trace import NEVER

LEAST_OHM, TEST_V = 1e6, 500.0
"""Conductors to each other and to earth: 1 MΩ, measured with 500 V DC (IEC 60364-6, table 6.1)."""
QUALITY = "EN 50160, 4.2.2"
ROTATION = {1: "L1", 2: "L1 L2", 3: "L1 L2 L3"}


@inspects("wiring", "ElectricalFeed", needs_power=False)
def wiring(bench: Bench) -> Iterator[Finding]:
    """The voltage of each phase, which of them are there, and whether the relay that watches them sees the same."""
    part, kind = bench.of(FeedPart), bench.component
    assert isinstance(kind, ElectricalFeed)
    nominal_v = part.nominal_v
    there = []
    for phase, volts in enumerate(part.volts, 1):
        if volts >= kind.lost * nominal_v:
            there.append(f"L{phase}")
        yield bench.within(
            f"voltage L{phase}", volts, "V", least=0.9 * nominal_v, most=1.1 * nominal_v, source=QUALITY,
            advice="look at fuses and terminals; ask the grid's operator if they are sound",
        )  # fmt: skip
    yield bench.exactly(
        "phases in their order", " ".join(there) or "none", ROTATION[len(part.volts)],
        source="IEC 60364-6", advice="look for a blown fuse or an open terminal; swap what is out of order",
    )  # fmt: skip
    yield bench.within(
        "frequency", bench.station.environment.grid_hz or bench.station.evses[0].outlet.supply.frequency_hz, "Hz",
        least=47.0, most=52.0, source="EN 50160, 4.2.1", advice="ask the grid's operator",
    )  # fmt: skip


@inspects("insulation of the outlet", "RCD", needs_free=True)
def outlet(bench: Bench) -> Iterator[Finding]:
    """The contactor's contacts bridged, each conductor against earth: what leaks there does so at any voltage."""
    part, supply = bench.of(ResidualPart), bench.evse.outlet.supply
    leak_a = math.hypot(part.leakage_ac_a, part.leakage_dc_a)
    yield bench.within(
        "conductors to earth", _ohm(supply.voltage_v, leak_a) / 1e6, "MΩ", least=LEAST_OHM / 1e6,
        source="IEC 60364-6, table 6.1", advice="look for water or a damaged cable, behind the contactor first",
    )  # fmt: skip


@inspects("insulation of the conductors", "OverCurrentProtection", needs_free=True)
def conductors(bench: Bench) -> Iterator[Finding]:
    """The same from conductor to conductor."""
    part, supply = bench.of(OverCurrentPart), bench.evse.outlet.supply
    yield bench.within(
        "conductor to conductor", _ohm(supply.voltage_v, part.extra_a) / 1e6, "MΩ", least=LEAST_OHM / 1e6,
        source="IEC 60364-6, table 6.1", advice="replace the cable, or find what joins the conductors",
    )  # fmt: skip


def _ohm(voltage_v: float, leak_a: float) -> float:
    return voltage_v / leak_a if leak_a else math.inf


@inspects("RCD", "RCD", needs_free=True)
def residual(bench: Bench) -> Iterator[Finding]:
    """The test button; a tester's current of 0.5, 1 and 5 IΔn; smooth direct current, where it is detected."""
    part, rated_a = bench.of(ResidualPart), bench.of(ResidualPart).kind.rated_a
    advice = "replace the RCD; keep the EVSE out of operation until then"
    test = part.self_test()
    yield bench.works("test button", test.passed, source="IEC 61008-1, 8.11", advice=advice)
    half_s = _trips_s(part, ac_a=0.5 * rated_a)
    yield bench.exactly(
        "0.5 IΔn", "holds" if half_s == NEVER else f"trips after {half_s:.3g} s", "holds",
        source="IEC 61008-1", advice=advice,
    )  # fmt: skip
    for times, most_s in AC_LIMITS:
        if times in (1.0, 5.0):
            yield bench.within(
                f"break time at {times:g} IΔn", _trips_s(part, ac_a=times * rated_a), "s", most=most_s,
                source="IEC 61008-1, table 1", advice=advice,
            )  # fmt: skip
    yield bench.within(
        "ramp test", _ramp_a(part) * 1000, "mA", least=500 * rated_a, most=1000 * rated_a,
        source="IEC 61557-6", advice=advice,
    )  # fmt: skip
    if part.kind.detects_dc:
        amount_a, most_s = DC_LIMITS[0]
        yield bench.within(
            "break time at 6 mA DC", _trips_s(part, dc_a=amount_a), "s", most=most_s, source="IEC 62955",
            advice=advice,
        )  # fmt: skip
    yield bench.exactly(
        "handle", "tripped" if part.tripped else "closed", "closed", source=PROFILE,
        advice="find what leaks, then close it",
    )  # fmt: skip


def _trips_s(part: ResidualPart, *, ac_a: float = 0.0, dc_a: float = 0.0) -> float:
    """When this device trips at a tester's current alone."""
    device = Residual(part.device.kind, ac_a, dc_a, sensitivity=part.sensitivity, jammed=part.jammed)
    return device.trip_after_s(0.0)


def _ramp_a(part: ResidualPart) -> float:
    """The current, raised from 0 in steps of a hundredth of IΔn, at which it trips within 0.3 s or later."""
    rated_a = part.kind.rated_a
    steps = (step * rated_a / 100 for step in range(1, 151))
    return next((ac_a for ac_a in steps if _trips_s(part, ac_a=ac_a) < NEVER), math.inf)


@inspects("insulation of the DC output", "GroundIsolationProtection", needs_free=True)
def isolation(bench: Bench) -> Iterator[Finding]:
    """The output against earth, and whether the monitor shows the same."""
    part, most_v = bench.of(IsolationMonitor), bench.evse.outlet.supply.voltage_v
    yield bench.within(
        "output to earth", part.insulation_ohm / 1000, "kΩ", least=part.kind.warning_ohm_per_v * most_v / 1000,
        source="IEC 61851-23, annex CC", advice="look for water or damage in cable and converter",
    )  # fmt: skip
    yield bench.within(
        "response time of the monitor", part.kind.response_s, "s", most=10.0, source="IEC 61557-8",
        advice="replace the monitor",
    )  # fmt: skip


@inspects("circuit-breaker", "OverCurrentProtection", needs_free=True)
def breaker(bench: Bench) -> Iterator[Finding]:
    """Primary injection: it holds a little more than its rating, and trips in its characteristic's times."""
    part = bench.of(OverCurrentPart)
    kind, advice = part.breaker.kind, "replace the breaker"
    held_s = _breaks_s(part, 1.13 * kind.rated_a)
    yield bench.within("time at 1.13 In", held_s, "s", least=3600, source="IEC 60898-1, table 7", advice=advice)
    long_s = _breaks_s(part, 1.45 * kind.rated_a)
    yield bench.within("time at 1.45 In", long_s, "s", most=3600, source="IEC 60898-1, table 7", advice=advice)
    at_once = INSTANTANEOUS[kind.characteristic][1]
    coil_s = _breaks_s(part, at_once * kind.rated_a)
    name = f"time at {at_once:g} In"
    yield bench.within(name, coil_s, "s", most=0.1, source="IEC 60898-1, table 7", advice=advice)
    yield bench.exactly(
        "handle", "tripped" if part.tripped else "closed", "closed", source=PROFILE,
        advice="find what draws too much, then close it",
    )  # fmt: skip


def _breaks_s(part: OverCurrentPart, current_a: float) -> float:
    return Breaker(part.breaker.kind, current_a, jammed=part.jammed).trip_after_s(0.0)


@inspects("contactor", "PowerContactor", needs_free=True)
def contactor(bench: Bench) -> Iterator[Finding]:
    """Close it and open it once, without load, with a voltmeter behind its contacts."""
    part, timing = bench.of(ContactorPart), timing_of(bench.station.profile)
    welded = part.contactor.closed and not part.contactor.coil
    closes = part.command(True)
    opens = part.command(False)
    yield bench.within(
        "closing time", timing.close_s if closes else NEVER, "s", most=CLOSE_S, source="IEC 61851-1:2017, table A.6",
        advice="measure the coil; replace the contactor",
    )  # fmt: skip
    yield bench.within(
        "opening time", timing.open_s if opens else NEVER, "s", most=OPEN_S, source="IEC 61851-1:2017, table A.6",
        advice="welded contacts: replace the contactor",
    )  # fmt: skip
    behind = str(Seen.WELDED if welded or not opens else Seen.SOUND)
    yield bench.exactly(
        "voltage behind open contacts", behind, str(Seen.SOUND), source="IEC 61851-1:2017",
        advice="welded contacts: replace the contactor",
    )  # fmt: skip
    yield bench.within(
        "life used", 100 * part.contactor.wear, "%", most=90.0, source="IEC 60947-4-1, annex B",
        advice="replace the contactor soon",
    )  # fmt: skip


@inspects("converter", "AcDcConverter", needs_free=True)
def converter(bench: Bench) -> Iterator[Finding]:
    """Half a minute on a load bank: is there an output, and does the air get through?"""
    part, supply = bench.of(PowerStage), bench.evse.outlet.supply
    output_v = 0.0 if part.broken or part.tripped else supply.voltage_v
    yield bench.within(
        "output voltage", output_v, "V", least=0.98 * supply.voltage_v, most=1.02 * supply.voltage_v,
        source=PROFILE, advice="replace the power module",
    )  # fmt: skip
    yield bench.within(
        "cooling air", 100 * (1 - part.clogged), "%", least=80.0, source=PROFILE,
        advice="clean or replace the filter",
    )  # fmt: skip


@inspects("supply of the electronics", "ELVSupply", needs_power=False)
def supply(bench: Bench) -> Iterator[Finding]:
    """Its voltage, with and without the grid."""
    part = bench.of(Backup)
    nominal_v = part.kind.voltage_v
    yield bench.within(
        "output voltage", float(part.value("DCVoltage") or 0), "V", least=0.85 * nominal_v, most=1.2 * nominal_v,
        source="IEC 61131-2", advice="replace the supply",
    )  # fmt: skip
    yield bench.within(
        "battery", part.capacity_s, "s", least=0.8 * part.kind.backup_s, source=PROFILE, advice="replace the battery",
    )  # fmt: skip
