"""Which of our own stations, and which settings of our own CSMS, a case is run on where the usual ones lack it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Equipment:
    """What is mounted for a case instead of the usual: a built-in profile and EV, settings at commissioning.

    ``traits`` are other values of the profile's own keys.
    ``config`` maps Component.Variable (1.6: key) to value; ``settings`` are those of the reference CSMS. Who speaks
    ``security_profile`` 1 has a password, 2 TLS as well, 3 a certificate of the station's in place of the password.
    """

    profile: str | None = None
    ev: str | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    security_profile: int = 0
    traits: Mapping[str, Any] = field(default_factory=dict)
    sockets: bool = False
    """Whether a CSMS is mounted over real sockets and in real time, for what lies below OCPP."""


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
equip(
    "TC_O_01_CS TC_O_02_CS TC_O_03_CS TC_O_04_CS TC_O_05_CS TC_O_06_CS TC_O_07_CS TC_O_08_CS TC_O_09_CS TC_O_10_CS "
    "TC_O_11_CS TC_O_12_CS TC_O_13_CS TC_O_14_CS TC_O_15_CS TC_O_19_CS TC_O_20_CS TC_O_22_CS TC_O_24_CS TC_O_27_CS "
    "TC_O_28_CS TC_O_30_CS TC_O_32_CS TC_O_33_CS TC_O_34_CS TC_O_35_CS TC_O_36_CS TC_O_37_CS TC_O_38_CS TC_O_39_CS",
    profile="ac-22kw-duo",
)
equip("TC_O_17_CS", profile="ac-22kw-duo", config={"DisplayMessageCtrlr.SupportedPriorities": "InFront,NormalCycle"})
equip("TC_O_18_CS", profile="ac-22kw-duo", config={"DisplayMessageCtrlr.SupportedStates": "Charging,Idle"})
equip("TC_E_27_CS", profile="ac-11kw-cable")
equip("TC_E_46_CS TC_E_54_CS", profile="lab-dc")
equip("TC_K_53_CS TC_K_54_CS TC_K_56_CS TC_K_57_CS TC_K_58_CS", profile="lab-ac")

equip("TC_A_01_CS TC_A_09_CS TC_A_10_CS TC_A_19_CS TC_A_20_CS", security_profile=1)
equip("TC_A_04_CS TC_A_05_CS TC_A_06_CS TC_A_21_CS TC_A_22_CS", security_profile=2)
equip("TC_A_12_CS", profile="lab-ac")
equip("TC_A_13_CS", profile="lab-ac", security_profile=3)
equip("TC_A_07_CS TC_A_11_CS TC_A_14_CS TC_A_15_CS TC_A_23_CS", security_profile=3)
equip("TC_A_02_CSMS TC_A_09_CSMS TC_A_10_CSMS", security_profile=1)
equip("TC_A_19_CSMS", security_profile=1, settings={"tls_names": ("csms",)})
equip("TC_A_04_CSMS TC_A_06_CSMS", security_profile=2)
equip("TC_A_07_CSMS TC_A_08_CSMS TC_A_11_CSMS TC_A_13_CSMS TC_A_14_CSMS", security_profile=3)
equip("TC_C_47_CS TC_C_48_CS TC_C_49_CS", profile="ac-22kw-duo")

equip("TC_L_11_CS", traits={"cancels_updates": False})
equip("TC_L_12_CS TC_L_13_CS", profile="ac-22kw-duo", traits={"updates_while_charging": "nothing"})
equip("TC_L_14_CS TC_L_15_CS", profile="ac-22kw-duo")
equip("TC_L_16_CS", traits={"updates_while_charging": "install"})
equip("TC_B_28_CS TC_B_29_CS", config={"EVSE(1).AllowReset": False})
equip("TC_B_41_CS TC_B_56_CS", profile="ac-22kw-duo")
equip("TC_C_22_CS TC_C_23_CS TC_C_24_CS", config={"TxCtrlr.TxStartPoint": "Authorized"})
equip("TC_B_47_CS TC_B_50_CS", security_profile=2, config={"SecurityCtrlr.AdditionalRootCertificateCheck": True})
equip("TC_B_51_CS TC_B_52_CS", profile="ac-22kw-duo")
equip("TC_N_41_CS TC_N_44_CS", profile="ac-22kw-upkeep")
equip("TC_E_05_CS", config={"TxCtrlr.TxStopPoint": "Authorized"})
equip("TC_N_23_CS", config={"TxCtrlr.TxStartPoint": "EVConnected"})
equip("TC_H_13_CS", config={"ReservationCtrlr.NonEvseSpecific": "false"})
equip("TC_H_09_CS TC_H_10_CS TC_H_14_CS TC_H_16_CS", profile="ac-22kw-duo")
equip("TC_F_16_CS TC_F_19_CS", traits={"uplink_bytes_s": 10_000.0})
equip("TC_B_15_CS", traits={"summary_reports": False})
equip("TC_B_19_CS", traits={"report_criteria": ("Active", "Available", "Enabled")})
equip("TC_C_50_CS TC_C_51_CS TC_C_52_CS TC_C_53_CS TC_C_54_CS TC_C_55_CS", profile="lab-ac")
equip("TC_N_63_CS", profile="lab-ac")

equip("TC_M_01_CS TC_M_07_CS TC_M_12_CS TC_M_17_CS TC_M_18_CS TC_M_20_CS TC_M_22_CS", security_profile=2)
equip(
    "TC_M_09_CS TC_M_30_CS TC_M_31_CS",
    security_profile=2,
    config={"SecurityCtrlr.AdditionalRootCertificateCheck": True},
)
equip("TC_M_23_CS", security_profile=3)
equip("TC_M_15_CS TC_M_24_CS TC_M_25_CS TC_M_26_CS TC_M_27_CS TC_M_28_CS TC_M_29_CS", profile="lab-ac")
equip("TC_I_01_CS TC_I_02_CS TC_I_07_CS", profile="ac-22kw-duo")
equip("TC_017_2_CS TC_018_2_CS", profile="ac-11kw-cable")
equip("TC_050_4_CS", config={"ReserveConnectorZeroSupported": "false"})
equip("TC_073_CSMS", security_profile=1)
equip("TC_083_CSMS", security_profile=1, settings={"tls_names": ("csms",)})
equip("TC_086_CSMS", security_profile=2)
equip("TC_074_CSMS TC_077_CSMS TC_087_CSMS", security_profile=3)
equip("TC_044_1_CS TC_044_2_CS TC_044_3_CS", traits={"unsigned_updates": True})
equip("TC_073_CS TC_083_CS TC_085_CS", security_profile=1)
equip("TC_075_2_CS TC_076_CS TC_078_CS TC_084_CS TC_086_CS", security_profile=2)
equip("TC_074_CS TC_077_CS TC_087_CS", security_profile=3)
equip(
    "CB_R_51_CSMS CB_R_52_CSMS CB_R_53_CSMS CB_R_54_CSMS CB_R_55_CSMS CB_R_56_CSMS CB_R_57_CSMS CB_R_58_CSMS "
    "CB_R_59_CSMS CB_R_60_CSMS CB_R_61_CSMS",
    sockets=True,
)
equip("TC_032_1_CS", profile="dc-150kw")
equip("CB_S_01_CSMS CB_S_04_CSMS", security_profile=1)
equip("CB_S_02_CSMS CB_S_03_CSMS", security_profile=1, settings={"require_passwords": True})
equip("CB_S_05_CSMS", security_profile=2)
equip("CB_S_11_CS CB_S_12_CS CB_S_13_CS", security_profile=1)
