"""What versions have fewer words for, and less room."""

import pytest

from csms_reference.dialects.spelling import LONGEST_16, LONGEST_201, group_within, status_16


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        ("Accepted", "Accepted"),
        ("ConcurrentTx", "ConcurrentTx"),
        ("Unknown", "Invalid"),
        ("NoCredit", "Blocked"),
        ("NotAtThisTime", "Blocked"),
    ],
)
def test_16_has_fewer_words(standing, said):
    assert status_16(standing) == said


@pytest.mark.parametrize("most", [LONGEST_16, LONGEST_201])
def test_groups_that_begin_alike_stay_apart(most):
    fits, one, other = "G" * most, "G" * (most + 1), "G" * (most + 2)
    told = {group_within(name, most) for name in (fits, one, other)}
    assert fits in told
    assert len(told) == 3
    assert all(len(name) <= most for name in told)
    assert group_within(one.lower(), most) == group_within(one, most)
