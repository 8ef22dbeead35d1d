"""Our own CSMS on the stand: in this process, over a memory pipe, with an empty database for each case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from conformance.hands.desk import Desk
from conformance.rigs import Doorway, Mounted
from conformance.rigs.equipment import EQUIPMENT, USUAL
from conformance.timing import JumpingTime
from conformance.vocabulary import Subject
from csms_reference.csms import Csms
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.transports.memory import MemoryNetwork


@dataclass(frozen=True, slots=True)
class ReferenceCsms:
    """Mounts a CSMS of this project, in virtual time. It knows the tokens that bench and CSMS have agreed on."""

    start: datetime
    settings: Settings = field(default_factory=lambda: Settings(database="sqlite://"))
    name: str = "reference"
    profile: str = "reference CSMS"
    pace: str = "virtual"

    def describe(self, subject: Subject) -> Subject:
        """The subject as it is."""
        return subject

    def fitted(self, case: str) -> ReferenceCsms:
        """The CSMS with the settings that this case wants, see ``conformance.rigs.equipment``."""
        wants = EQUIPMENT.get(case, USUAL)
        return replace(self, settings=replace(self.settings, **wants.settings))

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """A CSMS that has just been installed."""
        timing = JumpingTime()
        store = Store.open("sqlite://", inline=True)
        numbers = count(1)
        csms = Csms(
            store,
            now=lambda: self.start + timedelta(seconds=timing.now),
            busy=timing.busy,
            settings=self.settings,
            ids=lambda: f"csms-{next(numbers)}",
            monotonic=lambda: timing.now,
            call_at=timing.at,
        )
        network = MemoryNetwork(timing.deliver, timing.busy)
        network.serve(csms)
        hands = Desk(csms, subject.identity)
        await hands.know(subject.tokens)
        try:
            yield Mounted(hands, timing, network.dialer(), "ws://csms")
        finally:
            await hands.close()
            network.serve(None)
            await timing.settle()
            await csms.close()
            store.close()
