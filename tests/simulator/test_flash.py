"""What survives power loss."""

import copy
import pickle

from simulator.flash import Flash
from tests.simulator.csms import World, car


async def test_flash_of_a_busy_station_can_be_kept():
    """Nothing in it hangs on the running program: it can be written down and read back."""
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 30)
    world.csms.down()
    await world.do(lambda: world.station.present("A"), 5)
    flash = world.station.flash
    assert len(flash.journal) == 1
    again: Flash = pickle.loads(pickle.dumps(flash))
    assert [event.seq for event in again.journal] == [2]
    assert again.cache == flash.cache
    assert copy.deepcopy(flash) == flash


def test_a_new_flash_is_empty_and_its_own():
    one, other = Flash(), Flash()
    one.changed["x"] = "1"
    assert other == Flash()
    assert (other.boots, other.boot_reason) == (0, "PowerUp")
