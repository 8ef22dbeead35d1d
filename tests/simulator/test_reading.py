"""A reading is small, and says everything else when it is asked."""

import sys

import pytest

from simulator.electrical import Kind, Request, Supply, flowing
from simulator.meter import Meter
from simulator.reading import NONE, Reading, Registers, Seal

POLE = Supply(Kind.AC, 3, 230.0, 32.0)
DRAW = flowing(POLE.offer(16), Request(16.0, 1e9, phases=3, power_factor=0.9))


def test_it_weighs_little():
    reading = Meter(100).reading(DRAW, offer=POLE.offer(16))
    assert sys.getsizeof(reading) < 150
    assert reading.draw is DRAW  # shared with whoever else looks


def test_powers_follow_from_what_flowed():
    reading = Reading(100, 0, DRAW)
    assert reading.power_w == pytest.approx(3 * 230 * 16 * 0.9)
    assert reading.apparent_va == pytest.approx(3 * 230 * 16)
    assert reading.reactive_var == pytest.approx(3 * 230 * 16 * (1 - 0.81) ** 0.5)
    assert (reading.offered_a, reading.offered_w, reading.registers) == (None, None, Registers(100, 0, 0, 100))


def test_details_come_on_top_of_each_other():
    reading = Reading(100, 0, DRAW).beside(temperature_c=30.0).spanning(Registers(90, 0)).sealed(Seal(1, "T1"))
    details = reading.details
    assert details is not None
    assert (details.temperature_c, details.since, details.seal) == (30.0, Registers(90, 0), Seal(1, "T1"))
    assert NONE.seal is None
