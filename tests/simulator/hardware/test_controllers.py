"""What the firmware has not, it says."""

from __future__ import annotations

import pytest

from simulator.hardware.controllers import Tariffs
from tests.simulator.hardware.lab import lab, value


@pytest.mark.parametrize(
    ("component", "variable"),
    [
        ("ReservationCtrlr", "Available"),
        ("ReservationCtrlr", "Enabled"),
    ],
)
async def test_there_is_none(component: str, variable: str) -> None:
    world = lab()
    assert value(world, component, variable) == "false"
    await world.boot()
    asked = {"component": {"name": component}, "variable": {"name": variable.partition(".")[0]}}
    if "." in variable:
        asked["variable"]["instance"] = variable.partition(".")[2]
    (result,) = (await world.ask("GetVariables", {"getVariableData": [asked]}))["getVariableResult"]
    assert (result["attributeStatus"], result["attributeValue"]) == ("Accepted", "false")
    (written,) = (await world.ask("SetVariables", {"setVariableData": [{**asked, "attributeValue": "true"}]}))[
        "setVariableResult"
    ]
    assert written["attributeStatus"] == "Rejected"


async def test_what_a_driver_is_told_instead_is_the_operators() -> None:
    world = lab(PricingManager={"currency": "CHF", "cost_text": "It is free"})
    assert value(world, "TariffCostCtrlr", "Currency") == "CHF"
    assert value(world, "TariffCostCtrlr", "TotalCostFallbackMessage") == "It is free"
    await world.boot()
    await world.set(TariffCostCtrlr__TotalCostFallbackMessage="Thank you")
    assert value(world, "TariffCostCtrlr", "TotalCostFallbackMessage") == "Thank you"


def test_a_currency_is_three_capital_letters() -> None:
    for wrong in ("euro", "€", "eur"):
        with pytest.raises(ValueError, match="three capital letters"):
            Tariffs(currency=wrong)
