"""Images: what was built can be read, and every byte counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.firmware.image import MAGIC, START, BadImage, Flaw, build, parse


def test_what_was_built_is_read():
    content = build("AC22", "2.0.0", b"payload", revokes=("ab",), flaw="self-test")
    image = parse(content)
    assert (image.model, image.version, image.size, image.revokes, image.flaw) == (
        "AC22", "2.0.0", len(content), ("ab",), Flaw.SELF_TEST,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no such"):
        build("AC22", "2.0.0", b"", flaw="no such")


@given(st.data())
def test_no_byte_may_be_another_one(data):
    content = build("AC22", "2.0.0", b"some payload that is long enough")
    at = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    broken = content[:at] + bytes([other]) + content[at + 1 :]
    try:
        image = parse(broken)
    except BadImage:
        return
    # What the header says of itself is not covered by its checksum; the signature is there for that.
    assert START <= at < content.index(b"}") + 1
    assert image != parse(content)


@pytest.mark.parametrize(
    "content",
    [b"", MAGIC, MAGIC + b"\xff\xff\xff\xff", MAGIC + b"\0\0\0\2[]", MAGIC + b"\0\0\0\2{x", build("M", "", b"x"),
     build("M", "v" * 51, b"x")],
)  # fmt: skip
def test_what_is_no_image(content):
    with pytest.raises(BadImage):
        parse(content)


def test_a_flaw_that_nobody_knows():
    header = json.loads(build("M", "1", b"")[START:])
    text = json.dumps(header | {"flaw": "odd"}).encode()
    with pytest.raises(BadImage, match="odd"):
        parse(MAGIC + len(text).to_bytes(4, "big") + text)
