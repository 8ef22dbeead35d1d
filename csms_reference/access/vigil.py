"""Sees to it that who listens for long still may: a stream outlives the request that opened it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from csms_reference.access.guard import Access

LOOKS_S = 0.5
"""So often a stream asks whether something was revoked."""

REVIEW_S = 15.0
"""So often it is seen anew in any case who listens: a token ends by itself, too."""


class Vigil:
    """Over one stream, from the moment on when it was known who listens."""

    def __init__(self, connection: HTTPConnection) -> None:
        access: Access = connection.app.state.access
        self._revoked = access.revoked
        self._version = access.revoked.version
        self._due_s = _now_s() + REVIEW_S

    @property
    def next_s(self) -> float:
        """When to ask next, on the event loop's axis."""
        return min(self._due_s, _now_s() + LOOKS_S)

    async def is_due(self) -> bool:
        """Whether it has to be seen anew now who listens. Raises StoreError."""
        await self._revoked.look()
        if self._revoked.version == self._version and _now_s() < self._due_s:
            return False
        self._version, self._due_s = self._revoked.version, _now_s() + REVIEW_S
        return True


def _now_s() -> float:
    return asyncio.get_running_loop().time()
