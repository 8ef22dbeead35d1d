"""The folder in which files lie: firmware images by name, uploads by the number of their address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""What a file may be called: no separators, nothing hidden."""


class TooLarge(Exception):
    """More bytes came than may."""


class BadName(Exception):
    """A file cannot have this name."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: bytes, and their digests in hexadecimal."""

    size: int
    sha256: str
    md5: str


class Room:
    """One CSMS's files below a folder, which is made when it is needed."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    @property
    def shared(self) -> Path:
        """What FTP shows: images, and a folder to leave files in."""
        return self._folder / "shared"

    def firmware(self, name: str) -> Path:
        """Where an image lies. Raises BadName."""
        return self._place("shared/firmware", name)

    def upload(self, number: int) -> Path:
        """Where what came to an address lies."""
        return self._place("uploads", str(number))

    def _place(self, kind: str, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise BadName(f"{name!r} cannot be the name of a file: letters, digits, '.', '_' and '-', 128 at most")
        return self._folder / kind / name

    async def keep(self, place: Path, pieces: AsyncIterator[bytes], most_bytes: int) -> Stored:
        """Write what comes; it takes its place only when all of it is there. Raises TooLarge."""
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{id(pieces):x}")
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        try:
            with draft.open("wb") as file:
                async for piece in pieces:
                    size += len(piece)
                    if size > most_bytes:
                        raise TooLarge(f"more than {most_bytes} bytes")
                    sha256.update(piece)
                    md5.update(piece)
                    file.write(piece)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        return Stored(size, sha256.hexdigest(), md5.hexdigest())


def digests(content: bytes) -> Stored:
    """What ``keep`` says of these bytes."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Stored(len(content), hashlib.sha256(content).hexdigest(), md5)
