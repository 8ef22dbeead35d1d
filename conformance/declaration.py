"""Reads what a vendor declares of a system: profiles, features, and the values that bench and system agree on.

A declaration is a YAML file; every error names the line and what would be right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from conformance import catalogue
from conformance.vocabulary import Role, Subject, Token, Tokens


class DeclarationError(ValueError):
    """The declaration cannot be used: file, line, and what would be right."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is claimed of a system. ``features`` maps ids to yes and no, numbers, or lists of values."""

    role: Role
    profiles: frozenset[str] = frozenset({"Core"})
    features: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def declared(self) -> dict[str, Any]:
        """The features with the claimed profiles as the symbols that conditions use."""
        claims = {symbol: profile in self.profiles for symbol, profile in _SYMBOLS.items()}
        return {**claims, **self.features}

    def configure(self, subject: Subject) -> Subject:
        """The subject with the agreed values."""
        return replace(subject, **self.configuration, features=self.declared)


_SYMBOLS = {
    "P_ISO15118": "ISO15118",
    "P_LOCAL_AUTH_LIST": "Local Auth List",
    "P_SMART_CHARGING": "Smart Charging",
    "LocalAuthListManagement": "Local Auth List",
    "Reservation": "Reservation",
    "SmartCharging": "Smart Charging",
}
PROFILES = (
    "Core", "Advanced Security", "Local Auth List", "Smart Charging", "Advanced Device Management", "Advanced UI",
    "Reservation", "ISO15118",
)  # fmt: skip


def load(path: Path) -> Declaration:
    """Read a declaration file. Raises DeclarationError."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as problem:
        raise DeclarationError(f"{path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise DeclarationError(f"{path}: not a UTF-8 text") from None


def parse(text: str, name: str = "declaration") -> Declaration:
    """Read a declaration. Raises DeclarationError."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise DeclarationError(f"{name}: {' '.join(str(problem).split())}") from None
    if not isinstance(root, yaml.MappingNode):
        raise DeclarationError(f"{name}: expected a mapping with role, profiles, features and configuration")
    return _Reading(name).declaration(root)


class _Reading:
    """One file being read; knows its name and the lines of its values."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loader = yaml.SafeLoader("")

    def declaration(self, root: yaml.MappingNode) -> Declaration:
        parts = self._entries(root, ("role", "profiles", "features", "configuration"))
        if "role" not in parts:
            raise self._wrong(root, "role is missing; expected station or csms")
        role = self._role(parts["role"])
        given: dict[str, Any] = {"role": role}
        if "profiles" in parts:
            given["profiles"] = frozenset(self._profile(node) for node in self._items(parts["profiles"]))
        if "features" in parts:
            given["features"] = self._features(parts["features"], role)
        if "configuration" in parts:
            given["configuration"] = self._configuration(parts["configuration"])
        return Declaration(**given)

    def _role(self, node: yaml.Node) -> Role:
        value = self._value(node)
        if value not in set(Role):
            raise self._wrong(node, f"role {value!r}; expected station or csms")
        return Role(value)

    def _profile(self, node: yaml.Node) -> str:
        value = self._value(node)
        if value not in PROFILES:
            raise self._wrong(node, f"profile {value!r}; expected one of {', '.join(PROFILES)}")
        return str(value)

    def _features(self, node: yaml.Node, role: Role) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known = list(catalogue.features(role))
        for key, each in self._pairs(node):
            name = str(self._value(key))
            if name not in known:
                raise self._wrong(key, f"feature {name!r} is none of a {role}; expected an id such as {known[0]}")
            value = self._value(each)
            if not isinstance(value, bool | int) and not _is_list_of_text(value):
                raise self._wrong(each, f"{name}: {value!r}; expected yes, no, a number or a list of values")
            found[name] = value
        return found

    def _configuration(self, node: yaml.Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        entries = self._entries(node, tuple(CONFIGURABLE))
        for name, each in entries.items():
            value = self._value(each)
            try:
                found[name] = CONFIGURABLE[name](value)
            except (TypeError, ValueError, KeyError) as problem:
                raise self._wrong(each, f"{name}: {value!r} does not fit: {problem}") from None
        return found

    def _entries(self, node: yaml.Node, known: tuple[str, ...]) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in self._pairs(node):
            name = str(self._value(key))
            if name not in known:
                raise self._wrong(key, f"{name!r} is unknown; expected one of {', '.join(known)}")
            if name in found:
                raise self._wrong(key, f"{name!r} stands here twice")
            found[name] = value
        return found

    def _pairs(self, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, "expected a mapping")
        return list(node.value)

    def _items(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._wrong(node, "expected a list")
        return list(node.value)

    def _value(self, node: yaml.Node) -> Any:
        return self._loader.construct_object(node, deep=True)

    def _wrong(self, node: yaml.Node, what: str) -> DeclarationError:
        return DeclarationError(f"{self._name}:{node.start_mark.line + 1}: {what}")


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError("expected seconds above 0")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("expected a whole number above 0")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected a text")
    return value


def _tokens(value: Any) -> Tokens:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a mapping of {', '.join(each.name for each in fields(Tokens))}")
    return replace(Tokens(), **{str(name): _token(each) for name, each in value.items()})


def _token(value: Any) -> Token:
    return Token(**value) if isinstance(value, Mapping) else Token(_text(value))


def _points(value: Any) -> frozenset[str]:
    if not _is_list_of_text(value):
        raise ValueError("expected a list such as [EVConnected]")
    return frozenset(value)


CONFIGURABLE: dict[str, Callable[[Any], Any]] = {
    "identity": _text,
    "password": _text,
    "tokens": _tokens,
    "evse": _count,
    "connector": _count,
    "evses": lambda value: tuple(_count(each) for each in value),
    "tx_start": _points,
    "tx_stop": _points,
    "message_s": _seconds,
    "boot_s": _seconds,
    "tolerance_s": _seconds,
    "transaction_s": _seconds,
    "reconnect_s": _seconds,
    "heartbeat_s": _count,
    "plug_timeout_s": _count,
    "sample_s": _count,
}
"""What may stand under ``configuration``, and how it is read."""
