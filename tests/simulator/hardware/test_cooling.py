import pytest

from simulator.hardware.cooling import CoolingSystem
from simulator.hardware.housing import InternalTemperatureSensor
from tests.simulator.hardware.bench import Bench

NAME, INSIDE = "AirCoolingSystem", "TemperatureSensor"
FAN = CoolingSystem(on_c=(35.0, 45.0, 55.0), hysteresis_k=4.0, full_rpm=3000)
HOUSING = InternalTemperatureSensor(own_w=0.0, still_share=0.999)  # whose fan hardly matters, to see its thermostat


def test_it_runs_the_faster_the_hotter_it_is_inside():
    bench = Bench(FAN, HOUSING)
    speeds = {}
    for ambient_c in (34, 36, 46, 56, 52, 50, 40, 32, 30):
        bench.surround(ambient_c=float(ambient_c))
        bench.run(100_000)
        speeds[ambient_c] = bench.value(NAME, "FanSpeed")
    assert speeds == {
        34: "0", 36: "1000", 46: "2000", 56: "3000", 52: "3000", 50: "2000", 40: "1000", 32: "1000", 30: "0",
    }  # fmt: skip


def test_it_takes_time_to_spin_up():
    bench = Bench(CoolingSystem(spin_up_s=2.0, full_rpm=3000), HOUSING)
    bench.surround(ambient_c=90.0)
    while bench.part(NAME).wanted < 1:
        bench.run(0.5)
    bench.run(60)
    assert bench.value(NAME, "FanSpeed") == "3000"
    assert bench.trace(NAME, "FanSpeed").at(bench.clock.now) == pytest.approx(3000, rel=1e-6)


def test_a_fan_cools_and_shortens_the_time_constant():
    bench = Bench(FAN, InternalTemperatureSensor(own_w=0.0), name="dc-50kw")
    bench.flow(100.0, power_w=20_000)
    bench.run(100_000)
    inside_c = bench.trace(INSIDE, "Temperature").at(bench.clock.now)
    assert 31 < inside_c < 46
    assert bench.part(NAME).wanted > 0


def test_a_fan_that_cycles_does_so_for_ever_with_the_same_period():
    """Heat that would settle between the thermostat's two levels when cooled, and above them when not."""
    bench = Bench(CoolingSystem(on_c=(40.0,)), InternalTemperatureSensor(own_w=0.0), name="dc-50kw")
    bench.flow(100.0, power_w=25_000)
    bench.run(24 * 3600)
    turns = [at for at, key in bench.jumps if key == f"{NAME}.Active"]
    assert len(turns) > 20
    periods = [later - earlier for earlier, later in zip(turns[4:-2], turns[6:], strict=True)]
    assert periods == pytest.approx([periods[0]] * len(periods), rel=1e-3)


def test_a_stalled_fan_is_noticed_by_its_speed():
    bench = Bench(CoolingSystem(stall_s=10.0), HOUSING)
    part = bench.part(NAME)
    part.stalled = True
    bench.surround(ambient_c=90.0)
    bench.run(100_000)
    assert [what for _, what in bench.log if "fan" in what] == ["+fan failure"]
    assert bench.value(NAME, "FanSpeed") == "0"
    assert bench.value(NAME, "Problem") == "true"
    started = next(at for at, key in bench.jumps if key == f"{NAME}.Active")
    assert bench.first("+fan failure") == pytest.approx(started + 10)
    part.stalled = False
    part.disturbed()
    assert bench.value(NAME, "Problem") == "false"
    assert "fan failure" not in [name for name, _ in bench.troubles]


@pytest.mark.parametrize(("worn", "fails"), [(0.2, False), (0.4, True)])
def test_a_worn_fan_is_slow(worn, fails):
    bench = Bench(FAN, HOUSING)
    bench.part(NAME).worn = worn
    bench.surround(ambient_c=90.0)
    bench.run(100_000)
    assert bench.value(NAME, "FanSpeed") == f"{3000 * (1 - worn):.0f}"
    assert (bench.value(NAME, "Problem") == "true") is fails


def test_it_runs_fully_where_the_temperature_is_not_known():
    bench = Bench(FAN, HOUSING)
    bench.part(INSIDE).broken = True
    bench.part(NAME).disturbed()
    bench.run(60)
    assert bench.value(NAME, "FanSpeed") == "3000"


def test_switched_off_or_without_power_it_stands_still():
    bench = Bench(FAN, HOUSING)
    bench.surround(ambient_c=90.0)
    bench.run(100_000)
    bench.set(NAME, "Enabled", "false")
    bench.run(60)
    assert bench.value(NAME, "FanSpeed") == "0"
    bench.set(NAME, "Enabled", "true")
    bench.run(60)
    assert bench.value(NAME, "FanSpeed") == "3000"
    bench.power(on=False)
    bench.run(60)
    assert bench.value(NAME, "FanSpeed") == "0"
    assert not [what for _, what in bench.log if "fan" in what]


def test_parameters_that_cannot_be():
    with pytest.raises(ValueError, match="rising"):
        CoolingSystem(on_c=(45.0, 35.0))
