"""The variables of firmware updates (block L)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

TRANSFER_PROTOCOLS = ("FTP", "FTPS", "HTTP", "HTTPS")
"""FileTransferProtocols (part 2 §2.1.9): all that the courier speaks, which is not loaded just to name them."""

FIRMWARE: tuple[Variable, ...] = (
    Variable("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", "false", DataType.BOOLEAN),
    Variable(
        "OCPPCommCtrlr", "FileTransferProtocols", ",".join(TRANSFER_PROTOCOLS),
        DataType.MEMBER_LIST, Mutability.READ_ONLY, options=TRANSFER_PROTOCOLS, constant=True,
    ),
)  # fmt: skip
