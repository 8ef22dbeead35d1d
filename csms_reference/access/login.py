"""People log in with name and password; who guesses is locked out."""

from __future__ import annotations

import asyncio
import hmac

from csms_reference.access.accounts import find
from csms_reference.front import Front
from csms_reference.settings import Auth
from csms_reference.store.access_tables import users
from csms_reference.throttle import Throttle
from protocol.security import Cost, verify

COST = Cost(log2_n=15, r=8, p=3)
"""Of a person's password: 32 MiB and about a quarter of a second (OWASP, Password Storage)."""

FAILURES_FROM_AFAR = 100
"""Failures in a row, of one name from anywhere or of one address with any name, until nobody may try for a while.
(NIST SP 800-63B-4 §3.2.2: no more than 100 in a row for one account.)"""


class NotIn(Exception):
    """Wrong name or password; ``wait_s``: seconds until the next attempt is looked at, None where that may be now."""

    def __init__(self, wait_s: int | None = None) -> None:
        super().__init__("wrong user name or password" if wait_s is None else "too many failed attempts")
        self.wait_s = wait_s


class Login:
    """Finds out who somebody is. One for each process, as it remembers who failed.

    While a name from an address, a name, or an address has failed too often, no password is even looked at.
    """

    def __init__(self, csms: Front) -> None:
        self._csms = csms
        settings = csms.settings
        self._near = Throttle(settings.failed_logins_burst, settings.failed_logins_per_minute)
        self._afar = Throttle(FAILURES_FROM_AFAR, settings.failed_logins_per_minute)

    async def check(self, username: str, password: str, address: str) -> str | None:
        """The name of the user; None for the operator, who came with the API key. Raises NotIn, StoreError.

        The API key logs in without a name, where one is set.
        """
        now_s = self._csms.now_ms() / 1000
        username = username.strip().lower()
        near, afar = (f"{username} from {address}",), (f"user {username}", f"address {address}")
        waits = [self._near.blocked(*near, now_s), *(self._afar.blocked(source, now_s) for source in afar)]
        if any(wait is not None for wait in waits):
            raise NotIn(max(wait or 0 for wait in waits))
        if not await self._right(username, password):
            waits = [self._near.failed(near, now_s), self._afar.failed(afar, now_s)]
            raise NotIn(max((wait for wait in waits if wait is not None), default=None))
        return username or None

    async def _right(self, username: str, password: str) -> bool:
        key = self._csms.settings.api_key
        if not username:
            keyed = self._csms.settings.guarding is Auth.KEY and key is not None
            return keyed and hmac.compare_digest(_octets(password), _octets(key or ""))
        row = None
        if username.isprintable():  # no other name can be looked up in every database
            row = await self._csms.store.glance(lambda database: find(database, users, username))
        hashed = row.password_hash if row is not None and row.active else None
        return await asyncio.to_thread(verify, password, hashed, cost=COST)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
