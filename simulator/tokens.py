"""Id tokens as a station knows them: presented cards, the authorization cache, the local authorization list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

ACCEPTED = "Accepted"


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier of a driver. ``type`` is an IdTokenEnumType; 1.6 knows only the id (there: idTag).

    Comparison ignores case (C01.FR.01: identifiers are case-insensitive), as ``same`` does.
    """

    id: str
    type: str = "ISO14443"

    def same(self, other: Token) -> bool:
        """Whether both name the same driver."""
        return self.id.lower() == other.id.lower()

    @property
    def key(self) -> str:
        """What cache and list are keyed by."""
        return self.id.lower()


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the CSMS says of a token (idTokenInfo), in 2.0.1 spelling. ``evses``: where alone it may charge."""

    status: str
    expires: datetime | None = None
    group: str | None = None
    evses: tuple[int, ...] = ()

    def fits(self, evse: int) -> bool:
        """Whether the token may charge at an EVSE (C01.FR.19–.21)."""
        return not self.evses or evse in self.evses

    def accepted(self, at: datetime) -> bool:
        """Whether the token may charge at that time."""
        return self.status == ACCEPTED and (self.expires is None or at < self.expires)


@dataclass(slots=True)
class Cache:
    """The authorization cache (C10–C12): what the CSMS last said of each token. Survives power loss."""

    entries: dict[str, tuple[TokenInfo, datetime]] = field(default_factory=dict)
    size: int = 1000

    def remember(self, token: Token, info: TokenInfo, at: datetime) -> None:
        """C10.FR.01: store what a response said; the one that was not used for longest makes room (C10.FR.07)."""
        self.entries.pop(token.key, None)
        if len(self.entries) >= self.size:
            del self.entries[next(iter(self.entries))]
        self.entries[token.key] = (info, at)

    def lookup(self, token: Token, at: datetime, lifetime_s: int) -> TokenInfo | None:
        """The entry, unless it has expired: by its own date (C10.FR.13), or without one ``lifetime_s`` after it was
        last used (C10.FR.08; 0: never). Expired entries are removed (C10.FR.10)."""
        entry = self.entries.get(token.key)
        if entry is None:
            return None
        info, since = entry
        if info.expires is not None:
            over = at >= info.expires
        else:
            over = bool(lifetime_s) and (at - since).total_seconds() >= lifetime_s
        if over:
            del self.entries[token.key]
            return None
        del self.entries[token.key]
        self.entries[token.key] = (info, at)  # now the newest
        return info

    def clear(self) -> None:
        """C11: forget everything."""
        self.entries.clear()


@dataclass(slots=True)
class LocalList:
    """The local authorization list (block D) with its version; 0 means that there is none. Survives power loss."""

    version: int = 0
    entries: dict[str, TokenInfo] = field(default_factory=dict)
    size: ClassVar[int] = 10_000

    def lookup(self, token: Token) -> TokenInfo | None:
        """What the list says of a token."""
        return self.entries.get(token.key)

    def update(self, version: int, changes: Sequence[tuple[str, TokenInfo | None]], *, full: bool) -> str:
        """Take in a SendLocalList (D01.FR.03–.05, .15, .16); None removes an entry, which a full list cannot.

        Returns Accepted, Failed or VersionMismatch; nothing changes but by Accepted. A full list without entries
        leaves no list. Keys are tokens' ids in lower case.
        """
        named = dict(changes)
        kept = {key: info for key, info in changes if info is not None}
        if len(named) != len(changes) or (full and len(kept) != len(named)):
            return "Failed"
        if full:
            return self._replaced(kept, version if kept else 0)
        if version <= self.version:
            return "VersionMismatch"
        return self._replaced({key: info for key, info in self.entries.items() if key not in named} | kept, version)

    def _replaced(self, entries: dict[str, TokenInfo], version: int) -> str:
        if len(entries) > self.size:
            return "Failed"
        self.entries, self.version = entries, version
        return ACCEPTED
