"""Where rules put what they find: it is compared with what is known, written a little at a time, and told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from csms_reference.alerts.condition import Condition, Kind
from csms_reference.events import news
from csms_reference.front import Front
from csms_reference.services import alerts
from csms_reference.services.alerts import Change, Known

T = TypeVar("T")

log = logging.getLogger(__name__)

WRITTEN_AT_ONCE = 100
"""Alerts in one transaction: a few milliseconds. When a network fails there are as many as stations."""

PAUSE_S = 0.02
"""Between two of these: the database is the stations' meanwhile."""


class Docket:
    """What a rule sees of the CSMS, and what it may do."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.settings = front.settings
        self.again_ms = int(front.settings.alert_again_s * 1000)

    @property
    def now_ms(self) -> int:
        """The CSMS's time."""
        return self.front.now_ms()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Look into the database. Raises StoreError."""
        return await self.front.store.read(fn)

    async def open(self, kind: Kind, reasons: Iterable[str] | None = None) -> dict[str, Known]:
        """The open alerts of a kind, by the keys of their conditions."""
        return await self.read(lambda database: alerts.still_open(database, kind, reasons))

    async def settle(self, kind: Kind, reasons: Sequence[str], holding: Iterable[Condition]) -> None:
        """These are all the conditions of a kind, for these reasons, that hold now: raise what is new, clear what is
        not among them."""
        now = {condition.key: condition for condition in holding}
        known = await self.open(kind, reasons)
        await self.note([condition for key, condition in now.items() if _is_new(condition, known, key)])
        await self.clear([alert.id for key, alert in known.items() if key not in now])

    async def note(self, found: Sequence[Condition]) -> None:
        """Conditions hold, or were told of."""
        for some in _parts(found):
            await self._write(partial(alerts.note, found=some, now_ms=self.now_ms, again_ms=self.again_ms))

    async def clear(self, numbers: Sequence[int]) -> None:
        """The conditions of these alerts have ended."""
        for some in _parts(numbers):
            await self._write(partial(alerts.clear, numbers=some, now_ms=self.now_ms))

    async def _write(self, fn: Callable[[Connection], list[Change]]) -> None:
        changes = await self.front.store.write(fn)
        news.alerts_changed(self.front.bus, changes, self.now_ms)
        if len(changes) >= WRITTEN_AT_ONCE:
            await asyncio.sleep(PAUSE_S)


class Rule(Protocol):
    """Finds conditions of one kind. What it remembers lasts as long as this node is the one that judges."""

    @property
    def every_s(self) -> float:
        """How long it rests between two looks; 0: it looks in every round."""

    async def look(self, docket: Docket) -> None:
        """See what is so now, and tell. Raises StoreError."""


def _is_new(condition: Condition, known: Mapping[str, Known], key: str) -> bool:
    alert = known.get(key)
    return alert is None or (alert.severity, alert.details) != (condition.severity, condition.text)


def _parts(whole: Sequence[T]) -> Iterable[Sequence[T]]:
    return (whole[begin : begin + WRITTEN_AT_ONCE] for begin in range(0, len(whole), WRITTEN_AT_ONCE))
