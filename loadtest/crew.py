"""The fleet behind a Locust worker: one Locust user is one station, and no station needs a greenlet.

Works with Locust's own worker, and with its local runner, where messages between the nodes are mere calls. What the
crew measures goes to the conductor (``loadtest.conductor``) as the lines of ticks; Locust's statistics are made there.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import AsyncResult
from gevent.pool import Group
from locust.env import Environment
from locust.user import User

from loadtest.draft import UNUSABLE, plan_of
from loadtest.fleet import Fleet
from loadtest.identities import Identity, IdentityError
from loadtest.mishaps import FleetError, Notice
from loadtest.order import Order
from loadtest.play import FAREWELL, carry_out
from loadtest.room import NoRoom

log = logging.getLogger(__name__)

# What nodes tell each other. Down: from the conductor to the crews; up: from a crew to the conductor.
PHASE = "chargebench-phase"  # down: name, order
END = "chargebench-end"  # down: end the fleet and tell the rest
ALLOTMENT = "chargebench-allotment"  # down: identities
WANT = "chargebench-want"  # up: how many more identities
TOLD = "chargebench-told"  # up: lines of ticks, records of single stations, notices, gaps
ENDED = "chargebench-ended"  # up: everything has been told

SEND_S = 1.0
ALLOTMENT_S = 30.0
"""How long the conductor may take to give identities."""


class Seat(gevent.Greenlet):
    """What Locust holds for a user: a greenlet that never runs. The station lives in a process of the fleet."""


def _nothing(_user: User) -> None:
    raise AssertionError("a seat is never started")


class StationUser(User):
    """A Locust user that is a charging station. Set ``crew`` before the first one is started."""

    abstract = True
    tasks = [_nothing]  # noqa: RUF012  # Locust warns of users that have none
    crew: Crew | None = None

    def start(self, group: Group) -> Seat:
        """Take a seat in the fleet; the station starts with the next batch."""
        assert self.crew is not None, "no fleet: is this class used without loadtest/locustfile.py?"
        self._group = group
        self._greenlet = Seat(_nothing, self)
        group.add(self._greenlet)
        self.crew.more(1)
        return self._greenlet

    def stop(self, force: bool = False) -> bool:
        """Leave the seat; the station says goodbye with the next batch."""
        assert self.crew is not None
        assert self._greenlet is not None
        if not self._greenlet.dead:
            self.crew.more(-1)
        self._group.killone(self._greenlet, block=False)
        return True


class Allotted:
    """Identities that the conductor has given so far."""

    def __init__(self) -> None:
        self._given: list[Identity] = []

    @property
    def limit(self) -> int:
        return len(self._given)

    def of(self, number: int) -> Identity:
        return self._given[number]

    def take(self, entries: list[list[str | None]]) -> None:
        """More of them."""
        self._given += [Identity(str(entry[0]), *entry[1:]) for entry in entries]


class Crew:
    """The fleet of one Locust node, from the start of a test to its end."""

    def __init__(self, environment: Environment, order: Callable[[], Order]) -> None:
        """``order`` gives the load run that is ordered, once the options are known."""
        self._environment = environment
        self._order = order
        self._fleet: Fleet | None = None
        self._pending = 0
        self._batch: gevent.Greenlet | None = None
        self._making: gevent.Greenlet | None = None
        self._telling: gevent.Greenlet | None = None
        self._identities = Allotted()
        self._allotment: AsyncResult | None = None
        self._phase = ""
        self._began = 0.0
        self._ticks: deque[bytes] = deque()
        self._records: deque[list[Any]] = deque()
        runner = environment.runner
        assert runner is not None
        runner.register_message(PHASE, self._heard_phase)
        runner.register_message(END, self._heard_end, concurrent=True)
        runner.register_message(ALLOTMENT, self._heard_allotment)
        environment.events.test_start.add_listener(self._begin)
        environment.events.quitting.add_listener(self._end)

    # -- what Locust asks -------------------------------------------------------------------------------------------

    def more(self, stations: int) -> None:
        """More stations, or fewer; those of one turn of Locust's are started together."""
        self._pending += stations
        if self._batch is None:
            self._batch = gevent.spawn(self._start_batch)

    def _begin(self, environment: Environment, **_: Any) -> None:
        """A test starts. A worker must go on listening to its master meanwhile."""
        self._making = gevent.spawn(self._make)

    def _make(self) -> None:
        """Make the processes of the fleet."""
        self._end()  # of a test before, if nobody said farewell
        self._identities = Allotted()
        try:
            self._provided(1)
            order = self._order()
            plan = plan_of(order, run=f"{time.time_ns():x}", identities=self._identities)
            fleet = Fleet(
                plan,
                order.shards_for(self._share, os.cpu_count() or 1),
                on_tick=lambda tick: self._ticks.append(tick.line()),
                on_notice=self._notice,
                record=self,
            )
            fleet.__enter__()
        except (*UNUSABLE, FleetError) as wrong:
            self._give_up(str(wrong))
            return
        self._fleet, self._began = fleet, fleet.began.timestamp()
        if self._phase:
            fleet.phase(self._phase)
        self._telling = gevent.spawn(self._tell_on)

    @property
    def _share(self) -> int:
        """Stations that this node may come to have."""
        options = self._environment.parsed_options
        users, workers = (getattr(options, name, None) or 1 for name in ("num_users", "expect_workers"))
        return max(1, -(-users // workers))

    def _end(self, **_: Any) -> None:
        """Say goodbye with every station, and tell what is left to tell."""
        fleet, self._fleet = self._fleet, None
        if fleet is None:
            return
        fleet.phase(FAREWELL)
        fleet.end()
        if self._telling is not None:
            self._telling.kill()
        gaps = [[gap.source, gap.from_s, gap.until_s, gap.stations, gap.why] for gap in fleet.gaps]
        self._tell(gaps=gaps, recorded=[_row(each) for each in fleet.recorded])

    # -- what the conductor says ------------------------------------------------------------------------------------

    def _heard_phase(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._phase = msg.data["name"]
        if self._fleet is not None:
            self._fleet.phase(self._phase)
            carry_out(self._fleet, msg.data["order"])

    def _heard_end(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._end()
        self._send(ENDED, {})

    def _heard_allotment(self, environment: Environment, msg: Any, **_: Any) -> None:
        if self._allotment is not None:
            self._allotment.set(msg.data["identities"])

    # -- what happens in the fleet ----------------------------------------------------------------------------------

    def message(self, *frame: Any) -> None:
        """A frame of a recorded station."""
        self._records.append(["message", *frame])

    def event(self, *happened: Any, **fields: Any) -> None:
        """Something happened to a recorded station."""
        self._records.append(["event", *happened, fields])

    def sample(self, *read: Any, **values: Any) -> None:
        """A meter of a recorded station was read."""
        self._records.append(["sample", *read, values])

    def _notice(self, notice: Notice) -> None:
        log.warning("%s: %s", notice.source, notice.text)
        self._records.append(["notice", notice.t, notice.source, notice.text, notice.stations])

    # -- inside -----------------------------------------------------------------------------------------------------

    def _start_batch(self) -> None:
        if self._making is not None:
            self._making.join()
        self._batch = None
        stations, self._pending = self._pending, 0
        if self._fleet is None or not stations:
            return
        if stations < 0:
            self._fleet.stop(-stations)
            return
        try:
            room = self._provided(self._fleet.wanted + stations) - self._fleet.wanted
            if room > 0:
                self._fleet.start(min(room, stations))
            if room < stations:
                self._refuse(
                    stations - max(0, room), f"there are identities for {self._identities.limit} stations only"
                )
        except (NoRoom, IdentityError, FleetError) as wrong:
            self._refuse(stations, str(wrong))

    def _provided(self, stations: int) -> int:
        """See to it that there are identities for so many; returns for how many there are. Raises IdentityError."""
        lacking = stations - self._identities.limit
        if lacking > 0:
            self._allotment = AsyncResult()
            self._send(WANT, {"identities": lacking})
            try:
                self._identities.take(self._allotment.get(timeout=ALLOTMENT_S))
            except gevent.Timeout:
                raise IdentityError(f"nobody gave identities for {lacking} stations") from None
            finally:
                self._allotment = None
        return self._identities.limit

    def _refuse(self, stations: int, why: str) -> None:
        """Users without a station are failures, not silence."""
        log.error("%d stations could not be started: %s", stations, why)
        t = self._fleet.now_s if self._fleet is not None else 0.0
        self._records.append(["refused", t, stations, why])

    def _give_up(self, why: str) -> None:
        log.error("the load run cannot begin: %s", why)
        self._environment.process_exit_code = 2
        self._records.append(["refused", 0.0, 0, why])
        self._tell()
        runner = self._environment.runner
        assert runner is not None
        gevent.spawn(runner.quit)

    def _tell_on(self) -> None:
        while True:
            gevent.sleep(SEND_S)
            self._tell()

    def _tell(self, **more: list[Any]) -> None:
        """Send what was measured since the last time."""
        ticks, records = list(self._ticks), list(self._records)
        for _ in ticks:
            self._ticks.popleft()
        for _ in records:
            self._records.popleft()
        if ticks or records or any(more.values()):
            self._send(TOLD, {"began": self._began, "ticks": ticks, "records": records, **more})

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        runner = self._environment.runner
        assert runner is not None
        runner.send_message(kind, data)


def _row(identity: Identity) -> list[str | None]:
    """An identity as nodes tell it."""
    return [identity.id, identity.password, identity.version, identity.profile]
