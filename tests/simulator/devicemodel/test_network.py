"""The variables of network connection profiles."""

from simulator.devicemodel.network import NETWORK, PRIORITY, SLOTS
from simulator.variables import STANDARD, DataType


def test_there_are_slots_enough_and_the_first_is_in_use():
    """B09.FR.06."""
    priority = next(variable for variable in NETWORK if variable.key == PRIORITY)
    assert len(SLOTS) >= 2
    assert (priority.options, priority.default, priority.type) == (SLOTS, "1", DataType.SEQUENCE_LIST)
    assert priority.reboot


def test_every_station_has_them():
    assert set(NETWORK) <= set(STANDARD)
