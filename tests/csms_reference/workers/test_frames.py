"""Frames survive any cut of the bytes; what is none is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms_reference.workers.frames import FRAME_BYTES_MAX, Frame, Garbled, Unpacker, Unsendable, pack

FRAMES = [Frame("moves", 0, [["CP-1", 1, True]]), Frame("ask", 7, ["call", "{}"]), Frame("end"), Frame("log", 30, "ä€")]


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=40))
def test_they_come_out_as_they_went_in_however_they_are_cut(cuts):
    stream = b"".join(pack(frame) for frame in FRAMES)
    unpacker, found = Unpacker(), []
    while stream:
        for cut in cuts:
            found += unpacker.feed(stream[:cut])
            stream = stream[cut:]
    assert found == FRAMES


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n", "a frame of"),
        ((FRAME_BYTES_MAX + 1).to_bytes(4, "big"), f"at most {FRAME_BYTES_MAX}"),
        (b"\0\0\0\x02{]", "no JSON"),
        (b"\0\0\0\0", "no JSON"),
        (b"\0\0\0\x02{}", "no frame"),
        (b"\0\0\0\x08[1,1,1] ", "no frame"),
        (b'\0\0\0\x0d["end",true,0', "no JSON"),
        (b'\0\0\0\x0e["end",true,0]', "no frame"),
        (b'\0\0\0\x09["end",0]', "no frame"),
    ],
)
def test_garbage_is_no_frame(data, why):
    with pytest.raises(Garbled, match=why):
        Unpacker().feed(data)


@pytest.mark.parametrize(("content", "why"), [("\ud800", "log"), (2**70, "log"), ("x" * FRAME_BYTES_MAX, "more than")])
def test_what_cannot_be_sent_is_said_before_it_is_sent(content, why):
    with pytest.raises(Unsendable, match=why):
        pack(Frame("log", 0, content))
