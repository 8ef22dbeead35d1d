"""The opening handshake without I/O: both ends' requests and replies (RFC 6455 §4, as far as OCPP-J needs HTTP)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from http import HTTPStatus
from typing import Final, NamedTuple

HEAD_BYTES: Final = 16_384
"""The longest request or reply head that is read."""

BODY_BYTES: Final = 65_536
"""As much of a refusal's body as is read."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIELDS: Final = re.compile(rf"(?:{_TOKEN}:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n")
_REQUEST_LINE: Final = re.compile(r"([!-~]+) ([!-~]+) (HTTP/[0-9]\.[0-9])\r\n")
_STATUS_LINE: Final = re.compile(r"HTTP/1\.1 ([0-9]{3})(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n")
_CHUNK: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")
_TOKEN_ALONE: Final = re.compile(_TOKEN)
_TOKENS: Final = re.compile(rf"[ \t,]*{_TOKEN}(?:[ \t]*,[ \t,]*{_TOKEN})*[ \t,]*")


class Malformed(Exception):
    """What the other end sent is no HTTP, or not the HTTP of a WebSocket handshake."""


Headers = dict[str, list[str]]
"""Values by lower-case name, in the order of their coming."""


class Refusal(Exception):
    """An HTTP status instead of the upgrade; ``headers`` may say what would have been better."""

    def __init__(self, status: int, reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers


class Upgrade(NamedTuple):
    """A well-formed request to upgrade, its subprotocols in order; ``extensions`` is that header as it came."""

    path: str
    key: str
    offers: tuple[str, ...]
    authorization: tuple[str, ...]
    extensions: str


class Reply(NamedTuple):
    """The head of a server's answer."""

    status: int
    phrase: str
    headers: Headers


def accept(key: str) -> str:
    """Return the Sec-WebSocket-Accept that answers a key (§4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


# The server's end ----------------------------------------------------------------------------------------------


def read_request(head: str) -> Upgrade:
    """Read a request, the empty line included. Raises Refusal when it is no request to upgrade (§4.2.1)."""
    line = _REQUEST_LINE.match(head)
    if line is None or _FIELDS.fullmatch(head, line.end()) is None:
        raise Refusal(400, "malformed request")
    method, path, protocol = line.groups()
    headers = _headers(head[line.end() : -4])
    if method != "GET":
        raise Refusal(405, "only GET", (("Allow", "GET"),))
    if protocol != "HTTP/1.1":
        raise Refusal(505, "only HTTP/1.1")
    if not _lists(headers, "connection", "upgrade") or not _lists(headers, "upgrade", "websocket"):
        raise Refusal(426, "this is a WebSocket endpoint", (("Upgrade", "websocket"),))
    if headers.get("content-length", ["0"]) != ["0"] or "transfer-encoding" in headers:
        raise Refusal(400, "a request to upgrade has no body")
    if headers.get("sec-websocket-version") != ["13"]:
        raise Refusal(400, "Sec-WebSocket-Version is not 13", (("Sec-WebSocket-Version", "13"),))
    offers = _offers(headers)
    authorization = tuple(headers.get("authorization", ()))
    return Upgrade(path, _key(headers), offers, authorization, ",".join(headers.get("sec-websocket-extensions", ())))


def upgrade_reply(key: str, subprotocol: str | None, extensions: str | None = None) -> bytes:
    """Return the 101; without a subprotocol where none is agreed."""
    lines = [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ",
        accept(key),
    ]
    if subprotocol is not None:
        lines += "\r\nSec-WebSocket-Protocol: ", subprotocol
    if extensions is not None:
        lines += "\r\nSec-WebSocket-Extensions: ", extensions
    lines.append("\r\n\r\n")
    return "".join(lines).encode()


def refusal_reply(refusal: Refusal) -> bytes:
    """Return the HTTP answer that ends a handshake; its body is the reason."""
    body = refusal.reason.encode()
    lines = [
        f"HTTP/1.1 {refusal.status} {_phrase(refusal.status)}",
        *(f"{name}: {value}" for name, value in refusal.headers),
        "Connection: close",
        f"Content-Length: {len(body)}",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _offers(headers: Headers) -> tuple[str, ...]:
    listed = headers.get("sec-websocket-protocol")
    if listed is None:
        return ()
    text = ",".join(listed)
    if _TOKEN_ALONE.fullmatch(text) is not None:
        return (text,)
    if _TOKENS.fullmatch(text) is None:
        raise Refusal(400, "malformed Sec-WebSocket-Protocol")
    return tuple(offer for offer in (part.strip(" \t") for part in text.split(",")) if offer)


def _key(headers: Headers) -> str:
    keys = headers.get("sec-websocket-key", ())
    try:
        if len(keys) == 1 and len(base64.b64decode(keys[0].encode(), validate=True)) == 16:
            return keys[0]
    except binascii.Error:
        pass
    raise Refusal(400, "Sec-WebSocket-Key is not 16 bytes in Base64")


# The station's end ---------------------------------------------------------------------------------------------


def upgrade_request(
    path: str, host: str, key: str, offers: tuple[str, ...], *, authorization: str | None, extensions: str | None
) -> bytes:
    """Return a request to upgrade (§4.1)."""
    lines = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"]
    lines.append(f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n")
    if extensions is not None:
        lines.append(f"Sec-WebSocket-Extensions: {extensions}\r\n")
    if offers:
        lines.append(f"Sec-WebSocket-Protocol: {', '.join(offers)}\r\n")
    if authorization is not None:
        lines.append(f"Authorization: {authorization}\r\n")
    lines.append("\r\n")
    return "".join(lines).encode()


def read_reply(head: str) -> Reply:
    """Read a reply's head, the empty line included. Raises Malformed."""
    line = _STATUS_LINE.match(head)
    if line is None or _FIELDS.fullmatch(head, line.end()) is None:
        raise Malformed("did not receive a valid HTTP response")
    return Reply(int(line[1]), line[2] or "", _headers(head[line.end() : -4]))


def check_upgraded(headers: Headers, key: str) -> None:
    """Hold a 101 against §4.1. Raises Malformed."""
    if not _lists(headers, "connection", "upgrade"):
        raise Malformed("invalid Connection header")
    if not _lists(headers, "upgrade", "websocket"):
        raise Malformed("invalid Upgrade header")
    if headers.get("sec-websocket-accept") != [accept(key)]:
        raise Malformed("invalid Sec-WebSocket-Accept header")


def body_of(reply: Reply, data: bytes, *, ended: bool) -> bytes | None:
    """Return the body of a refusal, None while more of it must come. What is too long or cut off is taken as it is."""
    if "chunked" in ",".join(reply.headers.get("transfer-encoding", ())).lower():
        body, whole = _unchunked(data)
    else:
        length = reply.headers.get("content-length", [""])[0]
        size = int(length) if length.isascii() and length.isdigit() and len(length) < 12 else None
        body, whole = (data, False) if size is None else (data[:size], len(data) >= size)
    return body if whole or ended or len(data) > BODY_BYTES else None


def _unchunked(data: bytes) -> tuple[bytes, bool]:
    """Return the chunks that have come (RFC 9112 §7.1), and whether those are all."""
    body = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        length = _CHUNK.match(line)
        size = int(length[0], 16) if length is not None else 0
        if not size:  # the last one, or nothing that could be read on
            return body, bool(end)
        body += data[:size]
        if len(data) < size + 2:
            return body, False
        data = data[size + 2 :]


# Both ----------------------------------------------------------------------------------------------------------


def _headers(fields: str) -> Headers:
    headers: Headers = {}
    if fields:
        for line in fields.split("\r\n"):
            written, _, value = line.partition(":")
            name = written.lower()
            if name in headers:
                headers[name].append(value.strip(" \t"))
            else:
                headers[name] = [value.strip(" \t")]
    return headers


def _lists(headers: Headers, name: str, wanted: str) -> bool:
    """Whether a header lists this token, in whatever case."""
    lines = headers.get(name, ())
    if len(lines) == 1 and lines[0].lower() == wanted:  # nearly always
        return True
    return any(wanted == item.strip(" \t").lower() for line in lines for item in line.split(","))
