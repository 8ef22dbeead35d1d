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
from simulator.facts import Fact, TransactionEnded
from simulator.profile import load_profile
from simulator.station import Station

Figures = dict[str, float]
Action = tuple[Callable[[], object], int]
"""Something to measure, and how often to repeat it in a round."""
BENCHES: dict[str, Callable[[], Figures]] = {}

START = datetime(2025, 3, 3, tzinfo=UTC)
DAY_STATIONS = 50
IDLE_STATIONS = 500
ROUNDS = 15
REPEATS = 2_000


def benchmark(measure: Callable[[], Figures]) -> Callable[[], Figures]:
    """Enter a benchmark under its function's name. Raises ValueError if the name is taken."""
    if measure.__name__ in BENCHES:
        raise ValueError(f"two benchmarks called {measure.__name__}")
    BENCHES[measure.__name__] = measure
    return measure


def best_us(*actions: Action) -> list[float]:
    """The fastest round of each action, in µs per repeat: what others took longer was the machine's doing.

    The actions take turns, so that a slow spell of the machine does not fall on one of them alone.
    """
    fastest = [float("inf")] * len(actions)
    for _ in range(ROUNDS):
        for index, (action, repeats) in enumerate(actions):
            begin = time.perf_counter()
            for _ in range(repeats):
                action()
            fastest[index] = min(fastest[index], (time.perf_counter() - begin) / repeats * 1e6)
    return fastest


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
    few = max(1, REPEATS // 10)
    our_beat, our_event, their_beat, their_event = best_us(
        (lambda: ours(*beat), REPEATS),
        (lambda: ours(*event), REPEATS),
        (lambda: theirs(*beat), few),
        (lambda: theirs(*event), few),
    )
    return {
        "Heartbeat, µs": our_beat,
        "TransactionEvent, µs": our_event,
        "Heartbeat with the ocpp package, µs": their_beat,
        "TransactionEvent with the ocpp package, µs": their_event,
        "Heartbeat, times faster": their_beat / our_beat,
        "TransactionEvent, times faster": their_event / our_event,
    }


@dataclass(slots=True)
class _Site:
    """Stations and the reference CSMS in one process, in virtual time."""

    stations: list[Station] = field(default_factory=list)
    frames: int = 0
    transactions: int = 0

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
                on_fact=self._note,
            )
            self.stations.append(made)
        return csms

    def _count(self, _station: str, _direction: str, _text: str) -> None:
        self.frames += 1

    def _note(self, _station: str, fact: Fact) -> None:
        self.transactions += isinstance(fact, TransactionEnded)


@benchmark
def virtual() -> Figures:
    """A simulated day of charging stations against the reference CSMS in process."""
    number, day_s = DAY_STATIONS, 86_400.0
    clock = Clock(START)
    site = _Site()
    csms = site.build(number, clock)
    for index, station in enumerate(site.stations):
        clock.at(index * 0.5, station.power_on)
        for hour in (7, 12, 18):
            clock.at(hour * 3600 + index * 7, partial(_session, clock, station, index))
    begin, begin_cpu = time.perf_counter(), time.process_time()
    asyncio.run(clock.run(day_s))
    wall_s, cpu_s = time.perf_counter() - begin, time.process_time() - begin_cpu
    csms.store.close()
    return {
        "stations": float(number),
        "transactions": float(site.transactions),
        "frames": float(site.frames),
        "wall time, s": wall_s,
        "processor time, s": cpu_s,
        "processor time per frame, µs": cpu_s / site.frames * 1e6,
        "simulated station-hours per second of processor time": number * day_s / 3600 / cpu_s,
        "processor time for a day of 1,000 stations, s (extrapolated)": cpu_s * 1_000 / number,
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
    number = IDLE_STATIONS
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
