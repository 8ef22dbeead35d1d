"""What all cars of one kind share, and the files that say so: built-in models and a user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simulator import document
from simulator.curve import Curve
from simulator.document import Key, ProfileError, Reader, Spot, items, number, one_of
from simulator.electrical import MIN_PILOT_A, Kind, Request

FOLDER = Path(__file__).with_name("evs")


@dataclass(frozen=True, slots=True)
class EvModel:
    """What all cars of one kind share.

    ``curve_w``: DC power that the battery accepts over its state of charge (0..1). ``voltage_v``: battery voltage over
    state of charge. ``ac_max_w``: on-board charger, at the inlet. The efficiencies are battery over inlet.
    ``ac_power_factor``: cosφ of the on-board charger.
    ``ac_stop_a``, ``dc_stop_a``: an EV whose own demand has fallen below this stops by itself.
    """

    name: str
    battery_capacity_wh: float
    curve_w: Curve
    voltage_v: Curve
    ac_phases: int = 3
    ac_max_a: float = 16.0
    ac_max_w: float = math.inf
    ac_min_a: float = MIN_PILOT_A
    ac_stop_a: float = 1.0
    ac_efficiency: float = 0.9
    ac_power_factor: float = 1.0
    dc_max_w: float = 0.0
    dc_max_a: float = 0.0
    dc_stop_a: float = 1.0
    dc_efficiency: float = 0.97

    def __post_init__(self) -> None:
        """Raise ValueError with the first thing that no car can be."""
        powers, volts = ([y for _, y in curve.points] for curve in (self.curve_w, self.voltage_v))
        wrong = {
            "battery_capacity_wh must be above 0": not 0 < self.battery_capacity_wh < math.inf,
            "charging power must be above 0 below a state of charge of 1": min(powers[:-1] or powers) <= 0,
            "charging power must not be negative": powers[-1] < 0,
            "battery voltage must be above 0": volts[0] <= 0,
            "battery voltage must not fall while charging": volts != sorted(volts),
            "ac_phases must be 0 (no AC inlet), 1, 2 or 3": self.ac_phases not in (0, 1, 2, 3),
            "efficiencies must be in 0..1": not (0 < self.ac_efficiency <= 1 and 0 < self.dc_efficiency <= 1),
            "ac_stop_a and dc_stop_a must be above 0": min(self.ac_stop_a, self.dc_stop_a) <= 0,
            "ac_power_factor must be in 0..1": not 0 < self.ac_power_factor <= 1,
            "limits must not be negative": min(self.ac_max_a, self.ac_max_w, self.dc_max_w, self.dc_max_a) < 0,
        }
        for reason, broken in wrong.items():
            if broken:
                raise ValueError(reason)

    def request(self, kind: Kind, soc: float) -> Request:
        """What a car of this kind would take at ``soc`` from a station without limits."""
        if kind is Kind.AC:
            max_w = min(self.ac_max_w, self.curve_w.at(soc) / self.ac_efficiency)
            cos_phi = self.ac_power_factor
            return Request(self.ac_max_a, max_w, phases=self.ac_phases, min_a=self.ac_min_a, power_factor=cos_phi)
        return Request(self.dc_max_a, min(self.dc_max_w, self.curve_w.at(soc)), voltage_v=self.voltage_v.at(soc))

    def efficiency(self, kind: Kind) -> float:
        """Energy into the battery over energy through the inlet."""
        return self.ac_efficiency if kind is Kind.AC else self.dc_efficiency


def ev_model_names() -> tuple[str, ...]:
    """The names of the EV models that come along."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_ev_model(name_or_path: str | Path) -> EvModel:
    """A model that comes along by name, or a user's by path. Raises ProfileError: file, line, column, what is right."""
    if str(name_or_path) in ev_model_names():
        return _built_in(str(name_or_path))
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return _model(document.load(path), path.stem)
    hint = document.suggest(str(name_or_path), ev_model_names())
    raise ProfileError(str(name_or_path), f"no EV model has this name; {hint}; or give the path of a .yaml file")


@cache
def _built_in(name: str) -> EvModel:
    return _model(document.load(FOLDER / f"{name}.yaml"), name)


def _curve(bottom: float, top: float) -> Reader[Curve]:
    soc, value = number(at_least=0, at_most=1), number(at_least=bottom, at_most=top)
    points = items(items(number(), "two numbers", least=2), "points [state of charge, value]", least=2)

    def read(spot: Spot) -> Curve:
        points.read(spot)
        pairs = []
        for point in spot.node.value:
            if len(point.value) != 2:
                raise spot.at(point).fault("a point must be [state of charge 0..1, value]")
            pairs.append((soc.read(spot.at(point.value[0])), value.read(spot.at(point.value[1]))))
        try:
            return Curve(tuple(pairs))
        except ValueError as error:
            raise spot.fault(str(error)) from None

    return Reader("a list of points [state of charge 0..1, value]", read)


AC_KEYS = (
    Key("phases", one_of(1, 2, 3), "phases of the on-board charger", required=True),
    Key("max_a", number(above=0, at_most=80), "greatest current per phase", required=True),
    Key("max_w", number(above=0), "greatest power at the inlet", required=True),
    Key("min_a", number(at_least=0, at_most=32), "an offer below it is not taken", default="6"),
    Key("stop_a", number(above=0, at_most=32), "it stops once its own demand is below this", default="1"),
    Key("efficiency", number(above=0, at_most=1), "energy into the battery over energy at the inlet", default="0.9"),
    Key("power_factor", number(above=0, at_most=1), "cosφ of the current that it takes", default="1"),
)
DC_KEYS = (
    Key("max_w", number(above=0), "greatest power at the inlet", required=True),
    Key("max_a", number(above=0, at_most=3000), "greatest current", required=True),
    Key("stop_a", number(above=0, at_most=100), "it stops once its own demand is below this", default="1"),
    Key("efficiency", number(above=0, at_most=1), "energy into the battery over energy at the inlet", default="0.97"),
)


def _inlet(keys: tuple[Key, ...], prefix: str) -> Reader[dict[str, Any]]:
    def read(spot: Spot) -> dict[str, Any]:
        return {f"{prefix}_{key}": value for key, value in document.fields(spot, keys, prefix).items()}

    return Reader("a mapping", read)


MODEL_KEYS = (
    Key("battery_capacity_wh", number(above=0), "usable energy of the full battery", required=True),
    Key("curve_w", _curve(0, 10e6), "DC power that the battery takes, over its state of charge", required=True),
    Key("voltage_v", _curve(1, 1500), "battery voltage over its state of charge; never falls", required=True),
    Key("ac", _inlet(AC_KEYS, "ac"), "the on-board charger", default="no AC inlet"),
    Key("dc", _inlet(DC_KEYS, "dc"), "the DC inlet", default="no DC inlet"),
)
TABLES = {"model": MODEL_KEYS, "ac": AC_KEYS, "dc": DC_KEYS}
"""Every key that an EV model may have, by the mapping in which it stands."""


def _model(root: Spot, name: str) -> EvModel:
    values = document.fields(root, MODEL_KEYS, "an EV model")
    inlets = {"ac_phases": 0} | values.pop("ac", {}) | values.pop("dc", {})
    try:
        return EvModel(name, **values, **inlets)
    except ValueError as error:
        raise root.fault(str(error)) from None
