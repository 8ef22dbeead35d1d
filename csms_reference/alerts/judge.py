"""Judges in rounds, from the database and from who is connected: nothing of it is on the way of a message.

One node judges for all of them. What it remembers between two rounds is in memory, so that after a restart, or when
another node takes over, whatever takes a while to be sure of takes that while again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from csms_reference.alerts.certificates import Certificates
from csms_reference.alerts.connection import Connections
from csms_reference.alerts.docket import Docket, Rule
from csms_reference.alerts.faults import Connectors, Events
from csms_reference.alerts.meters import Meters
from csms_reference.alerts.places import Places
from csms_reference.alerts.security import Security
from csms_reference.alerts.sessions import Sessions
from csms_reference.dispatch import node_of
from csms_reference.front import Front
from csms_reference.services import alerts, leases
from csms_reference.store import StoreError
from csms_reference.tasks import end_tasks

log = logging.getLogger(__name__)

RULES: tuple[Callable[[], Rule], ...] = (
    Connections,
    Connectors,
    Events,
    Meters,
    Sessions,
    Places,
    Certificates,
    Security,
)
"""Every rule, in the order of their looks."""

LEASE = "alerts"
LEASED_ROUNDS = 3
"""After so many rounds without a sign of the node that judged another one does."""


class Judge:
    """Rounds of all rules, every ``alerts_every_s``."""

    def __init__(self, front: Front, rules: Sequence[Callable[[], Rule]] = RULES) -> None:
        self._front = front
        self._every_s = front.settings.alerts_every_s
        self._make = rules
        self._node = node_of(front.settings)
        self._rules: list[Rule] | None = None  # None: another node judges
        self._due_ms: dict[int, float] = {}
        self._task: asyncio.Task[None] | None = None
        if self._every_s > 0:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End, and leave it to the others."""
        if self._task is None:
            return
        await end_tasks(self._task)
        if self._rules is not None:
            try:
                await self._front.store.write(lambda database: leases.give_up(database, LEASE, self._node))
            except StoreError as problem:
                log.warning("other nodes judge alerts a little later: %s", problem)

    async def round(self) -> None:
        """Look, if it is this node's to look, and count what is open. Raises StoreError."""
        if await self._is_ours():
            await self._look()
        self._front.open_alerts = await self._front.store.read(alerts.counts)

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except StoreError as problem:
                log.warning("alerts wait for the database: %s", problem)
            except Exception:  # a shell: what fails in one round must not end the next ones
                log.exception("a round of alerts failed")
            await asyncio.sleep(self._every_s)

    async def _is_ours(self) -> bool:
        now_ms = self._front.now_ms()
        until_ms = now_ms + int(LEASED_ROUNDS * self._every_s * 1000)
        ours = await self._front.store.write(
            lambda database: leases.take(database, LEASE, self._node, now_ms, until_ms)
        )
        if not ours:
            self._rules = None
        elif self._rules is None:
            log.info("this node judges alerts")
            self._rules, self._due_ms = [make() for make in self._make], {}
        return ours

    async def _look(self) -> None:
        """Every rule that is due. One that fails does not keep the others from looking."""
        docket = Docket(self._front)
        for place, rule in enumerate(self._rules or ()):
            now_ms = self._front.now_ms()
            if now_ms < self._due_ms.get(place, 0):
                continue
            self._due_ms[place] = now_ms + rule.every_s * 1000
            try:
                await rule.look(docket)
            except StoreError:
                raise
            except Exception:  # a shell, as above
                log.exception("the rule %s failed", type(rule).__name__)
