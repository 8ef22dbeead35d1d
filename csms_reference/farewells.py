"""When stations that have left were last heard of, written for many at once."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection as Database

from csms_reference.services import registration
from csms_reference.store import StoreError

if TYPE_CHECKING:
    from csms_reference.csms import Csms

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Stations that are written in one go."""

EVERY_S = 0.5
"""Those who leave so soon after others wait for each other: some come and go all the time, and each commit delays what
stations wait for."""


class Farewells:
    """Writes them in the background: the first at once, who goes soon after it together, for a network may fail for all
    of them."""

    def __init__(self, csms: Csms) -> None:
        self._csms = csms
        self._gone: dict[str, int] = {}  # by identity: when it was last heard of, until that is written
        self._writing = False

    def note(self, station: str, seen_ms: int) -> None:
        """A station has left."""
        self._gone[station] = seen_ms
        if not self._writing:
            self._writing = True
            self._csms.busy.begin()
            self._csms.spawn(self._write_all())

    async def _write_all(self) -> None:
        csms = self._csms
        try:
            while self._gone:
                await self._write(dict(islice(self._gone.items(), AT_ONCE)))
                csms.relieved()  # this may have been the last of what kept links from being read
                if len(self._gone) < AT_ONCE:
                    await csms.pause(EVERY_S)
        finally:
            self._writing = False
            csms.busy.end()

    async def _write(self, gone: dict[str, int]) -> None:
        def write(database: Database) -> None:
            for station, seen_ms in gone.items():
                registration.seen(database, station, seen_ms)

        for station in gone:
            del self._gone[station]
        try:
            await self._csms.store.write(write)
        except StoreError as problem:
            first, *others = gone
            more = f" and {len(others)} others" if others else ""
            log.error("when %s%s were last seen is lost: %s", first, more, problem)  # noqa: TRY400 -- the store told more
