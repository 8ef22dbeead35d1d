from simulator.hardware.bay import BayOccupancySensor
from tests.simulator.hardware.bench import Bench

NAME = "BayOccupancySensor"


def test_who_only_passes_by_is_not_seen():
    bench = Bench(BayOccupancySensor(on_s=5, off_s=10))
    bench.surround(bay_occupied=True)
    bench.run(4)
    bench.surround(bay_occupied=False)
    bench.run(20)
    assert not bench.jumps
    bench.surround(bay_occupied=True)
    bench.run(20)
    bench.surround(bay_occupied=False)
    bench.run(20)
    assert bench.jumps == [(29.0, f"{NAME}(1).Active"), (54.0, f"{NAME}(1).Active")]
    assert not bench.log, "a full bay is no trouble"


def test_an_ev_at_the_cable_is_in_the_bay():
    bench = Bench(BayOccupancySensor())
    bench.evse(1).ev = object()
    bench.rig.sense({"cable"}, 1)
    bench.run(10)
    assert bench.value(NAME, "Active", 1) == "true"
    assert bench.value(NAME, "Percent", 1) == "100"


def test_an_analogue_sensor_says_how_much():
    bench = Bench(BayOccupancySensor())
    part = bench.part(NAME, 1)
    part.disturbance = 0.3
    part.disturbed()
    bench.run(60)
    assert bench.value(NAME, "Percent", 1) == "30"
    assert bench.value(NAME, "Active", 1) == "false"
