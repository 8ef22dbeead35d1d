"""A shard in virtual time, over memory, with a CSMS that does as it is told."""

from datetime import UTC, datetime
from typing import Any

import orjson

from loadtest.habits import Habits, parse_habits
from loadtest.plan import Plan
from loadtest.shard import Shard
from protocol.transports.memory import MemoryNetwork
from reports.ticks import Tick
from simulator.clock import VIRTUAL, Clock
from tests.loadtest.csms import Csms

START = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday
NOBODY = parse_habits("habits: nobody")


class World:
    """``run`` lets time pass; what the shard tells is kept."""

    def __init__(self, habits: Habits = NOBODY, **plan: Any) -> None:
        self.clock = Clock(START, VIRTUAL, patience_s=0.05)
        self.network = MemoryNetwork(self.clock.soon, self.clock.busy)
        self.csms = Csms(lambda: self.clock.utc)
        self.network.serve(self.csms)
        self.plan = Plan("ws://csms/ocpp", habits=habits, **plan)
        self.told: list[dict[str, Any]] = []
        self.room_to_send = True
        self.shard = Shard(
            self.plan, "fleet-1", self.clock, self.network.dialer(), send=self._send, now_s=lambda: self.clock.now
        )
        self._numbered = 0

    def _send(self, line: bytes) -> bool:
        if self.room_to_send or line.startswith(b'{"tick"'):
            self.told.append(orjson.loads(line))
            return True
        return False

    def start(self, count: int, per_s: float | None = None, *, recorded: bool = False) -> None:
        numbers = range(self._numbered, self._numbered + count)
        self._numbered += count
        entries = [[number, 0, recorded, self.plan.identities.of(number).id, None, None, None] for number in numbers]
        self.shard.start(entries, per_s)

    async def run(self, seconds: float) -> None:
        await self.clock.run(self.clock.now + seconds)

    async def boot(self, count: int, *, recorded: bool = False) -> None:
        self.start(count, recorded=recorded)
        await self.run(30)
        gauges = self.shard.tally.gauges
        assert gauges["accepted"] + gauges["charging"] == count
        self.tick()

    def gauges(self) -> dict[str, float]:
        return {state: number for state, number in self.shard.tally.gauges.items() if number}

    def tick(self) -> Tick:
        self.shard.tick({})
        return Tick.read(orjson.dumps(self.told.pop()["tick"]))
