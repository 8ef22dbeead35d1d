"""The variables of firmware updates say what the courier can do."""

from simulator.courier.destination import SCHEMES
from simulator.devicemodel.firmware import TRANSFER_PROTOCOLS


def test_the_protocols_are_those_of_the_courier():
    assert sorted(scheme.upper() for scheme in SCHEMES) == list(TRANSFER_PROTOCOLS)
