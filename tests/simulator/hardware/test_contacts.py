"""Contacts and cable, by hand: the rise at rated current, 63.2 % of it after one time constant, I² and R."""

import math

import pytest

from simulator.hardware.contacts import ConnectorTemperatureSensor
from simulator.hardware.place import Place
from simulator.hardware.plates import MatingPart
from simulator.physics.thermal import CONTACT_LIMIT_C, CONTACT_RISE_K
from tests.simulator.hardware.bench import Bench

NAME, AT = "TemperatureSensor", (1, 1)
RATED_A = 32.0
SENSOR = ConnectorTemperatureSensor()
FIRST_C = SENSOR.derate_c + (SENSOR.suspend_c - SENSOR.derate_c) / SENSOR.steps
"""Where the first step of the reduction is."""


def contact(bench: Bench) -> float:
    return float(bench.value(NAME, "Temperature.Connector", *AT))


def test_a_sound_contact_at_rated_current_stays_within_the_standard():
    bench = Bench(SENSOR, ambient_c=25.0)
    bench.flow(RATED_A)
    bench.run(SENSOR.contact_tau_s)
    assert contact(bench) == pytest.approx(25 + SENSOR.contact_rise_k * 0.632, abs=0.1)
    bench.run(20 * SENSOR.contact_tau_s)
    assert contact(bench) == pytest.approx(25 + SENSOR.contact_rise_k, abs=0.1)
    assert SENSOR.contact_rise_k < CONTACT_RISE_K
    assert SENSOR.suspend_c <= CONTACT_LIMIT_C
    assert not bench.log


def test_a_contact_at_the_end_of_its_life_just_meets_the_standard():
    """IEC 62196-1: 10,000 operations, and 50 K at rated current after them."""
    bench = Bench(SENSOR, MatingPart(used=10_000, rated=10_000), ambient_c=25.0)
    bench.flow(RATED_A)
    bench.run(100_000)
    assert contact(bench) == pytest.approx(25 + CONTACT_RISE_K, abs=0.1)


def test_half_the_current_is_a_quarter_of_the_heat():
    bench = Bench(SENSOR)
    bench.flow(RATED_A / 2)
    bench.run(100_000)
    assert contact(bench) == pytest.approx(20 + SENSOR.contact_rise_k / 4, abs=0.1)
    assert float(bench.value(NAME, "Temperature.Cable", *AT)) == pytest.approx(20 + SENSOR.cable_rise_k / 4, abs=0.1)


def test_the_first_look_while_nothing_flows_is_the_ambient():
    bench = Bench(SENSOR, ambient_c=-7.0)
    assert contact(bench) == -7.0
    assert bench.rig.kept(NAME, AT) is None


def test_a_bad_contact_derates_at_the_instant_that_the_exponential_says():
    bench = Bench(SENSOR)
    bench.part(NAME, *AT).point("Connector").worse_times = 3.0
    bench.flow(RATED_A)
    bench.run(3600)
    assert bench.first("+derating") == pytest.approx(600 * math.log(90 / (110 - FIRST_C)), abs=1e-5)
    suspended_s = 600 * math.log(90 / (110 - SENSOR.suspend_c))
    assert bench.first("+too hot to charge") == pytest.approx(suspended_s, abs=1e-5)
    assert bench.troubles["over-temperature", AT] == "connector", "nobody has reduced the current"


def test_each_step_lets_less_through_and_none_at_the_end():
    bench = Bench(ConnectorTemperatureSensor(steps=5))
    part = bench.part(NAME, *AT)
    part.point("Connector").worse_times = 3.0
    bench.flow(RATED_A)
    seen = []
    while not bench.log or bench.log[-1][1] != "+too hot to charge":
        bench.run(1)
        if not seen or seen[-1] != part.share:
            seen.append(part.share)
    assert seen == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.0])
    assert bench.evse(1).limit_a == 0


def test_it_cools_down_and_gives_back_what_it_took():
    bench = Bench(SENSOR)
    part = bench.part(NAME, *AT)
    part.point("Connector").worse_times = 2.0
    bench.flow(RATED_A)
    bench.run(3600)
    assert 0 < part.share < 1
    assert bench.value(NAME, "Active", *AT) == "true"
    assert bench.evse(1).limit_a == pytest.approx(part.share * RATED_A)
    bench.flow(0)
    bench.run(3600)
    assert part.share == 1
    assert bench.evse(1).limit_a == math.inf
    assert bench.value(NAME, "Active", *AT) == "false"
    hot_c = 20 + 60 * (1 - math.exp(-6))
    cooled_s = 3600 + 600 * math.log((hot_c - 20) / (FIRST_C - SENSOR.hysteresis_k - 20))
    assert bench.first("-derating") == pytest.approx(cooled_s, abs=1e-3)


def test_the_cable_may_be_what_is_hot():
    bench = Bench(SENSOR)
    bench.part(NAME, *AT).point("Cable").worse_times = 3.0
    bench.flow(RATED_A)
    bench.run(3600)
    assert bench.troubles["derating", AT] == "cable"


def test_only_the_connector_in_use_is_warmed():
    bench = Bench(SENSOR, name="dc-150kw")
    bench.flow(200, connector=2)
    bench.run(3600)
    assert float(bench.value(NAME, "Temperature.Connector", 1, 1)) == 20.0
    assert float(bench.value(NAME, "Temperature.Connector", 1, 2)) > 21


def test_a_broken_sensor_shows_nothing_and_halves_the_current():
    bench = Bench(SENSOR)
    part = bench.part(NAME, *AT)
    part.point("Connector").broken = True
    part.disturbed()
    assert bench.value(NAME, "Temperature.Connector", *AT) == ""
    assert bench.value(NAME, "Problem", *AT) == "true"
    assert bench.trace(NAME, "Temperature.Connector", *AT) is None
    assert part.share == 0.5
    assert list(bench.troubles) == [("temperature sensor failure", AT)]
    part.point("Connector").broken = False
    part.disturbed()
    assert part.share == 1.0
    assert not bench.troubles


def test_a_sensor_that_reads_too_high_derates_too_early():
    bench = Bench(SENSOR)
    part = bench.part(NAME, *AT)
    part.point("Connector").offset_k = 40.0
    bench.flow(RATED_A)
    bench.run(3600)
    assert bench.trace(NAME, "Temperature.Connector", *AT).at(bench.clock.now) == pytest.approx(90, abs=0.1)
    assert bench.first("+derating") == pytest.approx(600 * math.log(30 / (50 - (FIRST_C - 40))), abs=1e-5)


def test_a_sensor_that_begins_to_read_too_high_while_it_warms():
    bench = Bench(SENSOR)
    part = bench.part(NAME, *AT)
    part.worse_times = 3.0
    bench.flow(RATED_A)
    bench.run(60)
    part.offset_k = 20.0
    part.disturbed()
    bench.run(3600)
    assert bench.first("+derating") == pytest.approx(600 * math.log(90 / (110 - (FIRST_C - 20))), abs=1e-5)


def test_the_csms_may_move_the_limit():
    bench = Bench(SENSOR)
    bench.flash.changed[f"{NAME}(1,1).Temperature.Connector/MaxSet"] = "60"
    bench.flow(RATED_A)
    bench.run(3600)
    assert bench.first("+derating") == pytest.approx(600 * math.log(30 / (50 - (FIRST_C - 30))), abs=1e-5)


def test_the_csms_may_move_the_limit_while_it_is_hot():
    bench = Bench(SENSOR)
    bench.flow(RATED_A)
    bench.run(36_000)
    assert not bench.log
    bench.set(NAME, "Temperature.Cable/MaxSet", "62", Place(1, 1))
    assert not bench.log, "the contact is hotter, but it is not meant"
    bench.set(NAME, "Temperature.Connector/MaxSet", "62", Place(1, 1))
    assert [what for _, what in bench.log] == ["+derating"]


def test_looking_changes_nothing():
    calm, watched = Bench(SENSOR), Bench(SENSOR)
    for bench in (calm, watched):
        bench.flow(RATED_A, legs=((-1e-3, 900.0), (-2e-3, 600.0)))
    for _ in range(200):
        watched.run(9.7)
        watched.rig.disturbed()
    calm.run(200 * 9.7)
    assert contact(calm) == contact(watched)
    now = calm.clock.now
    for bench in (calm, watched):
        assert bench.trace(NAME, "Temperature.Cable", *AT).at(now) == pytest.approx(
            calm.trace(NAME, "Temperature.Cable", *AT).at(now), rel=1e-9
        )


def test_a_current_that_tapers_off():
    """Against a fine integration of C·T' = R·I² − (T − Ta)/Rth with I = I0·exp(−t/1000 s)."""
    bench = Bench(SENSOR)
    bench.flow(RATED_A, legs=((-1e-3, 1500.0),))
    bench.run(1500)
    temperature_c, step_s = 20.0, 0.05
    for number in range(int(1500 / step_s)):
        middle_s = (number + 0.5) * step_s
        final_c = 20 + SENSOR.contact_rise_k * math.exp(-2e-3 * middle_s)
        temperature_c += (final_c - temperature_c) * step_s / SENSOR.contact_tau_s
    now = bench.clock.now
    assert bench.trace(NAME, "Temperature.Connector", *AT).at(now) == pytest.approx(temperature_c, abs=1e-3)


@pytest.mark.parametrize("wrong", [{"derate_c": 95.0}, {"trip_c": 80.0}])
def test_parameters_that_cannot_be(wrong):
    with pytest.raises(ValueError, match="rise in this order"):
        ConnectorTemperatureSensor(**wrong)


def test_a_bad_contact_settles_at_a_current_that_it_stands():
    """With the current following the limit, it neither swings nor becomes too hot."""
    bench = Bench(SENSOR)
    part, limit_a = bench.part(NAME, *AT), math.inf
    part.point("Connector").worse_times = 3.0
    bench.flow(RATED_A)
    for _ in range(4 * 3600):
        bench.run(1)
        if bench.evse(1).limit_a != limit_a:
            limit_a = bench.evse(1).limit_a
            bench.flow(min(RATED_A, limit_a))
    share = part.share
    bench.run(24 * 3600)
    assert part.share == share
    assert contact(bench) == pytest.approx(20 + 90 * share**2, abs=0.1)
    assert SENSOR.derate_c < contact(bench) < SENSOR.suspend_c
