"""Id tokens as a station knows them: presented cards, the authorization cache, the local authorization list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

ACCEPTED = "Accepted"

CARD = "ISO14443"
"""The type of a token where nothing else is said."""

NOBODY = "NoAuthorization"
"""The type of a start button's token (C02.FR.01)."""

UNCACHED = frozenset({"Central", NOBODY})
"""Types that do not enter the authorization cache (C02.FR.03, C03.FR.02, C05.FR.02)."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What an EV shows of its contract (C07). ``chain``: its certificates in PEM, the leaf first; ``hashes``: what an
    OCSP request names them by (OCSPRequestDataType). ``verified``: the station has the root, and found all valid;
    ``unverifiable``: it has not. ``evse``: where it was shown; 0 where that is not known."""

    chain: str = ""
    hashes: tuple[Mapping[str, str], ...] = ()
    verified: bool = True
    unverifiable: bool = False
    evse: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """An identifier of a driver. ``type`` is an IdTokenEnumType; 1.6 knows only the id (there: idTag).

    ``additional``: (additionalIdToken, type) pairs that go along with it. Comparison ignores case (identifiers are
    case-insensitive), as ``same`` does, and what is additional (C01.FR.25).
    """

    id: str
    type: str = CARD
    additional: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    contract: Contract | None = field(default=None, compare=False)

    def same(self, other: Token) -> bool:
        """Whether both name the same driver: by id and type (C01.FR.25)."""
        return self.id.lower() == other.id.lower() and self.type == other.type

    @property
    def key(self) -> str:
        """What cache and list are keyed by: the id in lower case, and the type where it is no card's."""
        return self.id.lower() if self.type == CARD else f"{self.id.lower()} {self.type}"

    @property
    def bare(self) -> Token:
        """The same without what is only good for asking."""
        return self if self.contract is None else replace(self, contract=None)

    @property
    def shown(self) -> str:
        """How records name it: nobody may read a key code (C04.FR.04)."""
        return "*" if self.type == "KeyCode" else self.id


def id_of(key: str) -> str:
    """The id, in lower case, in a token's key."""
    return key.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Words:
    """A message for a driver (MessageContentType)."""

    text: str
    format: str = "UTF8"
    language: str = ""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What the CSMS says of a token (idTokenInfo), in 2.0.1 spelling. ``evses``: where alone it may charge;
    ``languages``: what the driver reads, the preferred one first; ``words``: a message for the driver."""

    status: str
    expires: datetime | None = None
    group: str | None = None
    evses: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    words: Words | None = None
    priority: int | None = None

    def fits(self, evse: int) -> bool:
        """Whether the token may charge at an EVSE (C01.FR.19–.21)."""
        return not self.evses or evse in self.evses

    def accepted(self, at: datetime) -> bool:
        """Whether the token may charge at that time."""
        return self.status == ACCEPTED and not self.expired(at)

    def expired(self, at: datetime) -> bool:
        """Whether it is too old to be relied on."""
        return self.expires is not None and at >= self.expires

    @property
    def undated(self) -> TokenInfo:
        """The same without an end."""
        return self if self.expires is None else replace(self, expires=None)


ENTRY_BYTES = 24
"""Status, dates and links of an entry, besides its texts."""


def used_bytes(entries: Iterable[tuple[str, TokenInfo]]) -> int:
    """The storage that entries take: their texts and what holds them together."""
    return sum(map(_bytes, entries))


def _bytes(entry: tuple[str, TokenInfo]) -> int:
    key, info = entry
    words = 0 if info.words is None else len(info.words.text)
    texts = (key, info.status, info.group or "", *info.languages)
    return ENTRY_BYTES + sum(map(len, texts)) + words


@dataclass(frozen=True, slots=True)
class Cached:
    """An entry of the cache. ``since``: when it came to be there; ``updated``: when the CSMS last spoke of it;
    ``uses``: how often it was asked for."""

    info: TokenInfo
    since: datetime
    updated: datetime
    used: datetime
    uses: int = 0


@dataclass(slots=True)
class Cache:
    """The authorization cache (C10–C12): what the CSMS last said of each token. Survives power loss.

    ``entries`` are in the order of their last use.
    """

    entries: dict[str, Cached] = field(default_factory=dict)
    size: int = 1000

    def remember(
        self, token: Token, info: TokenInfo, at: datetime, *, policy: str = "LRU", most_bytes: float | None = None
    ) -> None:
        """C10.FR.01: store what a response said; others make room by the policy (C10.FR.07). What is past its
        cacheExpiryDateTime is removed, or not stored at all (C10.FR.13)."""
        before = self.entries.pop(token.key, None)
        if info.expired(at) or (most_bytes is not None and _bytes((token.key, info)) > most_bytes):
            return
        while self._full((token.key, info), most_bytes):
            del self.entries[_VICTIMS[policy](self.entries)]
        since, uses = (at, 0) if before is None else (before.since, before.uses)
        self.entries[token.key] = Cached(info, since, at, at, uses + 1)

    def _full(self, new: tuple[str, TokenInfo], most_bytes: float | None) -> bool:
        if len(self.entries) >= self.size:
            return True
        return most_bytes is not None and self.used_bytes + _bytes(new) > most_bytes

    @property
    def used_bytes(self) -> int:
        """The storage that it takes."""
        return used_bytes((key, entry.info) for key, entry in self.entries.items())

    def lookup(self, token: Token, at: datetime, lifetime_s: int) -> TokenInfo | None:
        """The entry, unless it has expired: by its own date (C10.FR.13), or without one ``lifetime_s`` after the CSMS
        last spoke of it (C10.FR.10; 0: never). Expired entries are removed."""
        entry = self.entries.pop(token.key, None)
        if entry is None:
            return None
        old = bool(lifetime_s) and (at - entry.updated).total_seconds() >= lifetime_s
        if old if entry.info.expires is None else entry.info.expired(at):
            return None
        self.entries[token.key] = Cached(entry.info, entry.since, entry.updated, at, entry.uses + 1)  # now the newest
        return entry.info

    def clear(self) -> None:
        """C11: forget everything."""
        self.entries.clear()


def _least_recently_used(entries: Mapping[str, Cached]) -> str:
    return next(iter(entries))


def _least_frequently_used(entries: Mapping[str, Cached]) -> str:
    return min(entries, key=lambda key: entries[key].uses)


def _first_in(entries: Mapping[str, Cached]) -> str:
    return min(entries, key=lambda key: entries[key].since)


def _least_useful(entries: Mapping[str, Cached]) -> str:
    """C10.FR.07, note: who may not charge goes first, then who came longest ago."""
    useless = (key for key, entry in entries.items() if entry.info.status != ACCEPTED)
    return next(useless, None) or next(iter(entries))


_VICTIMS = {
    "LRU": _least_recently_used,
    "LFU": _least_frequently_used,
    "FIFO": _first_in,
    "CUSTOM": _least_useful,
}

POLICIES = tuple(_VICTIMS)
"""How entries of a full cache make room (AuthCacheCtrlr.Policy, part 2 §2.4.5)."""


@dataclass(slots=True)
class LocalList:
    """The local authorization list (block D) with its version; 0 means that there is none. Survives power loss."""

    version: int = 0
    entries: dict[str, TokenInfo] = field(default_factory=dict)
    size: ClassVar[int] = 10_000

    def lookup(self, token: Token) -> TokenInfo | None:
        """What the list says of a token."""
        return self.entries.get(token.key)

    def update(
        self,
        version: int,
        changes: Sequence[tuple[str, TokenInfo | None]],
        *,
        full: bool,
        most_bytes: float | None = None,
    ) -> str:
        """Take in a SendLocalList (D01.FR.04, .05, .15–.17, .19); None removes an entry, which a full list cannot.

        Returns Accepted, Failed or VersionMismatch; nothing changes but by Accepted. Keys are tokens' keys.
        """
        named = dict(changes)
        kept = {key: info for key, info in changes if info is not None}
        if version < 1 or len(named) != len(changes) or (full and len(kept) != len(named)):
            return "Failed"  # D01.FR.18, D01.FR.06
        if not full:
            if version <= self.version:
                return "VersionMismatch"
            kept = {key: info for key, info in self.entries.items() if key not in named} | kept
        if len(kept) > self.size or (most_bytes is not None and used_bytes(kept.items()) > most_bytes):
            return "Failed"
        self.entries, self.version = kept, version
        return ACCEPTED
