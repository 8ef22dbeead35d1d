"""The reader that drivers hold their cards to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.place import Place
from simulator.hardware.rig import sensed
from simulator.hardware.shown import enabled, flag, written
from simulator.hardware.site import Site
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station

CARD = "card"
"""What a reader ``senses``: a card is held to it."""

BY_HAND = frozenset({"Central", "eMAID", "KeyCode", "NoAuthorization"})
"""Tokens (IdTokenEnumType) that no reader reads: typed in, or none at all."""

TYPES = ("Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization")


@component("TokenReader")
@dataclass(frozen=True, slots=True)
class TokenReader:
    """Reads cards (2.0.1 appendix 3.2.53; Token and TokenType: what it read last, while it has power).

    ``misread``: the share of cards that it does not read at the first touch, 0..1.
    """

    misread: float = parameter(0.0, at_least=0, at_most=1)

    name: ClassVar[str] = "TokenReader"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({CARD})
    trouble: ClassVar[str] = "reader failure"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        read = {"mutability": Mutability.READ_ONLY, "persistent": False, "live": True}
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            Variable(self.name, "Token", "", DataType.STRING, high=36, **read),  # type: ignore[arg-type]
            Variable(self.name, "TokenType", "", DataType.OPTION_LIST, options=TYPES, **read),  # type: ignore[arg-type]
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Reader(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return written(gadget.works) if variable == "Active" else None


class Reader(Gadget):
    """One such reader. Fault: ``broken``: it reads nothing."""

    __slots__ = ("_boots", "_last")

    def __init__(self, site: Site, kind: TokenReader) -> None:
        self._last: Token | None = None
        self._boots = 0
        super().__init__(site, kind)

    @property
    def last(self) -> Token | None:
        """What it read last since it was switched on."""
        return self._last if self._boots == self.site.station.flash.boots else None

    def value(self, variable: str) -> str | None:
        if variable == "Token":
            return "" if self.last is None else self.last.id
        if variable == "TokenType":
            return "" if self.last is None else self.last.type
        return super().value(variable)

    def reads(self, token: Token) -> bool:
        """Whether it makes out a card that is held to it."""
        self.disturbed()
        if not self.works:
            return False
        assert isinstance(self.kind, TokenReader)
        if self.kind.misread and self.site.chance.uniform("misread card") < self.kind.misread:
            return False
        self._last, self._boots = token, self.site.station.flash.boots
        self.site.changed("Token")
        return True


def reads(station: Station, token: Token, evse: int | None) -> bool:
    """Whether a station makes out a card that is held to its reader; one without a reader of its own always does."""
    if token.type in BY_HAND or CARD not in sensed(station.profile.fittings):
        return True
    reader = station.rig.near("TokenReader", Place(evse or 0))
    return reader.reads(token) if isinstance(reader, Reader) else True


breakable(
    Fault("reader failure", "no card is read; 1.6: ReaderFailure", MappingProxyType({"TokenReader": {"broken": True}})),
)
