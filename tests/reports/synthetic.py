"""A realistic made-up run: a day of a mixed fleet with charging, faults, refusals, garbage and hostile strings."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from reports.rundir import Judgement, RunWriter, Verdict

START = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=\"document.title='pwned'\">\u2028'\"`<!-- ${1} \u202eevil"
PROFILES = {"ac-11kw": (11_040.0, 16.0), "ac-22kw": (22_080.0, 32.0), "dc-50kw": (50_000.0, 125.0)}
PROFILES["dc-150kw"] = (150_000.0, 375.0)


def stamp(t: float) -> str:
    """RFC 3339 of a simulated time."""
    return (START + timedelta(seconds=t)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass
class Tape:
    """Collects what the stations do in any order; ``play`` writes it in the order of time."""

    rows: list[tuple[float, int, str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def add(self, t: float, what: str, *given: Any, **fields: Any) -> None:
        """Note one call of the writer at a time."""
        self.rows.append((t, len(self.rows), what, given, fields))

    def play(self, writer: RunWriter, until_s: float) -> None:
        """Write everything up to a time."""
        for t, _, what, given, fields in sorted(self.rows, key=lambda row: row[:2]):
            if t <= until_s:
                getattr(writer, what)(t, *given, **fields)


class Actor:
    """One station's hand on the tape."""

    def __init__(self, tape: Tape, identity: str, profile: str, version: str, seed: int) -> None:
        self.tape, self.id, self.profile, self.version = tape, identity, profile, version
        self.random = Random(f"{seed}/{identity}")
        self.serial = 0
        self.register_wh = 1_000.0 * self.random.randrange(50, 900)
        self.transaction = self.random.randrange(100, 900)

    def ask(self, t: float, action: str, payload: Any, reply: Any, *, way: str = "up", after_s: float = 0.08) -> None:
        """A call and its reply; a list is a CALLERROR's code, description and details."""
        self.serial += 1
        ident = f"{self.id[-2:]}-{self.serial:05d}"
        back = "down" if way == "up" else "up"
        self.tape.add(t, "message", self.id, way, dump([2, ident, action, payload]))
        answer = [4, ident, *reply] if isinstance(reply, list) else [3, ident, reply]
        self.tape.add(t + after_s, "message", self.id, back, dump(answer))

    def status(self, t: float, value16: str, value20: str) -> None:
        """StatusNotification in the version's form."""
        if self.version == "1.6":
            payload = {"connectorId": 1, "errorCode": "NoError", "status": value16, "timestamp": stamp(t)}
        else:
            payload = {"timestamp": stamp(t), "connectorStatus": value20, "evseId": 1, "connectorId": 1}
        self.ask(t, "StatusNotification", payload, {})

    def boot(self, t: float, vendor: str = "Voltwerk") -> None:
        """Boot and first status."""
        accepted = {"status": "Accepted", "currentTime": stamp(t), "interval": 900}
        if self.version == "1.6":
            payload: dict[str, Any] = {"chargePointVendor": vendor, "chargePointModel": self.profile}
        else:
            payload = {"chargingStation": {"vendorName": vendor, "model": self.profile}, "reason": "PowerUp"}
        self.tape.add(t, "event", self.id, "link", "Connected", subprotocol=f"ocpp{self.version}")
        self.ask(t, "BootNotification", payload, accepted)
        self.status(t + 0.3, "Available", "Available")

    def charge(self, t: float, need_wh: float, reason: str, token: str) -> float:
        """One charging session from plug to unplug; returns when it is over."""
        peak_w, limit_a = PROFILES[self.profile]
        self.tape.add(t, "event", self.id, "hardware", "Plugged", evse=1, connector=1)
        self.status(t, "Preparing", "Occupied")
        info = {"idTagInfo": {"status": "Accepted"}}
        self.ask(t + 5, "Authorize", {"idTag": token}, info) if self.version == "1.6" else self.ask(
            t + 5,
            "Authorize",
            {"idToken": {"idToken": token, "type": "ISO14443"}},
            {"idTokenInfo": {"status": "Accepted"}},
        )
        t += 6
        began_wh, soc = self.register_wh, self.random.uniform(12, 55)
        room_wh = need_wh / (0.97 - soc / 100)
        self.transaction += 1
        ident: Any = self.transaction if self.version == "1.6" else f"tx-{self.id}-{self.transaction}"
        self.begin(t, ident, token)
        self.tape.add(t, "event", self.id, "firmware", "TransactionStarted", evse=1, transaction=str(ident))
        seq, step_s, now = 1, 60.0, t
        while self.register_wh - began_wh < need_wh:
            limit = limit_a * (0.5 if 17.5 * 3600 < now < 20 * 3600 else 1.0)
            taper = 1.0 if soc < 72 else max(0.12, 1 - (soc - 72) / 30)
            power_w = peak_w * min(limit / limit_a, taper)
            self.tape.add(
                now,
                "sample",
                self.id,
                1,
                power_w,
                energy_wh=self.register_wh,
                voltage_v=peak_w / limit_a,
                current_a=power_w / (peak_w / limit_a),
                limit_a=limit,
                soc_percent=soc,
            )
            now += step_s
            self.register_wh += power_w * step_s / 3600
            soc = min(100.0, soc + 100 * power_w * step_s / 3600 / room_wh)
            if int((now - t) / step_s) % 10 == 0:
                self.meter(now, ident, seq, power_w)
                seq += 1
        self.tape.add(now, "sample", self.id, 1, 0.0, energy_wh=self.register_wh, limit_a=limit_a)
        self.end(now, ident, seq, reason, token)
        self.tape.add(now, "event", self.id, "firmware", "TransactionStopped", evse=1, reason=reason)
        self.tape.add(now + 40, "event", self.id, "hardware", "Unplugged", evse=1)
        self.status(now + 40, "Available", "Available")
        return now + 60

    def begin(self, t: float, ident: Any, token: str) -> None:
        """StartTransaction or TransactionEvent Started."""
        if self.version == "1.6":
            ask = {"connectorId": 1, "idTag": token, "meterStart": round(self.register_wh), "timestamp": stamp(t)}
            self.ask(t, "StartTransaction", ask, {"transactionId": ident, "idTagInfo": {"status": "Accepted"}})
            self.status(t + 0.2, "Charging", "")
            return
        ask = self.happening(t, "Started", "CablePluggedIn", 0, ident)
        ask["idToken"] = {"idToken": token, "type": "ISO14443"}
        ask["evse"] = {"id": 1, "connectorId": 1}
        self.ask(t, "TransactionEvent", ask, {"idTokenInfo": {"status": "Accepted"}})

    def meter(self, t: float, ident: Any, seq: int, power_w: float) -> None:
        """MeterValues or TransactionEvent Updated."""
        if self.version == "1.6":
            values = [{"value": f"{self.register_wh:.1f}", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}]
            values.append({"value": f"{power_w:.0f}", "measurand": "Power.Active.Import", "unit": "W"})
            entry = {"timestamp": stamp(t), "sampledValue": values}
            self.ask(t, "MeterValues", {"connectorId": 1, "transactionId": ident, "meterValue": [entry]}, {})
            return
        self.ask(t, "TransactionEvent", self.happening(t, "Updated", "MeterValuePeriodic", seq, ident), {})

    def end(self, t: float, ident: Any, seq: int, reason: str, token: str) -> None:
        """StopTransaction or TransactionEvent Ended."""
        if self.version == "1.6":
            ask = {"transactionId": ident, "meterStop": round(self.register_wh), "timestamp": stamp(t)}
            ask |= {"reason": reason, "idTag": token}
            self.ask(t, "StopTransaction", ask, {"idTagInfo": {"status": "Accepted"}})
            return
        ask = self.happening(t, "Ended", "EVDeparted", seq, ident)
        ask["transactionInfo"]["stoppedReason"] = reason
        self.ask(t, "TransactionEvent", ask, {})

    def happening(self, t: float, kind: str, trigger: str, seq: int, ident: Any) -> dict[str, Any]:
        """The body of a TransactionEvent."""
        value = {"value": round(self.register_wh, 1), "measurand": "Energy.Active.Import.Register"}
        info = {"transactionId": ident, "chargingState": "Charging"}
        body: dict[str, Any] = {"eventType": kind, "timestamp": stamp(t), "triggerReason": trigger, "seqNo": seq}
        return body | {"transactionInfo": info, "meterValue": [{"timestamp": stamp(t), "sampledValue": [value]}]}


def dump(frame: Any) -> str:
    """A frame as a station spells it."""
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False)


def a_day(path: Path, *, stations: int = 24, seed: int = 7, hours: float = 24.0, heartbeat_s: float = 900.0) -> Path:
    """Write a day (or part of it) of a fleet; returns the directory."""
    tape, until_s, fleet = Tape(), hours * 3600, []
    names = list(PROFILES)
    for number in range(1, stations + 1):
        version = "1.6" if number % 3 == 0 else "2.0.1"
        actor = Actor(tape, f"CP-{number:02d}", names[number % 4], version, seed)
        fleet.append(actor)
        actor.boot(number * 0.7)
        live_a_day(actor, until_s, heartbeat_s)
    trouble(tape, fleet)
    writer = RunWriter(path)
    tape.play(writer, until_s)
    writer.flush()
    writer.finish(
        id="demo-day-seed-7",
        kind="demo",
        title="A working day on a mixed site",
        seed=seed,
        command=["chargebench", "demo", "--seed", str(seed), "--title", "it's a day"],
        versions={"chargebench": "0.1.0", "python": "3.11.7", "ocpp": "2.1.0"},
        machine={"system": "Linux 6.18", "architecture": "x86_64", "processors": 2, "memory_mib": 24_064},
        clock={"pace": "virtual", "start": stamp(0), "duration_s": until_s},
        wall={"started": "2026-03-02T09:30:00.000Z", "finished": "2026-03-02T09:30:21.400Z", "seconds": 21.4},
        stations=[{"id": each.id, "profile": each.profile, "version": each.version} for each in fleet],
        verdicts=judgements(path, fleet),
    )
    return path


def live_a_day(actor: Actor, until_s: float, heartbeat_s: float) -> None:
    """Heartbeats, and drivers who come mostly in the morning and the afternoon."""
    for beat in range(1, int(until_s / heartbeat_s) + 1):
        actor.ask(
            beat * heartbeat_s + actor.random.random(), "Heartbeat", {}, {"currentTime": stamp(beat * heartbeat_s)}
        )
    t = 6.5 * 3600 + actor.random.uniform(0, 2.5) * 3600
    while t < min(until_s, 21 * 3600):
        size = 25_000.0 if actor.profile.startswith("ac") else 42_000.0
        reason = actor.random.choice(["EVDisconnected", "Local", "Remote", "EVDisconnected"])
        t = actor.charge(t, size * actor.random.uniform(0.3, 1.2), reason, f"DE-{actor.random.randrange(10**6):06d}")
        t += 3600 * (0.4 + 3.2 * actor.random.random() * (1.2 + math.cos(t / 86_400 * 4 * math.pi)))


def trouble(tape: Tape, fleet: list[Actor]) -> None:
    """Refusals, garbage, hostile strings, a fault and an operator."""
    one, two, three = fleet[0], fleet[1 % len(fleet)], fleet[2 % len(fleet)]
    one.ask(9_000.5, "DataTransfer", {"vendorId": HOSTILE, "data": HOSTILE}, {"status": "UnknownVendorId"})
    one.ask(
        9_010,
        "Authorize",
        {"idToken": {"idToken": "x" * 40, "type": "RFID"}},
        ["PropertyConstraintViolation", HOSTILE, {"field": "idToken.type"}],
    )
    two.ask(30_000, "Reset", {"type": "Immediate"}, {"status": "Scheduled"}, way="down")
    two.ask(
        30_100,
        "UnlockConnector",
        {"evseId": 7, "connectorId": 1},
        ["OccurrenceConstraintViolation", "no such EVSE", {}],
        way="down",
    )
    tape.add(40_000, "message", three.id, "up", "\x00\x1b[31mnot json at all \ud800 " + HOSTILE)
    tape.add(40_001, "message", three.id, "up", b"\xff\xfe\x00binary")
    tape.add(40_002, "message", three.id, "down", '[3,"nobody-asked",{}]')
    tape.add(50_000, "event", two.id, "fault", "ContactorWelded", evse=1, note=HOSTILE)
    tape.add(50_000, "event", None, "scenario", "StepBegun", step="weld the contactor of CP-02")
    tape.add(50_400, "event", two.id, "link", "Lost", why="cut", code=1006)
    tape.add(50_460, "event", two.id, "link", "Connected", subprotocol=f"ocpp{two.version}")


def judgements(path: Path, fleet: list[Actor]) -> list[Judgement]:
    """Verdicts of every kind; failures point at recorded frames."""
    lines = (path / "messages.jsonl").read_bytes().splitlines()
    found = {
        word: [n for n, line in enumerate(lines, 1) if word.encode() in line] for word in ("no such EVSE", "not json")
    }
    two, three = fleet[1 % len(fleet)].id, fleet[2 % len(fleet)].id
    return [
        Judgement("boots", "Every station boots and is accepted", Verdict.PASS, rule="B01.FR.02"),
        Judgement("sixty", "At least 60 transactions take place", Verdict.PASS, "at least 60", "74"),
        Judgement(
            "unlock",
            "An operator unlocks a connector that exists",
            Verdict.FAIL,
            "UnlockConnector.conf with status Unlocked",
            "CALLERROR OccurrenceConstraintViolation: no such EVSE",
            "F05.FR.02",
            "The scenario asked for EVSE 7; the station has one.",
            two,
            30_100.08,
            tuple(found["no such EVSE"][:1]),
        ),
        Judgement(
            "garbage",
            f"A garbage frame does not end the session {HOSTILE}",
            Verdict.ERROR,
            "no answer",
            HOSTILE,
            "4.1.7",
            "",
            three,
            40_000.0,
            tuple(found["not json"][:1]),
        ),
        Judgement(
            "soc",
            "State of charge is told during DC charging",
            Verdict.INCONCLUSIVE,
            "SoC in MeterValues",
            "",
            "J01.FR.01",
            "No EV reached the DC station in time.",
            two,
        ),
        Judgement("plug-and-charge", "ISO 15118 contract certificates", Verdict.NOT_APPLICABLE, reason="not declared"),
        *(Judgement(f"order-{n}", f"CP-{n:02d} keeps the order of its messages", Verdict.PASS) for n in range(1, 9)),
    ]


if __name__ == "__main__":
    import sys

    a_day(Path(sys.argv[1]), stations=int(sys.argv[2]) if len(sys.argv) > 2 else 24)
