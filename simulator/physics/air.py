"""Moist air and the heat that it carries off.

Saturation pressure by Magnus, with the coefficients over water of WMO-No. 8 (Guide to Instruments and Methods of
Observation, annex 4.B): e = 6.112 hPa · exp(17.62·t / (243.12 + t)), within 0.4 % of the steam tables from 0 to 60 °C.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.physics.trace import Trace

_SCALE_HPA, _SLOPE, _OFFSET_C = 6.112, 17.62, 243.12
CARRIED_M3_K_PER_WH = 3.1
"""V = 3.1·P/ΔT: m³/h of air at sea level that carry off P by ΔT, the rule of makers of cabinets (warm air: ρ·c = 0.32
Wh/(m³·K))."""


def saturation_hpa(air_c: float) -> float:
    """The vapour pressure of saturated air."""
    return _SCALE_HPA * math.exp(_SLOPE * air_c / (_OFFSET_C + air_c))


def dew_point_c(vapour_hpa: float) -> float:
    """The temperature at which air with this vapour pressure is saturated; minus infinity for dry air."""
    if vapour_hpa <= 0:
        return -math.inf
    log = math.log(vapour_hpa / _SCALE_HPA)
    return _OFFSET_C * log / (_SLOPE - log)


def vapour_hpa(air_c: float, humidity_percent: float) -> float:
    """The vapour pressure of air by its temperature and relative humidity."""
    return saturation_hpa(air_c) * humidity_percent / 100


def humidity_percent(air_c: float, vapour: float) -> float:
    """The relative humidity of air that holds vapour of a pressure (hPa); 100 where the rest has condensed."""
    return min(100.0, 100 * vapour / saturation_hpa(air_c))


def carried_w_per_k(flow_m3_per_h: float) -> float:
    """The heat that a flow of air carries off per kelvin by which it leaves warmer than it came."""
    return flow_m3_per_h / CARRIED_M3_K_PER_WH


@dataclass(frozen=True, slots=True)
class Humid:
    """The relative humidity in percent of air whose temperature follows ``air_c`` while it holds ``vapour`` (hPa)."""

    air_c: Trace
    vapour: float

    def at(self, instant_s: float) -> float:
        return humidity_percent(self.air_c.at(instant_s), self.vapour)

    def reaches(self, level: float, after_s: float) -> float:
        if level <= 0 or level > 100 or self.vapour <= 0:
            return math.inf
        return self.air_c.reaches(dew_point_c(100 * self.vapour / level), after_s)
