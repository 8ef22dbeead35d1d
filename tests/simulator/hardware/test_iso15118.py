"""The ISO 15118 controller says what it can do, and no more."""

from __future__ import annotations

import pytest

from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, troubles, value

SECC = "ISO15118Ctrlr"


@pytest.mark.parametrize(
    ("variable", "wanted"),
    [("PnCEnabled", "true"), ("ContractValidationOffline", "true"), ("CentralContractValidationAllowed", "false"),
     ("RequestMeteringReceipt", "false")],
)  # fmt: skip
async def test_what_it_does_with_contracts(variable: str, wanted: str) -> None:
    assert value(lab("lab-dc"), SECC, variable, 1) == wanted


async def test_the_csms_may_switch_contracts_off() -> None:
    world = lab("lab-dc")
    await world.boot()
    assert world.station.configuration.write("ISO15118Ctrlr(1).PnCEnabled", "false") == "Accepted"
    assert value(world, SECC, "PnCEnabled", 1) == "false"


async def test_it_talks_to_an_ev_that_charges_by_direct_current() -> None:
    world = lab("lab-dc")
    await world.boot()
    assert value(world, SECC, "Active", 1) == "false"
    world.station.plug(car(), 1, 1)
    assert value(world, SECC, "Active", 1) == "true"
    world.station.unplug()
    world.station.plug(car(), 1, 2)  # CHAdeMO
    assert value(world, SECC, "Active", 1) == "false"


async def test_a_pilot_with_a_duty_cycle_needs_no_talk() -> None:
    world = lab("lab-ac")
    await world.boot()
    broken(world, SECC, 1)
    world.station.plug(car())
    world.station.rig.disturbed(1)
    assert value(world, SECC, "Active", 1) == "false"
    assert "EV communication failure" not in troubles(world)


async def test_an_ev_that_is_not_heard_is_told() -> None:
    world = lab("lab-dc")
    await world.boot()
    broken(world, SECC, 1)
    assert "EV communication failure" not in troubles(world)
    world.station.plug(car(), 1, 1)
    world.station.rig.disturbed(1)
    assert "EV communication failure" in troubles(world)
    world.station.unplug()
    world.station.rig.disturbed(1)
    assert "EV communication failure" not in troubles(world)


async def test_its_identity_is_the_profiles() -> None:
    world = lab("lab-dc", ISO15118Controller={"secc_id": "NLACME1", "country_name": "NL"})
    assert (value(world, SECC, "SeccId", 1), value(world, SECC, "CountryName", 1)) == ("NLACME1", "NL")
