"""The variables of firmware updates (block L)."""

from __future__ import annotations

from simulator.courier.destination import SCHEMES
from simulator.devicemodel.variable import DataType, Mutability, Variable

TRANSFER_PROTOCOLS = tuple(sorted(scheme.upper() for scheme in SCHEMES))
"""FileTransferProtocols (part 2 §2.1.9): all that the courier speaks."""

FIRMWARE: tuple[Variable, ...] = (
    Variable("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", "false", DataType.BOOLEAN),
    Variable(
        "OCPPCommCtrlr", "FileTransferProtocols", ",".join(TRANSFER_PROTOCOLS),
        DataType.MEMBER_LIST, Mutability.READ_ONLY, options=TRANSFER_PROTOCOLS, constant=True,
    ),
)  # fmt: skip
