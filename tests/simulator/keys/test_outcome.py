"""What becomes of a wish."""

from simulator.keys.outcome import ACCEPTED, NOT_FOUND, invalid


def test_what_was_done():
    assert ACCEPTED.accepted
    assert not NOT_FOUND.accepted
    assert invalid("expired") == ("Rejected", "InvalidCertificate", "expired")
