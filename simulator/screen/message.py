"""The operator's messages as a station keeps them (MessageInfoType)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from simulator.screen.content import Content


class Priority(StrEnum):
    """How a message stands to the others (MessagePriorityEnumType)."""

    ALWAYS_FRONT = "AlwaysFront"
    IN_FRONT = "InFront"
    NORMAL_CYCLE = "NormalCycle"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``state``: while the station is so alone (MessageStateEnumType), None: always; ``contents``: the
    same text in one or more languages; ``display``: the component that it was meant for, where one was named."""

    id: int
    priority: Priority
    contents: tuple[Content, ...]
    state: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    transaction: str | None = None
    display: str | None = None

    def over(self, now: datetime) -> bool:
        """O01.FR.07: whether its time is over."""
        return self.end is not None and now >= self.end

    def begun(self, now: datetime) -> bool:
        """O01.FR.06: whether its time has come."""
        return self.start is None or now >= self.start


@dataclass(frozen=True, slots=True)
class Messages:
    """What a station keeps of them, in the order in which they were set (O01.FR.10)."""

    stored: tuple[Message, ...] = ()

    def kept(self, message: Message) -> Messages:
        """With one more, in the place of that of the same id (O06.FR.01), and of any that is AlwaysFront as it is
        (O01.FR.16, O02.FR.18)."""
        front = Priority.ALWAYS_FRONT
        return replace(
            self,
            stored=(
                *(
                    each
                    for each in self.stored
                    if each.id != message.id and not (each.priority is front and message.priority is front)
                ),
                message,
            ),
        )

    def without(self, ids: frozenset[int]) -> Messages:
        """Without those of these ids."""
        return replace(self, stored=tuple(each for each in self.stored if each.id not in ids))
