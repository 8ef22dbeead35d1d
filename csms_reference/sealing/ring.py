"""Numbered keys: they seal values (AES-256-GCM, NIST SP 800-38D) and hash what is looked up (HMAC, RFC 2104).

A sealed value is ``<number of the key>.<base64 of salt, nonce, ciphertext and tag>``; a packed one is the bytes of the
number (4, big-endian), salt, nonce, ciphertext and tag. What it is bound to, its place (table and column) and the
number, is associated data: it opens nowhere else. A hash is ``<n>=<base64>``, n being how many keys it has gone
through.
"""

from __future__ import annotations

import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from csms_reference.store.errors import SealError

KEY_BYTES = 32
SALT_BYTES = 8
NONCE_BYTES = 12
NONCES_AT_ONCE = 64
"""Drawn together: each is used once, but asking the operating system costs as much as encrypting."""

HEAD_BYTES = 4
"""The number of the key, at the beginning of what is packed."""

RENEWED_AFTER = 1 << 24
"""So many values are sealed under one derived key: random nonces allow for 2³² (SP 800-38D §8.3), which a busy CSMS
would reach within weeks under a single one."""


REMEMBERED = 4096
"""Hashes and opened values of tokens that are remembered: one that charges is looked up with each of its events."""

TOKEN_MOST = 48
"""Characters of what is remembered; a token has 36 at most."""

SEALED_MOST = 128


class Hashed(str):
    """A hash as it stands in the database: it is not hashed again where it is used to look something up."""

    __slots__ = ()


class _Session(NamedTuple):
    salt: bytes
    cipher: AESGCM
    head: bytes
    """What every packed value begins with: the number of the key, and the salt."""


class Ring:
    """The keys of one database, each of 32 bytes. The newest, that with the highest number, seals; all of them open.

    ``index`` are the keys of hashes. They are in the database, sealed, and the same for every process on it.
    """

    def __init__(self, keys: Mapping[int, bytes], random: Callable[[int], bytes]) -> None:
        self.index: tuple[bytes, ...] = ()
        self.random = random
        self.numbers = tuple(sorted(keys))
        self.newest = self.numbers[-1]
        self._keys = dict(keys)
        self._derived = lru_cache(1024)(self._derive)
        self._opened = lru_cache(REMEMBERED)(self._open)
        self._hashed = lru_cache(REMEMBERED)(_hash)
        self._left = 0
        self._nonces: list[bytes] = []
        self._session = self._renewed()

    def seal(self, place: str, text: str) -> str:
        """The text as only this ring can read it, and only there."""
        session, nonce = self._next()
        sealed = session.cipher.encrypt(nonce, text.encode(), _bound(place, self.newest))
        return f"{self.newest}.{b2a_base64(session.salt + nonce + sealed, newline=False).decode()}"

    def pack(self, place: str, text: str) -> bytes:
        """The same as bytes: for what is long, as base64 takes a third more of time and disk."""
        session, nonce = self._next()
        return b"".join((session.head, nonce, session.cipher.encrypt(nonce, text.encode(), _bound(place, self.newest))))

    def open(self, place: str, sealed: str) -> str:
        """The text again. Raises SealError for what was changed, cut off or moved, and for a key that is not there."""
        if not isinstance(sealed, str):
            raise SealError(f"{place}: what was sealed as text is none any more")
        return self._opened(place, sealed) if len(sealed) <= SEALED_MOST else self._open(place, sealed)

    def unpack(self, place: str, packed: bytes) -> str:
        """The text of what ``pack`` made. Raises SealError as ``open`` does."""
        if not isinstance(packed, bytes):
            raise SealError(f"{place}: what was sealed as bytes is none any more")
        known = int.from_bytes(packed[:HEAD_BYTES])
        if known not in self._keys:
            raise SealError(f"{place} is sealed under key {known}, which is not among {self.numbers}")
        return self._decrypted(place, known, packed[HEAD_BYTES:])

    def _open(self, place: str, sealed: str) -> str:
        number, _, coded = sealed.partition(".")
        if not number.isdecimal() or (known := int(number)) not in self._keys:
            raise SealError(f"{place} is sealed under key {number[:8]!r}, which is not among {self.numbers}")
        try:
            raw = a2b_base64(coded, strict_mode=True)
        except ValueError:
            raise _harmed(place, known) from None
        return self._decrypted(place, known, raw)

    def _decrypted(self, place: str, number: int, raw: bytes) -> str:
        nonce, rest = raw[SALT_BYTES : SALT_BYTES + NONCE_BYTES], raw[SALT_BYTES + NONCE_BYTES :]
        try:
            return self._derived(number, raw[:SALT_BYTES]).decrypt(nonce, rest, _bound(place, number)).decode()
        except (InvalidTag, ValueError):
            raise _harmed(place, number) from None

    def blind(self, domain: str, text: str) -> Hashed:
        """What stands for a text in look-ups: the same for the same text of the same domain, and no way back."""
        return (self._hashed if len(text) <= TOKEN_MOST else _hash)(self.index, domain, text)

    def blind_again(self, hashed: str) -> Hashed:
        """A hash that lacks the newest of the ``index`` keys, with it."""
        older = a2b_base64(hashed.partition("=")[2] + "=")
        return _written(len(self.index), hmac.digest(self.index[-1], older, "sha256"))

    def _next(self) -> tuple[_Session, bytes]:
        """What the next value is sealed with. Threads share a ring: ``pop`` gives no two of them the same nonce."""
        self._left -= 1
        if self._left < 0:
            self._session = self._renewed()
        try:
            nonce = self._nonces.pop()
        except IndexError:
            drawn = self.random(NONCE_BYTES * NONCES_AT_ONCE)
            nonce, *others = (drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES))
            self._nonces.extend(others)
        return self._session, nonce

    def _renewed(self) -> _Session:
        self._left = RENEWED_AFTER
        salt = self.random(SALT_BYTES)
        return _Session(salt, self._derive(self.newest, salt), head_of(self.newest) + salt)

    def _derive(self, number: int, salt: bytes) -> AESGCM:
        """SP 800-108 §4.1 with one block: the key of the values that were sealed with this salt."""
        return AESGCM(hmac.digest(self._keys[number], b"chargebench seal\0" + salt, "sha256"))


def head_of(number: int) -> bytes:
    """What a value begins with that is packed under this key."""
    return number.to_bytes(HEAD_BYTES)


def _harmed(place: str, number: int) -> SealError:
    return SealError(f"{place}: a sealed value was changed, cut off or moved, or key {number} is another")


@lru_cache(1024)
def _bound(place: str, number: int) -> bytes:
    return f"{place}|{number}".encode()


def _hash(index: tuple[bytes, ...], domain: str, text: str) -> Hashed:
    found = f"{domain}:{text}".encode()
    for key in index:
        found = hmac.digest(key, found, "sha256")
    return _written(len(index), found)


def _written(keys: int, digest: bytes) -> Hashed:
    return Hashed(f"{keys}={b2a_base64(digest, newline=False)[:-1].decode()}")
