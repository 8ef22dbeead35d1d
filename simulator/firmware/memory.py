"""What a station keeps of its firmware without power: two slots, the update in hand, and what is still to be told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.firmware.image import Image

if TYPE_CHECKING:
    from simulator.station import Station


class State(StrEnum):
    """What is in a slot."""

    EMPTY = "empty"
    WRITING = "writing"  # in part, so that it cannot be started
    READY = "ready"  # whole, not yet started
    TRIAL = "trial"  # started, and not yet found to be good
    GOOD = "good"
    BAD = "bad"  # started, and found not to work


class Step(StrEnum):
    """How far an update has come."""

    DOWNLOAD = "download"  # to be fetched, or being fetched
    INSTALL = "install"  # here and checked; to be written, or being written
    RESTART = "restart"  # written; to be started
    TRIAL = "trial"  # started; to be found good


class Status(StrEnum):
    """How an update goes (FirmwareStatusEnumType)."""

    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOADING = "Downloading"
    DOWNLOAD_PAUSED = "DownloadPaused"
    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    SIGNATURE_VERIFIED = "SignatureVerified"
    INVALID_SIGNATURE = "InvalidSignature"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALLING = "Installing"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLED = "Installed"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of two places for a firmware. ``digest`` and ``size`` are those of the image's file."""

    state: State = State.EMPTY
    version: str = ""
    model: str = ""
    digest: str = ""
    size: int = 0
    revokes: tuple[str, ...] = ()
    flaw: str = ""

    @classmethod
    def of(cls, image: Image) -> Slot:
        """An image on its way into a slot."""
        return cls(
            State.WRITING, image.version, image.model, image.digest, image.size, image.revokes, image.flaw.value
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """An update that the CSMS has asked for.

    ``request_id`` is None for 1.6's UpdateFirmware. ``secure``: it came with a certificate or a signature, so that
    both must hold (L01). ``retries``: further attempts to download; None for as many as the station likes.
    """

    request_id: int | None
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    certificate: str = ""
    signature: str = ""

    @property
    def secure(self) -> bool:
        """Whether it is to be verified."""
        return bool(self.certificate or self.signature)


@dataclass(frozen=True, slots=True)
class Report:
    """A status of an update that the CSMS is to learn."""

    status: Status
    request_id: int | None


@dataclass(frozen=True, slots=True)
class Bank:
    """The memory of the firmware. Without a version a good slot holds what the station was delivered with.

    ``active``: the slot that runs; ``former``: the one to fall back to while the active one is on trial.
    ``parts``, ``tag`` and ``size`` are what has arrived of the image; ``failures``: attempts to download that came to
    nothing. ``last`` is the report that was made last, ``unsaid`` those that the CSMS has not confirmed.
    """

    slots: tuple[Slot, Slot] = (Slot(State.GOOD), Slot())
    active: int = 0
    order: Order | None = None
    step: Step = Step.DOWNLOAD
    parts: tuple[bytes, ...] = field(default=(), repr=False)
    tag: str = ""
    size: int | None = None
    failures: int = 0
    last: Report | None = None
    unsaid: tuple[Report, ...] = ()

    @property
    def running(self) -> Slot:
        """The slot that runs."""
        return self.slots[self.active]

    @property
    def other(self) -> int:
        """The slot that does not."""
        return 1 - self.active

    def with_slot(self, number: int, slot: Slot) -> Bank:
        """The same with something else in a slot."""
        slots = (slot, self.slots[1]) if number == 0 else (self.slots[0], slot)
        return replace(self, slots=slots)

    def settled(self) -> Bank:
        """The same without an update in hand."""
        return replace(self, order=None, step=Step.DOWNLOAD, parts=(), tag="", size=None, failures=0)


def running_version(station: Station) -> str:
    """The version of the firmware that runs."""
    bank = station.flash.memories.get(Bank)
    return (bank.running.version if bank is not None else "") or station.profile.firmware_version
