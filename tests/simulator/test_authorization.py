"""A driver's right to charge."""

from simulator.authorization import Authorization
from simulator.tokens import Token


def test_a_new_right_was_told_to_nobody():
    right = Authorization(Token("A"))
    assert not right.reported
    assert not right.refused
    assert (right.group, right.remote_start_id, right.reservation_id) == (None, None, None)
