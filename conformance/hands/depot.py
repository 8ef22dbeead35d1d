"""What stands behind a simulated station: its manufacturer, who makes firmware, and a server for files."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from conformance.hands.bay import Bay, skill
from conformance.rigs import Unable
from conformance.rigs.files import Files, made_by
from conformance.vocabulary import Image, Subject
from simulator.clock import Clock
from simulator.courier import courier
from simulator.firmware.image import build
from simulator.keys.memory import Kept, Root, Use
from simulator.station import Station
from simulator.tokens import ACCEPTED, Token, TokenInfo

HOST = "files.bench"
PAYLOAD_BYTES = 2_000_000
VERSION = "99.0.0"


def depot(station: Station, clock: Clock, subject: Subject) -> Files:
    """The file server of a stand with a simulated station, which knows its manufacturer from birth."""
    authority = subject.pki.manufacturer
    kept = station.flash.memory(Kept)
    station.flash.remember(replace(kept, roots=(*kept.roots, Root(Use.MANUFACTURER, authority.pem))))

    def make(image: Image) -> bytes:
        payload = bytes(islice(cycle(range(251)), PAYLOAD_BYTES))
        return build(station.profile.model, VERSION, payload, flaw="self-test" if image is Image.BROKEN else "")

    def opened(port: int) -> None:
        courier(clock).hosts[HOST] = ("127.0.0.1", port)

    return Files(made_by(authority, subject.pki.nobody, make), url=f"http://{HOST}", opened=opened)


async def packed_up(clock: Clock, files: Files | None) -> None:
    """See what was under way between station and server ended."""
    if files is not None:
        await files.close()
    if clock.courier is not None:
        await clock.courier.close()


@skill("offer_firmware")
async def offer_firmware(bay: Bay, image: str) -> dict[str, str]:
    """The manufacturer releases a firmware."""
    return await _server(bay).offer_firmware(image)


@skill("open_upload")
async def open_upload(bay: Bay, exists: bool) -> str:
    """A place for logs is made."""
    return await _server(bay).open_upload(exists)


@skill("uploaded")
def uploaded(bay: Bay, location: str) -> list[int]:
    """Somebody looks what came."""
    return _server(bay).uploaded(location)


@skill("know_customer")
def know_customer(bay: Bay, customer: str) -> None:
    """A token whose group is the customer's name is in the authorization cache."""
    station: Any = bay.station
    if not station.flash.has_cache and not station.variables.flag("AuthCacheCtrlr.Enabled"):
        raise Unable("the station keeps no tokens")
    station.flash.cache.remember(Token("CUSTOMER-0001"), TokenInfo(ACCEPTED, group=customer), station.now)


def _server(bay: Bay) -> Files:
    if bay.files is None:
        raise Unable("no file server stands behind this station")
    return bay.files
