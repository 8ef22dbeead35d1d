"""One variable of the device model: its name and place, how its value is written, and what fits it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from protocol.stamps import parse
from simulator.hardware.place import STATION, Place


class Mutability(StrEnum):
    """Who may read and write a variable (MutabilityEnumType)."""

    READ_ONLY = "ReadOnly"
    WRITE_ONLY = "WriteOnly"
    READ_WRITE = "ReadWrite"


class DataType(StrEnum):
    """How a value is written (DataEnumType)."""

    STRING = "string"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BOOLEAN = "boolean"
    OPTION_LIST = "OptionList"
    SEQUENCE_LIST = "SequenceList"
    MEMBER_LIST = "MemberList"


LISTS = frozenset({DataType.OPTION_LIST, DataType.SEQUENCE_LIST, DataType.MEMBER_LIST})
NUMBERS = frozenset({DataType.DECIMAL, DataType.INTEGER})


class AttributeType(StrEnum):
    """Which of a variable's values is meant (AttributeEnumType)."""

    ACTUAL = "Actual"
    TARGET = "Target"
    MIN_SET = "MinSet"
    MAX_SET = "MaxSet"


_NUMBERS = {
    DataType.INTEGER: re.compile(r"-?(?:0|[1-9][0-9]{0,9})"),
    DataType.DECIMAL: re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?"),
}
INTEGERS = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value that a variable has beside the actual one (part 1 §4.3). Empty: not set."""

    type: AttributeType
    default: str = ""
    mutability: Mutability = Mutability.READ_WRITE
    persistent: bool = True


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the model.

    ``low``/``high``: range of numbers, length of text and lists (VariableCharacteristicsType); ``options``: allowed
    values; ``form``: a regular expression that all of a text must match. ``component_instance`` and ``place`` say which
    of several components it belongs to. ``attributes``: what it has beside its actual value. ``persistent``: it
    outlives a loss of power; ``constant``: the station never changes it; ``monitored``: a CSMS may set monitors on it;
    ``live``: its actual value is known when it is read, not kept.
    ``key`` is ``Component[instance](evse,connector).Variable.instance`` without what is empty.
    """

    component: str
    name: str
    default: str
    type: DataType = DataType.STRING
    mutability: Mutability = Mutability.READ_WRITE
    instance: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    reboot: bool = False
    form: str = ""
    component_instance: str = ""
    place: Place = STATION
    attributes: tuple[Attribute, ...] = ()
    persistent: bool = True
    constant: bool = False
    monitored: bool = False
    live: bool = False
    key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.component_key}.{self.local}")

    @property
    def component_key(self) -> str:
        """``Component[instance](evse,connector)`` without what is empty."""
        return component_key(self.component, self.component_instance, self.place)

    @property
    def local(self) -> str:
        """``Variable`` or ``Variable.instance``: what the component's part calls it."""
        return f"{self.name}.{self.instance}" if self.instance else self.name

    @property
    def max_length(self) -> int | None:
        """The most characters of a text or list; None where there is no limit or it is a number."""
        return None if self.high is None or self.type in NUMBERS else int(self.high)

    def attribute(self, kind: AttributeType) -> Attribute | None:
        """One of its values; None where it has no such one."""
        if kind is AttributeType.ACTUAL:
            return Attribute(kind, self.default, self.mutability, self.persistent)
        return next((attribute for attribute in self.attributes if attribute.type is kind), None)

    def stored(self, kind: AttributeType) -> str:
        """The name under which a value is kept: the key, and for other attributes ``key/Target``."""
        return self.key if kind is AttributeType.ACTUAL else f"{self.key}/{kind.value}"

    def is_number(self, value: str) -> bool:
        """Whether a value is written as a number of this variable's type (part 2 §2.1.4)."""
        return _NUMBERS[self.type].fullmatch(value) is not None

    def objection(self, value: str) -> str | None:
        """Why ``value`` does not fit, or None (B05.FR.07/.08: type, range, list)."""
        return _OBJECTIONS[self.type](self, value)


def component_key(component: str, instance: str = "", place: Place = STATION) -> str:
    """``Component[instance](evse,connector)`` without what is empty."""
    named = f"{component}[{instance}]" if instance else component
    if not place.evse:
        return named
    return f"{named}({place.evse},{place.connector})" if place.connector else f"{named}({place.evse})"


def written(value: object) -> str:
    """A Python value as OCPP writes it: booleans in lower case, lists joined by commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)


def _wrong_text(variable: Variable, value: str) -> str | None:
    if variable.high is not None and len(value) > variable.high:
        return f"longer than {variable.high:g} characters"
    if variable.low is not None and len(value) < variable.low:
        return f"shorter than {variable.low:g} characters"
    if variable.form and not re.fullmatch(variable.form, value):
        return f"not of the form {variable.form}"
    return None


def _no_number(variable: Variable, value: str) -> str | None:
    if not variable.is_number(value):
        return f"not {'an integer' if variable.type is DataType.INTEGER else 'a decimal'}"
    number = float(value)
    if variable.type is DataType.INTEGER and not INTEGERS[0] <= number <= INTEGERS[1]:
        return "more than 32 bits"
    if variable.low is not None and not number >= variable.low:
        return f"below {variable.low:g}"
    if variable.high is not None and not number <= variable.high:
        return f"above {variable.high:g}"
    return None


def _no_date(_variable: Variable, value: str) -> str | None:
    try:
        if value:  # it may be unset
            parse(value)
    except ValueError:
        return "not a date and time (RFC 3339)"
    return None


def _no_boolean(_variable: Variable, value: str) -> str | None:
    return None if value.lower() in ("true", "false") else "neither true nor false"


def _no_option(variable: Variable, value: str) -> str | None:
    return None if value in variable.options else f"not one of {', '.join(variable.options)}"


def _no_list(variable: Variable, value: str) -> str | None:
    if wrong := _wrong_text(variable, value):
        return wrong
    if not variable.options or not value:
        return None
    strange = [item for item in map(str.strip, value.split(",")) if item not in variable.options]
    return f"{', '.join(strange)} not among {', '.join(variable.options)}" if strange else None


_OBJECTIONS: dict[DataType, Callable[[Variable, str], str | None]] = {
    DataType.STRING: _wrong_text,
    DataType.DATE_TIME: _no_date,
    DataType.DECIMAL: _no_number,
    DataType.INTEGER: _no_number,
    DataType.BOOLEAN: _no_boolean,
    DataType.OPTION_LIST: _no_option,
    DataType.SEQUENCE_LIST: _no_list,
    DataType.MEMBER_LIST: _no_list,
}
