"""The conductor of a Locust test: plays the load shape, allots identities, and keeps the run's log and statistics.

It lives where Locust's master is, or with its local runner. All that the crews (``loadtest.crew``) measure comes here
as ticks, and goes from here both into the run directory and into Locust's statistics; so both tell the same. Listeners
of Locust's ``request`` event are not called: a tick is a second of many requests.
"""

from __future__ import annotations

import heapq
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import MasterRunner
from locust.shape import LoadTestShape
from locust.stats import RequestStats, StatsEntry, StatsError

from loadtest import crew
from loadtest.draft import UNUSABLE, identities_of
from loadtest.expected import expected
from loadtest.identities import Identities
from loadtest.logbook import Logbook
from loadtest.machine import Machine
from loadtest.mishaps import Gap, Notice
from loadtest.order import Order
from loadtest.shapes import Phase, Playing
from reports import render
from reports.rundir import StationFacts
from reports.ticks import Calls, Tick
from reports.verdict import Judgement, Verdict, worst

log = logging.getLogger(__name__)

METHOD = "OCPP"
"""What stands where Locust shows an HTTP method."""

NODE_SILENT_S = 15.0
"""A worker that told nothing for so long is gone, and its stations with it."""

FAREWELL_S = 60.0
"""How long the workers may take to end their fleets."""


@dataclass(slots=True)
class _Node:
    """A Locust worker as the conductor knows it. ``numbers`` are those of the identities that it has."""

    index: int
    heard_s: float
    sources: dict[str, float] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    ended: bool = False
    gone: bool = False


class Conductor:
    """Conducts one test after the other. ``order`` gives the load run that is ordered; ``out`` its directory."""

    def __init__(self, environment: Environment, order: Callable[[], Order], out: Callable[[], Path]) -> None:
        self._environment = environment
        self._order = order
        self._out = out
        self._present = Order()
        self._logbook: Logbook | None = None
        self._playing: Playing | None = None
        self._phase: Phase | None = None
        self._nodes: dict[str, _Node] = {}
        self._identities: Identities | None = None
        self._free: list[int] = []
        self._next = 0
        self._gaps: list[Gap] = []
        self._recorded: dict[str, StationFacts] = {}
        self._watching: gevent.Greenlet | None = None
        self._all_ended = Event()
        runner = environment.runner
        assert runner is not None
        self._runner = runner
        runner.register_message(crew.WANT, self._heard_want)
        runner.register_message(crew.TOLD, self._heard_told)
        runner.register_message(crew.ENDED, self._heard_ended)
        environment.events.test_start.add_listener(self._begin)
        environment.events.test_stopping.add_listener(self._farewell)
        environment.events.test_stop.add_listener(self._finish)

    # -- the course of a test ---------------------------------------------------------------------------------------

    def _begin(self, environment: Environment, **_: Any) -> None:
        try:
            self._open()
        except (*UNUSABLE, OSError) as wrong:
            log.error("the load run cannot begin: %s", wrong)  # noqa: TRY400 -- it says what is wrong
            environment.process_exit_code = 2
            gevent.spawn(self._runner.quit)

    def _open(self) -> None:
        """Open the log of a test that begins. Raises what tells of an unusable order, OSError."""
        order = self._present = self._order()
        users, per_s = self._wanted
        self._nodes, self._free, self._next, self._gaps, self._recorded = {}, [], 0, [], {}
        self._phase, self._playing = None, Playing(order.phases(users, per_s)) if order.shape else None
        self._identities = identities_of(order)
        self._logbook = Logbook(
            self._out(),
            title=f"{order.shape or 'load'}: {users} stations at {order.url}",
            seed=order.seed,
            command=["locust"],
            target=order.target,
            load={"order": order.told(), "users": users, "per_s": per_s, "distributed_by": "locust"},
            began=datetime.now(UTC),
        )
        if self._playing is None:
            self._enter(Phase("", users, per_s, 0.0))
        self._watching = gevent.spawn(self._watch)

    def _farewell(self, **_: Any) -> None:
        """The test is over: let every fleet say goodbye, and wait for the last of what was measured."""
        if self._logbook is None:
            return
        self._all_ended.clear()
        self._runner.send_message(crew.END, {})
        self._check_all_ended()
        if not self._all_ended.wait(FAREWELL_S):
            log.error("not every worker has told the rest of what it measured")
        if self._watching is not None:
            self._watching.kill()

    def _finish(self, environment: Environment, **_: Any) -> None:
        logbook = self._logbook
        if logbook is None:
            return
        for node in self._nodes.values():
            if not node.ended and not node.gone:
                self._lose(logbook, node, "its worker was lost")
        self._logbook = None
        judgements = logbook.finish(
            stations=self._recorded.values(),
            gaps=self._gaps,
            more=self._expected(logbook),
            seeks=self._present.seeks,
            workers=len(self._nodes),
        )
        for judgement in judgements:
            if not judgement.verdict.held:
                log.warning(
                    "%s: %s; %s", judgement.verdict.value, judgement.title, judgement.actual or judgement.reason
                )
        verdict = worst(each.verdict for each in judgements)
        if environment.process_exit_code is None and verdict is not Verdict.NOT_APPLICABLE:
            environment.process_exit_code = 0 if verdict is Verdict.PASS else 1
        for document in render(logbook.path):
            log.info("written: %s", document)

    def _expected(self, logbook: Logbook) -> list[Judgement]:
        """What a scenario expects; in Locust's statistics what did not hold is a failure."""
        if not self._present.scenario:
            return []
        judgements = expected(self._present.scenario, logbook, self._recorded.values())
        for each in judgements:
            if each.verdict in (Verdict.FAIL, Verdict.ERROR):
                fail(self._environment.stats, each.title, each.actual or each.reason, 1, time.time())
        return judgements

    def tick(self) -> tuple[int, float] | None:
        """What Locust asks a load shape every second: users, and users a second; None at its end."""
        if self._playing is None:
            return self._wanted
        if self._logbook is None:  # Locust asks before the test begins
            first = next(self._order().phases(*self._wanted))
            return first.users, first.per_s
        phase = self._playing.tick(self._now_s, self._logbook.seen)
        if phase is None:
            return None
        if phase is not self._phase:
            self._enter(phase)
        return phase.users, phase.per_s

    def _enter(self, phase: Phase) -> None:
        assert self._logbook is not None
        self._phase = phase
        self._logbook.begin(phase, self._now_s)
        self._runner.send_message(crew.PHASE, {"name": phase.name, "order": phase.order})

    @property
    def _wanted(self) -> tuple[int, float]:
        """Users, and users a second, as ordered on the command line or the web page."""
        options = self._environment.parsed_options
        users, per_s = getattr(options, "num_users", None), getattr(options, "spawn_rate", None)
        return int(users or 1), float(per_s or 1.0)

    @property
    def _now_s(self) -> float:
        assert self._logbook is not None
        return time.time() - self._logbook.began.timestamp()

    # -- what the crews say -----------------------------------------------------------------------------------------

    def _node(self, client_id: str) -> _Node:
        """The node that a message is from."""
        if client_id not in self._nodes:
            runner = self._runner
            index = runner.get_worker_index(client_id) if isinstance(runner, MasterRunner) else 0
            self._nodes[client_id] = _Node(index, self._now_s)
        node = self._nodes[client_id]
        node.heard_s = self._now_s
        node.gone = False
        return node

    def _heard_want(self, environment: Environment, msg: Any, **_: Any) -> None:
        if self._logbook is None or self._identities is None:
            return
        node, entries = self._node(msg.node_id), []
        for number in self._numbers(int(msg.data["identities"])):
            identity = self._identities.of(number)
            node.numbers.append(number)
            entries.append([identity.id, identity.password, identity.version, identity.profile])
        to = {"client_id": msg.node_id} if isinstance(self._runner, MasterRunner) else {}
        self._runner.send_message(crew.ALLOTMENT, {"identities": entries}, **to)

    def _numbers(self, wanted: int) -> Iterator[int]:
        """Identities that nobody has, as far as there are any."""
        assert self._identities is not None
        limit = self._identities.limit
        for _ in range(wanted):
            if self._free:
                yield heapq.heappop(self._free)
            elif limit is None or self._next < limit:
                self._next += 1
                yield self._next - 1

    def _heard_told(self, environment: Environment, msg: Any, **_: Any) -> None:
        logbook = self._logbook
        if logbook is None:
            log.warning("a worker told of a test that is over")
            return
        node, told = self._node(msg.node_id), msg.data
        later_s = told["began"] - logbook.began.timestamp() if told["began"] else 0.0
        for line in told["ticks"]:
            tick = Tick.read(line)
            tick.t, tick.source = tick.t + later_s, _located(tick.source, node)
            node.sources[tick.source] = tick.t
            logbook.tick(tick)
            count(environment.stats, tick, time.time())
        for kind, *what in told["records"]:
            self._record(logbook, node, later_s, kind, what)
        for source, from_s, until_s, stations, why in told.get("gaps", ()):
            self._gaps.append(Gap(_located(source, node), from_s + later_s, until_s + later_s, stations, why))
        for name, _password, version, profile in told.get("recorded", ()):
            order = self._present
            self._recorded[name] = StationFacts(
                id=name, profile=profile or order.profile, version=version or order.version
            )

    def _record(self, logbook: Logbook, node: _Node, later_s: float, kind: str, what: list[Any]) -> None:
        t, *rest = what
        match kind:
            case "message":
                logbook.message(t + later_s, *rest)
            case "event":
                *happened, fields = rest
                logbook.event(t + later_s, *happened, **fields)
            case "sample":
                *read, values = rest
                logbook.sample(t + later_s, *read, **values)
            case "notice":
                source, text, stations = rest
                logbook.notice(Notice(t + later_s, _located(source, node), text, stations))
            case "refused":
                stations, why = rest
                logbook.notice(
                    Notice(t + later_s, f"node-{node.index + 1}", f"{stations} stations not started: {why}", stations)
                )
                logbook.lacks(f"{stations} stations could not be started: {why}")
                fail(self._environment.stats, "start", why, max(1, stations), time.time())

    def _heard_ended(self, environment: Environment, msg: Any, **_: Any) -> None:
        if self._logbook is not None:
            self._node(msg.node_id).ended = True
        self._check_all_ended()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _check_all_ended(self) -> None:
        if all(node.ended or node.gone for node in self._nodes.values()):
            self._all_ended.set()

    def _watch(self) -> None:
        """Measure this machine, and notice workers that tell nothing any more."""
        machine = Machine()
        while True:
            gevent.sleep(1.0)
            logbook = self._logbook
            if logbook is None:
                return
            for tick in machine.sample(self._now_s, self._phase.name if self._phase else ""):
                logbook.tick(tick)
            for node in self._nodes.values():
                if not node.gone and not node.ended and self._now_s - node.heard_s > NODE_SILENT_S:
                    self._lose(logbook, node, f"its worker told nothing for {NODE_SILENT_S:g} s")

    def _lose(self, logbook: Logbook, node: _Node, why: str) -> None:
        """A worker is gone; nobody measured its stations since, and their identities are free."""
        node.gone = True
        for number in node.numbers:
            heapq.heappush(self._free, number)
        node.numbers.clear()
        lost = 0
        for source, last_s in node.sources.items():
            stations = logbook.silent(source)
            lost += stations
            self._gaps.append(Gap(source, last_s, self._now_s, stations, why))
        logbook.notice(Notice(self._now_s, f"node-{node.index + 1}", why, lost))
        log.error("worker %d: %s; it had %d stations", node.index, why, lost)


class Shape(LoadTestShape):
    """Hands Locust the phases of the conductor's shape."""

    abstract = True
    use_common_options = True

    def __init__(self, conductor: Conductor) -> None:
        super().__init__()
        self._conductor = conductor

    def tick(self) -> tuple[int, float] | None:
        """Users and users a second; None at the end."""
        return self._conductor.tick()


def count(stats: RequestStats, tick: Tick, now: float) -> None:
    """Put a tick into Locust's statistics. ``now`` is in epoch seconds."""
    for action, calls in tick.calls.items():
        entry = _entry(stats, action, calls, now)
        stats.get(action, METHOD).extend(entry)
        stats.total.extend(entry)
        for why, times in calls.failures.items():
            _note(stats, action, why, times, now)


def fail(stats: RequestStats, name: str, why: str, times: int, now: float) -> None:
    """Count failures of something that is no CALL."""
    calls = Calls()
    calls.failures[why] = times
    count(stats, Tick(0.0, "", calls={name: calls}), now)


def _entry(stats: RequestStats, action: str, calls: Calls, now: float) -> StatsEntry:
    """A second of one action as Locust counts it: failures are requests, too, of which nobody knows how long they
    took; response times are in ms."""
    entry, failed, second = StatsEntry(stats, action, METHOD), calls.failures.total(), int(now)
    entry.num_requests, entry.num_failures, entry.num_none_requests = calls.count, failed, failed
    entry.last_request_timestamp = now
    entry.num_reqs_per_sec[second] = calls.count
    if failed:
        entry.num_fail_per_sec[second] = failed
    for step in calls.answered.get_recorded_iterator():
        took_ms, times = step.value_iterated_to / 1000, int(step.count_added_in_this_iter_step)
        rounded = _rounded_ms(took_ms)
        entry.response_times[rounded] += times
        entry.total_response_time += took_ms * times
        entry.min_response_time = took_ms if entry.min_response_time is None else min(entry.min_response_time, took_ms)
        entry.max_response_time = max(entry.max_response_time, took_ms)
    return entry


def _rounded_ms(took_ms: float) -> int:
    """Two digits, as in Locust's own statistics."""
    digits = len(str(int(took_ms)))
    return int(round(took_ms, 2 - digits)) if digits > 2 else round(took_ms)


def _note(stats: RequestStats, action: str, why: str, times: int, now: float) -> None:
    key = StatsError.create_key(METHOD, action, why)
    error = stats.errors.setdefault(key, StatsError(METHOD, action, why))
    error.occurrences += times
    error.first_seen = error.first_seen or now
    error.last_seen = now


def _located(source: str, node: _Node) -> str:
    """A process as one of all nodes' processes: ``fleet-2`` of the third node becomes ``fleet-3.2``."""
    kind, _, number = source.partition("-")
    return f"{kind}-{node.index + 1}.{number}"
