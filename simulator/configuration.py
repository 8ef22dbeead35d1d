"""A station's settings: the values of its variables, and what the firmware does when one changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def _security_profile(station: Station) -> str:
    """Part 2 A00: 1 is a password without TLS, 2 a password with it."""
    target = station.target
    if target.password is None:
        return "0"
    return "2" if target.url.startswith("wss") else "1"


def _supply_phases(station: Station) -> str:
    """Phases of the grid connection; what supplies a DC converter has three."""
    return str(max(supply.phases or 3 for evse in station.profile.evses for supply in (evse.supply(),)))


LIVE: Mapping[str, Callable[[Station], str]] = {
    "ClockCtrlr.DateTime": lambda station: station.stamp(),
    "SecurityCtrlr.Identity": lambda station: station.identity,
    "SecurityCtrlr.SecurityProfile": _security_profile,
    "LocalAuthListCtrlr.Entries": lambda station: str(len(station.flash.local_list.entries)),
    "ChargingStation.AvailabilityState": lambda station: station.dialect.station_status(station),
    "ChargingStation.SupplyPhases": _supply_phases,
}
"""The variables that tell of the station's state: computed when they are read."""


class Configuration:
    """One station's variables. ``config`` are settings made at commissioning, by ``Component.Variable`` or 1.6 key.

    Raises ValueError for one that the station does not have or that does not fit.
    """

    __slots__ = ("_station", "settings", "variables")

    def __init__(self, station: Station, config: Mapping[str, object], password: str | None) -> None:
        self._station = station
        flash = station.flash
        self.variables: Variables[Station] = Variables(model_of(station.profile), flash, LIVE, station)
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
        for key, value in flash.pending.items():
            self.variables.set(key, value)
        flash.pending = {}
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
