"""The variables of how a station reaches its CSMS (2.0.1 part 2 §2.1.5–§2.1.7)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

SLOTS = ("1", "2", "3")
"""The slots for network connection profiles (B09.FR.06 wants two at least); 1 holds the commissioned one."""

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"

INTERFACES = (*(f"{kind}{number}" for kind in ("Wired", "Wireless") for number in range(4)), "Any")

_TOLD: tuple[tuple[str, DataType, tuple[str, ...]], ...] = (
    ("OcppCsmsUrl", DataType.STRING, ()),
    ("OcppInterface", DataType.OPTION_LIST, INTERFACES),
    ("OcppTransport", DataType.OPTION_LIST, ("JSON",)),
    ("OcppVersion", DataType.OPTION_LIST, ("OCPP16", "OCPP20", "OCPP21")),
    ("MessageTimeout", DataType.INTEGER, ()),
    ("SecurityProfile", DataType.INTEGER, ()),
    ("Identity", DataType.STRING, ()),
    ("ApnEnabled", DataType.BOOLEAN, ()),
    ("Apn", DataType.STRING, ()),
    ("VpnEnabled", DataType.BOOLEAN, ()),
)


def configuration(slot: str) -> tuple[Variable, ...]:
    """What a slot holds, as 2.1 shows it (B09.FR.08): to be read, for SetNetworkProfile alone changes it."""
    return tuple(
        Variable(
            "NetworkConfiguration", name, "false" if kind is DataType.BOOLEAN else "", kind, Mutability.READ_ONLY,
            component_instance=slot, options=options, live=True, unit="s" if name == "MessageTimeout" else "",
        )
        for name, kind, options in _TOLD
    )  # fmt: skip


NETWORK: tuple[Variable, ...] = (
    Variable("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", "3", DataType.INTEGER, low=1),
    Variable("OCPPCommCtrlr", "NetworkConfigurationPriority", "1", DataType.SEQUENCE_LIST, low=1, options=SLOTS,
             reboot=True),
    Variable("OCPPCommCtrlr", "ActiveNetworkProfile", "1", DataType.INTEGER, Mutability.READ_ONLY, live=True),
)  # fmt: skip

CONFIGURATIONS: tuple[Variable, ...] = tuple(variable for slot in SLOTS for variable in configuration(slot))
"""Those of all slots."""
