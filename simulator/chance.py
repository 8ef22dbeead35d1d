"""Seeded chance without state to speak of: every draw is a digest of seed, name, purpose and number of the draw.

A ``random.Random`` holds 2.5 KB; a hundred thousand stations with several streams each would hold a gigabyte.
"""

from __future__ import annotations

from hashlib import blake2b


class Chance:
    """Independent streams of one owner, told apart by purpose. The same seed and name give the same draws."""

    __slots__ = ("_drawn", "_key")

    def __init__(self, seed: int | str, name: str) -> None:
        self._key = f"{seed}/{name}"
        self._drawn: dict[str, int] = {}

    def uniform(self, purpose: str, low: float = 0.0, high: float = 1.0) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self.bits(purpose, 53) / 2**53

    def whole(self, purpose: str, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + int(self.uniform(purpose) * (high - low + 1))

    def bits(self, purpose: str, count: int) -> int:
        """``count`` random bits, at most 512, as an integer."""
        number = self._drawn.get(purpose, 0)
        self._drawn[purpose] = number + 1
        digest = blake2b(f"{self._key}/{purpose}/{number}".encode(), digest_size=(count + 7) // 8).digest()
        return int.from_bytes(digest) >> (-count % 8)

    def hexadecimal(self, purpose: str, digits: int) -> str:
        """A string of lower-case hexadecimal digits."""
        return f"{self.bits(purpose, 4 * digits):0{digits}x}"
