"""Which of our own stations, and which settings of our own CSMS, a case is run on where the usual ones lack it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Equipment:
    """What is mounted for a case instead of the usual: a built-in profile and EV, settings at commissioning.

    ``config`` maps Component.Variable (1.6: key) to value; ``settings`` are those of the reference CSMS. Who speaks
    ``security_profile`` 1 has a password, 2 TLS as well, 3 a certificate of the station's in place of the password.
    """

    profile: str | None = None
    ev: str | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    security_profile: int = 0


USUAL = Equipment()
EQUIPMENT: dict[str, Equipment] = {}
"""By case id; what is not listed runs on the usual station or CSMS."""


def equip(cases: str, **what: Any) -> None:
    """Enter the same equipment for several cases (blank-separated ids). Raises ValueError for a case that has some."""
    for case in cases.split():
        if case in EQUIPMENT:
            raise ValueError(f"{case} has its equipment already")
        EQUIPMENT[case] = Equipment(**what)


equip("TC_G_14_CS", profile="ac-22kw-duo")
equip("TC_F_12_CS TC_F_14_CS", profile="ac-22kw-duo")

ONE_UNIT = {"SmartChargingCtrlr.RateUnit": "A"}
NO_SMART_CHARGING = {"SmartChargingCtrlr.Available": "false"}
equip("TC_K_24_CS", profile="ac-22kw-duo")
equip("TC_K_12_CS TC_K_42_CS", config=ONE_UNIT)
equip("TC_K_15_CS TC_K_38_CS", config=NO_SMART_CHARGING)
