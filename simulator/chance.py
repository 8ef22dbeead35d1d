"""Seeded chance without state to speak of: every draw is a digest of seed, name, purpose and number of the draw.

A ``random.Random`` holds 2.5 KB; a hundred thousand stations with several streams each would hold a gigabyte.
"""

from __future__ import annotations

from hashlib import blake2b


class Chance:
    """Independent streams of one owner, told apart by purpose. The same seed and name give the same draws.

    Each draw of a purpose is the next one, unless the owner names its ``number``: who counts anyway need not count
    here too.
    """

    __slots__ = ("_drawn", "_key")

    def __init__(self, seed: int | str, name: str) -> None:
        self._key = f"{seed}/{name}"
        self._drawn: dict[str, int] | None = None

    def uniform(self, purpose: str, low: float = 0.0, high: float = 1.0, *, number: int | None = None) -> float:
        """A float in [low, high)."""
        return low + (high - low) * self.bits(purpose, 53, number=number) / 2**53

    def whole(self, purpose: str, low: int, high: int, *, number: int | None = None) -> int:
        """An integer in [low, high]."""
        return low + int(self.uniform(purpose, number=number) * (high - low + 1))

    def bits(self, purpose: str, count: int, *, number: int | None = None) -> int:
        """``count`` random bits, at most 512, as an integer."""
        if number is None:
            number = self._next(purpose)
        digest = blake2b(f"{self._key}/{purpose}/{number}".encode(), digest_size=(count + 7) // 8).digest()
        return int.from_bytes(digest) >> (-count % 8)

    def hexadecimal(self, purpose: str, digits: int, *, number: int | None = None) -> str:
        """A string of lower-case hexadecimal digits."""
        return f"{self.bits(purpose, 4 * digits, number=number):0{digits}x}"

    def _next(self, purpose: str) -> int:
        if self._drawn is None:
            self._drawn = {}
        number = self._drawn.get(purpose, 0)
        self._drawn[purpose] = number + 1
        return number
