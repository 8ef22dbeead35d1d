"""What a local controller keeps, and under which names."""

from simulator.publishing.memory import Library, Publication
from simulator.state.codec import decode, encode


def test_a_checksum_is_the_same_in_any_case():
    """L04: an identifierString."""
    one = Publication("ab" * 16, "a.bin", b"123")
    library = Library((one, Publication("cd" * 16, "a.bin", b"4567")))
    assert library.of("AB" * 16) is one
    assert library.of("ef" * 16) is None
    assert [each.content for each in library.without("AB" * 16)] == [b"4567"]
    assert library.stored == 7
    assert len({each.path for each in library.published}) == 2


def test_it_can_be_written_and_read_again():
    library = Library((Publication("ab" * 16, "a.bin", b"\0\xff"),))
    assert decode(Library, encode(library)) == library
