"""What the cases before did to a system that is kept from one to the next: notes of the bench, for it to undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Payload = Mapping[str, Any]
Variable = tuple[str, str, int, int, str, str]
"""Component and its instance, EVSE and connector (0: none), variable and its instance."""
INOPERATIVE, ACCEPTED = "Inoperative", frozenset({"Accepted", "Scheduled", "RebootRequired"})


@dataclass(slots=True)
class Past:
    """What was done to a station, and not undone since, as far as the bench took part in it.

    What 1.6 knows as a key is the variable of that name, its connector the connector of no EVSE.

    ``first`` are the values of the variables that can be set as they were before the first case, None before they were
    read. ``changed`` are those that were set since. ``closed`` are places (EVSE, connector; 0: all of them) that were
    made inoperative, ``transactions`` the ids of those that run, ``plugged`` and ``bays`` EVSEs, ``faults`` name,
    EVSE and connector; ``presented`` are the EVSEs where a token may still wait for a cable.
    ``told`` is what connectors were reported as last, ``retry_s`` for how long a station that was not accepted keeps
    quiet, and ``firmware`` the last status of an update. The others tell whether there is anything to clear.
    """

    first: dict[Variable, str] | None = None
    changed: set[Variable] = field(default_factory=set)
    closed: set[tuple[int, int]] = field(default_factory=set)
    transactions: set[str] = field(default_factory=set)
    told: dict[tuple[int, int], str] = field(default_factory=dict)
    retry_s: float | None = None
    plugged: set[int] = field(default_factory=set)
    bays: set[int] = field(default_factory=set)
    firmware: str = ""
    presented: set[int] = field(default_factory=set)
    faults: set[tuple[str, int, int]] = field(default_factory=set)
    limits: set[int] = field(default_factory=set)
    reservations: set[int] = field(default_factory=set)
    displays: set[int] = field(default_factory=set)
    profiles: bool = False
    monitors: bool = False
    listed: bool = False
    cached: bool = False

    def replied(self, action: str, request: Payload, response: Payload) -> None:
        """The station answered a CALL of the bench."""
        if note := _REPLIED.get(action):
            try:
                note(self, request, response)
            except (KeyError, TypeError, ValueError, AttributeError):
                return  # no answer in the shape of the schema: judged from the record

    def answered(self, action: str, answer: Payload) -> None:
        """The bench answered a CALL of the station."""
        if action == "BootNotification":
            self.retry_s = None if answer.get("status") == "Accepted" else float(answer.get("interval") or 0)
        elif action == "Authorize" and _told(answer).get("status") != "Accepted":
            self.presented.clear()
        elif action == "StartTransaction":
            self.transactions.add(str(answer.get("transactionId")))

    def heard(self, action: str, payload: Payload) -> None:
        """The station sent a CALL."""
        if action == "Authorize":
            self.cached = True
        elif action == "TransactionEvent":
            info = payload.get("transactionInfo")
            name = str(info.get("transactionId")) if isinstance(info, Mapping) else ""
            if payload.get("eventType") == "Ended":
                self.transactions.discard(name)
            elif name:
                self.transactions.add(name)
            self.cached = self.cached or "idToken" in payload
        elif action == "StartTransaction":
            self.cached = True
        elif action == "StopTransaction":
            self.cached = self.cached or "idTag" in payload
            self.transactions.discard(str(payload.get("transactionId")))
        elif action == "StatusNotification":
            status = payload.get("connectorStatus", payload.get("status"))
            self.told[payload.get("evseId", 0), payload.get("connectorId", 0)] = str(status)
        elif action == "FirmwareStatusNotification":
            told = str(payload.get("status"))
            self.firmware = self.firmware if told == "Idle" else told
        elif action == "NotifyEvent":
            self._noted(payload)

    def _noted(self, payload: Payload) -> None:
        for event in payload.get("eventData", ()):
            try:
                component, _, evse, connector, name, _ = variable(event)
            except (KeyError, TypeError, AttributeError):
                continue  # no event in the shape of the schema: judged from the record
            if (component, name) == ("Connector", "AvailabilityState"):
                self.told[evse, connector] = str(event.get("actualValue"))

    def operated(self, name: str, given: Mapping[str, Any]) -> None:
        """Hands did something."""
        evse = cast(int, given.get("evse", 0))
        if name == "present":
            self.presented.add(evse)
        elif name == "unplug" or name.startswith("plug"):
            self.presented.discard(evse)
        if name.startswith(("plug", "replug")):
            self.plugged.add(evse)
        elif name == "unplug":
            self.plugged.discard(evse)
        elif name == "drive_in":
            self.bays.add(evse)
        elif name == "drive_out":
            self.bays.discard(evse)
        elif name == "fault":
            self.faults.add((str(given["name"]), evse, cast(int, given["connector"])))
        elif name == "mend":
            self.faults.discard((str(given["name"]), evse, cast(int, given["connector"])))
        elif name == "limit_from_outside":
            self.limits.add(evse)
        elif name == "lift_limit":
            self.limits.discard(evse)


def variable(data: Payload) -> Variable:
    """Which variable an entry of SetVariables, GetVariables or a report is about. Raises KeyError, TypeError."""
    component, named = data["component"], data["variable"]
    evse = component.get("evse", {})
    place = evse.get("id", 0), evse.get("connectorId", 0)
    return component["name"], component.get("instance", ""), *place, named["name"], named.get("instance", "")


def key(name: str) -> Variable:
    """A configuration key of 1.6."""
    return "", "", 0, 0, name, ""


def _told(answer: Payload) -> Payload:
    found: Payload = answer.get("idTokenInfo", answer.get("idTagInfo", {}))
    return found


def _set(past: Past, request: Payload, response: Payload) -> None:
    for asked, told in zip(request["setVariableData"], response["setVariableResult"], strict=False):
        if told["attributeStatus"] in ACCEPTED:
            past.changed.add(variable(asked))


def _changed(past: Past, request: Payload, response: Payload) -> None:
    if response["status"] in ACCEPTED:
        past.changed.add(key(request["key"]))


def _available(past: Past, request: Payload, response: Payload) -> None:
    evse = request.get("evse", {})
    place = evse.get("id", 0), evse.get("connectorId", request.get("connectorId", 0))
    wanted = request["type"] if "type" in request else request["operationalStatus"]
    if response["status"] in ACCEPTED:
        (past.closed.add if wanted == INOPERATIVE else past.closed.discard)(place)


def _reserved(past: Past, request: Payload, response: Payload) -> None:
    if response["status"] in ACCEPTED:
        past.reservations.add(request["reservationId"] if "reservationId" in request else request["id"])


def _displayed(past: Past, request: Payload, response: Payload) -> None:
    if response["status"] in ACCEPTED:
        past.displays.add(request["message"]["id"])


def _sent_list(past: Past, request: Payload, response: Payload) -> None:
    if response["status"] in ACCEPTED:
        past.listed = bool(request.get("localAuthorizationList")) or request["updateType"] == "Differential"


def _limited(past: Past, request: Payload, response: Payload) -> None:
    past.profiles = past.profiles or not request.keys().isdisjoint(("chargingProfile", "csChargingProfiles"))
    if not request.keys().isdisjoint(("idToken", "idTag")) and response["status"] == "Accepted":
        past.presented.add(request.get("evseId", request.get("connectorId", 0)))


def _watched(past: Past, request: Payload, response: Payload) -> None:
    past.monitors = True


_REPLIED: dict[str, Callable[[Past, Payload, Payload], None]] = {
    "SetVariables": _set,
    "ChangeConfiguration": _changed,
    "ChangeAvailability": _available,
    "ReserveNow": _reserved,
    "CancelReservation": lambda past, request, _: past.reservations.discard(request["reservationId"]),
    "SetDisplayMessage": _displayed,
    "ClearDisplayMessage": lambda past, request, _: past.displays.discard(request["id"]),
    "SendLocalList": _sent_list,
    "SetChargingProfile": _limited,
    "RequestStartTransaction": _limited,
    "RemoteStartTransaction": _limited,
    "SetVariableMonitoring": _watched,
    "SetMonitoringBase": _watched,
    "SetMonitoringLevel": _watched,
}
