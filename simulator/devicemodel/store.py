"""The values of one station's variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from simulator.devicemodel.model import Model
from simulator.devicemodel.variable import NUMBERS, AttributeType, DataType, Mutability, Variable

if TYPE_CHECKING:
    from simulator.flash import Flash

ACTUAL, TARGET = AttributeType.ACTUAL, AttributeType.TARGET
MIN_SET, MAX_SET = AttributeType.MIN_SET, AttributeType.MAX_SET


class SetStatus(StrEnum):
    """The outcome of a write (SetVariableStatusEnumType)."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    NOT_SUPPORTED_ATTRIBUTE_TYPE = "NotSupportedAttributeType"
    REBOOT_REQUIRED = "RebootRequired"


Owner = TypeVar("Owner")
"""Whose variables they are: a station, for all but tests."""

Readers = Mapping[str, Callable[[Owner], str | None]]
"""How values that nobody keeps are known from their owner, by key; None: as the flash or the model says."""


class Variables(Generic[Owner]):
    """The values of one owner: the model's defaults, what the flash says was changed, and live ones.

    ``readers``: the variables that are computed from the owner when they are read, and how.
    """

    __slots__ = ("_flash", "_owner", "_readers", "model")

    def __init__(self, model: Model, flash: Flash, readers: Readers[Owner], owner: Owner) -> None:
        self.model = model
        self._flash = flash
        self._readers = readers
        self._owner = owner

    def text(self, key: str) -> str:
        """The value as OCPP writes it. Raises KeyError for a variable that the station does not have."""
        if (read := self._readers.get(key)) is not None and (value := read(self._owner)) is not None:
            return value
        changed = self._flash.changed.get(key)
        return self.model.defaults[key] if changed is None else changed

    def attribute(self, key: str, kind: AttributeType) -> str | None:
        """One of a variable's values, empty where it is not set; None where the variable has no such attribute."""
        if kind is ACTUAL:
            return self.text(key)
        variable = self.model[key]
        if (attribute := variable.attribute(kind)) is None:
            return None
        return self._flash.changed.get(variable.stored(kind), attribute.default)

    def set(self, key: str, value: str, kind: AttributeType = ACTUAL) -> None:
        """Set a value without a question. What is as it left the factory is not kept: most stations keep nothing."""
        variable = self.model[key]
        value = value.lower() if variable.type is DataType.BOOLEAN else value  # which is taken in any case
        attribute = variable.attribute(kind)
        if attribute is not None and value == attribute.default:
            self._flash.changed.pop(variable.stored(kind), None)
        else:
            self._flash.changed[variable.stored(kind)] = value

    def number(self, key: str) -> int:
        """The value of an integer variable."""
        return int(self.text(key))

    def decimal(self, key: str) -> float:
        """The value of a decimal variable."""
        return float(self.text(key))

    def flag(self, key: str) -> bool:
        """The value of a boolean variable."""
        return self.text(key).lower() == "true"

    def items(self, key: str) -> tuple[str, ...]:
        """The members of a list variable."""
        return _members(self.text(key))

    def check(self, key: str, value: str, kind: AttributeType = ACTUAL) -> SetStatus:
        """What the model answers to a write (B05.FR.04–.09), before anybody has followed it."""
        variable = self.model.get(key := self.model.spelt(key))
        if variable is None:
            known = self.model.has_component(key.partition(".")[0])
            return SetStatus.UNKNOWN_VARIABLE if known else SetStatus.UNKNOWN_COMPONENT
        if (attribute := variable.attribute(kind)) is None:
            return SetStatus.NOT_SUPPORTED_ATTRIBUTE_TYPE
        if attribute.mutability is Mutability.READ_ONLY or self.objection(variable, value, kind):
            return SetStatus.REJECTED
        return SetStatus.REBOOT_REQUIRED if variable.reboot else SetStatus.ACCEPTED

    def objection(self, variable: Variable, value: str, kind: AttributeType = ACTUAL) -> str | None:
        """Why a value may not be set, or None: it fits the variable and the bounds that were set (part 1 §4.3)."""
        if (why := variable.objection(value)) or variable.type not in NUMBERS or not variable.attributes:
            return why
        low, high = (self.attribute(variable.key, bound) for bound in (MIN_SET, MAX_SET))
        if low and kind is not MIN_SET and float(value) < float(low):
            return f"below MinSet, which is {low}"
        if high and kind is not MAX_SET and float(value) > float(high):
            return f"above MaxSet, which is {high}"
        return None

    def write(self, key: str, value: str, kind: AttributeType = ACTUAL) -> SetStatus:
        """Set a value as a CSMS would, with every check that the model asks for.

        One that needs a reboot waits in ``pending``; until then ``text`` gives the value in use, ``shown`` the new one.
        """
        status = self.check(key, value, kind)
        variable = self.model.get(self.model.spelt(key))
        if variable is not None and status is SetStatus.REBOOT_REQUIRED:
            self._flash.pending = {**self._flash.pending, variable.stored(kind): value}
        elif variable is not None and status is SetStatus.ACCEPTED:
            self.set(variable.key, value, kind)
        return status

    def shown(self, key: str, kind: AttributeType = ACTUAL) -> str | None:
        """The value that a CSMS reads: what was set last, in use or not yet; None without such an attribute."""
        waiting = self._flash.pending.get(self.model[key].stored(kind)) if self._flash.pending else None
        return self.attribute(key, kind) if waiting is None else waiting


@lru_cache(256)  # what to measure is asked for with every sample, and is the same for most stations
def _members(text: str) -> tuple[str, ...]:
    return tuple(item for item in map(str.strip, text.split(",")) if item)
