"""What a piece of hardware is to the rest of the station. Vendors write their own against the same few methods.

A **component** is a kind of hardware with its parameters: immutable, one object for all stations of a profile. A
**part** is the state of one of them in one station; it is made when something first happens to it, so that a hundred
thousand idle stations have none. A part learns of the world, and acts on it, through its **site**.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from simulator.hardware.site import Site
    from simulator.physics.trace import Trace
    from simulator.variables import Variable


class Scope(StrEnum):
    """How many of a component a station has: one, one at each EVSE, or one at each connector."""

    STATION = "station"
    EVSE = "EVSE"
    CONNECTOR = "connector"


class Component(Protocol):
    """A kind of component and its parameters (a frozen dataclass whose fields a profile may set; units last).

    Two more attributes are understood where they are there. ``instance: str``: the component's instance in the device
    model, for a station that has several. ``senses: ClassVar[frozenset[str]]``: what makes a part needed, before which
    it costs nothing: fields of the Environment, or ``current`` (begins to flow), ``cable`` (is plugged in) and
    ``power`` (the electronics start). Without it, a part is made when anything about the environment changes.
    """

    name: ClassVar[str]
    """The component's name in the OCPP device model (part 2 appendices, standardized components)."""
    scope: ClassVar[Scope]

    def variables(self) -> Sequence[Variable]:
        """What it shows in the device model, without a place: the rig adds that."""

    def part(self, site: Site) -> Part:
        """A new one in a station, at rest, without timers: it may be made for a report only, and dropped again."""


class Part(Protocol):
    """The state of one component in one station. Every method brings it up to ``site.now`` first."""

    def value(self, variable: str) -> str | None:
        """The value of one of its variables as OCPP writes it; None: as the model or the flash says."""

    def trace(self, variable: str) -> Trace | None:
        """How a number among its variables goes on, for monitors; None: only by jumps, which it tells the site of."""

    def write(self, variable: str, value: str) -> bool:
        """Follow a value that the CSMS has set, which fits the model; False refuses it."""

    def disturbed(self) -> None:
        """Something around it is otherwise: current, contactor, cable, environment, power, or another part."""


Kind = TypeVar("Kind", bound=type[Component])

COMPONENTS: dict[str, type[Component]] = {}
"""Every kind of component that comes along, by its name in profiles; a module enters its own."""


def component(name: str) -> Callable[[Kind], Kind]:
    """Enter a kind of component. Raises ValueError for a second one of that name."""

    def enter(kind: Kind) -> Kind:
        if name in COMPONENTS:
            raise ValueError(f"two components {name}")
        COMPONENTS[name] = kind
        return kind

    return enter
