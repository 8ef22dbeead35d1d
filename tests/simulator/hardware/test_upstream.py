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


def test_it_does_not_trip_again_for_what_somebody_has_seen_to() -> None:
    """The float drops a minute after the water is gone: the breaker stays closed, and trips for the next flood."""
    bench = Bench(PowerLossTrigger(after_s=0.5))
    release = bench.part("UpstreamProtectionTrigger")
    bench.troubled("flood", Place())
    bench.rig.disturbed()
    bench.run(1)
    release.reset()
    bench.run(10)
    assert bench.environment.grid == (1.0, 1.0, 1.0)
    assert not release.tripped
    bench.recovered("flood", Place())
    bench.rig.disturbed()
    bench.troubled("flood", Place())
    bench.rig.disturbed()
    bench.run(1)
    assert release.tripped


def test_a_grid_that_is_back_says_that_somebody_has_closed_it() -> None:
    bench = Bench(PowerLossTrigger(after_s=0.5))
    release = bench.part("UpstreamProtectionTrigger")
    bench.troubled("flood", Place())
    bench.rig.disturbed()
    bench.run(1)
    bench.surround(grid=(1.0, 1.0, 1.0))
    bench.run(10)
    assert not release.tripped


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
