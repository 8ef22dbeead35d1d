"""The folder: nothing lies there in part, and nothing outside it."""

import pytest

from csms_reference.files.room import BadName, Room, TooLarge, digests


async def pieces(*some):
    for piece in some:
        yield piece


async def test_what_is_kept_has_its_digests(tmp_path):
    room = Room(tmp_path)
    place = room.firmware("a.bin")
    assert await room.keep(place, pieces(b"ab", b"c"), 3) == digests(b"abc")
    assert place.read_bytes() == b"abc"


async def test_too_much_leaves_what_was_there(tmp_path):
    room = Room(tmp_path)
    place = room.upload(1)
    await room.keep(place, pieces(b"abc"), 3)
    with pytest.raises(TooLarge):
        await room.keep(place, pieces(b"ab", b"cd"), 3)
    assert [each.name for each in place.parent.iterdir()] == ["1"]
    assert place.read_bytes() == b"abc"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", ".x", "x" * 129, "a b", "ä"])
def test_names_stay_inside(tmp_path, name):
    with pytest.raises(BadName):
        Room(tmp_path).firmware(name)
