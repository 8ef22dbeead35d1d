"""The variables of how a station reaches its CSMS (2.0.1 part 2 §2.1.5–§2.1.7)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

SLOTS = ("1", "2", "3")
"""The slots for network connection profiles (B09.FR.06 wants two at least); 1 holds the commissioned one."""

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"

NETWORK: tuple[Variable, ...] = (
    Variable("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "3", DataType.INTEGER, low=1),
    Variable("OCPPCommCtrlr", "NetworkConfigurationPriority", "1", DataType.SEQUENCE_LIST, low=1, options=SLOTS,
             reboot=True),
    Variable("OCPPCommCtrlr", "ActiveNetworkProfile", "1", DataType.INTEGER, Mutability.READ_ONLY, live=True),
)  # fmt: skip
