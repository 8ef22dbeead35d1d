"""What the station remembers of drivers: the authorization cache and the local authorization list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.site import Site
from simulator.tokens import TokenInfo

ENTRY_BYTES = 24
"""Status, dates and links of an entry, besides its texts."""


def used_bytes(entries: Iterable[tuple[str, TokenInfo]]) -> int:
    """The storage that entries take: their texts and what holds them together."""
    return sum(ENTRY_BYTES + len(key) + len(info.status) + len(info.group or "") for key, info in entries)


def _bytes(component: str, high: int) -> Variable:
    return Variable(
        component, "Storage", "0", DataType.INTEGER, Mutability.READ_ONLY, unit="B", high=high,
        persistent=False, monitored=True, live=True,
    )  # fmt: skip


@component("Cache")
@dataclass(frozen=True, slots=True)
class Cache:
    """The memory behind the authorization cache (2.0.1 appendix 3.1.3, AuthCacheCtrlr): the least recently used entry
    makes room.

    ``storage_bytes``: what it holds at most.
    """

    storage_bytes: int = parameter(131_072, at_least=0)

    name: ClassVar[str] = "AuthCacheCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Storage",)

    def variables(self) -> Sequence[Variable]:
        rules = ("LRU", "LFU", "FIFO", "CUSTOM")
        policy = Variable(
            self.name, "Policy", "LRU", DataType.OPTION_LIST, Mutability.READ_ONLY, options=rules, constant=True
        )
        return (_bytes(self.name, self.storage_bytes), policy)

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Storage":
            return None
        cache = gadget.site.station.flash.cache
        return str(used_bytes((key, info) for key, (info, _) in cache.entries.items()))


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
