import math

import pytest

from simulator.electrical import Kind, Supply
from simulator.hardware.heat import NO_LOSS, STILL, Loss, Stream, most_w, path_loss, stream, together
from tests.simulator.csms import World, car

AC = Supply(Kind.AC, 3, 230.0, 32.0)
DC = Supply(Kind.DC, 0, 920.0, 200.0, max_w=50_000.0, efficiency=0.95)


def test_each_conductor_of_ac_warms_by_r_i_squared():
    assert path_loss(Stream((32.0, 32.0, 32.0), 22_080.0), AC, 0.01).loss_w == pytest.approx(3 * 10.24)
    assert path_loss(Stream((16.0, 0.0, 0.0), 3_680.0), AC, 0.01).loss_w == pytest.approx(2.56)
    assert most_w(AC, 0.01) == pytest.approx(3 * 10.24)


def test_a_converter_warms_by_what_it_does_not_deliver():
    assert path_loss(Stream((100.0,), 38_000.0), DC, 0.01).loss_w == pytest.approx(2_000)
    assert most_w(DC, 0.01) == pytest.approx(50_000 / 0.95 - 50_000)


def test_r_i_squared_falls_twice_as_fast_as_the_power():
    flow = Stream((10.0, 10.0, 10.0), 6_900.0, -1e-3, 600.0)
    assert path_loss(flow, AC, 0.01)[1:] == (-2e-3, 600.0)
    assert path_loss(flow, DC, 0.01)[1:] == (-1e-3, 600.0)


def test_losses_together_begin_like_their_sum():
    both = together([Loss(100.0, -1e-3, 600.0), Loss(300.0, 1e-3, 200.0)])
    assert both == Loss(400.0, pytest.approx(5e-4), 200.0)
    assert together([]) is NO_LOSS


@pytest.mark.parametrize("name", ["ac-22kw", "dc-50kw"])
async def test_what_flows_at_an_outlet_and_how_it_goes_on(name):
    world = World(name=name)
    await world.boot()
    evse = world.station.evse(1)
    assert stream(evse) is STILL
    world.station.plug(car(0.3))
    assert stream(evse) is STILL
    await world.do(lambda: world.station.present("A"), 60)
    flow = stream(evse)
    assert flow.power_w == pytest.approx(evse.reading().power_w)
    assert flow.most_a == max(evse.reading().phase_current_a)
    assert 0 < flow.until_s < math.inf
    ahead_s = flow.until_s / 2
    await world.run(world.clock.now + ahead_s)
    assert stream(evse).power_w == pytest.approx(flow.power_w * math.exp(flow.growth_per_s * ahead_s))
