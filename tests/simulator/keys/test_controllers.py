"""The ISO 15118 controllers of a station."""

import pytest

from simulator.keys.controllers import controller_of, controllers
from tests.simulator.csms import World


def test_each_evse_has_its_own():
    station = World(name="dc-300kw-duo").station
    assert [each.evse for each in controllers(station)] == [1, 2]
    assert controller_of(station, 2).key == "ISO15118Ctrlr(2)"
    assert controller_of(station, 2).organisation == "Chargebench"


def test_without_an_evse_it_is_the_only_one():
    one = controller_of(World(name="lab-dc").station, None)
    assert (one.secc, one.country) == ("DECHBE00001", "DE")


@pytest.mark.parametrize("evse", [None, 1])
def test_a_station_without(evse):
    assert controller_of(World().station, evse) is None
