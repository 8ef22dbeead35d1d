import pytest

from simulator.hardware.shutter import ConnectorProtectionRelease
from tests.simulator.hardware.bench import Bench

NAME, AT = "ConnectorProtectionRelease", (1, 1)
SHUTTER = ConnectorProtectionRelease(move_s=0.6, tries=3)


def plug(bench: Bench, there: bool, connector: int = 1) -> None:
    bench.evse(1).ev, bench.evse(1).connector = object() if there else None, connector
    bench.rig.sense({"cable"}, 1)


def test_open_for_a_plug_and_shut_behind_it():
    bench = Bench(SHUTTER)
    assert bench.value(NAME, "Active", *AT) == "false"
    plug(bench, there=True)
    bench.run(10)
    plug(bench, there=False)
    bench.run(10)
    key = f"{NAME}(1,1).Active"
    assert bench.jumps == [(0.6, key), (10.6, key)]
    assert not bench.log


def test_open_for_a_driver_who_may_charge():
    bench = Bench(SHUTTER)
    bench.evse(1).authorization = object()
    bench.rig.sense({"cable"}, 1)
    bench.run(10)
    assert bench.value(NAME, "Active", *AT) == "true"


def test_of_two_connectors_only_the_one_in_use_is_open():
    bench = Bench(SHUTTER, name="dc-150kw")
    plug(bench, there=True, connector=2)
    bench.run(10)
    assert bench.value(NAME, "Active", 1, 1) == "false"
    assert bench.value(NAME, "Active", 1, 2) == "true"


@pytest.mark.parametrize("fault", ["jammed", "blown"])
def test_one_that_does_not_shut_is_a_danger(fault):
    bench = Bench(SHUTTER)
    plug(bench, there=True)
    bench.run(10)
    part = bench.part(NAME, *AT)
    setattr(part, fault, True)
    plug(bench, there=False)
    bench.run(60)
    assert bench.log == [(pytest.approx(11.8), "+connector protection failure")]
    assert bench.value(NAME, "Problem", *AT) == "true"
    assert bench.value(NAME, "Tripped", *AT) == ("true" if fault == "blown" else "false")
    setattr(part, fault, False)
    part.disturbed()
    bench.run(10)
    assert not bench.troubles
    assert bench.value(NAME, "Active", *AT) == "false"


def test_switched_off_it_stays_open():
    bench = Bench(SHUTTER)
    bench.flash.changed[f"{NAME}(1,1).Enabled"] = "false"
    plug(bench, there=True)
    plug(bench, there=False)
    bench.run(10)
    assert bench.value(NAME, "Active", *AT) == "true"


def test_without_power_it_does_not_move():
    bench = Bench(SHUTTER)
    bench.power(on=False)
    plug(bench, there=True)
    bench.run(10)
    assert bench.value(NAME, "Active", *AT) == "false"
    bench.power(on=True)
    bench.run(10)
    assert bench.value(NAME, "Active", *AT) == "true"
