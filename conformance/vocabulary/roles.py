"""Which side is under test, and in which version of OCPP."""

from __future__ import annotations

from enum import StrEnum

V16, V201, V21 = "1.6", "2.0.1", "2.1"


class Role(StrEnum):
    """Which side is judged. The bench plays the other one."""

    STATION = "station"
    CSMS = "csms"


STATION, CSMS = Role.STATION, Role.CSMS
