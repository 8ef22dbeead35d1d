"""RFC 6455 frames without I/O: writing them, and reading messages out of any split of the byte stream."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from typing import Final

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the compiled part
    from websockets.utils import apply_mask

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "PING",
    "PONG",
    "TEXT",
    "Message",
    "Reader",
    "Violation",
    "apply_mask",
    "frame",
]

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

Message = tuple[int, str | bytes]
"""Opcode and payload of one whole message: text is ``str``, everything else ``bytes``."""

FRAMES_AT_ONCE: Final = 256
"""A message may come in frames without anything in them, each of which takes as long as a small message."""

NO_CODE: Final = 1005
"""Stands for a close frame without a code (§7.1.5)."""


class Violation(Exception):
    """The peer broke the protocol; ``code`` is the close code that says how (§7.4.1)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def frame(first: int, payload: bytes, mask: bytes | None = None) -> bytes:
    """Return one frame. ``first`` is its first byte: FIN, reserved bits and opcode; a client's frame has a mask."""
    size, bit = len(payload), 0 if mask is None else 0x80
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65536:
        head = bytes((first, bit | 126, size >> 8, size & 255))
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    return head + payload if mask is None else head + mask + apply_mask(payload, mask)


def close_payload(code: int, reason: str) -> bytes:
    """Return what a close frame carries; a code that stands for "none" is not sent."""
    return b"" if code == NO_CODE else code.to_bytes(2, "big") + reason.encode()


def parse_close(payload: bytes) -> tuple[int, str]:
    """Return code and reason of a close frame, NO_CODE where it has none. Raises Violation (§7.4)."""
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise Violation(1002, "invalid close code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError as error:
        raise Violation(1007, "the close reason is not UTF-8") from error


class _Fragments:
    """A message of which not every frame has come."""

    __slots__ = ("compressed", "decoder", "opcode", "parts", "size")

    def __init__(self, opcode: int, compressed: bool) -> None:
        self.opcode = opcode
        self.compressed = compressed
        self.parts: list[str] | list[bytes] = []
        self.size = 0
        # Text is checked frame by frame, so that a bad one ends the link before the rest of it is sent.
        self.decoder = codecs.getincrementaldecoder("utf-8")() if opcode == TEXT and not compressed else None


class Reader:
    """Turns bytes into messages, for one direction of one link.

    ``masked``: whether the peer must mask (it is a client). ``limit``: bytes a message may have. ``inflate`` turns a
    compressed message into its text or bytes and raises Violation; without it compressed messages are violations.
    Lengths that are written longer than needed are read, as other implementations read them.
    """

    __slots__ = ("_at", "_fragments", "_held", "_inflate", "_limit", "_masked", "_need")

    def __init__(self, *, masked: bool, limit: int, inflate: Callable[[bytes], bytes] | None = None) -> None:
        self._masked = masked
        self._limit = limit
        self._inflate = inflate
        self._held = bytearray()
        self._at = 0
        self._need = 2  # bytes that must be there from ``_at`` on before it is worth looking again
        self._fragments: _Fragments | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is pending: a new Reader would go on just the same."""
        return not self._held and self._fragments is None

    def hold(self, data: bytes) -> None:
        """Keep bytes for later."""
        self._held += data

    @property
    def lags(self) -> bool:
        """Whether there may be another whole frame among the bytes that have come."""
        return len(self._held) - self._at >= self._need

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield every message that these bytes complete, until there have been ``FRAMES_AT_ONCE``: then it ``lags``.

        Raises Violation, after which there is nothing to read.
        """
        self._held += data
        left = FRAMES_AT_ONCE
        try:
            while len(self._held) - self._at >= self._need and left:
                taken = self._frame()
                if taken is None:
                    break
                left -= 1
                message = self._message(*taken)
                if message is not None:
                    yield message
        finally:  # also of who takes no more for now
            if self._at:
                del self._held[: self._at]
                self._at = 0

    def _frame(self) -> tuple[int, bytes] | None:
        """Take the next frame: its first byte and its payload; None when it is not whole."""
        held, at = self._held, self._at
        first, second = held[at], held[at + 1]
        self._check(first, second)
        size, body = second & 0x7F, at + 2
        if size > 125:
            width = 2 if size == 126 else 8
            if self._missing(body + width):
                return None
            size = int.from_bytes(held[body : body + width], "big")
            body += width
            if size >> 63:
                raise Violation(1002, "a length with its top bit set")
        self._check_size(first, size)
        if self._masked:
            body += 4
        if self._missing(body + size):
            return None
        payload = bytes(held[body : body + size])
        self._at, self._need = body + size, 2
        return first, apply_mask(payload, bytes(held[body - 4 : body])) if self._masked else payload

    def _missing(self, end: int) -> bool:
        self._need = end - self._at
        return len(self._held) < end

    def _check(self, first: int, second: int) -> None:
        """Hold the first two bytes of a frame against §5.2, §5.4 and §5.5."""
        opcode = first & 0x0F
        if first & 0x30 or (first & 0x40 and (self._inflate is None or opcode not in {TEXT, BINARY})):
            raise Violation(1002, "reserved bits must be 0")
        if bool(second & 0x80) is not self._masked:
            raise Violation(1002, "incorrect masking")
        if opcode in {CLOSE, PING, PONG}:
            if second & 0x7F > 125:
                raise Violation(1002, "control frame too long")
            if not first & 0x80:
                raise Violation(1002, "fragmented control frame")
        elif opcode not in {CONTINUATION, TEXT, BINARY}:
            raise Violation(1002, f"invalid opcode: {opcode:#03x}")
        elif (opcode == CONTINUATION) is (self._fragments is None):
            started = self._fragments is not None
            raise Violation(1002, "expected a continuation frame" if started else "unexpected continuation frame")

    def _check_size(self, first: int, size: int) -> None:
        pending = self._fragments.size if self._fragments is not None else 0
        if not first & 0x08 and pending + size > self._limit:
            raise Violation(1009, f"more than {self._limit} bytes")

    def _message(self, first: int, payload: bytes) -> Message | None:
        """Make a message of a frame's payload, together with the frames before it; None when more must come."""
        opcode = first & 0x0F
        if opcode & 0x08:
            return opcode, payload
        if self._fragments is not None:
            return self._continue(first, payload)
        if first & 0x80:
            return opcode, self._whole(opcode, payload, compressed=bool(first & 0x40))
        self._fragments = _Fragments(opcode, bool(first & 0x40))
        return self._continue(first, payload)

    def _continue(self, first: int, payload: bytes) -> Message | None:
        fragments, final = self._fragments, bool(first & 0x80)
        assert fragments is not None
        fragments.size += len(payload)
        decoder = fragments.decoder
        part = _decoded(decoder, payload, final) if decoder is not None else payload
        if part:  # an endless row of empty frames must not fill the memory
            fragments.parts.append(part)  # type: ignore[arg-type]
        if not final:
            return None
        self._fragments = None
        if decoder is not None:
            return TEXT, "".join(fragments.parts)  # type: ignore[arg-type]
        whole = b"".join(fragments.parts)  # type: ignore[arg-type]
        return fragments.opcode, self._whole(fragments.opcode, whole, compressed=fragments.compressed)

    def _whole(self, opcode: int, payload: bytes, *, compressed: bool) -> str | bytes:
        if compressed:
            assert self._inflate is not None
            payload = self._inflate(payload)
        return payload if opcode == BINARY else utf8(payload)


def utf8(payload: bytes) -> str:
    """Return the text of a message (§8.1). Raises Violation."""
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise Violation(1007, "invalid UTF-8") from error


def _decoded(decoder: codecs.IncrementalDecoder, payload: bytes, final: bool) -> str:
    try:
        return decoder.decode(payload, final)
    except UnicodeDecodeError as error:
        raise Violation(1007, "invalid UTF-8") from error
