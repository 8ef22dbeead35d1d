"""Benchmarks: every comparison is a ratio measured in the same run. ``make bench`` runs them all."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from ocpp.messages import Call, _validate_payload, unpack

from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol import frames
from protocol.session import Called, Session
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V201, Side
from simulator.clock import Clock
from simulator.ev import EV
from simulator.profile import load_profile
from simulator.station import Station

Figures = dict[str, float]
BENCHES: dict[str, Callable[[], Figures]] = {}

START = datetime(2025, 3, 3, tzinfo=UTC)


def benchmark(measure: Callable[[], Figures]) -> Callable[[], Figures]:
    """Enter a benchmark under its function's name. Raises ValueError if the name is taken."""
    if measure.__name__ in BENCHES:
        raise ValueError(f"two benchmarks called {measure.__name__}")
    BENCHES[measure.__name__] = measure
    return measure


def best_us(action: Callable[[], object], rounds: int = 5, repeats: int = 2_000) -> float:
    """The fastest of several rounds, in µs per repeat."""
    fastest = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(repeats):
            action()
        fastest = min(fastest, time.perf_counter() - begin)
    return fastest / repeats * 1e6


def transaction_event() -> dict[str, Any]:
    """A TransactionEvent of about 600 bytes."""
    values = [
        {"value": 12345.6, "context": "Sample.Periodic", "measurand": name, "unitOfMeasure": {"unit": unit}}
        for name, unit in (("Energy.Active.Import.Register", "Wh"), ("Power.Active.Import", "W"))
    ]
    return {
        "eventType": "Updated",
        "timestamp": "2025-03-03T10:00:00.000Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 17,
        "transactionInfo": {"transactionId": "1f1c5f4e-7a51-4f0e-8d6e-2f9f7d3b6a11", "chargingState": "Charging"},
        "meterValue": [{"timestamp": "2025-03-03T10:00:00.000Z", "sampledValue": values}],
    }


@benchmark
def session() -> Figures:
    """Receive, validate and answer a CALL: our Session against the ``ocpp`` package's own steps."""
    payload = transaction_event()
    numbers = count()
    csms = Session(V201, Side.CSMS, ids=lambda: str(next(numbers)))

    def ours(action: str, ask: dict[str, Any], reply: dict[str, Any]) -> None:
        (called,) = csms.receive(frames.call(str(next(numbers)), action, ask), 0.0)
        assert isinstance(called, Called)
        csms.answer(called.message_id, reply)
        csms.outbox.clear()

    def theirs(action: str, ask: dict[str, Any], reply: dict[str, Any]) -> None:
        call = unpack(json.dumps([2, str(next(numbers)), action, ask]))
        assert isinstance(call, Call)
        _validate_payload(call, "2.0.1")
        result = call.create_call_result(reply)
        _validate_payload(result, "2.0.1")
        result.to_json()

    beat: tuple[str, dict[str, Any], dict[str, Any]] = ("Heartbeat", {}, {"currentTime": "2025-03-03T10:00:00.000Z"})
    event: tuple[str, dict[str, Any], dict[str, Any]] = ("TransactionEvent", payload, {})
    figures = {
        "Heartbeat, µs": best_us(lambda: ours(*beat)),
        "TransactionEvent, µs": best_us(lambda: ours(*event)),
        "Heartbeat with the ocpp package, µs": best_us(lambda: theirs(*beat), repeats=200),
        "TransactionEvent with the ocpp package, µs": best_us(lambda: theirs(*event), repeats=200),
    }
    mine, other = list(figures.values())[:2], list(figures.values())[2:]
    figures["Heartbeat, times faster"] = other[0] / mine[0]
    figures["TransactionEvent, times faster"] = other[1] / mine[1]
    return figures


@dataclass(slots=True)
class _Site:
    """Stations and the reference CSMS in one process, in virtual time."""

    stations: list[Station] = field(default_factory=list)
    frames: int = 0

    def build(self, number: int, clock: Clock) -> Csms:
        store = Store.open("sqlite://", inline=True)
        settings = Settings(accept_unknown_tokens=True, heartbeat_s=900)
        csms = Csms(store, now=lambda: clock.utc, busy=clock.busy, settings=settings, ids=lambda: f"c{next(ids)}")
        ids = count()
        network = MemoryNetwork(clock.soon, clock.busy)
        network.serve(csms)
        for index in range(number):
            version = V201 if index % 2 else V16
            made = Station(
                f"CP-{index:05}",
                load_profile("ac-22kw"),
                version,
                clock,
                network.dialer(),
                url="ws://csms/",
                seed=7,
                tap=self._count,
            )
            self.stations.append(made)
        return csms

    def _count(self, _station: str, _direction: str, _text: str) -> None:
        self.frames += 1


@benchmark
def virtual() -> Figures:
    """A simulated day of charging stations against the reference CSMS in process."""
    number, day_s = 100, 86_400.0
    clock = Clock(START)
    site = _Site()
    csms = site.build(number, clock)
    for index, station in enumerate(site.stations):
        clock.at(index * 0.5, station.power_on)
        for hour in (7, 12, 18):
            clock.at(hour * 3600 + index * 7, partial(_session, clock, station, index))
    begin = time.perf_counter()
    asyncio.run(clock.run(day_s))
    wall_s = time.perf_counter() - begin
    csms.store.close()
    return {
        "stations": float(number),
        "frames": float(site.frames),
        "wall, s": wall_s,
        "station-seconds per second": number * day_s / wall_s,
        "µs per frame": wall_s / site.frames * 1e6,
        "wall for a day of 1,000 stations, s (extrapolated)": wall_s * 1_000 / number,
    }


def _session(clock: Clock, station: Station, index: int) -> None:
    station.plug(EV.of("compact-50kwh", soc=0.3 + index % 40 / 100))
    station.present(f"T{index}")
    clock.after(9_000, lambda: station.present(f"T{index}"))
    clock.after(9_060, partial(_leave, station))


def _leave(station: Station) -> None:
    station.unplug()


@benchmark
def memory() -> Figures:
    """Python memory of an idle, booted station with its CSMS connection, both in one process (no sockets)."""
    number = 500
    tracemalloc.start()
    try:
        clock = Clock(START)
        site = _Site()
        csms = site.build(number, clock)
        built = tracemalloc.get_traced_memory()[0]
        for station in site.stations:
            station.power_on()
        asyncio.run(clock.run(60.0))
        booted = tracemalloc.get_traced_memory()[0]
        csms.store.close()
    finally:
        tracemalloc.stop()
    return {
        "station as built, KiB": built / number / 1024,
        "station and CSMS connection, booted, KiB": booted / number / 1024,
    }
