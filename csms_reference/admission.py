"""Who may come in: passwords, certificates, unknown stations, and those who guess."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from csms_reference.events import news
from csms_reference.events.bus import Bus
from csms_reference.instants import to_ms
from csms_reference.pace import Rank
from csms_reference.pki import badge
from csms_reference.proving import Crowded, Proving
from csms_reference.services import certificates, registration, security
from csms_reference.services.registration import Known, Registration
from csms_reference.services.retention import ALL, Kept
from csms_reference.settings import Settings, UnknownStations
from csms_reference.store import Store
from csms_reference.throttle import Throttle
from protocol.link import Knock, Turned
from protocol.security import verify
from protocol.x509 import load_der

log = logging.getLogger(__name__)
WRONG = "wrong or missing credentials"

CROWDED_S = 5
"""When to come again for who comes from an address that guesses, while others of that kind wait to be judged."""


class Admission:
    """Decides about an upgrade request before the version is looked at.

    Unknown identity, missing password and wrong password get the same answer after the same work, so that nobody
    learns from it which stations exist.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        bus: Bus,
        kept: Kept = ALL,
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._bus = bus
        self._kept = kept
        self._monotonic = monotonic
        self._throttle = Throttle(settings.failed_logins_burst, settings.failed_logins_per_minute)
        self.renews: dict[str, bool] = {}
        """Who came with a certificate that has to be renewed, and whether that has run out (A00.FR.429)."""
        self._proving = Proving(workers=settings.workers)
        self._proven: dict[str, tuple[str, bytes]] = {}  # the hash that a password was proven against, and its digest
        self._rekeying: dict[str, asyncio.Event] = {}  # by identity: set when the new password is on disk

    @contextmanager
    def rekeying(self, station: str) -> Iterator[None]:
        """While a station's password is being changed, whoever comes as it waits (A01.FR.03: the new one counts)."""
        over = self._rekeying[station] = asyncio.Event()
        try:
            yield
        finally:
            over.set()
            if self._rekeying.get(station) is over:
                del self._rekeying[station]

    def rank(self, knock: Knock) -> Rank:
        """How far the knock is trusted before anything is looked up, so that a flood costs next to nothing."""
        if knock.certificate is not None:  # TLS has found it good
            return Rank.PROVEN
        proven = self._proven.get(knock.identity)
        if proven is not None and knock.password is not None:
            hashed, digest = proven
            if hmac.compare_digest(_digest(knock.password, hashed), digest):
                return Rank.PROVEN
        if self._throttle.blocked(_address(knock), self._monotonic()) is not None:
            return Rank.SUSPECT
        return Rank.UNPROVEN if self._settings.require_passwords else Rank.PROVEN

    async def judge(self, knock: Knock) -> Known | Turned:
        """What is known of the station, or how to turn it away. Raises StoreError."""
        self.renews.pop(knock.identity, None)
        while (change := self._rekeying.get(knock.identity)) is not None:
            await change.wait()
        row = await self._store.glance(lambda database: registration.known(database, knock.identity))
        if knock.certificate is not None:
            return await self._certified(knock, knock.certificate, row)
        needs_password = self._settings.require_passwords or (row is not None and row.password_hash is not None)
        if needs_password or (row is not None and row.intended_hash is not None and knock.password is not None):
            try:
                found = await self._with_password(knock, row)
            except Crowded:
                return Turned(429, "too many failed logins", CROWDED_S)
            if found is None and needs_password:
                return self._turn_away(knock)
            row = found or row
        if not needs_password and knock.user is not None and knock.user != knock.identity:
            return self._turn_away(knock)  # A00.FR.204: the user name is the identity
        if row is None:
            return await self._unknown(knock)
        profile = row.security_profile or 0
        if profile >= 3 or (profile == 2 and not knock.secure):
            how = "without a certificate" if knock.secure else "without TLS"
            log.warning("%r came %s but has security profile %d", knock.identity, how, profile)
            return self._turn_away(knock)  # A05.FR.07: never back to a lower profile
        if knock.secure and row.password_hash is not None and profile < 2:
            await self._upgraded(knock.identity, 2)
        return row

    async def _certified(self, knock: Knock, certificate: bytes, row: Known | None) -> Known | Turned:
        """Security profile 3: the certificate is this station's, and still good (A00.FR.403 to FR.407)."""
        now = self._now()
        try:
            shown = load_der(certificate)
        except ValueError as problem:
            await self._noticed(knock.identity, f"its certificate cannot be read: {problem}")
            return self._turn_away(knock)
        issue = await self._store.glance(lambda database: badge.issue_of(database, shown))
        findings = badge.examine(shown, issue, knock.identity, row, organisations=self._settings.organisations, now=now)
        if findings.fault is not None:
            await self._noticed(knock.identity, findings.fault)
            if not findings.lapsed or row is None or not row.admits_expired:
                log.warning("%r is not let in with its certificate: %s", knock.identity, findings.fault)
                return self._turn_away(knock)
        known = row if row is not None else await self._unknown(knock)
        if isinstance(known, Turned):
            return known
        if findings.lapsed or badge.is_due(shown, now):
            self.renews[knock.identity] = findings.lapsed
        if (known.security_profile or 0) < 3:
            await self._upgraded(knock.identity, 3)
        if issue.number is not None and issue.has_older and not findings.lapsed:
            number, kind = issue.number, issue.kind
            await self._store.write(
                lambda database: certificates.supersede(database, knock.identity, kind, number, to_ms(now))
            )
        return known._replace(told=Registration.PENDING) if findings.lapsed else known

    async def _upgraded(self, station: str, profile: int) -> None:
        """A05.FR.07: from now on this profile is the least."""
        log.info("%r has security profile %d from now on", station, profile)
        await self._store.write(lambda database: registration.change(database, station, security_profile=profile))

    async def _noticed(self, station: str, why: str) -> None:
        """A00.FR.408: a security event of our own."""
        now_ms, kind = to_ms(self._now()), "InvalidChargingStationCertificate"
        await self._store.write(
            lambda database: security.note(
                database,
                station,
                kind,
                why,
                timestamp_ms=now_ms,
                received_ms=now_ms,
                from_station=False,
                kept=self._kept,
            )
        )
        news.security_event(self._bus, station, now_ms, kind, info=why, from_station=False, happened_ms=now_ms)

    def _turn_away(self, knock: Knock) -> Turned:
        wait_s = self._throttle.failed((f"identity {knock.identity}", _address(knock)), self._monotonic())
        log.warning("turned %r from %s away: %s", knock.identity, knock.peer, WRONG)
        return Turned(401, WRONG) if wait_s is None else Turned(429, "too many failed logins", wait_s)

    async def _with_password(self, knock: Knock, row: Known | None) -> Known | None:
        """The station whose password the knock has, None without one: the one that counts, or the one that was given to
        the station when nobody heard whether it took it, which counts from then on. Raises Crowded, StoreError."""
        if await self._proves(knock, None if row is None else row.password_hash):
            return row
        if row is None or (intended := row.intended_hash) is None or not await self._proves(knock, intended):
            return None
        log.info("%r has taken the password that it was given", knock.identity)
        await self._store.write(lambda database: registration.rekeyed(database, knock.identity, intended))
        return row._replace(password_hash=intended, intended_hash=None)

    async def _proves(self, knock: Knock, hashed: str | None) -> bool:
        """Whether the knock has the right password, at the same cost whatever is wrong with it. Raises Crowded."""
        password = knock.password or ""
        right, proven = False, self._proven.get(knock.identity)
        if hashed is not None and proven is not None and proven[0] == hashed:
            right = hmac.compare_digest(_digest(password, hashed), proven[1])
        if not right:  # also where one was proven before: who guesses learns nothing from the time it takes
            if self._store.inline:
                right = verify(password, hashed)
            else:
                suspect = self._throttle.blocked(_address(knock), self._monotonic()) is not None
                right = await self._proving.proves(password, hashed, suspect=suspect)
            if right and hashed is not None:
                self._proven[knock.identity] = hashed, _digest(password, hashed)
        return right and knock.password is not None and knock.user == knock.identity

    async def _unknown(self, knock: Knock) -> Known | Turned:
        """OCPP-J 2.1 part 4 §3.3: an unknown station is not found, or it is taken in."""
        if self._settings.unknown_stations is UnknownStations.REFUSE:
            self._throttle.failed((_address(knock),), self._monotonic())
            return Turned(404, "unknown station")
        pending = self._settings.unknown_stations is UnknownStations.PENDING
        how_far = Registration.PENDING if pending else Registration.ACCEPTED

        row = await self._store.write(
            lambda database: registration.take_in(database, knock.identity, how_far, to_ms(self._now()))
        )
        return row if row is not None else Turned(503, "not registered", 5)


def _address(knock: Knock) -> str:
    """Where a knock comes from, as the throttle knows it: the port says nothing."""
    return f"peer {knock.peer.rpartition(':')[0] or knock.peer}"


def _digest(password: str, hashed: str) -> bytes:
    return hashlib.blake2b(
        password.encode("utf-8", "surrogateescape"), key=hashed.encode()[-64:], digest_size=16
    ).digest()
