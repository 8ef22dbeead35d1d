"""What a local controller keeps without power: what it publishes, what it is to fetch, and what it said last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Status(StrEnum):
    """How a publication goes (PublishFirmwareStatusEnumType)."""

    IDLE = "Idle"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOADING = "Downloading"
    DOWNLOAD_PAUSED = "DownloadPaused"
    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    CHECKSUM_VERIFIED = "ChecksumVerified"
    INVALID_CHECKSUM = "InvalidChecksum"
    PUBLISHED = "Published"
    PUBLISH_FAILED = "PublishFailed"


@dataclass(frozen=True, slots=True)
class Order:
    """A firmware that the CSMS wants published. ``checksum``: the MD5 of its file in lower-case hexadecimal.

    ``retries``: further attempts to download; None for as many as the controller likes.
    """

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """A firmware that stations can fetch, known by its checksum. ``name``: that of its file where it came from."""

    checksum: str
    name: str
    content: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """Where it is on the controller's server: two files of one name do not get in each other's way."""
        return f"/firmware/{self.checksum}/{self.name}"


@dataclass(frozen=True, slots=True)
class Report:
    """A status that was told of a request."""

    status: Status
    request_id: int


@dataclass(frozen=True, slots=True)
class Library:
    """The memory of a local controller. ``orders``: the one in hand first, then those that wait for it.

    ``parts``, ``tag`` and ``size``: what has arrived of the file in hand; ``failures``: attempts that came to nothing.
    """

    published: tuple[Publication, ...] = ()
    orders: tuple[Order, ...] = ()
    parts: tuple[bytes, ...] = field(default=(), repr=False)
    tag: str = ""
    size: int | None = None
    failures: int = 0
    last: Report | None = None

    @property
    def stored(self) -> int:
        """Bytes that are published."""
        return sum(len(each.content) for each in self.published)

    def of(self, checksum: str) -> Publication | None:
        """What is published under a checksum, whatever its case."""
        return next((each for each in self.published if each.checksum == checksum.lower()), None)

    def settled(self) -> Library:
        """The same without the order in hand."""
        return replace(self, orders=self.orders[1:], parts=(), tag="", size=None, failures=0)

    def without(self, checksum: str) -> tuple[Publication, ...]:
        """What else is published."""
        return tuple(each for each in self.published if each.checksum != checksum.lower())
