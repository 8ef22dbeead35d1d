"""Links that are not read for a while, each for reasons of its own."""

from __future__ import annotations

from enum import Enum, auto
from typing import cast

from protocol.link import Pausing


class Why(Enum):
    """Why a link is not read."""

    CROWD = auto()  # there is far too much work for the database
    HELD = auto()  # its own messages that wait for their turn take too much memory
    EARLY = auto()  # it says more than it may, and does not wait for answers


class Taps:
    """Turns links off and on: each is read again when the last reason is gone. Who cannot pause is left alone."""

    def __init__(self) -> None:
        self._reasons: dict[Pausing, set[Why]] = {}
        self._crowd: dict[Pausing, None] = {}  # in order: those that CROWD is a reason for

    def __len__(self) -> int:
        return len(self._reasons)

    @property
    def crowded(self) -> bool:
        """Whether anybody is not read because there is too much work."""
        return bool(self._crowd)

    def turn_off(self, link: object, why: Why) -> bool:
        """Read a link no more; whether it was read until now."""
        reasons = self._reasons.get(cast("Pausing", link))
        if reasons is None and not isinstance(link, Pausing):
            return False
        known = cast("Pausing", link)
        if why is Why.CROWD:
            self._crowd[known] = None
        if reasons is not None:  # this was read before the pause
            reasons.add(why)
            return False
        self._reasons[known] = {why}
        known.pause_reading()
        return True

    def is_off(self, link: object, why: Why) -> bool:
        """Whether this is a reason why a link is not read."""
        return why in self._reasons.get(cast("Pausing", link), ())

    def turn_on(self, link: object, why: Why) -> None:
        """A reason is gone."""
        known = cast("Pausing", link)  # only such are there; isinstance takes 10 µs for a Protocol
        if not self._reasons or (reasons := self._reasons.get(known)) is None:
            return
        reasons.discard(why)
        if why is Why.CROWD:
            self._crowd.pop(known, None)
        if not reasons:
            del self._reasons[known]
            known.resume_reading()

    def relieve(self) -> None:
        """There is less work: it is no reason for anybody any more."""
        for link in list(self._crowd):
            self.turn_on(link, Why.CROWD)

    def forget(self, link: object) -> None:
        """A link is closed: it has nothing to wait for any more."""
        self._crowd.pop(cast("Pausing", link), None)
        self._reasons.pop(cast("Pausing", link), None)
