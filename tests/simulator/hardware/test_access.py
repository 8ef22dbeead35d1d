from simulator.hardware.access import AccessSensor
from tests.simulator.hardware.bench import Bench


def test_the_door():
    bench = Bench(AccessSensor())
    bench.surround(door_open=True)
    bench.run(1)
    assert bench.value("CaseAccessSensor", "Active") == "true"
    bench.surround(door_open=False)
    bench.run(2)
    assert bench.value("CaseAccessSensor", "Active") == "false"
    assert not bench.troubles
