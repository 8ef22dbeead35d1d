from simulator.hardware.alarm import ClosingContact
from tests.simulator.hardware.bench import Bench


def test_the_fire_alarm_closes_the_station_for_as_long_as_it_lasts():
    bench = Bench(ClosingContact(on_s=0.2, off_s=5))
    bench.surround(fire_alarm=True)
    bench.run(600)
    assert bench.value("LocalAvailabilitySensor", "Active") == "true"
    bench.surround(fire_alarm=False)
    bench.run(600)
    assert bench.log == [(0.2, "+out of service"), (605.0, "-out of service")]
