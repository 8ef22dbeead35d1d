"""The reference CSMS: a gate for stations, and commands to them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row

from csms_reference import outcome, rekeying
from csms_reference.admission import Admission
from csms_reference.balance import Balance
from csms_reference.connection import Asking, Connection
from csms_reference.dialects.registry import Asker, Payload, command_names, command_of, fields_fault, sequels_of
from csms_reference.doors import Doors
from csms_reference.events import news
from csms_reference.events.bus import Bus
from csms_reference.farewells import Farewells
from csms_reference.instants import to_ms
from csms_reference.operations.measures import Measures
from csms_reference.outcome import Outcome
from csms_reference.pace import Pace
from csms_reference.pressure import Level, Pressure
from csms_reference.services import commands as command_rows
from csms_reference.services import registration, status, tokenchanges
from csms_reference.services.authorization import TokenPolicy
from csms_reference.services.registration import Make, Registration
from csms_reference.services.retention import Kept
from csms_reference.settings import Settings
from csms_reference.store import Store, StoreError
from csms_reference.store.line import LIGHT_ROWS
from csms_reference.strain import Strain
from csms_reference.taps import Taps, Why
from csms_reference.turns import Turns
from protocol.busy import Busy
from protocol.link import Admitted, Knock, Lost, Turned
from protocol.security import hash_password
from protocol.versions import newest_common

__all__ = ["Csms", "Traffic"]

if TYPE_CHECKING:
    from csms_reference.pki.inquiry import Post

log = logging.getLogger(__name__)

Vet = Callable[[Row[Any] | None], None]
"""Looks at a station's row before something is done with it (None: there is none), and may raise."""

CallAt = Callable[[float, Callable[[], None]], Callable[[], object]]

COUNTED = (
    *("upgrades_admitted", "upgrades_refused_overload", "upgrades_refused_rate"),
    *("upgrades_refused_flapping", "upgrades_refused_401", "upgrades_refused_404", "upgrades_refused_429"),
    *("upgrades_refused_503", "upgrades_refused_store", "upgrades_refused_version"),
    *("calls_slowed", "calls_refused", "links_closed_for_abuse", "boots_accepted", "boots_deferred", "sockets_paused"),
)
"""What is counted, so that each figure is there from the start."""


@dataclass(slots=True)
class Traffic:
    """Frames since the start: ``received`` from and ``sent`` to stations, CALLs ``handled`` to their end."""

    received: int = 0
    sent: int = 0
    handled: int = 0


class Csms:
    """Accepts stations (a ``protocol.link.Gate``), serves them and sends them commands.

    ``now`` is the time that stations are told. ``monotonic`` and ``call_at(when_s, fn) -> cancel`` are the axis of
    time-outs and belong together; without them it is the running event loop's. ``ids`` yields message ids;
    ``ids_for``, if given, yields those of each connection of a station instead.
    ``salt`` yields 16 random bytes for password hashes; without it the salt follows from the identity.
    ``post`` asks OCSP responders; without it that goes over HTTP, and in a simulation not at all.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        busy: Busy,
        settings: Settings,
        ids: Callable[[], str],
        ids_for: Callable[[str], Callable[[], str]] | None = None,
        monotonic: Callable[[], float] | None = None,
        call_at: CallAt | None = None,
        salt: Callable[[], bytes] | None = None,
        post: Post | None = None,
    ) -> None:
        if (monotonic is None) != (call_at is None):
            raise ValueError("monotonic and call_at belong together")
        self.store = store
        self.now = now
        self.busy = busy
        self.settings = settings
        self.ids_for = ids_for or (lambda _station: ids)
        self.monotonic = monotonic or _loop_clock()
        self.call_at = call_at or _loop_call_at
        self.traffic = Traffic()
        self.bus = Bus(self.now_ms)
        self.connections: dict[str, Connection] = {}
        self.token_policy = TokenPolicy(settings.accept_unknown_tokens, settings.refuse_concurrent_tx)
        self.hold_calls_s = settings.hold_calls_s
        self.transaction_secret = settings.transaction_secret.encode()
        self.kept = Kept(
            settings.status_history_kept, settings.notices_kept, settings.connectors_kept, settings.orphans_kept
        )
        self.counts: Counter[str] = Counter()
        self.measures = Measures()
        self.pace = Pace(settings.calls_per_s, settings.calls_burst)
        self.strain = Strain(self.pace, lambda: (self.traffic.handled, len(self.connections)))
        self.pressure = Pressure(settings.backlog_deferring)
        self.taps = Taps()
        self._doors = Doors(settings, monotonic=self.monotonic, counts=self.counts)
        self.balance = Balance(self)
        self.turns = Turns()
        self._salt = salt
        self.post = post
        self._admission = Admission(store, settings, now=now, monotonic=self.monotonic, bus=self.bus, kept=self.kept)
        self._tasks: set[asyncio.Task[None]] = set()
        self._farewells = Farewells(self)
        self._pauses: set[Callable[[], None]] = set()  # what ends each of them
        self._closing = False
        self._last_number = 0

    # -- stations come and go -----------------------------------------------------------------------------------

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Decide on an upgrade request: whether there is room, then who it is, then which version both speak."""
        backlog = self.store.backlog
        rank = self._admission.rank(knock)
        outside = self._doors.judge(knock.identity, self.pressure.feel(backlog), backlog, rank)
        if outside is not None:
            return outside
        try:
            found = await self._admission.judge(knock)
            self.relieved()
        except StoreError as problem:
            log.error("%r could not be looked up: %s", knock.identity, problem)  # noqa: TRY400 -- the store told more
            self.counts["upgrades_refused_store"] += 1
            return Turned(503, "try again later", 5)
        if isinstance(found, Turned):
            self.counts[f"upgrades_refused_{found.status}"] += 1
            return found
        version = newest_common(knock.offers, self.settings.spoken)
        if version is None:
            self.counts["upgrades_refused_version"] += 1
            return Turned(101, f"no common version, spoken here: {', '.join(self.settings.versions)}")
        self.counts["upgrades_admitted"] += 1
        connection = Connection(self, knock.identity, version, found.standing, knock.peer)
        return Admitted(version.subprotocol, connection)

    def arrived(self, connection: Connection) -> None:
        """A link is open. The newest connection of a station counts; an older one ends."""
        older = self.connections.get(connection.identity)
        self.connections[connection.identity] = connection
        if older is not None:
            log.warning("%s came again from %s", connection.identity, connection.peer)
            self._doors.left(connection.identity, self.monotonic() - older.since_s)
            connection.follows(older)
            older.displace(f"from {connection.peer or 'elsewhere'}")
        self.came(connection)

    def departed(self, connection: Connection, why: Lost) -> None:
        """A link is gone."""
        log.info("%s left: %s %d %r", connection.identity, why.ending, why.code, why.reason)
        if self.connections.get(connection.identity) is connection:
            del self.connections[connection.identity]
            self._doors.left(connection.identity, self.monotonic() - connection.since_s, why.code)
            self.went(connection, why)
            self._farewells.note(connection.identity, connection.seen_ms)

    def came(self, connection: Connection) -> None:
        """Tell that a station has connected."""
        version, peer = connection.version.name, connection.peer
        news.connected(self.bus, connection.identity, self.now_ms(), version=version, peer=peer)

    def went(self, connection: Connection, why: Lost) -> None:
        """Tell that a station has left, and not just for a newer connection."""
        news.disconnected(self.bus, connection.identity, self.now_ms(), code=why.code, reason=why.reason)

    async def close(self, code: int = 1001, reason: str = "the CSMS is going down") -> None:
        """Close every link and let what is in hand finish; nobody waits for a later time any more."""
        self._closing = True
        for connection in list(self.connections.values()):
            connection.close(code, reason)
        for wake in tuple(self._pauses):
            wake()
        while self._tasks:
            # wait, not gather: from Python 3.12 on gather returns at once, without a turn of the loop, when all are
            # done, and then nobody takes them off the list
            await asyncio.wait(self._tasks)
            await asyncio.sleep(0)
        self.bus.close()

    # -- stations are asked -------------------------------------------------------------------------------------

    async def command(self, station_id: str, name: str, order: int | None = None, /, **fields: Any) -> Outcome:
        """Carry out a version-neutral command; see docs/csms.md for names and fields. Never raises for the station.

        ``order`` is the number under which the store has it, if it has; it is noted there when the command is sent.
        """
        connection = self.connections.get(station_id)
        if connection is None:
            return await self._absent(station_id)
        command = command_of(connection.version, name)
        if command is None:
            known = name in command_names()
            why = (
                f"not in OCPP {connection.version.name}" if known else f"known are {', '.join(sorted(command_names()))}"
            )
            return Outcome(outcome.NOT_SUPPORTED, error=f"no command {name!r}: {why}")
        if (fault := fields_fault(command, fields)) is not None:
            return Outcome(outcome.BAD_FIELDS, error=f"{name}: {fault}")
        asked_ms = self.now_ms()
        try:
            sent = self._noting_sent(order, station_id, name)
            end = await command(Asking(connection, self.next_number, sent), **fields)
        except (TypeError, ValueError) as problem:  # what is inside a field, such as an entry of a list
            return Outcome(outcome.BAD_FIELDS, error=f"{name}: {problem}")
        for sequel in sequels_of(name) if end.answered else ():
            await sequel(self, station_id, fields, end, asked_ms)
        return end

    async def call(
        self, station_id: str, action: str, payload: Payload, *, validate: bool = True, order: int | None = None
    ) -> Outcome:
        """Send a raw CALL, for experts. ``validate=False`` sends even what is no OCPP. ``order`` as for ``command``."""
        connection = self.connections.get(station_id)
        if connection is None:
            return await self._absent(station_id)
        sent = self._noting_sent(order, station_id, action)
        return await rekeying.call(self, connection, action, payload, validate=validate, sent=sent)

    def _noting_sent(self, order: int | None, station: str, command: str) -> Callable[[], None] | None:
        """What notes that an order has left; None where nobody keeps it."""
        if order is None:
            return None

        async def note() -> None:
            try:
                await self.store.write(lambda database: command_rows.sent(database, order, self.now_ms()))
                news.command_sent(self.bus, station, self.now_ms(), order, command)
            except StoreError as problem:
                log.error("it was not noted that order %d was sent: %s", order, problem)  # noqa: TRY400 -- told there
            finally:
                self.busy.end()

        def leaves() -> None:
            self.busy.begin()
            self.spawn(note())

        return leaves

    def next_number(self) -> int:
        """A request id that grows, also over a restart: seconds since 2020, or the next number."""
        self._last_number = max(self._last_number + 1, (self.now_ms() // 1000 - 1_577_836_800) & 0x7FFFFFFF)
        return self._last_number

    async def register(self, station_id: str, *, vet: Vet | None = None, **columns: Any) -> bool:
        """Register or change a station; True if it is new. ``vet`` looks at its row before, and may raise.

        ``registration`` (Accepted when new), ``security_profile``, ``admits_expired`` and ``password`` (None takes it
        away) may be given.
        Who was accepted and is rejected now loses the link, and the other way round, so that it takes effect at once.
        Raises StoreError.
        """
        if "password" not in columns:
            return await self._registered(station_id, columns, vet)
        password = columns.pop("password")
        with self.rekeying(station_id):
            hashed = None if password is None else await self.hash_password(station_id, password)
            return await self._registered(station_id, {**columns, "password_hash": hashed, "intended_hash": None}, vet)

    async def hash_password(self, station_id: str, password: str) -> str:
        """What is kept of a station's password."""
        salt = self._salt() if self._salt is not None else hashlib.sha256(station_id.encode()).digest()[:16]
        if self.store.inline:
            return hash_password(password, salt=salt)
        return await asyncio.to_thread(hash_password, password, salt=salt)

    def rekeying(self, station_id: str) -> AbstractContextManager[None]:
        """While what counts as a station's password is being changed, whoever comes as it waits."""
        return self._admission.rekeying(station_id)

    async def remove(self, station_id: str, *, vet: Vet | None = None) -> bool:
        """Forget a station and what belongs to it, and end its link; False if there is none. ``vet`` as above.

        Raises StoreError.
        """

        def take_out(database: Database) -> bool:
            if vet is not None:
                vet(registration.find(database, station_id))
            return registration.remove(database, station_id)

        # As what writes many rows: values of this station that wait would be kept behind it.
        found = await self.store.write(take_out, rows=LIGHT_ROWS + 1)
        self._agree(station_id, None)
        return found

    async def look_again(self, station_id: str) -> None:
        """Somebody else has changed, registered or removed a station: see whether it may stay. Raises StoreError."""
        row = await self.store.read(lambda database: registration.find(database, station_id))
        self._agree(station_id, None if row is None else registration.standing_of(row))

    def _agree(self, station_id: str, standing: Registration | None) -> None:
        """End the link of a station that is there no more (None), or that was let in under another standing."""
        connection = self.connections.get(station_id)
        if connection is None:
            return
        if standing is None:
            connection.close(1008, "the station was removed")
        elif {standing, connection.standing} == {Registration.ACCEPTED, Registration.REJECTED}:
            connection.close(1008, "the registration has changed")

    async def _registered(self, station_id: str, columns: dict[str, Any], vet: Vet | None) -> bool:
        def put(database: Database) -> tuple[bool, Registration]:
            row = registration.find(database, station_id)
            if vet is not None:
                vet(row)
            if row is None:
                added = {"registration": Registration.ACCEPTED, **columns}
                registration.add(database, station_id, now_ms=self.now_ms(), **added)
            elif columns:
                registration.change(database, station_id, **columns)
                if self.settings.push_token_changes and columns.get("owner", row.owner) != row.owner:
                    tokenchanges.moved(database, station_id, self.now_ms())
            return row is None, registration.standing_of(registration.find(database, station_id))

        is_new, standing = await self.store.write(put)
        if is_new or "registration" in columns:
            decided = columns.get("registration", Registration.ACCEPTED)
            news.registration_changed(self.bus, station_id, self.now_ms(), decided, new=is_new)
        self._agree(station_id, standing)
        return is_new

    @property
    def closing(self) -> bool:
        """Whether it is going down: nothing new is begun."""
        return self._closing

    # -- for handlers -------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """Now, as the store keeps instants."""
        return to_ms(self.now())

    async def boot(self, station: Asker, make: Make, now: datetime) -> tuple[Registration, int]:
        """Note a boot; how far the station is let in, and the interval it is told.

        That is the one of heartbeats, or the time until the next boot. While the database is behind, nothing is noted:
        the station is Pending (which leaves it its link) and comes back when there should be room.
        """
        backlog = self.store.backlog
        if self.pressure.feel(backlog) >= Level.BOOTS:
            self.counts["boots_deferred"] += 1
            rejected = station.standing is Registration.REJECTED
            told = Registration.REJECTED if rejected else Registration.PENDING
            interval_s = max(self._doors.turn(backlog), min(self.settings.boot_retry_s, self.settings.retry_max_s))
        else:
            lapsed = self._admission.renews.get(station.identity)
            told = await self.store.write(
                lambda database: registration.booted(
                    database, station.identity, station.version.name, make, to_ms(now), pending=bool(lapsed)
                )
            )
            if lapsed is not None and told is not Registration.REJECTED:
                self.spawn(self._renew(station.identity))
            news.booted(self.bus, station.identity, to_ms(now), make, told=told, version=station.version.name)
            accepted = told is Registration.ACCEPTED
            self.counts["boots_accepted"] += accepted
            interval_s = self.settings.heartbeat_s if accepted else self.settings.boot_retry_s
        station.told(told)
        return told, interval_s

    async def notice(self, station: str, kind: str, payload: str, at_ms: int | None, now: datetime) -> None:
        """Keep a message as it came."""
        await self.store.write(
            lambda database: status.notice(
                database, station, kind, payload, timestamp_ms=at_ms, received_ms=to_ms(now), kept=self.kept
            )
        )

    async def pause(self, for_s: float) -> None:
        """Let time pass on the axis of time-outs. It counts as no work: a simulation's clock may go on meanwhile.

        When the CSMS closes it is over: whoever waits finds the stations gone.
        """
        if self._closing:
            return
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not over.done():
                self.busy.begin()
                over.set_result(None)

        self.busy.end()
        cancel = self.call_at(self.monotonic() + for_s, wake)
        self._pauses.add(wake)
        try:
            await over
        except BaseException:
            if over.cancelled():
                self.busy.begin()
            raise
        finally:
            cancel()
            self._pauses.discard(wake)

    def crowded(self, link: object) -> None:
        """A link brought work: while there is far too much of it, the link is not read until there is less."""
        if self.pressure.feel(self.store.backlog) >= Level.SOCKETS:
            self.turn_off(link, Why.CROWD)

    def turn_off(self, link: object, why: Why) -> bool:
        """Read a link no more, until ``taps`` turn it on; whether it was read until now."""
        turned = self.taps.turn_off(link, why)
        self.counts["sockets_paused"] += turned
        return turned

    def relieved(self) -> None:
        """A piece of work is done: links are read again once the worst is over."""
        if self.taps.crowded and self.pressure.feel(self.store.backlog) < Level.SOCKETS:
            self.taps.relieve()

    def figures(self) -> dict[str, float]:
        """What a load run wants to know; counts are since the start, so that rates follow from two looks."""
        counted = {name: float(self.counts[name]) for name in COUNTED}
        return {
            **counted,
            **{name: float(number) for name, number in self.counts.items()},
            "connections": float(len(self.connections)),
            "frames_received": float(self.traffic.received),
            "frames_sent": float(self.traffic.sent),
            "calls_handled": float(self.traffic.handled),
            "calls_in_hand": float(len(self._tasks)),
            "sockets_paused_now": float(len(self.taps)),
            "pressure": float(self.pressure.feel(self.store.backlog)),
            "pressure_highest": float(self.pressure.highest),
            **self.store.figures(),
        }

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in a task of its own and keep hold of it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hold_call(self) -> Callable[[], None]:
        """Count a CALL to a station as work under way, at most ``hold_calls_s`` of wall time; the result ends it.

        Needed where a simulation's clock waits for us over sockets: nothing else knows that an answer is on its way.
        Unlimited it must not be, or a station that needs simulated time to answer would stop the clock for good.
        """
        if self.hold_calls_s <= 0:
            return lambda: None
        self.busy.begin()
        open_ = [True]

        def release() -> None:
            if open_:
                open_.clear()
                self.busy.end()

        asyncio.get_running_loop().call_later(self.hold_calls_s, release)
        return release

    # -- inside -------------------------------------------------------------------------------------------------

    async def _absent(self, station_id: str) -> Outcome:
        row = await self.store.read(lambda database: registration.find(database, station_id))
        if row is None:
            return Outcome(outcome.UNKNOWN_STATION, error=f"nobody knows a station {station_id!r}")
        return Outcome(outcome.OFFLINE, error=f"{station_id} is not connected")

    async def _renew(self, station_id: str) -> None:
        """A00.FR.429, A02: a station whose certificate has run out, or will soon, is told to ask for another."""
        end = await self.command(station_id, "sign_certificate")
        if end.status != "Accepted":
            log.warning("%s does not renew its certificate: %s", station_id, end.error or end.status)


def _loop_clock() -> Callable[[], float]:
    """The running loop's time. Before one runs it has to be looked up each time, which takes five times as long."""
    try:
        return asyncio.get_running_loop().time
    except RuntimeError:
        return lambda: asyncio.get_running_loop().time()


def _loop_call_at(when_s: float, fn: Callable[[], None]) -> Callable[[], object]:
    return asyncio.get_running_loop().call_at(when_s, fn).cancel
