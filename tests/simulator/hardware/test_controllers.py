"""What the hardware says of its controllers."""

from __future__ import annotations

import pytest

from simulator.hardware.controllers import Tariffs
from tests.simulator.hardware.lab import lab, value


@pytest.mark.parametrize("any_evse", [True, False])
async def test_what_can_be_reserved(any_evse: bool) -> None:
    """2.0.1 part 2 §2.8.3: the CSMS can read it, and cannot change it."""
    world = lab(ReservationManager={"any_evse": any_evse})
    assert value(world, "ReservationCtrlr", "NonEvseSpecific") == str(any_evse).lower()
    await world.boot()
    named = {"component": {"name": "ReservationCtrlr"}, "variable": {"name": "NonEvseSpecific"}}
    (written,) = (await world.ask("SetVariables", {"setVariableData": [{**named, "attributeValue": "true"}]}))[
        "setVariableResult"
    ]
    assert written["attributeStatus"] == "Rejected"
    ask = {"id": 1, "expiryDateTime": "2025-06-02T09:00:00Z", "idToken": {"idToken": "A", "type": "Central"}}
    assert (await world.ask("ReserveNow", ask))["status"] == ("Accepted" if any_evse else "Rejected")


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
