"""Messages on the display, in OCPP 2.0.1 and 2.1 (block O)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import simpy

from protocol.errors import Code
from protocol.session import Answered
from protocol.stamps import stamp
from protocol.versions import V21
from simulator.dialects.contents201 import read_content, write_content
from simulator.dialects.dialect import Payload, handles, read_time
from simulator.dialects.ocpp201 import HANDLERS
from simulator.line import CallRefused
from simulator.screen.message import Message, Priority
from simulator.screen.screen import Refusal, Screen
from simulator.screen.view import offered

if TYPE_CHECKING:
    from simulator.station import Station

PER_MESSAGE = 5
"""Messages told in one NotifyDisplayMessages (O03.FR.03)."""


def _screen(station: Station) -> Screen:
    """Raises CallRefused where there is no display, or messages of the operator are switched off."""
    if not offered(station):
        raise CallRefused(Code.NOT_SUPPORTED, "no messages on this station's display")
    return station.function(Screen)


@handles(HANDLERS, "SetDisplayMessage")
def set_display_message(station: Station, ask: Payload) -> Payload:
    """O01, O02, O06."""
    screen, said = _screen(station), ask["message"]
    refusal = _tongue_tied(station, said) or screen.set(_read(said))
    if refusal is None:
        return {"status": "Accepted"}
    if not refusal.reason:
        return {"status": refusal.status}
    info: Payload = {"reasonCode": refusal.reason}
    if refusal.info:
        info["additionalInfo"] = refusal.info
    return {"status": refusal.status, "statusInfo": info}


def _tongue_tied(station: Station, said: Payload) -> Refusal | None:
    """O01.FR.18 (2.1): only languages that the station has."""
    if station.version is not V21:
        return None
    known = station.variables.model["DisplayMessageCtrlr.Language"].options
    asked = [content.get("language") for content in (said["message"], *said.get("messageExtra", ()))]
    return None if all(each is None or each in known for each in asked) else Refusal("LanguageNotSupported")


def _read(said: Payload) -> Message:
    display = said.get("display")
    return Message(
        said["id"],
        Priority(said["priority"]),
        tuple(read_content(each) for each in (said["message"], *said.get("messageExtra", ()))),
        said.get("state"),
        _moment(said, "startDateTime"),
        _moment(said, "endDateTime"),
        said.get("transactionId"),
        None if display is None else _named(display),
    )


def _moment(said: Payload, field: str) -> datetime | None:
    """Raises CallRefused for a date and time that cannot be read."""
    if field not in said:
        return None
    if (found := read_time(said[field])) is None:
        raise CallRefused(Code.FORMAT_VIOLATION, f"{field} is no date and time")
    return found


def _named(component: Payload) -> str:
    """The station's own display by its name alone; any other in a way that no display is called."""
    rest = [str(component["instance"])] if "instance" in component else []
    rest += [f"EVSE {component['evse']['id']}"] if component.get("evse", {}).get("id") else []
    return " ".join([component["name"], *rest])


@handles(HANDLERS, "GetDisplayMessages")
def get_display_messages(station: Station, ask: Payload) -> Payload:
    """O03, O04."""
    screen, ids = _screen(station), ask.get("id", ())
    if len(ids) > screen.most:
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {screen.most} ids")
    found = screen.find(frozenset(ids), ask.get("priority"), ask.get("state"))
    if not found:
        return {"status": "Unknown"}  # O03.FR.06, O04.FR.02, .07
    station.later(lambda: station.errand(_notify(station, ask["requestId"], found)))
    return {"status": "Accepted"}


def _notify(station: Station, request_id: int, found: Sequence[Message]) -> Generator[simpy.Event, Any, None]:
    """O03.FR.02 to .05: in parts; it ends where one gets no answer."""
    for first in range(0, len(found), PER_MESSAGE):
        payload: Payload = {
            "requestId": request_id,
            "messageInfo": [_written(each) for each in found[first : first + PER_MESSAGE]],
        }
        if first + PER_MESSAGE < len(found):
            payload["tbc"] = True
        reply = yield station.line.call("NotifyDisplayMessages", payload)
        if not isinstance(reply, Answered):
            return


def _written(message: Message) -> Payload:
    said: Payload = {"id": message.id, "priority": message.priority.value}
    if message.state is not None:
        said["state"] = message.state
    if message.start is not None:
        said["startDateTime"] = stamp(message.start)
    if message.end is not None:
        said["endDateTime"] = stamp(message.end)
    if message.transaction is not None:
        said["transactionId"] = message.transaction
    if message.display is not None:
        said["display"] = {"name": message.display}
    said["message"], *extra = (write_content(each) for each in message.contents)
    return said | {"messageExtra": extra} if extra else said


@handles(HANDLERS, "ClearDisplayMessage")
def clear_display_message(station: Station, ask: Payload) -> Payload:
    """O05."""
    return {"status": "Accepted" if _screen(station).clear(ask["id"]) else "Unknown"}
