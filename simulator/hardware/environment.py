"""The world around one station: weather, grid and people's hands. Replaced when it changes; most stations share one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Environment:
    """``grid``: voltage of L1..L3 as a share of nominal (0: the phase is lost). ``tilt_deg``: from upright.
    ``water_mm``: above the station's foot. ``shock_g``: the hardest blow that is happening. ``sun_w_per_m2``: on the
    housing. ``stop_pressed``: a hand is on the emergency stop. ``bay_occupied``: something stands in every bay.
    """

    ambient_c: float = 20.0
    humidity_percent: float = 50.0
    light_lux: float = 10_000.0
    sun_w_per_m2: float = 0.0
    grid: tuple[float, float, float] = (1.0, 1.0, 1.0)
    grid_hz: float | None = None
    water_mm: float = 0.0
    tilt_deg: float = 0.0
    shock_g: float = 0.0
    door_open: bool = False
    stop_pressed: bool = False
    fire_alarm: bool = False
    bay_occupied: bool = False


FAIR = Environment()
"""What surrounds a station unless somebody says otherwise."""
