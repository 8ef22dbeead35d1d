"""A station's settings: the values of its variables, and what the firmware does when one changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, count
from types import MappingProxyType
from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator import facts
from simulator.devicemodel.infrastructure import evse_variables, fitted_variables, station_variables
from simulator.devicemodel.live import readers_of
from simulator.monitoring.presets import check
from simulator.profile import Profile
from simulator.variables import STANDARD, AttributeType, Model, Readers, SetStatus, Variables

if TYPE_CHECKING:
    from simulator.station import Station

PASSWORD = "SecurityCtrlr.BasicAuthPassword"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What all stations of a profile share: their variables, and how the live ones among them are known."""

    model: Model
    readers: Readers[Station]


@cache
def inventory_of(profile: Profile) -> Inventory:
    """The variables of every station of a profile. Raises ValueError for a setting that does not fit them."""
    parts = {variable.key: variable for fitting in profile.fittings for variable in fitted_variables(fitting)}
    own = chain(STANDARD, station_variables(profile), *map(evse_variables, count(1), profile.evses))
    # What a component shows of its own stands for what the firmware would have told without it.
    model = Model(({variable.key: variable for variable in own} | parts).values())
    named = {_spelt(model, key): value for key, value in profile.variables.items()}
    model = model.with_defaults(named)
    check(profile.monitors, model)
    return Inventory(model, MappingProxyType(readers_of(model, frozenset(parts))))


def _spelt(model: Model, key: str) -> str:
    return key if key in model else key.replace("[", ".").replace("]", "")


def model_of(profile: Profile) -> Model:
    """The variables of every station of a profile, with the profile's factory settings."""
    return inventory_of(profile).model


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
        inventory = inventory_of(station.profile)
        self.variables: Variables[Station] = Variables(inventory.model, flash, inventory.readers, station)
        for key, text in inventory.model.checked({station.dialect.variable(key): config[key] for key in config}):
            flash.changed.setdefault(key, text)
        if password is not None:
            flash.changed.setdefault(PASSWORD, password)
        self.settings = self._settings()

    def load(self) -> None:
        """The firmware starts: settings that waited for that take effect."""
        flash = self._station.flash
        for stored, value in flash.pending.items():
            key, _, kind = stored.partition("/")
            self.variables.set(key, value, AttributeType(kind or AttributeType.ACTUAL))
            self._station.rig.write(stored, value)
        flash.pending = {}
        self.settings = self._settings()

    def write(self, key: str, value: str, kind: AttributeType = AttributeType.ACTUAL) -> SetStatus:
        """Set a variable as the CSMS asks, and let firmware and hardware follow; either may refuse (B05.FR.09)."""
        variables = self.variables
        status = variables.check(key, value, kind)
        if status is SetStatus.ACCEPTED:
            variable = variables.model[variables.model.spelt(key)]
            if not self._station.rig.write(variable.stored(kind), value):
                return SetStatus.REJECTED
        variables.write(key, value, kind)
        if status is SetStatus.ACCEPTED:
            self._changed(variables.model.spelt(key))
        return status

    def _changed(self, key: str) -> None:
        station = self._station
        station.tell(facts.VariableChanged(key, "*" if key == PASSWORD else self.variables.text(key)))
        if key == "ClockCtrlr.TimeOffset":
            self._keep_offset()
        elif key.startswith("TxCtrlr."):
            self.settings = self._settings()
        elif key == "OCPPCommCtrlr.HeartbeatInterval":
            station.life.look_again()
        elif key == "OCPPCommCtrlr.WebSocketPingInterval":
            station.line.keep_alive()
        elif key == PASSWORD:
            station.later(partial(station.line.hang_up, 1000, "new password"))
        if key.startswith("AlignedDataCtrlr.") or key == station.dialect.ended_alignment:
            station.alignment.arm()
        if key in (station.dialect.ended_sampling, "SampledDataCtrlr.TxUpdatedInterval", "SampledDataCtrlr.Enabled"):
            for evse in station.evses:
                evse.sampling_changed()

    def _keep_offset(self) -> None:
        """What was set last counts: a transition that is over does not come back."""
        transition = self.variables.text("ClockCtrlr.NextTimeOffsetTransitionDateTime")
        if transition and self._station.now >= parse(transition):
            self.variables.set("ClockCtrlr.NextTimeOffsetTransitionDateTime", "")

    def _settings(self) -> Settings:
        return _settings_of(*self._station.dialect.transaction_points(self.variables))


@cache
def _settings_of(start: tuple[str, ...], stop: tuple[str, ...]) -> Settings:
    return Settings(frozenset(start), frozenset(stop))  # few combinations, shared by all stations
