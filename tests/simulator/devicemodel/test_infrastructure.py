"""What a profile and its components add to the device model."""

import pytest

from simulator.configuration import inventory_of, model_of
from simulator.devicemodel.live import readers_of
from simulator.variables import Model, Mutability, Place, SetStatus, Variable
from tests.simulator.csms import World, car, profile
from tests.simulator.devicemodel.fans import TARGET, with_fans


def test_every_evse_and_connector_is_there():
    model = model_of(profile("dc-150kw"))
    assert [variable.default for variable in model.component("EVSE", place=Place(1)) if variable.name == "SupplyPhases"]
    assert model["EVSE(1).Power"].high == 150_000
    assert model["Connector(1,1).ConnectorType"].default == "cCCS2"
    assert model["Connector(1,2).ConnectorType"].default == "cG105"
    assert model["Connector(1,2).SupplyPhases"].default == "0"
    assert model_of(profile("ac-7kw-single-phase"))["EVSE(1).SupplyPhases"].default == "1"
    assert "EVSE(2).Power" not in model
    assert model["EVSE(1).PhaseRotation"].default == ""
    assert model["Connector(1,1).ChargeProtocol"].default == "ISO15118"
    assert model["Connector(1,2).ChargeProtocol"].default == "CHAdeMO"
    assert model_of(profile("ac-22kw"))["Connector(1,1).ChargeProtocol"].default == "CPPWM"
    assert model_of(profile("ac-7kw-single-phase"))["Connector(1,1).PhaseRotation"].default == "Rxx"
    assert model_of(profile("ac-22kw"))["ChargingStation.PhaseRotation"].default == "RST"


def test_names_are_found_whatever_their_case():
    model = model_of(profile("ac-22kw-duo"))
    assert model.find("evse", "POWER", place=Place(2)) is model["EVSE(2).Power"]
    assert model.find("ocppcommctrlr", "messagetimeout", "default") is model["OCPPCommCtrlr.MessageTimeout.Default"]
    assert model.find("EVSE", "Power") is None
    assert model.has_component("CONNECTOR", place=Place(2, 1))
    assert not model.has_component("Connector", place=Place(2, 2))
    assert not model.has_component("Connector", "left", place=Place(2, 1))
    assert model.spelt("connector(2,1).connectortype") == "Connector(2,1).ConnectorType"


def test_their_variables_stand_at_their_places():
    model = model_of(with_fans())
    speed = model["CoolingSystem[left](2).FanSpeed"]
    assert (speed.component, speed.component_instance, speed.place) == ("CoolingSystem", "left", Place(2))
    assert model.find("coolingsystem", "fanspeed", component_instance="RIGHT", place=Place(1)) is not None
    assert speed.mutability is Mutability.READ_ONLY


def test_values_come_from_the_part_and_settings_go_to_it():
    world = World(name=with_fans())
    station, key = world.station, "CoolingSystem[left](2).FanSpeed"
    assert station.variables.text(key) == "250"
    assert station.variables.text("CoolingSystem[left](2).Model") == "F1"
    assert station.configuration.write(key, "600", TARGET) is SetStatus.REJECTED
    assert station.configuration.write(key, "400", TARGET) is SetStatus.ACCEPTED
    assert station.variables.text(key) == "400"
    assert station.variables.text("CoolingSystem[right](2).FanSpeed") == "250"
    assert station.configuration.write("CoolingSystem[left](1).Interval", "13") is SetStatus.REJECTED
    assert station.configuration.write("CoolingSystem[left](1).Interval", "14") is SetStatus.ACCEPTED
    assert station.variables.number("CoolingSystem[left](1).Interval") == 14


async def test_power_and_state_are_those_of_the_moment():
    world = World(name="ac-22kw-duo")
    await world.boot()
    text = world.station.variables.text
    assert (text("EVSE(2).Power"), text("EVSE(2).AvailabilityState")) == ("0.0", "Available")
    await world.do(lambda: world.station.plug(car(), 2))
    await world.do(lambda: world.station.present("4711", 2))
    await world.run(world.clock.now + 30)
    assert float(text("EVSE(2).Power")) == pytest.approx(11_040, rel=0.01)
    assert text("ChargingStation.Power") == text("EVSE(2).Power")
    assert text("Connector(2,1).AvailabilityState") == "Occupied"
    assert text("Connector(1,1).AvailabilityState") == "Available"


def test_one_object_serves_all_stations():
    first, second = (World(name="ac-22kw").station for _ in range(2))
    assert first.variables.model is second.variables.model
    assert first.variables._readers is second.variables._readers
    assert inventory_of(profile("ac-22kw")) is inventory_of(profile("ac-22kw"))


def test_a_live_variable_must_have_a_source():
    model = Model([Variable("ChargingStation", "Nonsense", "", live=True)])
    with pytest.raises(ValueError, match=r"nothing computes ChargingStation\.Nonsense"):
        readers_of(model, frozenset())
