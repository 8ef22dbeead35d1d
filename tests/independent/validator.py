"""A second opinion on recorded frames: it imports nothing of ours, and checks by the official schemas with jsonschema.

``python tests/independent/validator.py RUN…`` reads ``messages.jsonl`` and ``run.json`` of run directories and prints
what is wrong: frames that are no OCPP-J (part 4 §4), payloads that break their schema, who may not send an action,
replies to nothing, and two CALLs under way in one direction (part 4 §4.1.1).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}

FROM_STATION = {
    "1.6": """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
        LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
        StartTransaction StatusNotification StopTransaction""",
    "2.0.1": """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
        Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
        NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
        NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
        ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent""",
}
"""What stations may send; every other action, and DataTransfer, is the CSMS's (part 2, chapter of messages)."""

ERROR_CODES = {
    "1.6": """NotImplemented NotSupported InternalError ProtocolError SecurityError FormationViolation
        PropertyConstraintViolation OccurenceConstraintViolation TypeConstraintViolation GenericError""",
    "2.0.1": """FormatViolation GenericError InternalError MessageTypeNotSupported NotImplemented NotSupported
        OccurrenceConstraintViolation PropertyConstraintViolation ProtocolError RpcFrameworkError SecurityError
        TypeConstraintViolation""",
}


def _of(table: dict[str, str], version: str) -> frozenset[str]:
    return frozenset(table["2.0.1" if version == "2.1" else version].split())


@cache
def _validator(version: str, action: str, kind: str) -> Any:
    """The compiled schema of a request or response; None where there is none."""
    request = "" if version == "1.6" else "Request"
    name = f"{action}{request if kind == 'request' else 'Response'}.json"
    file = files("ocpp") / FOLDERS[version] / "schemas" / name
    if not file.is_file():
        return None
    schema = json.loads(file.read_text(encoding="utf-8-sig"))
    return validator_for(schema)(schema)


def _payload(version: str, action: str, kind: str, payload: Any) -> Iterator[str]:
    validator = _validator(version, action, kind)
    if validator is None:
        yield f"OCPP {version} has no {action} {kind}"
        return
    for problem in validator.iter_errors(payload):
        yield f"{action} {kind}: {'.'.join(map(str, problem.absolute_path))}: {problem.message[:200]}"


TIMEOUT_S = 30.0
"""So long without a reply, and a CALL has failed and the next may be sent (part 4 §4.1.1); a reply may come late."""


class Conversation:
    """What one station and its CSMS have said on their link: which CALLs have no reply yet, and since when."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.asked: dict[str, dict[str, tuple[str, float]]] = {"up": {}, "down": {}}

    def lost(self) -> None:
        """The link has gone: what was asked gets no reply any more."""
        for asked in self.asked.values():
            asked.clear()

    def check(self, direction: str, text: str, t: float) -> Iterator[str]:
        """What is wrong with a frame of that time in seconds, if anything."""
        try:
            frame = json.loads(text, parse_constant=_no_number)
        except ValueError as problem:
            yield f"no JSON: {problem}"
            return
        if not isinstance(frame, list) or not frame or frame[0] not in (2, 3, 4):
            yield "no OCPP-J message"
        elif len(frame) != {2: 4, 3: 3, 4: 5}[frame[0]] or not isinstance(frame[1], str) or len(frame[1]) > 36:
            yield "a message with the wrong number of elements, or an id that is none"
        elif frame[0] == 2:
            yield from self._call(direction, frame, t)
        else:
            yield from self._reply(direction, frame)

    def _call(self, direction: str, frame: list[Any], t: float) -> Iterator[str]:
        _, message_id, action, payload = frame
        if not isinstance(action, str) or not isinstance(payload, dict):
            yield "a CALL without action or payload"
            return
        if action != "DataTransfer" and (action in _of(FROM_STATION, self.version)) != (direction == "up"):
            yield f"{action} is not for this side to send"
        if waiting := [asked for asked, at in self.asked[direction].values() if t < at + TIMEOUT_S]:
            yield f"{action} while {', '.join(waiting)} has no reply yet"
        self.asked[direction][message_id] = action, t
        yield from _payload(self.version, action, "request", payload)

    def _reply(self, direction: str, frame: list[Any]) -> Iterator[str]:
        asked = self.asked["down" if direction == "up" else "up"].pop(frame[1], None)
        if asked is None:
            yield f"a reply to {frame[1]!r}, which nobody asked"
            return
        action, _ = asked
        if frame[0] == 3:
            yield from _payload(self.version, action, "response", frame[2])
        elif frame[2] not in _of(ERROR_CODES, self.version):
            yield f"CALLERROR to {action} with the unknown code {frame[2]!r}"
        elif not isinstance(frame[3], str) or len(frame[3]) > 255 or not isinstance(frame[4], dict):
            yield f"CALLERROR to {action} with a description or details that are none"


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def faults(run: Path) -> list[str]:
    """What is wrong with the frames of a run directory, one line each; empty where all is well."""
    said = json.loads((run / "run.json").read_text(encoding="utf-8"))
    talks = {station["id"]: Conversation(station["version"]) for station in said["stations"]}
    found = []
    for number, entry in _entries(run):
        talk = talks[entry["station"]]
        if "fact" in entry:
            talk.lost()
            continue
        found += [
            f"{run}: frame {number}, {entry['station']} {entry['direction']}: {wrong}"
            for wrong in talk.check(entry["direction"], entry["text"], entry["t"])
        ]
    return found


def _entries(run: Path) -> list[tuple[int, dict[str, Any]]]:
    """Frames with their line numbers, and losses of links between them, in the order of time."""
    frames = [
        (number, json.loads(line))
        for number, line in enumerate((run / "messages.jsonl").read_text(encoding="utf-8").splitlines(), 1)
    ]
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    losses = [(0, event) for event in events if event["fact"] == "Disconnected"]
    return sorted([*frames, *losses], key=lambda each: (each[1]["t"], each[0]))


def main(folders: list[str]) -> int:
    """Print what is wrong with each run; 1 if anything is."""
    found = [wrong for folder in folders for wrong in faults(Path(folder))]
    print("\n".join(found) or f"{len(folders)} runs, nothing wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
