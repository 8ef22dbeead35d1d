"""Keeps one station's flash memory in a file: written before a message leaves, and soon after anything else.

The file is replaced as a whole, so that whatever ends the process leaves the old state or the new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.flash import Flash, Transaction
from simulator.state.codec import Unreadable, decode, encode

if TYPE_CHECKING:
    from simulator.station import Station

FORMAT = 1
WRITE_BEHIND_S = 0.01
"""What happens within this time is written at once; a message never leaves before what it tells is written."""


class StateError(Exception):
    """A state file that cannot be used; the message names it and says why."""


class Keeper:
    """The state file of one station. ``durable``: every write is forced to the disk (fsync)."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self._durable = durable
        self._written = b""
        self._due = False
        self._meters: list[list[float]] = []

    def load(self, identity: str) -> Flash | None:
        """The memory that the file holds; None where there is no file yet. Raises StateError."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as wrong:
            raise StateError(f"{self.path}: {wrong.strerror or wrong}") from wrong
        try:
            image = _document(data)
            if not isinstance(image, dict) or image.get("format") != FORMAT:
                raise Unreadable(f"not a station's state in format {FORMAT}")
            if image["station"] != identity:
                raise Unreadable(f"the state of {image['station']}, not of {identity}")
            flash: Flash = decode(Flash, image["flash"])
            self._meters = decode(list[list[float]], image["meters"])
        except (ValueError, KeyError, TypeError, RecursionError) as wrong:
            raise StateError(f"{self.path}: {wrong}") from wrong
        _cut_off(flash)
        return flash

    def follow(self, station: Station) -> None:
        """Keep this station from now on; its meters go on from where they were."""
        for evse, (import_wh, export_wh) in zip(station.evses, self._meters, strict=False):
            evse.meter.import_wh, evse.meter.export_wh = import_wh, export_wh
        station.keeper = self
        self.save(station)

    def changed(self, station: Station) -> None:
        """Something happened: write it soon."""
        if not self._due:
            self._due = True
            station.clock.after(WRITE_BEHIND_S, lambda: self._save_later(station))

    def _save_later(self, station: Station) -> None:
        self._due = False
        self.save(station)

    def save(self, station: Station) -> None:
        """Write what has changed, if anything has. Raises StateError where the disk does not take it."""
        data = json.dumps(image_of(station), separators=(",", ":")).encode()
        if data == self._written:
            return
        beside = self.path.with_name(self.path.name + ".new")
        try:
            with beside.open("wb") as file:
                file.write(data)
                if self._durable:
                    file.flush()
                    os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as wrong:
            raise StateError(f"{self.path}: {wrong.strerror or wrong}") from wrong
        self._written = data


def _document(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as wrong:
        raise Unreadable(f"not a station's state, or cut short ({wrong}); without the file it starts afresh") from None


def image_of(station: Station) -> dict[str, Any]:
    """What the file says of a station as it is now."""
    flash = station.flash
    image = encode(flash)
    image["running"] = encode([_as_of_now(station, tx) for tx in flash.running])
    meters = [[evse.meter.import_wh, evse.meter.export_wh] for evse in station.evses]
    return {"format": FORMAT, "station": station.identity, "flash": image, "meters": meters}


def _as_of_now(station: Station, tx: Transaction) -> Transaction:
    """A running transaction with the point at which it would be ended if the power went now (E06.FR.16)."""
    if not station.powered:
        return tx  # its end was written when the power went
    return replace(tx, last=(station.stamp(), station.evse(tx.evse).reading()))


def _cut_off(flash: Flash) -> None:
    """Messages that waited did so offline (E11.FR.07), and each is about the one object of its transaction."""
    known = {tx.id: tx for tx in _transactions(flash)}
    flash.running = tuple(known[tx.id] for tx in flash.running)
    for event in flash.journal:
        event.tx, event.offline = known[event.tx.id], True


def _transactions(flash: Flash) -> Iterable[Transaction]:
    """Those of messages first: what runs knows more."""
    yield from (event.tx for event in flash.journal)
    yield from flash.running
