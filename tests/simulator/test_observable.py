"""Every fault says what is to be seen, sets what there is, and is gone when it is mended."""

from __future__ import annotations

import pytest

from protocol.versions import V201
from simulator import faults
from simulator.hardware.environment import FAIR
from simulator.hardware.site import Place
from simulator.observable import TELLS, known_faults, parameters, possible, told_16, told_201, troubles, unit, way
from simulator.profile import Profile, load_profile
from tests.simulator.csms import World

PROFILES = ("ac-22kw", "lab-ac", "lab-dc", "dc-50kw")
PLACES = tuple(Place(evse, connector) for evse in (1, 2) for connector in (1, 2))


def home(name: str) -> tuple[str, Profile, Place, str]:
    """A profile that can have a fault, where, and the component."""
    fault = known_faults()[name]
    for profile_name in PROFILES:
        profile = load_profile(profile_name)
        for place in PLACES:
            component = way(fault, profile, place)
            if component is not None:
                return profile_name, profile, place, component
    raise AssertionError(f"no station can have {name}")


@pytest.mark.parametrize("name", sorted(known_faults()))
async def test_a_fault_sets_what_there_is_and_is_mended(name: str) -> None:
    fault = known_faults()[name]
    assert fault.observable
    assert fault.ways
    assert all(hasattr(FAIR, key) for key in fault.around)
    profile_name, profile, place, component = home(name)
    assert fault in list(possible(profile))
    world = World(V201, name=profile_name)
    await world.boot()
    station = world.station
    part = station.rig.near(component, place)
    fields = fault.ways[component]
    before = {key: getattr(part, key) for key in fields}
    faults.inject(station, name, *place)
    if not station.powered or not fields:
        assert fault.around or name in ("supply failure",)
    for key, value in fields.items():
        assert getattr(part, key) == value
    assert before != dict(fields) or not fields
    assert all(getattr(station.environment, key) == value for key, value in fault.around.items())
    faults.clear(station, name, *place)
    assert {key: getattr(part, key) for key in fields} == before
    assert all(getattr(station.environment, key) == getattr(FAIR, key) for key in fault.around)


def test_what_is_told_is_of_faults_and_troubles_that_there_are() -> None:
    assert set(TELLS) <= set(known_faults())
    for fault in known_faults().values():
        for trouble in troubles(fault):
            assert told_16(trouble).startswith(trouble.error_code)
            assert trouble.variable in told_201(fault, trouble)


def test_words_of_one_row() -> None:
    fault = known_faults()["ground fault"]
    assert parameters(fault) == {"leakage_ac_a": 0.03}
    assert told_16(troubles(fault)[0]) == "GroundFailure, Faulted"
    assert told_201(fault, troubles(fault)[0]) == "RCD.Tripped, Faulted, stoppedReason GroundFault"
    heard = known_faults()["EV not heard"]
    assert told_201(heard, troubles(heard)[0]) == "ISO15118Ctrlr.Problem, chargingState SuspendedEVSE"


@pytest.mark.parametrize(
    ("field", "says"),
    [("leakage_ac_a", "A"), ("water_mm", "mm"), ("broken", ""), ("bandwidth_bytes_s", "bytes/s"), ("wrong_apn", "")],
)
def test_the_unit_stands_last(field: str, says: str) -> None:
    assert unit(field) == says


def test_a_station_has_the_faults_of_its_parts() -> None:
    names = {fault.name for fault in possible(load_profile("ac-22kw"))}
    assert {"ground fault", "no grid", "link outage"} <= names
    assert not {"insulation fault", "CAN bus broken"} & names
    assert "CAN bus broken" in {fault.name for fault in possible(load_profile("dc-50kw"))}
