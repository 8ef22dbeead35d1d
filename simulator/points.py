"""Which start and stop points of transactions hold (2.0.1 part 2 §2.6.6, E01, E06)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.hardware.detector import Detector

BAY, SIGNED = "ParkingBayOccupancy", "DataSigned"

LOCKED = "Locked"
"""A start point of ours for 1.6, which knows no others (§3.6): as PowerPathClosed, and the plug is where it belongs."""

BAY_SENSOR = "BayOccupancySensor"

SIGNING_S = 1.0
"""How long a fiscal meter takes to sign its first reading."""


def occupied(evse: Evse) -> bool:
    """Whether something stands in the bay: as its sensor says, where there is one, else with the cable."""
    if not evse.station.has(BAY_SENSOR):
        return evse.ev is not None
    sensor = evse.station.kept(BAY_SENSOR, evse.id)
    return sensor is not None and cast("Detector", sensor).active


def signs(evse: Evse) -> bool:
    """Whether transactions wait for the meter's signature (E01.FR.04)."""
    station = evse.station
    return SIGNED in station.settings.start_points and station.variables.flag("SampledDataCtrlr.SignReadings")


def points(evse: Evse, *, charging: bool, signed: bool) -> frozenset[str]:
    """Those that hold at an EVSE. A meter that has nothing to sign has nothing to wait for.

    ``charging``: energy flows; ``signed``: the meter has signed its first reading.
    """
    bay = occupied(evse) if BAY in evse.station.settings.either else False
    held = _held(bay, evse.ev is not None, evse.authorization is not None, charging, signed or not signs(evse))
    return held | {LOCKED} if evse.circuit.secured and "PowerPathClosed" in held else held


def points_before(*, connected: bool, authorized: bool) -> frozenset[str]:
    """Those that held when the power went, as far as a transaction that is resumed can lose them."""
    return _held(connected, connected, authorized, charging=False, signed=False)


@cache
def _held(bay: bool, connected: bool, authorized: bool, charging: bool, signed: bool) -> frozenset[str]:
    held = {
        BAY: bay,
        "EVConnected": connected,
        "Authorized": authorized,
        "PowerPathClosed": connected and authorized,
        "EnergyTransfer": charging,
        SIGNED: connected and authorized and signed,
    }
    return frozenset(point for point, holds in held.items() if holds)
