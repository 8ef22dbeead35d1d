"""The OCPP port under what RFC 6455 forbids or merely allows, octet by octet, on both transports.

The Autobahn suite (tests/protocol/autobahn) asks for more; this needs nothing but Python.
"""

import asyncio
import base64
import os
import struct

import pytest

from csms_reference.csms import Csms
from csms_reference.endpoint import close_endpoint, open_endpoint
from csms_reference.process import fresh_id, wall
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy

CALL = b'[2,"1","Heartbeat",{}]'
TEXT, BINARY, CLOSE, PING, PONG, MORE = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
FIN = 0x80
MASK = b"\x01\x02\x03\x04"


def frame(opcode, payload=b"", *, fin=True, reserved=0, masked=True, length=None):
    """One frame (§5.2). ``length``: as it is spelt, in 7, 16 or 64 bits; None: in as few as it takes."""
    size = len(payload)
    bits = length or (7 if size < 126 else 16 if size < 2**16 else 64)
    head = {7: bytes([size]) if size < 126 else b"", 16: b"\x7e" + struct.pack("!H", size & 0xFFFF)}
    spelt = head.get(bits, b"\x7f" + struct.pack("!Q", size))
    first = (FIN if fin else 0) | reserved | opcode
    if not masked:
        return bytes([first]) + spelt + payload
    hidden = bytes(octet ^ MASK[index % 4] for index, octet in enumerate(payload))
    return bytes([first, spelt[0] | 0x80]) + spelt[1:] + MASK + hidden


def closing(code, reason=b""):
    return struct.pack("!H", code) + reason


class Caller:
    """A station's end of a WebSocket that says whatever it wants to."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def enter(cls, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /CP-1 HTTP/1.1\r\nHost: csms\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return cls(reader, writer)

    async def hear(self):
        """The next frame: opcode and payload; None at the end of the stream."""
        try:
            first, second = await self.reader.readexactly(2)
            assert second < 0x80, "§5.1: a server masks nothing"
            size = second
            if size == 126:
                size = struct.unpack("!H", await self.reader.readexactly(2))[0]
            return first & 0x0F, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def until_closed(self):
        """Everything up to the end: texts, pongs, and the code of the close frame (None: there was none)."""
        texts, pongs, code = [], [], None
        async with asyncio.timeout(10):
            while (heard := await self.hear()) is not None:
                opcode, payload = heard
                if opcode == TEXT:
                    texts.append(payload)
                elif opcode == PONG:
                    pongs.append(payload)
                elif opcode == CLOSE:
                    code = struct.unpack("!H", payload[:2])[0] if payload else 0
        return texts, pongs, code


@pytest.fixture(params=["websockets", "lean"])
async def caller(request):
    """A station at the port of a CSMS that has nothing but that port."""
    store, settings = Store.open(inline=True), Settings.of({"transport": request.param, "port": 0})
    csms = Csms(store, now=wall, busy=Busy(), settings=settings, ids=fresh_id)
    endpoint = await open_endpoint(csms, settings)
    made = await Caller.enter(endpoint.port)
    yield made
    made.writer.transport.abort()
    await close_endpoint(endpoint, csms)
    store.close()


BOOT = (
    b'[2,"boot","BootNotification",{"reason":"PowerUp",'
    b'"chargingStation":{"model":"' + b"M" * 20 + b'","vendorName":"' + b"V" * 50 + b'"}}]'
)
HALF = len(CALL) // 2

FINE = {
    "5.4 in two fragments": frame(TEXT, CALL[:HALF], fin=False) + frame(MORE, CALL[HALF:]),
    "5.4 octet by octet": frame(TEXT, CALL[:1], fin=False)
    + b"".join(frame(MORE, bytes([octet]), fin=False) for octet in CALL[1:])
    + frame(MORE),
    "5.4 an empty first fragment": frame(TEXT, fin=False) + frame(MORE, CALL),
    "5.4 a ping between two fragments": frame(TEXT, CALL[:HALF], fin=False)
    + frame(PING, b"between")
    + frame(MORE, CALL[HALF:]),
    "5.5.3 a pong that nobody asked for": frame(PONG, b"who?") + frame(TEXT, CALL),
    "5.5.2 a ping of 125 octets": frame(PING, b"p" * 125) + frame(TEXT, CALL),
    "5.2 a length in 16 bits": frame(TEXT, BOOT),
    "5.6 characters parted by fragments": frame(TEXT, '[2,"é'.encode()[:-1], fin=False)
    + frame(MORE, '[2,"é'.encode()[-1:] + b'","Heartbeat",{}]'),
    "5.3 a mask of zeros": bytes([FIN | TEXT, 0x80 | len(CALL)]) + bytes(4) + CALL,
}

PROTOCOL_ERROR = {
    "5.1 no mask": frame(TEXT, CALL, masked=False),
    "5.1 no mask on a control frame": frame(PING, b"p", masked=False),
    "5.2 RSV1": frame(TEXT, CALL, reserved=0x40),
    "5.2 RSV2": frame(TEXT, CALL, reserved=0x20),
    "5.2 RSV3": frame(PING, reserved=0x10),
    "5.2 opcode 3": frame(0x3, CALL),
    "5.2 opcode 7": frame(0x7),
    "5.2 opcode 11": frame(0xB),
    "5.2 opcode 15": frame(0xF, b"f"),
    "5.4 a continuation of nothing": frame(MORE, CALL),
    "5.4 a text amid a text": frame(TEXT, CALL[:HALF], fin=False) + frame(TEXT, CALL),
    "5.5 a ping in fragments": frame(PING, b"p", fin=False) + frame(MORE, b"q"),
    "5.5 a ping of 126 octets": frame(PING, b"p" * 126),
    "5.5 a close of 126 octets": frame(CLOSE, closing(1000, b"r" * 124)),
    "5.5.1 a close of one octet": frame(CLOSE, b"\x03"),
    "7.4.1 close 1004": frame(CLOSE, closing(1004)),
    "7.4.1 close 1005": frame(CLOSE, closing(1005)),
    "7.4.1 close 1006": frame(CLOSE, closing(1006)),
    "7.4.1 close 1015": frame(CLOSE, closing(1015)),
    "7.4.2 close 999": frame(CLOSE, closing(999)),
    "7.4.2 close 1016": frame(CLOSE, closing(1016)),
    "7.4.2 close 2999": frame(CLOSE, closing(2999)),
    "7.4.2 close 5000": frame(CLOSE, closing(5000)),
    "7.4.2 close 65535": frame(CLOSE, closing(65535)),
}

NO_UTF8 = {
    "8.1 an octet that begins nothing": frame(TEXT, b'[2,"\xff","Heartbeat",{}]'),
    "8.1 an overlong slash": frame(TEXT, b"[\xc0\xaf]"),
    "8.1 half of a surrogate pair": frame(TEXT, b"[\xed\xa0\x80]"),
    "8.1 beyond U+10FFFF": frame(TEXT, b"[\xf4\x90\x80\x80]"),
    "8.1 a character cut off at the end": frame(TEXT, b"[\xc3"),
    "8.1 a character cut off over fragments": frame(TEXT, b"[\xc3", fin=False) + frame(MORE, b"]"),
    "8.1 the reason of a close": frame(CLOSE, closing(1000, b"\xff")),
}

BEYOND = bytes([FIN | TEXT, 0xFF]) + b"\xff" * 8 + MASK
"""A length with its highest bit set (§5.2 forbids it): ``lean`` calls that an error, 1002, ``websockets`` too big."""

TOO_BIG = {
    "5.2 a frame of 2^64-1 octets": BEYOND,
    "7.4.1 a frame of 2^63-1 octets": bytes([FIN | TEXT, 0xFF]) + struct.pack("!Q", 2**63 - 1) + MASK,
    "7.4.1 a frame of a megabyte and one": frame(TEXT, b" " * (2**20 + 1)),
    "7.4.1 fragments of a megabyte and more": frame(TEXT, b" " * 2**19, fin=False)
    + frame(MORE, b" " * 2**19, fin=False)
    + frame(MORE, b" "),
}

ENDS = {
    "5.5.1 a close without a code": (frame(CLOSE), {0, 1000, 1005}),
    "7.4.1 a close that is meant": (frame(CLOSE, closing(1000, b"bye")), {1000}),
    "7.4.1 going away": (frame(CLOSE, closing(1001)), {1001}),
    "7.4.2 a code of one's own": (frame(CLOSE, closing(4999)), {4999}),
}


@pytest.mark.parametrize("octets", FINE.values(), ids=FINE)
async def test_what_is_lawful_is_answered(caller, octets):
    caller.writer.write(octets)
    heard = [await caller.hear()]
    while heard[-1][0] != TEXT:
        heard.append(await caller.hear())
    assert heard[-1][1].startswith(b'[3,"')
    assert [payload for opcode, payload in heard if opcode == PONG] == [
        p for p in (b"between", b"p" * 125) if in_(octets, p)
    ]
    caller.writer.write(frame(CLOSE, closing(1000)))
    assert await caller.until_closed() == ([], [], 1000)


def in_(octets, payload):
    return frame(PING, payload) in octets


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        *(pytest.param(octets, 1002, id=name) for name, octets in PROTOCOL_ERROR.items()),
        *(pytest.param(octets, 1007, id=name) for name, octets in NO_UTF8.items()),
        *(pytest.param(octets, 1009, id=name) for name, octets in TOO_BIG.items()),
    ],
)
async def test_what_is_not_ends_the_link_with_its_code(caller, octets, code):
    """§7.1.7: whoever fails a connection closes it, and says why (§7.4.1)."""
    caller.writer.write(octets + frame(TEXT, CALL))
    texts, _, told = await caller.until_closed()
    assert texts == []
    assert told == code or (told, octets) == (1002, BEYOND)


@pytest.mark.parametrize(("octets", "codes"), ENDS.values(), ids=ENDS)
async def test_a_close_is_answered_by_its_like(caller, octets, codes):
    """§5.5.1; what comes after it is not read any more."""
    caller.writer.write(octets + frame(TEXT, CALL))
    texts, _, told = await caller.until_closed()
    assert texts == []
    assert told in codes


async def test_a_binary_message_is_no_call(caller):
    """Part 4 §4.1.2: OCPP-J is text. It is let be, and what comes after it is answered."""
    caller.writer.write(frame(BINARY, CALL) + frame(TEXT, CALL.replace(b"1", b"2")))
    opcode, payload = await caller.hear()
    assert (opcode, payload[:7]) == (TEXT, b'[3,"2",')


async def test_frames_may_come_in_any_portions(caller):
    for octet in frame(PING, b"slow") + frame(TEXT, CALL):
        caller.writer.write(bytes([octet]))
        await caller.writer.drain()
        await asyncio.sleep(0)
    assert await caller.hear() == (PONG, b"slow")
    assert (await caller.hear())[0] == TEXT
