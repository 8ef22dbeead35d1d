"""What a courier carries, and why it may come back without."""

from __future__ import annotations

from dataclasses import dataclass, field


class Undelivered(Exception):
    """A file did not reach its place. ``final``: another attempt would fail in the same way. ``code``: the status of
    HTTP or the reply code of FTP with which the server said no; None where it said nothing of the kind."""

    def __init__(self, why: str, *, final: bool = False, code: int | None = None) -> None:
        super().__init__(why)
        self.why, self.final, self.code = why, final, code


LEAST_PAUSE_S = 1.0
"""Attempts that follow each other without a pause would keep time from going on."""


def pause_s(wanted_s: float | None, usual_s: float) -> float:
    """How long to wait before another attempt: as long as the CSMS wants, or as usual where it leaves that open."""
    return max(LEAST_PAUSE_S, usual_s if wanted_s is None else wanted_s)


@dataclass(slots=True)
class Parcel:
    """A file on its way to a station, as far as it has come; given again to the courier, it comes on from there.

    ``parts`` is what there is so far; ``tag`` tells this version of the file from others (ETag, MDTM), empty where
    the server has none, so that nothing can be resumed; ``size``: bytes in all, None while that is not known.
    """

    parts: list[bytes] = field(default_factory=list)
    tag: str = ""
    size: int | None = None

    @property
    def arrived(self) -> int:
        """Bytes that are there."""
        return sum(map(len, self.parts))

    @property
    def content(self) -> bytes:
        """All of them."""
        return b"".join(self.parts)

    def begin(self, offset: int, tag: str, size: int | None) -> None:
        """A server begins to send, from ``offset`` on: 0 where it has another version, or cannot resume."""
        if not offset:
            self.parts.clear()
        self.tag, self.size = tag, size
