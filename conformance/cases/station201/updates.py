"""A firmware update under way, as a 2.0.1 station tells of it; shared by the cases of block L."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.cases.station201.states import (
    connector_is,
)
from conformance.vocabulary import (
    Expect,
    Image,
    Instant,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    any_of,
    ask,
    check,
    dials_in,
    expect,
    offer_firmware,
    one_of,
    seen,
)

LONG_AGO = Instant(-7200.0)
FIRST, SECOND = 4101, 4102
STATUS = "FirmwareStatusNotification"
FIRMWARE_UPDATED = "FirmwareUpdated"
STATES = ("Available", "Occupied", "Reserved", "Unavailable", "Faulted")
ENDS = ("DownloadFailed", "InstallationFailed")
"""What may be told of an update that another one takes the place of (L01.FR.24)."""

FOR = {
    "Downloading": "L01.FR.01",
    "Downloaded": "L01.FR.01",
    "DownloadScheduled": "L01.FR.13",
    "DownloadFailed": "L01.FR.30",
    "SignatureVerified": "L01.FR.04 L01.FR.12",
    "InvalidSignature": "L01.FR.04",
    "InstallScheduled": "L01.FR.16",
    "Installing": "L01.FR.01 L01.FR.05",
    "Installed": "L01.FR.28",
}
"""The requirement that asks for a status; what stands here in one line with others is asked for by each."""


@dataclass(slots=True)
class Progress:
    """How far an update is known to have come: ``line`` is that of the last status, ``begun`` of the answer to its
    order, at ``asked`` (seconds).
    """

    id: int
    asked: float = 0.0
    begun: int = 0
    line: int = 0
    last: Received | None = None

    @property
    def at(self) -> float:
        """When the last status came (seconds)."""
        return self.last.t if self.last is not None else 0.0


def update_of(offer: Mapping[str, Any], request_id: int = FIRST, **firmware: Any) -> Payload:
    """An UpdateFirmware request: to be fetched and installed at once unless ``firmware`` says otherwise."""
    content = {"retrieveDateTime": LONG_AGO, "installDateTime": LONG_AGO, **offer, **firmware}
    given_up = {key: value for key, value in content.items() if value is not None}
    return {"requestId": request_id, "firmware": given_up}


def ordered(
    station: Subject,
    image: Image = Image.SOUND,
    request_id: int = FIRST,
    *,
    status: str = "Accepted",
    rule: str = "L01.FR.21",
    offer: Mapping[str, Any] | None = None,
    **firmware: Any,
) -> Script:
    """The station is told to update, and answers so; returns the progress of the update.

    ``offer``: the firmware, where it is offered already and no time is to be lost.
    """
    if offer is None:
        yield from forget_arrivals()
        offer = yield offer_firmware(station, image)
    reply: Reply = yield ask(
        "UpdateFirmware", update_of(offer, request_id, **firmware), having={"status": status}, rule=rule
    )
    return Progress(request_id, reply.t, reply.line, reply.line)


def forget_arrivals() -> Script:
    """What the station dialled so far is of no interest: from now on a reconnection counts."""
    while (yield dials_in(0.1, optional=True)) is not None:
        pass


def reached(station: Subject, update: Progress, *statuses: str, rule: str = "", within_s: float = 0.0) -> Script:
    """The update comes to one of these statuses, after all that is known of it; returns that message.

    It may have come while something else was waited for.
    """
    told: list[Received] = yield seen(STATUS, where={"status": one_of(*statuses)})
    call = next((each for each in told if each.line > update.line), None)
    if call is None:
        call = yield any_of(*(_status(station, each, rule, within_s) for each in statuses))
    update.line, update.last = call.line, call
    yield check(
        call.get("requestId") == update.id,
        f"{call.get('status')}: requestId {update.id}",
        call.get("requestId"),
        "L01.FR.10 L01.FR.20",
    )
    return call


def _status(station: Subject, status: str, rule: str, within_s: float) -> Expect:
    named = rule or FOR.get(status, "L01.FR.01")
    return expect(STATUS, within_s or station.firmware_s, where={"status": status}, rule=named, ordered=True)


def downloaded(station: Subject, update: Progress) -> Script:
    """The firmware comes to the station, and is found to be what was signed."""
    for status in ("Downloading", "Downloaded", "SignatureVerified"):
        yield from reached(station, update, status)


def installed(station: Subject, update: Progress, *, begun: bool = False) -> Script:
    """The firmware is installed and activated, with a reboot or without; the station is as before, and says so.

    ``begun``: that it is being installed is known.
    """
    if not begun:
        yield from reached(station, update, "Installing", "InstallRebooting", rule="L01.FR.01 L01.FR.05 L01.FR.15")
    yield from reached(station, update, "Installed")
    yield dials_in(station.firmware_s, where={"ending": ""})
    event = {"type": FIRMWARE_UPDATED}  # perhaps by the new firmware, after its start
    yield from told_of_security(station, update, event, rule="L01.FR.31", within_s=station.boot_s)
    yield from rebooted_for_it(station, update)
    yield from in_service(station, update)
    yield from numbered(update)


def told_of_security(
    station: Subject, update: Progress, event: Mapping[str, Any], *, rule: str, within_s: float = 0.0
) -> Script:
    """A security event has come since the update was ordered, or comes."""
    told: list[Received] = yield seen("SecurityEventNotification", where=event)
    if not any(each.line > update.begun for each in told):
        limit_s = within_s or station.message_s
        yield expect("SecurityEventNotification", limit_s, where=event, rule=rule, ordered=True)


def rebooted_for_it(station: Subject, update: Progress) -> Script:
    """If the station has started again, it has said why, and tells of every connector (B01.FR.05)."""
    boots: list[Received] = yield seen("BootNotification")
    for boot in boots:
        if boot.line > update.begun:
            reason = boot.get("reason")
            yield check(reason == "FirmwareUpdate", "BootNotification: reason FirmwareUpdate", reason)
    if boots and boots[-1].line > update.begun:
        yield from _told_of_all_connectors(station, boots[-1])


def _told_of_all_connectors(station: Subject, boot: Received) -> Script:
    """After this boot every connector is reported, in whatever state."""
    told = yield from connector_states(boot.line)
    for evse, connector in station.connectors:
        if (evse, connector) in told:
            continue
        ways = (connector_is(station, each, evse=evse, connector=connector, rule="B01.FR.05") for each in STATES)
        step = any_of(*(way for each in ways for way in each.expectations))
        call: Received = yield step
        while call.line < boot.line:
            call = yield step


def numbered(update: Progress) -> Script:
    """Whatever was told of an update bears its number; one that it took the place of may have ended under its own."""
    told: list[Received] = yield seen(STATUS)
    others = [each for each in told if each.line > update.begun and each.get("requestId") != update.id]
    wrong = sorted({str(each.get("requestId")) for each in others if each.get("status") not in ENDS})
    yield check(not wrong, f"requestId {update.id} in each {STATUS}", ", ".join(wrong), "L01.FR.10 L01.FR.20")


def in_service(station: Subject, update: Progress) -> Script:
    """Connectors that were closed for the update are Available again."""
    states = yield from connector_states(update.begun)
    for (evse, connector), status in states.items():
        if status == "Unavailable":
            yield connector_is(station, "Available", evse=evse, connector=connector)


def connector_states(since: int) -> Script:
    """What was last told of each connector after a line of the record."""
    found: list[tuple[int, tuple[int, int], str]] = []
    for each in (yield seen("StatusNotification")):
        place = each.get("evseId"), each.get("connectorId")
        found.append((each.line, place, each.get("connectorStatus")))
    for each in (yield seen("NotifyEvent")):
        found += [(each.line, place, status) for place, status in _availability(each.get("eventData", []))]
    return {place: status for line, place, status in sorted(found) if line > since}


def _availability(events: Iterable[Mapping[str, Any]]) -> Iterable[tuple[tuple[int, int], str]]:
    for event in events:
        component, variable = event.get("component", {}), event.get("variable", {})
        if (component.get("name"), variable.get("name")) == ("Connector", "AvailabilityState"):
            evse = component.get("evse", {})
            yield (evse.get("id"), evse.get("connectorId")), str(event.get("actualValue"))
