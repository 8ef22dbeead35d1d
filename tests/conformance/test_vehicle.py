"""EVs that speak ISO 15118, at a simulated station."""

import pytest

from conformance import runner
from conformance.papers import bench_pki
from conformance.rigs import Doorway, Unable
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V201
from simulator.keys.vehicle import takes


async def test_an_ev_wants_a_schedule_and_no_other_before_it_charges():
    rig = SimulatedStation(runner.START, profile="lab-ac")
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, station = mounted.hands.find, mounted.hands.station
        find("ready")()
        find("plug_negotiating")(evse=1, connector=1)
        assert station.evse(1).ev.talk is not None
        with pytest.raises(Unable, match="no EV negotiates"):
            find("renegotiate")(evse=1)


@pytest.mark.parametrize("action", ["Install", "Update"])
async def test_an_ev_that_asks_for_a_contract_takes_the_answer_that_it_gave(action):
    rig = SimulatedStation(runner.START, profile="lab-ac")
    new, old = (bench_pki().mo.certifies("DE8AA1A2B3C4D59") for _ in range(2))
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, station = mounted.hands.find, mounted.hands.station
        find("ready")()
        place = {"evse": 1, "connector": 1, "emaid": "DE8AA1A2B3C4D59", "chain": new.chain, "key": new.key}
        exi = find("plug_asking")(action=action, old_chain=old.chain, old_key=old.key, **place)
        ev = station.evse(1).ev
        shown = ev.provisioning if action == "Install" else ev.contract
        assert takes(exi, shown).chain == new.chain


async def test_an_ev_comes_with_the_contract_that_it_was_given_and_no_other():
    rig = SimulatedStation(runner.START, profile="lab-ac")
    made = bench_pki().mo.certifies("NLBENC00000001")
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, station = mounted.hands.find, mounted.hands.station
        find("ready")()
        place = {"evse": 1, "connector": 1, "chain": made.chain, "key": made.key}
        with pytest.raises(Unable, match="NLBENC00000001"):
            find("plug_contract")(emaid="SOMEBODY", **place)
        assert station.evse(1).ev is None
        find("plug_contract")(emaid="NLBENC00000001", **place)
        assert station.evse(1).ev.contract.name == "NLBENC00000001"
