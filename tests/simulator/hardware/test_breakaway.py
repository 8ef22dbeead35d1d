from simulator.hardware.breakaway import CableBreakawaySensor
from tests.simulator.hardware.bench import Bench

NAME = "CableBreakawaySensor"


def test_the_shear_point_holds_and_breaks():
    bench = Bench(CableBreakawaySensor(holds_n=600))
    part = bench.part(NAME, 1, 1)
    assert not part.pull(599)
    bench.run(1)
    assert not bench.log
    assert part.pull(600)
    bench.run(1)
    assert bench.log == [(1.01, "+cable breakaway")]
    assert list(bench.troubles) == [("cable breakaway", (1, 1))]
    bench.run(1000)
    assert bench.value(NAME, "Tripped", 1, 1) == "true"
    assert part.reset()
    bench.run(2)
    assert not bench.troubles
