"""Numbered keys: they seal values (AES-256-GCM, NIST SP 800-38D) and hash what is looked up (HMAC, RFC 2104).

A sealed value is ``<number of the key>.<base64 of salt, nonce, ciphertext and tag>``. What it is bound to, its place
(table and column) and the number, is associated data: it opens nowhere else. A hash is ``<n>=<base64>``, n being how
many keys it has gone through.
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
        self._session = self._renewed()

    def seal(self, place: str, text: str) -> str:
        """The text as only this ring can read it, and only there."""
        self._left -= 1
        if self._left < 0:
            self._session = self._renewed()
        salt, cipher = self._session
        nonce = self.random(NONCE_BYTES)
        sealed = cipher.encrypt(nonce, text.encode(), _bound(place, self.newest))
        return f"{self.newest}.{b2a_base64(salt + nonce + sealed, newline=False).decode()}"

    def open(self, place: str, sealed: str) -> str:
        """The text again. Raises SealError for what was changed, cut off or moved, and for a key that is not there."""
        return self._opened(place, sealed) if len(sealed) <= SEALED_MOST else self._open(place, sealed)

    def _open(self, place: str, sealed: str) -> str:
        number, _, coded = sealed.partition(".")
        if not number.isdecimal() or (known := int(number)) not in self._keys:
            raise SealError(f"{place} is sealed under key {number[:8]!r}, which is not among {self.numbers}")
        try:
            raw = a2b_base64(coded, strict_mode=True)
            cipher = self._derived(known, raw[:SALT_BYTES])
            nonce, rest = raw[SALT_BYTES : SALT_BYTES + NONCE_BYTES], raw[SALT_BYTES + NONCE_BYTES :]
            return cipher.decrypt(nonce, rest, _bound(place, known)).decode()
        except (InvalidTag, ValueError):
            raise SealError(
                f"{place}: a sealed value was changed, cut off or moved, or key {known} is another"
            ) from None

    def blind(self, domain: str, text: str) -> Hashed:
        """What stands for a text in look-ups: the same for the same text of the same domain, and no way back."""
        return (self._hashed if len(text) <= TOKEN_MOST else _hash)(self.index, domain, text)

    def blind_again(self, hashed: str) -> Hashed:
        """A hash that lacks the newest of the ``index`` keys, with it."""
        older = a2b_base64(hashed.partition("=")[2] + "=")
        return _written(len(self.index), hmac.digest(self.index[-1], older, "sha256"))

    def _renewed(self) -> _Session:
        self._left = RENEWED_AFTER
        salt = self.random(SALT_BYTES)
        return _Session(salt, self._derive(self.newest, salt))

    def _derive(self, number: int, salt: bytes) -> AESGCM:
        """SP 800-108 §4.1 with one block: the key of the values that were sealed with this salt."""
        return AESGCM(hmac.digest(self._keys[number], b"chargebench seal\0" + salt, "sha256"))


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
