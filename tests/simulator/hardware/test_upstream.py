"""The power-loss trigger takes the grid away when nothing else can."""

from __future__ import annotations

from simulator.hardware.place import Place
from simulator.hardware.upstream import PowerLossTrigger
from tests.simulator.hardware.bench import Bench


def test_it_trips_when_the_trouble_lasts() -> None:
    bench = Bench(PowerLossTrigger(after_s=0.5))
    release = bench.part("UpstreamProtectionTrigger")
    bench.troubled("contactor welded", Place(1))
    bench.rig.disturbed()
    assert bench.value("UpstreamProtectionTrigger", "Active") == "true"
    bench.run(0.4)
    assert bench.environment.grid == (1.0, 1.0, 1.0)
    bench.run(0.2)
    assert bench.environment.grid == (0.0, 0.0, 0.0)
    assert release.tripped
    bench.recovered("contactor welded", Place(1))
    bench.rig.disturbed()
    assert release.tripped  # somebody has to come
    release.reset()
    assert bench.environment.grid == (1.0, 1.0, 1.0)
    assert bench.value("UpstreamProtectionTrigger", "Tripped") == "false"


def test_a_trouble_that_passes_does_not_trip_it() -> None:
    bench = Bench(PowerLossTrigger(after_s=0.5))
    bench.part("UpstreamProtectionTrigger")
    bench.troubled("contactor welded", Place(1))
    bench.rig.disturbed()
    bench.run(0.4)
    bench.recovered("contactor welded", Place(1))
    bench.rig.disturbed()
    bench.run(10)
    assert bench.environment.grid == (1.0, 1.0, 1.0)


def test_other_troubles_are_not_its_business() -> None:
    bench = Bench(PowerLossTrigger(causes=("flood",)))
    bench.part("UpstreamProtectionTrigger")
    bench.troubled("contactor welded", Place(1))
    bench.rig.disturbed()
    bench.run(10)
    assert bench.environment.grid == (1.0, 1.0, 1.0)


def test_a_broken_one_does_not_trip() -> None:
    bench = Bench(PowerLossTrigger())
    bench.part("UpstreamProtectionTrigger").broken = True
    bench.troubled("contactor welded", Place(1))
    bench.rig.disturbed()
    bench.run(10)
    assert bench.environment.grid == (1.0, 1.0, 1.0)
    assert bench.value("UpstreamProtectionTrigger", "Problem") == "true"
