"""How long to wait before a worker that died is started again."""

from __future__ import annotations

FIRST_S = 0.5
MOST_S = 30.0
FORGIVEN_AFTER_S = 60.0
"""Who lived so long did not die of how it was started."""


class Pauses:
    """None after the first death, then longer and longer; after a long life all is forgiven."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def died(self, lived_s: float) -> float:
        """Seconds to wait now."""
        if lived_s >= FORGIVEN_AFTER_S:
            self._in_a_row = 0
        self._in_a_row += 1
        return 0.0 if self._in_a_row == 1 else min(FIRST_S * 2.0 ** (self._in_a_row - 2), MOST_S)
