"""What components show in the device model, and what a CSMS has set there."""

from __future__ import annotations

from simulator.devicemodel.variable import Attribute, AttributeType, DataType, Mutability, Variable
from simulator.hardware.rig import key_of
from simulator.hardware.site import Site

MIN_SET, MAX_SET = AttributeType.MIN_SET, AttributeType.MAX_SET


def flag(component: str, name: str, *, on: bool = False, writable: bool = False, instance: str = "") -> Variable:
    """A boolean that its part knows, or that a CSMS may set."""
    mutability = Mutability.READ_WRITE if writable else Mutability.READ_ONLY
    return Variable(
        component, name, written(on), DataType.BOOLEAN, mutability, component_instance=instance,
        persistent=writable, monitored=True, live=not writable,
    )  # fmt: skip


def enabled(component: str, instance: str = "") -> Variable:
    """``Enabled``, by which a CSMS switches a component off."""
    return flag(component, "Enabled", on=True, writable=True, instance=instance)


def number(component: str, name: str, unit: str, *, instance: str = "", bounds: tuple[Attribute, ...] = ()) -> Variable:
    """A number that its part measures; ``bounds``: the MinSet and MaxSet that a CSMS may move."""
    return Variable(
        component, name, "", DataType.DECIMAL, Mutability.READ_ONLY, unit=unit, component_instance=instance,
        attributes=bounds, persistent=False, monitored=True, live=True,
    )  # fmt: skip


def low_bound(value: float) -> Attribute:
    """MinSet of a number, as it leaves the factory."""
    return Attribute(MIN_SET, f"{value:g}")


def high_bound(value: float) -> Attribute:
    """MaxSet of a number, as it leaves the factory."""
    return Attribute(MAX_SET, f"{value:g}")


def written(value: bool) -> str:
    """A truth as OCPP writes it."""
    return "true" if value else "false"


def is_enabled(site: Site) -> bool:
    """Whether a part is switched on, by what was set or by the model."""
    key = key_of(site.name, site.place, "Enabled")
    changed = site.station.flash.changed.get(key)
    if changed is None:
        variable = site.station.variables.model.get(key)
        changed = "true" if variable is None else variable.default
    return changed.lower() == "true"


def bound(site: Site, variable: str, kind: AttributeType, factory: float) -> float:
    """MinSet or MaxSet of one of a part's numbers: what a CSMS has set, else the factory's value."""
    text = site.station.flash.changed.get(f"{key_of(site.name, site.place, variable)}/{kind.value}")
    return float(text) if text else factory
