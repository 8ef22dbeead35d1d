"""What parent and worker say to each other: a length, then a JSON array of kind, number and content."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

PROTOCOL = 2
"""Grows when frames change, so that ends of different versions part instead of misunderstanding each other."""

FRAME_BYTES_MAX = 2**24
LENGTH_BYTES = 4


class Frame(NamedTuple):
    """One thing said. ``number`` is the request's for asks and answers, otherwise as the kind has it."""

    kind: str
    number: int = 0
    content: Any = None


class Garbled(Exception):
    """What came is no frame; the message says why. Nothing after it can be understood."""


class Unsendable(Exception):
    """This cannot be a frame: it is too large, or JSON cannot hold it."""


def pack(frame: Frame) -> bytes:
    """The frame as bytes. Raises Unsendable."""
    try:
        body = orjson.dumps(tuple(frame))
    except orjson.JSONEncodeError as problem:
        raise Unsendable(f"{frame.kind}: {problem}") from problem
    if len(body) > FRAME_BYTES_MAX:
        raise Unsendable(f"{frame.kind}: {len(body)} bytes are more than {FRAME_BYTES_MAX}")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Unpacker:
    """Makes frames of bytes that come in any portions."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now. Raises Garbled."""
        self._buffer += data
        frames: list[Frame] = []
        start = 0
        while len(self._buffer) - start >= LENGTH_BYTES:
            length = int.from_bytes(self._buffer[start : start + LENGTH_BYTES], "big")
            if length > FRAME_BYTES_MAX:
                raise Garbled(f"a frame of {length} bytes, at most {FRAME_BYTES_MAX} are sent")
            end = start + LENGTH_BYTES + length
            if len(self._buffer) < end:
                break
            frames.append(_read(bytes(self._buffer[start + LENGTH_BYTES : end])))
            start = end
        del self._buffer[:start]
        return frames


def _read(body: bytes) -> Frame:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Garbled(f"no JSON: {problem}") from problem
    if not (isinstance(said, list) and len(said) == 3 and isinstance(said[0], str) and type(said[1]) is int):
        raise Garbled(f"no frame: {body[:80]!r}")
    return Frame(*said)
