"""The variables of a local controller (2.0.1 part 1 §3, part 2 appendix 3.1)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

LOCAL_CONTROLLER: tuple[Variable, ...] = (
    Variable("LocalController", "Available", "false", DataType.BOOLEAN, Mutability.READ_ONLY, constant=True),
)
"""A profile may say that its stations have one: they publish firmware for those behind them (L03)."""
