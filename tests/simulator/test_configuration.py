"""Settings and what follows from them."""

from dataclasses import replace

import pytest

from protocol.versions import V16, V201
from simulator.configuration import PASSWORD, model_of
from simulator.tokens import TokenInfo
from simulator.variables import SetStatus
from tests.simulator.csms import World, profile
from tests.simulator.devicemodel.fans import LEFT, TARGET, with_fans


def test_model_is_shared_and_knows_the_profile():
    assert model_of(profile("ac-22kw")) is model_of(profile("ac-22kw"))
    assert model_of(profile("ac-22kw"))["ChargingStation.Model"].default == "AC22"


def test_commissioning_does_not_overwrite_what_the_csms_set():
    world = World(config={"OCPPCommCtrlr.HeartbeatInterval": 77}, password="0123456789abcdef")
    assert world.station.configuration.write("OCPPCommCtrlr.HeartbeatInterval", "88") is SetStatus.ACCEPTED
    world._options["flash"] = world.station.flash
    again = world.build()
    assert again.variables.number("OCPPCommCtrlr.HeartbeatInterval") == 88
    assert again.target.password == "0123456789abcdef"
    assert again.variables.text(PASSWORD) == "0123456789abcdef"


def test_points_follow_their_variables():
    world = World()
    world.station.configuration.write("TxCtrlr.TxStopPoint", "EVConnected,Authorized")
    assert world.station.settings.stop_points == {"EVConnected", "Authorized"}
    assert world.station.settings.start_points == {"PowerPathClosed"}


async def test_what_waits_for_a_start_is_loaded_then():
    world = World()
    world.station.flash.pending = {"TxCtrlr.TxStopPoint": "EVConnected"}
    assert world.station.settings.stop_points == {"PowerPathClosed"}
    await world.boot()
    assert world.station.settings.stop_points == {"EVConnected"}
    assert not world.station.flash.pending


async def test_a_component_follows_what_waited_for_a_start():
    world = World(name=with_fans())
    world.station.flash.pending = {f"{LEFT}.FanSpeed/Target": "300"}
    assert world.station.variables.shown(f"{LEFT}.FanSpeed", TARGET) == "300"
    assert world.station.variables.text(f"{LEFT}.FanSpeed") == "250"
    await world.boot()
    assert world.station.variables.attribute(f"{LEFT}.FanSpeed", TARGET) == "300"
    assert world.station.variables.text(f"{LEFT}.FanSpeed") == "300"


async def test_what_tells_of_the_state_is_computed_when_read():
    world = World(name="dc-150kw", password="a-password-of-20-chr")
    await world.boot()
    text = world.station.variables.text
    assert text("SecurityCtrlr.Identity") == "CP-1"
    assert text("SecurityCtrlr.SecurityProfile") == "1"
    assert text("ChargingStation.SupplyPhases") == "3"
    assert text("LocalAuthListCtrlr.Entries") == "0"
    world.station.flash.local_list.update(1, [("a", TokenInfo("Accepted"))], full=True)
    assert text("LocalAuthListCtrlr.Entries") == "1"
    assert text("ChargingStation.AvailabilityState") == "Available"
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert text("ChargingStation.AvailabilityState") == "Unavailable"


@pytest.mark.parametrize(
    ("version", "own", "foreign"),
    [(V16, "Temperature", "Energy.Apparent.Net"), (V201, "Energy.Apparent.Net", "Temperature")],
)
async def test_a_version_measures_what_it_has_a_name_for(version, own, foreign):
    """1.6 §7.31; 2.0.1 part 2, MeasurandEnumType."""
    configuration = World(version).station.configuration
    key = "SampledDataCtrlr.TxUpdatedMeasurands"
    assert configuration.write(key, f"Voltage, {own}") == "Accepted"
    assert configuration.write(key, f"Voltage, {foreign}") == "Rejected"
    assert configuration.variables.text(key) == f"Voltage, {own}"


async def test_a_profile_for_all_versions_is_told_as_far_as_a_version_has_names():
    plain = profile("ac-22kw")
    wide = {"SampledDataCtrlr.TxUpdatedMeasurands": "Voltage,Temperature,Energy.Active.Net"}
    for version, told in ((V16, {"Voltage", "Temperature"}), (V201, {"Voltage", "Energy.Active.Net"})):
        world = World(version, replace(plain, variables={**plain.variables, **wide}))
        sample = world.station.evse(1).sample("Sample.Periodic", "SampledDataCtrlr.TxUpdatedMeasurands")
        assert set(sample.measurands) == told
