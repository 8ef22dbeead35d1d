"""The operator's messages on a station's display, shared by the cases of block O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from conformance.cases.station201.states import ready, variable
from conformance.vocabulary import (
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    one_of,
    shows,
)

FIRST, SECOND = 1, 2
"""Ids of messages."""

PRIORITIES = ("NormalCycle", "InFront", "AlwaysFront")
FORMATS = ("UTF8", "ASCII", "HTML", "URI")
STATES = ("Charging", "Idle", "Unavailable", "Faulted")

SHOWN = {"NormalCycle": "O01.FR.12", "InFront": "O01.FR.13", "AlwaysFront": "O01.FR.15"}
"""What says that a message of a priority is shown."""

SHOWN_IN_TRANSACTION = {"NormalCycle": "O02.FR.14", "InFront": "O02.FR.15", "AlwaysFront": "O02.FR.17"}
"""The same of a message that belongs to a transaction."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a station's display takes, the preferred first: MessagePriority-, MessageFormat-, MessageStateEnumType."""

    priorities: tuple[str, ...]
    formats: tuple[str, ...]
    states: tuple[str, ...]
    name: str

    def message(self, number: int = FIRST, text: str = "", **more: Any) -> Payload:
        """A MessageInfoType; ``more`` are fields of it, None leaves one out."""
        content = {"format": self.formats[0], "content": text or text_of(number)}
        usual: Payload = {"id": number, "priority": self.priorities[0], "message": content}
        if self.name:
            usual["display"] = {"name": self.name}
        return {key: value for key, value in {**usual, **more}.items() if value is not None}


def text_of(number: int) -> str:
    """What a message says."""
    return {FIRST: "Welcome to the bench", SECOND: "Mind the second message"}[number]


def screen(station: Subject) -> Script:
    """An idle station whose display has no message; returns what it takes."""
    yield from given(ready(station))
    found = yield from given(cleared(station))
    return found


def cleared(station: Subject) -> Script:
    """No message is configured; returns what the display takes."""
    reply: Reply = yield ask("GetDisplayMessages", {"requestId": 1}, having={"status": one_of("Accepted", "Unknown")})
    if reply.get("status") == "Accepted":
        for each in (yield from _told(station, 1, "", "")):
            yield ask("ClearDisplayMessage", {"id": each.get("id")}, having={"status": "Accepted"})
    priorities = yield from _taken(station, "SupportedPriorities", PRIORITIES)
    formats = yield from _taken(station, "SupportedFormats", FORMATS)
    states = yield from _taken(station, "SupportedStates", tuple(s for s in STATES if s in station.display_states))
    return Screen(priorities, formats, states, station.display)


def _taken(station: Subject, name: str, among: tuple[str, ...]) -> Script:
    value = yield from variable(station, "DisplayMessageCtrlr", name)
    named = {part.strip() for part in str(value).split(",")} if value else set(among)
    taken = tuple(each for each in among if each in named)
    yield check(bool(taken), f"DisplayMessageCtrlr.{name} has some of {', '.join(among)}", value)
    return taken


def lacking(what: str, all_there_are: Iterable[str], taken: Collection[str]) -> Script:
    """Something that the display does not take; a precondition."""
    missing = [each for each in all_there_are if each not in taken]
    yield check(bool(missing), f"a message {what} that the station does not support", "it supports them all")
    return missing[0]


def taken(what: str, wanted: str, among: Collection[str]) -> Script:
    """Something that the display takes; a precondition."""
    yield check(wanted in among, f"the station supports the message {what} {wanted}", ", ".join(among))


def several(what: str, among: Collection[str]) -> Script:
    """The display takes at least two; a precondition."""
    yield check(len(among) > 1, f"the station supports more than one message {what}", ", ".join(among))


def put(message: Payload, *, status: str = "Accepted", rule: str) -> Script:
    """SetDisplayMessage, and what must be answered."""
    yield ask("SetDisplayMessage", {"message": message}, having={"status": status}, rule=rule)


def listed(station: Subject, request_id: int, *, rule: str = "O04.FR.01", **criteria: Any) -> Script:
    """GetDisplayMessages is accepted, and all parts of the list come; returns the messages."""
    yield ask("GetDisplayMessages", {"requestId": request_id, **criteria}, having={"status": "Accepted"}, rule=rule)
    told, more = ("O04.FR.03 O04.FR.06", "O04.FR.05") if criteria else ("O03.FR.02 O03.FR.05", "O03.FR.04")
    found = yield from _told(station, request_id, told, more)
    return found


def _told(station: Subject, request_id: int, rule: str, more: str) -> Script:
    """All parts of a list come; ``more`` says that a part which announces another one is not the last."""
    found: list[Payload] = []
    while True:
        part: Received = yield expect(
            "NotifyDisplayMessages", station.message_s, having={"requestId": request_id}, rule=rule
        )
        found += part.get("messageInfo", [])
        if not part.get("tbc", False):
            return found
        rule = f"{rule} {more}"


def one_listed(station: Subject, request_id: int, like: Payload, *, rule: str = "O04.FR.03") -> Script:
    """The message is told when it is asked for by its id, as it was set; ``like`` has the fields to compare."""
    found = yield from listed(station, request_id, id=[like["id"]])
    yield from same(found, like, rule)


def same(found: list[Payload], like: Payload, rule: str) -> Script:
    """Just this message was told, as it was set, apart from what a display may add to it."""
    ids = [each.get("id") for each in found]
    yield check(ids == [like["id"]], f"messages [{like['id']}]", ids, rule)
    for each in found[:1]:
        told = {key: each.get(key) for key in like if key != "display"}
        wanted = {key: value for key, value in like.items() if key != "display"}
        for moment in ("startDateTime", "endDateTime"):
            if moment in wanted:
                yield check(bool(told.pop(moment)), f"{moment} present", told, rule)
                wanted.pop(moment)
        told["message"] = {key: value for key, value in (told.get("message") or {}).items() if key in wanted["message"]}
        yield check(told == wanted, f"the message {wanted}", told, rule)


def unknown(number: int, request_id: int, *, rule: str, **criteria: Any) -> Script:
    """There is no such message to be told of."""
    request = {"requestId": request_id, "id": [number], **criteria}
    yield ask("GetDisplayMessages", request, having={"status": "Unknown"}, rule=rule)


def visible(station: Subject, text: str, rule: str) -> Script:
    """The display shows this text, by itself or in turn with others."""
    yield let_pass(station.tolerance_s)
    pages = yield shows(station)
    yield check(_on(pages, text), f"the display shows {text!r}", pages, rule)


def hidden(station: Subject, text: str, rule: str) -> Script:
    """The display does not show this text."""
    yield let_pass(station.tolerance_s)
    pages = yield shows(station)
    yield check(not _on(pages, text), f"the display does not show {text!r}", pages, rule)


def _on(pages: str | Iterable[str], text: str) -> bool:
    shown = [pages] if isinstance(pages, str) else pages
    return any(text.casefold() in " ".join(page.split()).casefold() for page in shown)
