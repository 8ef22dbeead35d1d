"""What goes into a sample beside the meter's plain reading: the interval that it closes, its page if it is signed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from simulator.hardware.place import STATION
from simulator.reading import Reading, Seal

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.flash import Sample
    from simulator.station import Station

SIGNABLE = {"Energy.Active.Import.Register": "1-0:1.8.0", "Energy.Active.Export.Register": "1-0:2.8.0"}
"""What a meter signs, by its OBIS code (IEC 62056-6-1: active energy in and out, total of all tariffs)."""

PARTS_OF_2_1 = {
    "SampledDataCtrlr.TxStartedMeasurands": "SampledDataCtrlr.SignStartedReadings",
    "SampledDataCtrlr.TxUpdatedMeasurands": "SampledDataCtrlr.SignUpdatedReadings",
    "AlignedDataCtrlr.Measurands": "AlignedDataCtrlr.SignUpdatedReadings",
}
"""Variables that leave some series unsigned although SignReadings is true (OCA, Signed Meter Values, §4.3; 2.1)."""

_BESIDE = frozenset(("RPM", "Temperature"))


def completed(evse: Evse, sample: Sample, key: str) -> Sample:
    """A sample of the series ``key`` with all that its measurands need; most need nothing."""
    reading, measurands = sample.reading, sample.measurands
    if _spans(measurands):
        reading = evse.meter.spanned(reading, key)
    if _looks_around(measurands):
        reading = _beside(evse, reading)
    if _is_signable(measurands) and not reading.dead and signs(evse.station, key):
        reading = reading.sealed(_seal(evse, reading, sample))
    return sample if reading is sample.reading else replace(sample, reading=reading)


@cache
def _spans(measurands: tuple[str, ...]) -> bool:
    """Whether any of them tells of the interval since the last sample."""
    return any(measurand.endswith(".Interval") for measurand in measurands)


@cache
def _looks_around(measurands: tuple[str, ...]) -> bool:
    """Whether any of them is known by other sensors than the meter."""
    return not _BESIDE.isdisjoint(measurands)


@cache
def _is_signable(measurands: tuple[str, ...]) -> bool:
    return not SIGNABLE.keys().isdisjoint(measurands)


def _beside(evse: Evse, reading: Reading) -> Reading:
    """1.6 §7.31: the temperature inside the station, and how fast its fan turns."""
    station = evse.station
    temperature_c = _sensed(station, "TemperatureSensor", "Temperature")
    return reading.beside(temperature_c=temperature_c, fan_rpm=_sensed(station, "AirCoolingSystem", "FanSpeed"))


def _sensed(station: Station, component: str, variable: str) -> float | None:
    part = station.rig.near(component, STATION)
    value = None if part is None else part.value(variable)
    return None if value is None else float(value)


def switched_on(station: Station, controller: str) -> bool:
    """Whether a kind of meter data is there and not switched off: SampledDataCtrlr or AlignedDataCtrlr."""
    flag = station.variables.flag
    return flag(f"{controller}.Enabled") and flag(f"{controller}.Available")


def signs(station: Station, key: str) -> bool:
    """Whether samples of a series are signed (J01.FR.21, J02.FR.21)."""
    variables = station.variables
    if not variables.flag(_switch(key)):
        return False
    part = PARTS_OF_2_1.get(key)
    return part is None or part not in variables.model or variables.flag(part)


@cache
def _switch(key: str) -> str:
    return f"{key.partition('.')[0]}.SignReadings"


def _seal(evse: Evse, reading: Reading, sample: Sample) -> Seal:
    tx, station = evse.tx, evse.station
    transaction = None if tx is None else tx.id
    page, first = evse.meter.page(reading, sample.stamp, sample.context, transaction=transaction)
    when = station.variables.text("OCPPCommCtrlr.PublicKeyWithSignedMeterValue")
    with_key = when == "EveryMeterValue" or (when == "OncePerTransaction" and first)
    return Seal(evse.id, page, None if tx is None else tx.token, with_key, station.accepted_once)
