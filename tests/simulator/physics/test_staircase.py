import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.staircase import Staircase
from simulator.physics.trace import NEVER, Ramp, Settling, Steady

STAIRS = Staircase((60.0, 65.0, 75.0), 5.0)


def test_up_and_down():
    assert [STAIRS.step(value, 0) for value in (59.9, 60, 64.9, 65, 75, 99)] == [0, 1, 1, 2, 3, 3]
    assert [STAIRS.step(value, 3) for value in (70.1, 70, 60.1, 60, 55.1, 55)] == [3, 2, 2, 1, 1, 0]


def test_instants_of_a_ramp():
    assert STAIRS.next_s(Ramp(0, 50, 1), 0, 0) == 10
    assert STAIRS.next_s(Ramp(0, 70, -1), 2, 0) == 10  # 65 less the hysteresis
    assert STAIRS.next_s(Steady(62), 1, 0) == NEVER


@given(st.floats(-50, 150), st.floats(-50, 150), st.floats(1, 5000))
def test_what_is_reached_by_its_instants_is_what_is_seen_there(begin_c, final_c, tau_s):
    trace, now_s = Settling(0.0, begin_c, final_c, tau_s), 0.0
    step = STAIRS.step(begin_c, 0)
    for _ in range(5):
        due_s = STAIRS.next_s(trace, step, now_s)
        if due_s == NEVER:
            break
        moved = STAIRS.step(trace.at(due_s), step)
        assert abs(moved - step) == 1
        step, now_s = moved, due_s
    assert STAIRS.step(final_c, step) in (step, step + 1, step - 1)


@pytest.mark.parametrize(("levels", "hysteresis"), [((2.0, 1.0), 1.0), ((1.0, 1.0), 1.0), ((1.0,), 0.0)])
def test_stairs_that_cannot_be(levels, hysteresis):
    with pytest.raises(ValueError, match=r"ascend|above 0"):
        Staircase(levels, hysteresis)
