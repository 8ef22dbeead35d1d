"""What all cars of one kind share, and the files that say so: built-in models and a user's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from simulator import document
from simulator.curve import Curve
from simulator.document import Key, ProfileError, Reader, Spot, boolean, items, number, one_of
from simulator.electrical import MIN_PILOT_A, Kind, Request
from simulator.physics.battery import cc_cv

FOLDER = Path(__file__).with_name("evs")


SPECIFIC_WH_PER_KG, SPECIFIC_HEAT_WH_PER_KG_K = 160.0, 1000 / 3600
"""Of a battery pack: its energy and its heat capacity (about 1 kJ/(kg·K)), by which a battery's heat is estimated."""


class Wake(StrEnum):
    """What it takes until an EV that fell asleep in a long pause charges again; each wakes those of the ones before."""

    OFFER = "offer"
    FEIGNED = "feigned unplugging"
    REPLUG = "replugging"


@dataclass(frozen=True, slots=True)
class EvModel:
    """What all cars of one kind share.

    ``curve_w``: DC power that the battery accepts over its state of charge (0..1). ``voltage_v``: battery voltage over
    state of charge. ``ac_max_w``: on-board charger, at the inlet. The efficiencies are battery over inlet.
    ``ac_power_factor``: cosφ of the on-board charger.
    ``ac_stop_a``, ``dc_stop_a``: an EV whose own demand has fallen below this stops by itself.
    AC, IEC 61851-1 annex A: ``ac_pilot_s`` from the pilot's pulses to state C (or D: ``ac_ventilation``);
    ``ac_reaction_s`` to a changed duty cycle, at most 5 s; ``ac_stop_s`` until it has stopped when the pulses have, at
    most 3 s; ``ac_opens_s2``: it leaves state C while it wants nothing, so that the contactor opens. DC:
    ``dc_talk_s`` from plug to cable check, ``dc_close_s`` for its contactors after pre-charge, ``dc_max_v``: the
    voltage that it says it bears (0: that of its full battery).
    After ``sleeps_after_s`` without an offer it sleeps until ``wakes_by``.
    ``conditioning_power_w``: what it takes at the inlet to warm the battery below ``conditioning_below_c``, and
    battery and cabin from ``conditioning_before_s`` before its departure; ``conditioning_heat_wh_per_k``: heat
    capacity of the battery (0: estimated).
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
    ac_pilot_s: float = 1.9
    ac_reaction_s: float = 1.0
    ac_stop_s: float = 1.0
    ac_ventilation: bool = False
    ac_opens_s2: bool = False
    dc_talk_s: float = 5.5
    dc_close_s: float = 1.0
    dc_max_v: float = 0.0
    sleeps_after_s: float = math.inf
    wakes_by: Wake = Wake.OFFER
    conditioning_power_w: float = 0.0
    conditioning_before_s: float = 1800.0
    conditioning_below_c: float = 5.0
    conditioning_heat_wh_per_k: float = 0.0

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
            "times must not be negative": min(self.times_s) < 0,
            "conditioning must not take or store less than nothing": min(
                self.conditioning_power_w, self.conditioning_heat_wh_per_k
            )
            < 0,
        }
        for reason, broken in wrong.items():
            if broken:
                raise ValueError(reason)

    @property
    def times_s(self) -> tuple[float, ...]:
        """How long it takes for everything that it does."""
        pilot = (self.ac_pilot_s, self.ac_reaction_s, self.ac_stop_s)
        return (*pilot, self.dc_talk_s, self.dc_close_s, self.sleeps_after_s, self.conditioning_before_s)

    def request(self, kind: Kind, soc: float, beside_w: float = 0.0, *, charging: bool = True) -> Request:
        """What a car of this kind would take at ``soc`` from a station without limits.

        ``beside_w``: what it takes besides ``charging``, within the same limits of its inlet.
        """
        battery_w = self.curve_w.at(soc) if charging else 0.0
        if kind is Kind.AC:
            max_w = min(self.ac_max_w, battery_w / self.ac_efficiency + beside_w)
            cos_phi = self.ac_power_factor
            return Request(self.ac_max_a, max_w, phases=self.ac_phases, min_a=self.ac_min_a, power_factor=cos_phi)
        return Request(self.dc_max_a, min(self.dc_max_w, battery_w + beside_w), voltage_v=self.voltage_v.at(soc))

    @property
    def bears_v(self) -> float:
        """The highest DC voltage that it says it bears, which the cable check goes by."""
        return self.dc_max_v or self.voltage_v.at(1.0)

    @property
    def heat_wh_per_k(self) -> float:
        """Heat capacity of the battery."""
        estimate = self.battery_capacity_wh / SPECIFIC_WH_PER_KG * SPECIFIC_HEAT_WH_PER_KG_K
        return self.conditioning_heat_wh_per_k or estimate

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
    Key("pilot_s", number(at_least=0, at_most=60), "from the pilot's pulses to state C", default="1.9"),
    Key("reaction_s", number(at_least=0, at_most=60), "to a changed duty cycle; 5 are allowed", default="1"),
    Key("stop_s", number(at_least=0, at_most=60), "until it stops when the pulses have; 3 are allowed", default="1"),
    Key("ventilation", boolean(), "it charges only where the area is ventilated (state D)", default="false"),
    Key("opens_s2", boolean(), "it goes to state B while it wants nothing; else it stays in C", default="false"),
)
DC_KEYS = (
    Key("max_w", number(above=0), "greatest power at the inlet", required=True),
    Key("max_a", number(above=0, at_most=3000), "greatest current", required=True),
    Key("stop_a", number(above=0, at_most=100), "it stops once its own demand is below this", default="1"),
    Key("efficiency", number(above=0, at_most=1), "energy into the battery over energy at the inlet", default="0.97"),
    Key("talk_s", number(at_least=0, at_most=300), "from the plug to the cable check", default="5.5"),
    Key("close_s", number(at_least=0, at_most=60), "for its contactors after pre-charge", default="1"),
    Key("max_v", number(above=0, at_most=1500), "what it says it bears", default="voltage of the full battery"),
)
BATTERY_KEYS = (
    Key("open_v", _curve(1, 1500), "its open-circuit voltage over its state of charge; never falls", required=True),
    Key("max_a", number(above=0, at_most=3000), "the constant current with which it begins", required=True),
    Key("max_v", number(above=0, at_most=1500), "the constant voltage with which it ends", required=True),
    Key("ohm", number(above=0, at_most=10), "its internal resistance", required=True),
)
CONDITIONING_KEYS = (
    Key("power_w", number(above=0), "what it takes at the inlet besides charging", required=True),
    Key("below_c", number(at_least=-50, at_most=50), "a battery colder than this is warmed", default="5"),
    Key("before_s", number(at_least=0), "how long before its departure it begins", default="1800"),
    Key("heat_wh_per_k", number(above=0), "heat capacity of the battery", default="estimated from its capacity"),
)


def _mapping(keys: tuple[Key, ...], what: str) -> Reader[dict[str, Any]]:
    return Reader("a mapping", lambda spot: document.fields(spot, keys, what))


def _inlet(keys: tuple[Key, ...], prefix: str) -> Reader[dict[str, Any]]:
    def read(spot: Spot) -> dict[str, Any]:
        return {f"{prefix}_{key}": value for key, value in document.fields(spot, keys, prefix).items()}

    return Reader("a mapping", read)


MODEL_KEYS = (
    Key("battery_capacity_wh", number(above=0), "usable energy of the full battery", required=True),
    Key("curve_w", _curve(0, 10e6), "DC power that it takes, over its state of charge", default="by `battery`"),
    Key("voltage_v", _curve(1, 1500), "its voltage over its state of charge; never falls", default="by `battery`"),
    Key("battery", _mapping(BATTERY_KEYS, "battery"), "what both follow from", default="needed where they are not"),
    Key("ac", _inlet(AC_KEYS, "ac"), "the on-board charger", default="no AC inlet"),
    Key("dc", _inlet(DC_KEYS, "dc"), "the DC inlet", default="no DC inlet"),
    Key("conditioning", _inlet(CONDITIONING_KEYS, "conditioning"), "warming battery and cabin", default="none"),
    Key("sleeps_after_s", number(at_least=0), "it falls asleep when nothing is offered for so long", default="never"),
    Key("wakes_by", one_of(*(str(wake) for wake in Wake)), "what then makes it charge again", default="offer"),
)
TABLES = {
    "model": MODEL_KEYS,
    "battery": BATTERY_KEYS,
    "ac": AC_KEYS,
    "dc": DC_KEYS,
    "conditioning": CONDITIONING_KEYS,
}
"""Every key that an EV model may have, by the mapping in which it stands."""


def _model(root: Spot, name: str) -> EvModel:
    values = document.fields(root, MODEL_KEYS, "an EV model")
    inlets = {"ac_phases": 0} | values.pop("ac", {}) | values.pop("dc", {}) | values.pop("conditioning", {})
    if "wakes_by" in values:
        values["wakes_by"] = Wake(values["wakes_by"])
    battery = values.pop("battery", None)
    if ("curve_w" in values) is not ("voltage_v" in values) or ("curve_w" in values) is (battery is not None):
        raise root.fault("an EV model has either curve_w and voltage_v, or battery, from which both follow")
    try:
        if battery is not None:
            values["curve_w"], values["voltage_v"] = cc_cv(**battery)
        return EvModel(name, **values, **inlets)
    except ValueError as error:
        raise root.fault(str(error)) from None
