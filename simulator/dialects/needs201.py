"""What EVs need and choose, as OCPP 2.0.1 and 2.1 write it (K15–K17)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from protocol.stamps import stamp
from simulator.dialects.dialect import Message, Payload
from simulator.dialects.profiles201 import written_period
from simulator.smart.profile import Period, Unit
from simulator.smart.talk import Needs

MODES = {0: "DC", 1: "AC_single_phase", 2: "AC_two_phase", 3: "AC_three_phase"}


def ev_needs(needs: Needs, evse: int, most_periods: int) -> Message:
    """NotifyEVChargingNeeds: with what the EV says of AC, or of DC (K15.FR.06)."""
    told: Payload = {"requestedEnergyTransfer": MODES[needs.phases]}
    if needs.departs is not None:
        told["departureTime"] = stamp(needs.departs)
    if needs.phases:
        told["acChargingParameters"] = {
            "energyAmount": round(needs.energy_wh),
            "evMinCurrent": round(needs.least_a),
            "evMaxCurrent": round(needs.most_a),
            "evMaxVoltage": round(needs.most_v),
        }
    else:
        told["dcChargingParameters"] = {
            "evMaxCurrent": round(needs.most_a),
            "evMaxVoltage": round(needs.most_v),
            "evMaxPower": round(needs.most_w),
            "energyAmount": round(needs.energy_wh),
            "stateOfCharge": round(100 * needs.soc),
            "evEnergyCapacity": round(needs.capacity_wh),
            "fullSoC": round(100 * needs.full_soc),
        }
    payload: Payload = {"evseId": evse, "chargingNeeds": told}
    return "NotifyEVChargingNeeds", {**payload, "maxScheduleTuples": most_periods} if most_periods else payload


def ev_schedule(  # noqa: PLR0917 -- as the message has them
    start: datetime, evse: int, number: int, unit: Unit, duration_s: int, periods: Iterable[Period]
) -> Message:
    """NotifyEVChargingSchedule: the schedule that the EV has chosen, by its id (K15.FR.19)."""
    schedule = {
        "id": number,
        "duration": duration_s,
        "chargingRateUnit": unit.value,
        "chargingSchedulePeriod": [written_period(period) for period in periods],
    }
    return "NotifyEVChargingSchedule", {"timeBase": stamp(start), "evseId": evse, "chargingSchedule": schedule}
