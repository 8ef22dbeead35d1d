"""EVs that speak ISO 15118, at a simulated station."""

import pytest

from conformance import runner
from conformance.rigs import Doorway, Unable
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V201


async def test_an_ev_wants_a_schedule_and_no_other_before_it_charges():
    rig = SimulatedStation(runner.START, profile="lab-ac")
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, station = mounted.hands.find, mounted.hands.station
        find("ready")()
        find("plug_negotiating")(evse=1, connector=1)
        assert station.evse(1).ev.talk is not None
        with pytest.raises(Unable, match="no EV negotiates"):
            find("renegotiate")(evse=1)
