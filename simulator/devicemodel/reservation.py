"""The variables of ReservationCtrlr (2.0.1 part 2 §2.8)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

_READ_ONLY = Mutability.READ_ONLY

RESERVATION: tuple[Variable, ...] = (
    Variable("ReservationCtrlr", "Available", "true", DataType.BOOLEAN, _READ_ONLY, constant=True),
    Variable("ReservationCtrlr", "Enabled", "true", DataType.BOOLEAN),
    Variable("ReservationCtrlr", "NonEvseSpecific", "true", DataType.BOOLEAN, _READ_ONLY, constant=True),
)
"""A profile may say that its stations take no reservations, or none without an EVSE."""
