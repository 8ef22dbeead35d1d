"""Carries out what clients of the API ask of stations: kept before it is begun, and with an end that is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference.csms import Vet
from csms_reference.dialects.registry import command_names
from csms_reference.events import news
from csms_reference.outcome import Outcome
from csms_reference.services import commands, registration
from csms_reference.services.commands import Order
from csms_reference.services.retention import Kept
from csms_reference.settings import Settings
from csms_reference.store import StoreError

if TYPE_CHECKING:
    from csms_reference.front import Front

log = logging.getLogger(__name__)

FAULT = "internal error"
"""The status of a command that failed for a fault of ours."""

KEPT_AGAIN_S = 1.0
"""So long an end that the database did not take waits for the next attempt."""

Work = Callable[[int], Awaitable[Outcome]]
"""Carries out the command that is kept under this number."""

Along = Callable[[Database, Row[Any]], None]
"""Keeps what belongs to a new command in the transaction that keeps it, and may raise."""


def node_of(settings: Settings) -> str:
    """Who this CSMS is among those that share its database."""
    return settings.node_name or f"{socket.gethostname()}:{settings.port}"


def digest_of(*parts: Any) -> str:
    """The same for the same request, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class _End(NamedTuple):
    """How a command ended, and when."""

    row: Row[Any]
    outcome: Outcome
    at_ms: int


class Dispatcher:
    """Has commands carried out, each once, and knows when they are over."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._node = node_of(front.settings)
        self._kept = Kept(notices=front.settings.notices_kept)
        self._ends: dict[int, asyncio.Event] = {}
        self._unkept: list[_End] = []
        self._keeping: asyncio.Task[None] | None = None
        self.ended: Counter[tuple[str, str]] = Counter()
        self.campaign_ends: Counter[str] = Counter()
        """Stations that have come to an end in a campaign that is run here, by their state."""

    async def submit(
        self,
        station: str,
        command: str,
        fields: dict[str, Any],
        work: Work,
        vet: Vet,
        *,
        client: str,
        key: str | None,
        along: Along | None = None,
    ) -> Row[Any]:
        """Keep an order and begin with it, unless it was given already: orders begin in the order in which they came.

        Raises what ``vet`` and ``along`` do, StoreError, AnotherCommand.
        """
        digest = digest_of(station, command, fields)
        order = Order(station, command, fields, client, self._node, digest, key)
        now_ms = self._front.now_ms()

        def take(database: Database) -> tuple[Row[Any], bool]:
            vet(registration.find(database, station))
            row, is_new = commands.take(database, order, now_ms, self._kept)
            if is_new and along is not None:
                along(database, row)
            return row, is_new

        with self._front.busy:
            row, is_new = await self._front.store.write(take)
            if is_new:
                self._ends[row.id] = asyncio.Event()
                self._front.busy.begin()
                news.command_queued(self._front.bus, row)
                self._front.spawn(self._carry_out(row, work))
        return row

    async def over(self, number: int, within_s: float) -> None:
        """Wait for the end of a command that this process carries out, but not for longer."""
        if (end := self._ends.get(number)) is None:
            return
        try:
            async with asyncio.timeout(within_s):
                await end.wait()
        except TimeoutError:
            log.debug("command %d takes longer than %g s", number, within_s)

    async def _carry_out(self, row: Row[Any], work: Work) -> None:
        number = row.id
        self._front.busy.end()  # from here on the CALL itself counts, as far as it may
        try:
            end = await work(number)
        except Exception:  # the shell around every command: it must have an end
            log.exception("command %d failed", number)
            end = Outcome(FAULT, error="internal error")
        with self._front.busy:
            await self._keep_end(row, end)
        self._ends.pop(number).set()

    async def _keep_end(self, row: Row[Any], outcome: Outcome) -> None:
        end = _End(row, outcome, self._front.now_ms())
        named = row.command if row.command in command_names() else "call"
        self.ended[named, commands.state_of(outcome) if outcome.answered else outcome.status] += 1
        try:
            await self._keep(end)
        except StoreError as problem:
            log.error("the end of command %d (%s) is kept later: %s", row.id, outcome.status, problem)  # noqa: TRY400
            self._unkept.append(end)
            if self._keeping is None:
                self._keeping = asyncio.get_running_loop().create_task(self._keep_later())

    async def _keep(self, end: _End) -> None:
        """Raises StoreError."""
        row, outcome, at_ms = end
        ended = await self._front.store.write(lambda database: commands.ended(database, row.id, outcome, at_ms))
        if ended is not None:  # nobody has given it up meanwhile
            news.command_ended(self._front.bus, row, at_ms, outcome)

    async def _keep_later(self) -> None:
        """Keep what is left as soon as the database is back. What is left at the end, the next start gives up."""
        while self._unkept:
            await asyncio.sleep(KEPT_AGAIN_S)
            try:
                while self._unkept:
                    await self._keep(self._unkept[0])
                    del self._unkept[0]
            except StoreError as problem:
                log.debug("the ends of %d commands are not kept yet: %s", len(self._unkept), problem)
        self._keeping = None
