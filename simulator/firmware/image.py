"""Firmware images as the simulated stations have them: a real file format, of which every byte counts.

======== ===========  ==============================================================================================
offset   bytes        what
======== ===========  ==============================================================================================
0        8            ``CBFW\\r\\n\\x1a\\n``: a file that went through a text mode somewhere no longer begins with it
8        4            bytes of the header, big-endian
12       that many    header: a JSON object in UTF-8
…        ``size``     payload
======== ===========  ==============================================================================================

The header has ``model`` (of the stations that it is for), ``version``, ``size`` and ``sha256`` of the payload, and may
have ``revokes`` (SHA-256 fingerprints of signing certificates that are no longer to be believed) and ``flaw``, the
mistake that a manufacturer has built in: ``no start`` or ``self-test``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAGIC = b"CBFW\r\n\x1a\n"
START = len(MAGIC) + 4
LONGEST_HEADER = 65_536


class Flaw(StrEnum):
    """What is wrong with a firmware, which shows when it runs."""

    NONE = ""
    NO_START = "no start"  # it hangs; the watchdog restarts the station
    SELF_TEST = "self-test"  # it starts, and finds that it does not work on this hardware


class BadImage(Exception):
    """Bytes that are no firmware for the station; the text says why."""


@dataclass(frozen=True, slots=True)
class Image:
    """A firmware image that is in order. ``digest``: SHA-256 of the whole file; ``size`` its bytes."""

    model: str
    version: str
    digest: str
    size: int
    revokes: tuple[str, ...] = ()
    flaw: Flaw = Flaw.NONE


def build(model: str, version: str, payload: bytes, *, revokes: tuple[str, ...] = (), flaw: str = "") -> bytes:
    """Return the file of an image. Raises ValueError for a flaw that there is not."""
    header: dict[str, Any] = {
        "model": model,
        "version": version,
        "size": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
    }
    if revokes:
        header["revokes"] = list(revokes)
    if Flaw(flaw):
        header["flaw"] = flaw
    text = json.dumps(header, sort_keys=True).encode()
    return MAGIC + len(text).to_bytes(4, "big") + text + payload


def parse(content: bytes) -> Image:
    """Read an image and check it. Raises BadImage."""
    if not content.startswith(MAGIC):
        raise BadImage("this is no firmware image")
    length = int.from_bytes(content[len(MAGIC) : START], "big")
    if length > LONGEST_HEADER or START + length > len(content):
        raise BadImage("the header is not whole")
    header = _header(content[START : START + length])
    payload = content[START + length :]
    if len(payload) != header.get("size"):
        raise BadImage(f"the payload has {len(payload)} bytes, not {header.get('size')}")
    if hashlib.sha256(payload).hexdigest() != header.get("sha256"):
        raise BadImage("the checksum is wrong")
    model, version = header.get("model"), header.get("version")
    if not isinstance(model, str) or not isinstance(version, str) or not 0 < len(version) <= 50:
        raise BadImage("the header names no model and version")
    digest = hashlib.sha256(content).hexdigest()
    revokes = tuple(str(each) for each in header.get("revokes", ()))
    try:
        return Image(model, version, digest, len(content), revokes, Flaw(header.get("flaw", "")))
    except ValueError as problem:
        raise BadImage(str(problem)) from None


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except ValueError:
        raise BadImage("the header is no JSON") from None
    if not isinstance(header, dict):
        raise BadImage("the header is no JSON object")
    return header
