"""Records made by hand, frame by frame, for tests of what is made of them."""

from __future__ import annotations

import json
from typing import Any

from protocol.versions import V201, Version
from reports.rundir import Message
from scenarios.record import Happening, Record


class Tape:
    """Frames and facts in the order in which a test says them."""

    def __init__(self, versions: dict[str, Version] | None = None) -> None:
        self.record = Record(versions or {"CP-1": V201})
        self.line = 0

    def frame(self, t: float, station: str, direction: str, frame: list[Any]) -> None:
        self.line += 1
        self.record.message(Message(self.line, t, station, direction, json.dumps(frame)))

    def call(
        self, t: float, action: str, payload: dict[str, Any], reply: Any = None, station: str = "CP-1", up: bool = True
    ) -> None:
        """A request, answered at once; ``reply`` "none" leaves it unanswered, an error code refuses it."""
        way, back = ("up", "down") if up else ("down", "up")
        message_id = f"m{self.line}"
        self.frame(t, station, way, [2, message_id, action, payload])
        if isinstance(reply, str) and reply != "none":
            self.frame(t, station, back, [4, message_id, reply, "", {}])
        elif reply != "none":
            self.frame(t, station, back, [3, message_id, reply or {}])

    def boot(self, t: float, status: str = "Accepted", station: str = "CP-1") -> None:
        payload = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
        self.call(t, "BootNotification", payload, {"status": status, "interval": 60}, station)

    def heartbeat(self, t: float, station: str = "CP-1") -> None:
        self.call(t, "Heartbeat", {}, {"currentTime": "…"}, station)

    def transaction(self, t: float, kind: str, station: str = "CP-1", **fields: Any) -> None:
        info = {"transactionId": fields.pop("id", "T1")}
        self.call(t, "TransactionEvent", {"eventType": kind, "transactionInfo": info, **fields}, {}, station)

    def fact(self, t: float, name: str, station: str = "CP-1", **fields: Any) -> None:
        self.record.happened(Happening(t, station, name, fields))

    def power(self, t: float, power_w: float, energy_wh: float, station: str = "CP-1", evse: int = 1) -> None:
        self.record.sampled(t, station, evse, {"power_w": power_w, "energy_wh": energy_wh, "soc_percent": None})
