"""Who may come in: passwords, unknown stations, and those who guess."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import datetime

from csms_reference.instants import to_ms
from csms_reference.pace import Rank
from csms_reference.services import registration
from csms_reference.services.registration import Known, Registration
from csms_reference.settings import Settings, UnknownStations
from csms_reference.store import Store
from csms_reference.throttle import Throttle
from protocol.link import Knock, Turned
from protocol.security import verify

log = logging.getLogger(__name__)
WRONG = "wrong or missing credentials"


class Admission:
    """Decides about an upgrade request before the version is looked at.

    Unknown identity, missing password and wrong password get the same answer after the same work, so that nobody
    learns from it which stations exist.
    """

    def __init__(
        self, store: Store, settings: Settings, *, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._monotonic = monotonic
        self._throttle = Throttle(settings.failed_logins_burst, settings.failed_logins_per_minute)
        self._proven: dict[str, tuple[str, bytes]] = {}  # the hash that a password was proven against, and its digest

    def rank(self, knock: Knock) -> Rank:
        """How far the knock is trusted before anything is looked up, so that a flood costs next to nothing."""
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
        row = await self._store.glance(lambda database: registration.known(database, knock.identity))
        has_password = row is not None and row.password_hash is not None
        if self._settings.require_passwords or has_password:
            if not await self._proves(knock, row):
                return self._turn_away(knock)
        elif knock.user is not None and knock.user != knock.identity:
            return self._turn_away(knock)  # A00.FR.204: the user name is the identity
        if row is None:
            return await self._unknown(knock)
        if (row.security_profile or 0) >= 2 and not knock.secure:
            log.warning("%r came without TLS but has security profile %d", knock.identity, row.security_profile)
            return self._turn_away(knock)  # A05.FR.09: never back to a lower profile
        return row

    def _turn_away(self, knock: Knock) -> Turned:
        wait_s = self._throttle.failed((f"identity {knock.identity}", _address(knock)), self._monotonic())
        log.warning("turned %r from %s away: %s", knock.identity, knock.peer, WRONG)
        return Turned(401, WRONG) if wait_s is None else Turned(429, "too many failed logins", wait_s)

    async def _proves(self, knock: Knock, row: Known | None) -> bool:
        """Whether the knock has the right password, at the same cost whatever is wrong with it."""
        hashed = None if row is None else row.password_hash
        password = knock.password or ""
        right, proven = False, self._proven.get(knock.identity)
        if hashed is not None and proven is not None and proven[0] == hashed:
            right = hmac.compare_digest(_digest(password, hashed), proven[1])
        if not right:  # also where one was proven before: who guesses learns nothing from the time it takes
            if self._store.inline:
                right = verify(password, hashed)
            else:
                right = await asyncio.to_thread(verify, password, hashed)
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
