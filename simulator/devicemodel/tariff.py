"""The variables of tariff and cost (2.0.1 part 2 §2.10)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

_CTRLR = "TariffCostCtrlr"
KINDS = ("Tariff", "Cost")

TARIFF = (
    *(
        Variable(_CTRLR, "Available", "true", DataType.BOOLEAN, Mutability.READ_ONLY, kind, constant=True, live=True)
        for kind in KINDS
    ),
    *(Variable(_CTRLR, "Enabled", "true", DataType.BOOLEAN, instance=kind, live=True) for kind in KINDS),
    Variable(_CTRLR, "Currency", "EUR", high=3, form="[A-Z]{3}"),
    Variable(_CTRLR, "TariffFallbackMessage", "", high=255),
    Variable(_CTRLR, "TotalCostFallbackMessage", "", high=255),
)
"""Available only where there is a display."""
