"""What the station remembers of drivers: the authorization cache and the local authorization list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.site import Site
from simulator.tokens import used_bytes


def _bytes(component: str, high: int) -> Variable:
    return Variable(
        component, "Storage", "0", DataType.INTEGER, Mutability.READ_ONLY, unit="B", high=high,
        persistent=False, monitored=True, live=True,
    )  # fmt: skip


@component("Cache")
@dataclass(frozen=True, slots=True)
class Cache:
    """The memory behind the authorization cache (2.0.1 appendix 3.1.3, AuthCacheCtrlr): when it is full, entries make
    room by the Policy.

    ``storage_bytes``: what it holds at most.
    """

    storage_bytes: int = parameter(131_072, at_least=0)

    name: ClassVar[str] = "AuthCacheCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Storage",)

    def variables(self) -> Sequence[Variable]:
        return (_bytes(self.name, self.storage_bytes),)

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Storage":
            return None
        return str(gadget.site.station.flash.cache.used_bytes)


@component("LocalAuthList")
@dataclass(frozen=True, slots=True)
class LocalAuthList:
    """The memory behind the local authorization list (2.0.1 appendix 3.1.9, LocalAuthListCtrlr).

    ``storage_bytes``: what it holds at most.
    """

    storage_bytes: int = parameter(1_048_576, at_least=0)

    name: ClassVar[str] = "LocalAuthListCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "local list conflict"
    watched: ClassVar[tuple[str, ...]] = ("Storage",)

    def variables(self) -> Sequence[Variable]:
        return (_bytes(self.name, self.storage_bytes),)

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Storage":
            return None
        return str(used_bytes(gadget.site.station.flash.local_list.entries.items()))
