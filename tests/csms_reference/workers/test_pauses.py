"""A worker that keeps dying is started less and less often."""

from csms_reference.workers.pauses import FORGIVEN_AFTER_S, MOST_S, Pauses


def test_they_grow_to_a_limit_and_are_forgotten():
    pauses = Pauses()
    assert [pauses.died(1.0) for _ in range(10)] == [0, 0.5, 1, 2, 4, 8, 16, MOST_S, MOST_S, MOST_S]
    assert [pauses.died(FORGIVEN_AFTER_S), pauses.died(1.0)] == [0, 0.5]
