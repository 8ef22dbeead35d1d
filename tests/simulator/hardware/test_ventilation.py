from types import SimpleNamespace
from typing import Any

import pytest

from simulator.hardware.ventilation import AreaVentilation
from simulator.physics.pilot import Letter
from tests.simulator.hardware.bench import Bench

NAME, AT = "AreaVentilation", (1, 0)
FAN = AreaVentilation(full_rpm=1400, proven_s=3.0, run_on_s=120.0)


def show(bench: Bench, letter: Letter | None) -> None:
    """An EV shows a state, or is gone."""
    evse: Any = bench.evse(1)
    evse.ev = None if letter is None else object()
    evse.circuit.hookup = None if letter is None else SimpleNamespace(letter=letter)
    bench.rig.sense({"pilot"}, 1)


def test_an_ev_in_state_c_needs_none():
    bench = Bench(FAN)
    show(bench, Letter.C)
    bench.run(60)
    assert bench.value(NAME, "Active", *AT) == "false"
    assert not bench.log


def test_state_d_waits_for_proven_air():
    bench = Bench(FAN)
    show(bench, Letter.D)
    assert bench.log == [(0.0, "+ventilation missing")]
    show(bench, Letter.B)  # it was sent away
    bench.run(2.9)
    assert not bench.part(NAME, *AT).ventilates
    bench.run(0.2)
    assert bench.log[-1] == (3.0, "-ventilation missing")
    show(bench, Letter.D)
    bench.run(3600)
    assert len(bench.log) == 2
    assert bench.value(NAME, "FanSpeed", *AT) == "1400"


def test_it_runs_on():
    bench = Bench(FAN)
    show(bench, Letter.D)
    bench.run(60)
    show(bench, Letter.B)
    bench.run(119)
    assert bench.value(NAME, "Active", *AT) == "true"
    show(bench, Letter.D)
    assert len(bench.log) == 2, "it has been running all the time"
    show(bench, None)
    bench.run(121)
    assert bench.value(NAME, "Active", *AT) == "false"
    assert bench.value(NAME, "FanSpeed", *AT) == "0" or float(bench.value(NAME, "FanSpeed", *AT)) < 1400
    bench.run(60)
    assert bench.value(NAME, "FanSpeed", *AT) == "0"


def test_a_fan_that_does_not_turn_serves_nobody():
    bench = Bench(FAN)
    part = bench.part(NAME, *AT)
    part.stalled = True
    show(bench, Letter.D)
    show(bench, Letter.B)
    bench.run(600)
    assert bench.log == [(0.0, "+ventilation missing"), (3.0, "+ventilation failure")]
    assert bench.value(NAME, "Problem", *AT) == "true"
    part.stalled = False
    part.disturbed()
    bench.run(10)
    assert [what for _, what in bench.log[2:]] == ["-ventilation failure", "-ventilation missing"]


def test_it_fails_while_an_ev_is_charged():
    bench = Bench(FAN)
    show(bench, Letter.D)
    bench.run(60)
    part = bench.part(NAME, *AT)
    part.stalled = True
    part.disturbed()
    bench.run(60)
    assert [what for _, what in bench.log[2:]] == ["+ventilation failure", "+ventilation missing"]
    assert bench.first("+ventilation failure") == 63.0
    show(bench, None)
    assert [name for name, _ in bench.troubles] == ["ventilation failure"], "nobody waits any more"


@pytest.mark.parametrize("how", ["off", "dark"])
def test_switched_off_or_dark_it_serves_nobody(how):
    bench = Bench(FAN)
    if how == "off":
        bench.part(NAME, *AT).write("Enabled", "false")
    else:
        bench.power(on=False)
    show(bench, Letter.D)
    bench.run(60)
    assert not bench.part(NAME, *AT).ventilates
    assert bench.value(NAME, "Active", *AT) == "false"
