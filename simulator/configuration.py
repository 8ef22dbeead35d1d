"""A station's settings: the values of its variables, and what the firmware does when one changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from simulator import facts
from simulator.profile import Profile
from simulator.variables import MODEL, Model, SetStatus, Variables

if TYPE_CHECKING:
    from simulator.station import Station

PASSWORD = "SecurityCtrlr.BasicAuthPassword"


@cache
def model_of(profile: Profile) -> Model:
    """The variables of every station of a profile, with the profile's factory settings."""
    named = {key.replace("[", ".").replace("]", ""): value for key, value in profile.variables.items()}
    named.setdefault("ChargingStation.Model", profile.model)
    named.setdefault("ChargingStation.VendorName", profile.vendor)
    named.setdefault("ChargingStation.FirmwareVersion", profile.firmware_version)
    return MODEL.with_defaults(named)


@dataclass(frozen=True, slots=True)
class Settings:
    """Variables in the form that the firmware asks for at every step."""

    start_points: frozenset[str]
    stop_points: frozenset[str]


class Configuration:
    """One station's variables. ``config`` are settings made at commissioning, by ``Component.Variable`` or 1.6 key.

    Raises ValueError for one that the station does not have or that does not fit.
    """

    __slots__ = ("_station", "settings", "variables")

    def __init__(self, station: Station, config: Mapping[str, object], password: str | None) -> None:
        self._station = station
        flash = station.flash
        live = {"ClockCtrlr.DateTime": station.stamp, "SecurityCtrlr.Identity": lambda: station.identity}
        self.variables = Variables(model_of(station.profile), flash.changed, live, flash.pending)
        named = {station.dialect.variable(key): value for key, value in config.items()}
        for key, variable in self.variables.model.with_defaults(named).items() if named else ():
            if key in named:
                flash.changed.setdefault(key, variable.default)
        if password is not None:
            flash.changed.setdefault(PASSWORD, password)
        self.settings = self._settings()

    def load(self) -> None:
        """The firmware starts: settings that waited for that take effect."""
        flash = self._station.flash
        flash.changed.update(flash.pending)
        flash.pending.clear()
        self.settings = self._settings()

    def write(self, key: str, value: str) -> SetStatus:
        """Set a variable as the CSMS asks, and let the firmware follow."""
        status = self.variables.write(key, value)
        if status is SetStatus.ACCEPTED:
            self._changed(self.variables.model.spelt(key))
        return status

    def _changed(self, key: str) -> None:
        station = self._station
        station.tell(facts.VariableChanged(key, "*" if key == PASSWORD else self.variables.text(key)))
        if key.startswith("TxCtrlr."):
            self.settings = self._settings()
        elif key == "OCPPCommCtrlr.HeartbeatInterval":
            station.life.look_again()
        elif key == PASSWORD:
            station.later(partial(station.line.hang_up, 1000, "new password"))
        if key.startswith("AlignedDataCtrlr.") or key == station.dialect.ended_alignment:
            station.alignment.arm()
        if key in (station.dialect.ended_sampling, "SampledDataCtrlr.TxUpdatedInterval", "SampledDataCtrlr.Enabled"):
            for evse in station.evses:
                evse.sampling_changed()

    def _settings(self) -> Settings:
        return _settings_of(*self._station.dialect.transaction_points(self.variables))


@cache
def _settings_of(start: tuple[str, ...], stop: tuple[str, ...]) -> Settings:
    return Settings(frozenset(start), frozenset(stop))  # few combinations, shared by all stations
