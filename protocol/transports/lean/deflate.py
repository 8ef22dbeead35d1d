"""permessage-deflate (RFC 7692) without anything per link: no message refers to the one before it."""

from __future__ import annotations

import zlib
from functools import cache

from protocol.transports.lean.codec import Violation
from protocol.transports.lean.handshake import Malformed

NAME = "permessage-deflate"
OFFER = f"{NAME}; server_no_context_takeover; client_no_context_takeover"

_TAIL = b"\x00\x00\xff\xff"


class Deflate:
    """Compresses and decompresses the messages of any number of links that agreed to do without context takeover.

    ``limit``: bytes that a message may have after decompression. ``bits``: the window of the messages sent (9 to 15).
    """

    __slots__ = ("_compressor", "_limit")

    def __init__(self, limit: int, *, bits: int = 15) -> None:
        self._limit = limit
        self._compressor = zlib.compressobj(wbits=-bits)

    def deflate(self, payload: bytes) -> bytes:
        """Return a message compressed. Flushed fully, the compressor has forgotten it before the next one."""
        return (self._compressor.compress(payload) + self._compressor.flush(zlib.Z_FULL_FLUSH)).removesuffix(_TAIL)

    def inflate(self, payload: bytes) -> bytes:
        """Return a message decompressed, whatever its window. Raises Violation when it is too large or broken."""
        decompressor = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        try:
            data = decompressor.decompress(payload + _TAIL, self._limit + 1)
        except zlib.error as error:
            raise Violation(1007, "invalid compressed data") from error
        if len(data) > self._limit:
            raise Violation(1009, f"more than {self._limit} bytes")
        return data


class Deflates:
    """The ``Deflate`` for each window that a station may ask for, made when somebody asks."""

    def __init__(self, limit: int) -> None:
        self.window = cache(lambda bits: Deflate(limit, bits=bits))

    def agree(self, offers: str) -> tuple[Deflate, str] | None:
        """Choose among the extensions that a request offers: the first that we can serve, and how to say so (§5.1)."""
        for offer in offers.split(","):
            bits = _window(_parameters(offer))
            if bits is not None:
                asked = f"; server_max_window_bits={bits}" if "server_max_window_bits" in offer else ""
                return self.window(bits), OFFER + asked
        return None

    def agreed(self, reply: str) -> Deflate | None:
        """Return what a server made of our OFFER; None when it wants no compression. Raises Malformed."""
        if not reply.strip():
            return None
        parameters = _parameters(reply)
        if (
            parameters is None
            or "server_no_context_takeover" not in parameters
            or "client_max_window_bits" in parameters
        ):
            raise Malformed(f"extensions that were not offered: {reply[:100]}")
        return self.window(15)


def _parameters(offer: str) -> dict[str, str] | None:
    """Return the parameters of one permessage-deflate, None where it is something else or not well-formed."""
    name, *rest = (part.strip(" \t") for part in offer.split(";"))
    pairs = [(key.rstrip(" \t"), value.strip(' \t"')) for key, _, value in (part.partition("=") for part in rest)]
    parameters = dict(pairs)
    sound = name == NAME and len(parameters) == len(pairs) and all(_sound(key, value) for key, value in pairs)
    return parameters if sound else None


def _sound(key: str, value: str) -> bool:
    """Whether a parameter may stand with this value, which is "" where it has none (RFC 7692 §7.1)."""
    if key in {"server_no_context_takeover", "client_no_context_takeover"}:
        return not value
    if key in {"server_max_window_bits", "client_max_window_bits"}:
        return value in _BITS or (key.startswith("client") and not value)
    return False


_BITS = {str(bits) for bits in range(8, 16)}


def _window(parameters: dict[str, str] | None) -> int | None:
    """Return the window for what we send, None where we cannot serve: zlib has no raw window of 2^8."""
    if parameters is None:
        return None
    bits = int(parameters.get("server_max_window_bits", "15"))
    return bits if bits > 8 else None
