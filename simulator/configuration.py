"""A station's settings: the values of its variables, and what the firmware does when one changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, count
from types import MappingProxyType
from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator import addressing, facts
from simulator.devicemodel.infrastructure import evse_variables, station_variables
from simulator.devicemodel.live import readers_of
from simulator.devicemodel.network import PRIORITY
from simulator.hardware.outfit import fitted_variables
from simulator.keys.store import Keys
from simulator.monitoring.presets import check
from simulator.profile import Profile
from simulator.variables import MEASURANDS, STANDARD, AttributeType, Model, Readers, SetStatus, Variable, Variables

if TYPE_CHECKING:
    from simulator.station import Station

PASSWORD = "SecurityCtrlr.BasicAuthPassword"
TAKEN = (SetStatus.ACCEPTED, SetStatus.REBOOT_REQUIRED)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What all stations of a profile share: their variables, and how the live ones among them are known.

    ``parts``: the keys of those that belong to components.
    """

    model: Model
    readers: Readers[Station]
    parts: frozenset[str]


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
    keys = frozenset(parts)
    return Inventory(model, MappingProxyType(readers_of(model, keys)), keys)


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
    either: frozenset[str]


class Configuration:
    """One station's variables. ``config`` are settings made at commissioning, by ``Component.Variable`` or 1.6 key.

    Raises ValueError for one that the station does not have or that does not fit.
    """

    __slots__ = ("_inventory", "_station", "settings", "variables")

    def __init__(self, station: Station, config: Mapping[str, object], password: str | None) -> None:
        self._station = station
        flash = station.flash
        self._inventory = inventory = inventory_of(station.profile)
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
            attribute = AttributeType(kind or AttributeType.ACTUAL)
            self.variables.set(key, value, attribute)
            self._followed(self.variables.model[key], attribute, value)
        flash.pending = {}
        self.settings = self._settings()

    def write(self, key: str, value: str, kind: AttributeType = AttributeType.ACTUAL) -> SetStatus:
        """Set a variable as the CSMS asks, and let firmware and hardware follow; either may refuse (B05.FR.09)."""
        variables = self.variables
        status = variables.check(key, value, kind)
        if status not in TAKEN:
            return status
        variable = variables.model[variables.model.spelt(key)]
        if variable.key == PRIORITY and addressing.objection(self._station, value) is not None:
            return SetStatus.REJECTED
        if not self._spoken(variable, value) or self._absent(variable, value):
            return SetStatus.REJECTED
        if status is SetStatus.ACCEPTED and not self._followed(variable, kind, value):
            return SetStatus.REJECTED
        variables.write(variable.key, value, kind)
        if status is SetStatus.ACCEPTED:
            told = "*" if variable.key == PASSWORD else value
            self._station.tell(facts.VariableChanged(variable.stored(kind), told))
            if kind is AttributeType.ACTUAL:
                self._changed(variable.key)
        return status

    def _spoken(self, variable: Variable, value: str) -> bool:
        """Whether the station's version has the measurands of a list."""
        foreign = self._station.dialect.foreign
        return variable.options is not MEASURANDS or foreign.isdisjoint(map(str.strip, value.split(",")))

    def _absent(self, variable: Variable, value: str) -> bool:
        """Whether somebody wants to switch on what is not there."""
        if variable.name != "Enabled" or value.lower() != "true":
            return False
        here = variable.key.replace("Enabled", "Available")
        return here in self.variables.model and not self.variables.flag(here)

    def _followed(self, variable: Variable, kind: AttributeType, value: str) -> bool:
        """Whether the part that a variable belongs to takes a value; those of the firmware's own are fine."""
        if variable.key not in self._inventory.parts:
            return True
        return self._station.rig.write(variable.stored(kind), value)

    def _changed(self, key: str) -> None:
        """The firmware follows at once."""
        station = self._station
        if key == "ClockCtrlr.TimeOffset":
            self._keep_offset()
        elif key.startswith("TxCtrlr."):
            self.settings = self._settings()
        elif key == "OCPPCommCtrlr.HeartbeatInterval":
            station.life.look_again()
        elif key == "OCPPCommCtrlr.WebSocketPingInterval":
            station.line.keep_alive()
        elif key == PASSWORD:
            addressing.password_set(station)
            station.security.add("ReconfigurationOfSecurityParameters", "BasicAuthPassword")  # A01.FR.11, .12
            station.later(partial(station.line.hang_up, 1000, "new password"))
        elif key == "SecurityCtrlr.AllowCSMSTLSWildcards" and (keys := station.used(Keys)) is not None:
            keys.forget_tls()
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
    # few combinations, shared by all stations
    return Settings(frozenset(start), frozenset(stop), frozenset((*start, *stop)))
