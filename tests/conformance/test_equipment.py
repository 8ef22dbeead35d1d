"""What a case is run on where the usual station or CSMS lacks something."""

from dataclasses import fields

import pytest

from conformance import registry, runner
from conformance.rigs import Doorway
from conformance.rigs.equipment import EQUIPMENT, equip
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION
from simulator.profile import Profile, load_profile


def test_only_cases_have_equipment_and_only_what_there_is():
    traits = {field.name for field in fields(Profile)}
    for case, equipment in EQUIPMENT.items():
        assert case in registry.cases(), case
        assert set(equipment.traits) <= traits, case
        assert equipment.profile is None or load_profile(equipment.profile), case


def test_a_case_is_not_equipped_twice():
    with pytest.raises(ValueError, match="TC_L_11_CS has its equipment"):
        equip("TC_L_11_CS", profile="lab-ac")


async def test_a_station_is_mounted_with_the_traits_that_its_case_wants():
    rig = SimulatedStation(runner.START)
    subject = runner.describe(STATION, "2.0.1", rig)
    for case, cancels in (("TC_L_11_CS", False), ("TC_L_10_CS", True)):
        async with rig.fitted(case).mount(subject, Doorway()) as mounted:
            profile = mounted.hands.station.profile
        assert (profile.cancels_updates, profile.unsigned_updates) == (cancels, False)
