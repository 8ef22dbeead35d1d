"""The public keys of who issues access tokens: kept for a while, and looked up anew when a token names another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from joserfc.jwk import Key

log = logging.getLogger(__name__)

STALE_MS = 24 * 3600 * 1000
"""How long keys count while nobody can be asked whether they still do."""


class KeysAway(Exception):
    """Nobody can be asked for keys now."""


class Keyring:
    """Keys by their ids. ``fetch`` yields all there are, and raises KeysAway.

    It is asked when they are ``fresh_ms`` old, and for a key that is not among them, but not twice within
    ``again_ms``: what a token names is anybody's word.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Key]]],
        now_ms: Callable[[], int],
        *,
        fresh_ms: int,
        again_ms: int,
    ) -> None:
        self._fetch = fetch
        self._now_ms = now_ms
        self._fresh_ms = fresh_ms
        self._again_ms = again_ms
        self._keys: Mapping[str, Key] = {}
        self._asked_ms: int | None = None
        self._told_ms: int | None = None
        self._asking = asyncio.Lock()

    async def find(self, kid: str) -> Key | None:
        """The key of this id; None where there is none. Raises KeysAway."""
        if self._due(kid):
            async with self._asking:
                if self._due(kid):  # others may have asked meanwhile
                    await self._ask()
        if self._told_ms is None or self._now_ms() - self._told_ms > STALE_MS:
            raise KeysAway("the keys of the issuer of access tokens are not known")
        return self._keys.get(kid)

    def _due(self, kid: str) -> bool:
        if self._asked_ms is None:
            return True
        return self._now_ms() - self._asked_ms >= (self._fresh_ms if kid in self._keys else self._again_ms)

    async def _ask(self) -> None:
        self._asked_ms = self._now_ms()
        try:
            self._keys = await self._fetch()
        except KeysAway as problem:
            log.warning("those keys that were known go on to count: %s", problem)
        else:
            self._told_ms = self._asked_ms
