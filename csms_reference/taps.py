"""Links that are not read for a while, each for reasons of its own."""

from __future__ import annotations

from enum import Enum, auto
from typing import cast

from protocol.link import Pausing


class Why(Enum):
    """Why a link is not read."""

    CROWD = auto()  # there is far too much work for the database
    HELD = auto()  # its own messages that wait for their turn take too much memory
    NONSENSE = auto()  # it says what is no CALL, faster than it may say anything


class Taps:
    """Turns links off and on: each is read again when the last reason is gone. Who cannot pause is left alone."""

    def __init__(self) -> None:
        self._reasons: dict[Pausing, set[Why]] = {}  # in order

    def __len__(self) -> int:
        return len(self._reasons)

    def turn_off(self, link: object, why: Why) -> bool:
        """Read a link no more; whether it was read until now."""
        reasons = self._reasons.get(cast("Pausing", link))
        if reasons is not None:  # otherwise this was read before the pause
            reasons.add(why)
            return False
        if not isinstance(link, Pausing):
            return False
        self._reasons[link] = {why}
        link.pause_reading()
        return True

    def turn_on(self, link: object, why: Why) -> None:
        """A reason is gone."""
        known = cast("Pausing", link)  # only such are there; isinstance takes 10 µs for a Protocol
        if not self._reasons or (reasons := self._reasons.get(known)) is None:
            return
        reasons.discard(why)
        if not reasons:
            del self._reasons[known]
            known.resume_reading()

    def turn_all_on(self, why: Why) -> None:
        """A reason is gone for all of them."""
        for link in [link for link, reasons in self._reasons.items() if why in reasons]:
            self.turn_on(link, why)

    def forget(self, link: object) -> None:
        """A link is closed: it has nothing to wait for any more."""
        self._reasons.pop(cast("Pausing", link), None)
