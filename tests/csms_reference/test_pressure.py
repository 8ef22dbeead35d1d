"""Levels rise at a threshold and fall at half of it."""

from csms_reference.pressure import Level, Pressure


def test_levels_rise_one_after_the_other_and_fall_at_half():
    pressure = Pressure(100)
    felt = [pressure.feel(backlog) for backlog in (0, 99, 100, 60, 50, 49, 200, 399, 400, 200, 199, 99, 49, 0)]
    calm, boots, doors, sockets = Level
    assert felt == [
        *(calm, calm, boots, boots, boots, calm),
        *(doors, doors, sockets, sockets, doors, boots, calm, calm),
    ]
    assert pressure.highest is Level.SOCKETS


def test_a_jump_goes_through_all_levels():
    pressure = Pressure(10)
    assert pressure.feel(10_000) is Level.SOCKETS
    assert pressure.feel(0) is Level.CALM


def test_without_a_threshold_it_stays_calm():
    assert Pressure(0).feel(10**9) is Level.CALM
