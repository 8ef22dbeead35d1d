"""Reads what a vendor declares of a system: profiles, features, and the values that bench and system agree on.

A declaration is a YAML file; every error names the line and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from conformance import catalogue, papers, pics
from conformance.document import Document, nearest, text_of
from conformance.papers import Credentials
from conformance.vocabulary import STATION, V16, V21, V201, Monitoring, Role, Subject, Token, Tokens, Watched


class DeclarationError(ValueError):
    """The declaration cannot be used: file, line, and what would be right."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is claimed of a system. ``features`` maps ids to yes and no, numbers, or lists of values.

    ``version`` is the OCPP version it speaks of, empty if it does not say. ``subtype`` is a station's.
    """

    role: Role
    profiles: frozenset[str] = frozenset({"Core"})
    features: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    subtype: pics.Subtype = pics.Subtype.NORMAL

    @property
    def declared(self) -> dict[str, Any]:
        """The features, with what follows from them, and the claimed profiles as the symbols that conditions use."""
        claims = {symbol: profile in self.profiles for symbol, profile in _SYMBOLS.items()}
        subtype = {pics.SUBTYPES[self.subtype]: True} if self.subtype in pics.SUBTYPES else {}
        return {**claims, **subtype, **pics.derived(self.features), **self.features}

    @property
    def gaps(self) -> tuple[str, ...]:
        """What the certification profiles of 2.0.1 want declared, and is not."""
        return () if self.version == V16 else tuple(pics.gaps(self.role, self.profiles, self.features))

    def configure(self, subject: Subject) -> Subject:
        """The subject with the agreed values."""
        told = replace(subject, **self.configuration, features=self.declared)
        return replace(told, password=_sent(told.password)) if told.version == V16 else told


AUTHORIZATION_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")
"""16 to 20 bytes in hexadecimal (1.6 security white paper, A00.FR.205)."""


def _sent(password: str | None) -> str | None:
    """What goes over the wire for an AuthorizationKey, which may also be told as text (OCPP-J 1.6 §6.2.2)."""
    if password is None or not AUTHORIZATION_KEY.fullmatch(password):
        return password
    return bytes.fromhex(password).decode(errors="surrogateescape")


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
"""The certification profiles of 2.0.1."""
PROFILES_16 = ("Core", "Local Auth List", "Smart Charging", "Reservation", "Security")
"""The certification profiles of 1.6."""
VERSIONS = (V16, V201, V21)


def load(path: Path) -> Declaration:
    """Read a declaration file. Raises DeclarationError."""
    return parse(text_of(path, DeclarationError), str(path))


def parse(text: str, name: str = "declaration") -> Declaration:
    """Read a declaration. Raises DeclarationError."""
    reading = _Reading(name, DeclarationError)
    return reading.declaration(reading.root(text, "role, profiles, features and configuration"))


class _Reading(Document):
    """One declaration being read."""

    def declaration(self, root: yaml.MappingNode) -> Declaration:
        parts = self.entries(root, ("role", "version", "subtype", "profiles", "features", "configuration"))
        if "role" not in parts:
            raise self.wrong(root, "role is missing; expected station or csms")
        role = self._role(parts["role"])
        given: dict[str, Any] = {"role": role}
        if "version" in parts:
            given["version"] = self._one_of(parts["version"], VERSIONS, "version")
        if "profiles" in parts:
            known = {V16: PROFILES_16, "": dict.fromkeys((*PROFILES, *PROFILES_16))}.get(
                given.get("version", ""), PROFILES
            )
            given["profiles"] = frozenset(
                self._one_of(each, known, "profile") for each in self.items(parts["profiles"])
            )
        if "subtype" in parts:
            given["subtype"] = self._subtype(parts["subtype"], role)
        if "features" in parts:
            given["features"] = self._features(parts["features"], role)
            self._consistent(parts["features"], Declaration(**given))
        if "configuration" in parts:
            given["configuration"] = self._configuration(parts["configuration"])
        return Declaration(**given)

    def _role(self, node: yaml.Node) -> Role:
        value = self.value(node)
        if value not in set(Role):
            raise self.wrong(node, f"role {value!r}; expected station or csms")
        return Role(value)

    def _profiles(self, node: yaml.Node, version: str) -> frozenset[str]:
        known = {V16: PROFILES_16, "": tuple(dict.fromkeys(PROFILES + PROFILES_16))}.get(version, PROFILES)
        return frozenset(self._one_of(each, known, "profile") for each in self.items(node))

    def _one_of(self, node: yaml.Node, known: Iterable[str], what: str) -> str:
        value = self.value(node)
        if str(value) not in set(known):
            raise self.wrong(node, f"{what} {value!r}; expected one of {', '.join(known)}")
        return str(value)

    def _subtype(self, node: yaml.Node, role: Role) -> pics.Subtype:
        if role is not STATION:
            raise self.wrong(node, f"a {role} has no subtype")
        return pics.Subtype(self._one_of(node, [str(each) for each in pics.Subtype], "subtype"))

    def _consistent(self, node: yaml.Node, told: Declaration) -> None:
        lines = {str(self.value(key)): each for key, each in self.pairs(node)}
        for feature, what in pics.contradictions(told.role, told.profiles, told.features):
            raise self.wrong(lines[feature], what)

    def _features(self, node: yaml.Node, role: Role) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known = catalogue.features(role)
        for key, each in self.pairs(node):
            name = str(self.value(key))
            if name not in known:
                near = nearest(name, known) or next(iter(known))
                raise self.wrong(key, f"feature {name!r} is none of a {role}; expected an id such as {near}")
            if name in found:
                raise self.wrong(key, f"{name} stands here twice")
            value = self.value(each)
            if not _fits(known[name].kind, value):
                raise self.wrong(each, f"{name}: {value!r}; expected {_WANTED.get(known[name].kind, 'yes or no')}")
            found[name] = value
        return found

    def _configuration(self, node: yaml.Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        entries = self.entries(node, tuple(CONFIGURABLE))
        for name, each in entries.items():
            value = self.value(each)
            try:
                found[name] = CONFIGURABLE[name](value)
            except (TypeError, ValueError, KeyError, OSError) as problem:
                raise self.wrong(each, f"{name}: {value!r} does not fit: {problem}") from None
        return found


_WANTED = {"list of values": "a list of values, or no", "value": "a number, a text or a list of values"}
"""What may be declared of a feature, by its kind in ``features.csv``."""


def _fits(kind: str, value: Any) -> bool:
    if kind == "value":
        return isinstance(value, int | str) or _is_list_of_text(value)
    if kind == "list of values":
        return value is False or _is_list_of_text(value)
    return isinstance(value, bool)


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


def _level(value: Any) -> int:
    if isinstance(value, bool) or value not in {0, 1, 2, 3}:
        raise ValueError("expected a security profile from 0 to 3")
    return int(value)


def _urls(value: Any) -> tuple[str, ...]:
    if not _is_list_of_text(value) or not all(each.startswith(("ws://", "wss://")) for each in value):
        raise ValueError("expected a list of ws: or wss: addresses")
    return tuple(value)


def _credentials(value: Any) -> Credentials:
    if not isinstance(value, Mapping) or set(value) != {"certificate", "key"}:
        raise ValueError("expected certificate and key, the names of two PEM files")
    chain, key = (Path(_text(value[name])).read_text(encoding="ascii") for name in ("certificate", "key"))
    return Credentials(chain, key)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected a text")
    return value


def _unit(value: Any) -> str:
    if value not in ("A", "W"):
        raise ValueError("expected A or W")
    return str(value)


def _tokens(value: Any) -> Tokens:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a mapping of {', '.join(each.name for each in fields(Tokens))}")
    return replace(Tokens(), **{str(name): _token(each) for name, each in value.items()})


def _token(value: Any) -> Token:
    return Token(**value) if isinstance(value, Mapping) else Token(_text(value))


def _monitoring(value: Any) -> Monitoring:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a mapping of {', '.join(each.name for each in fields(Monitoring))}")
    given = {str(name): _watched(name, each) for name, each in value.items()}
    return replace(Monitoring(), **given)


def _watched(name: str, value: Any) -> Any:
    if isinstance(getattr(Monitoring(), name, None), Watched):
        if not isinstance(value, Mapping):
            raise TypeError(f"{name}: expected component and variable, perhaps evse and connector")
        return Watched(**value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected a number")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not _is_list_of_text(value):
        raise ValueError("expected a list of texts")
    return tuple(value)


def _points(value: Any) -> frozenset[str]:
    if not _is_list_of_text(value):
        raise ValueError("expected a list such as [EVConnected]")
    return frozenset(value)


FIRMWARE = (
    "image", "signature", "certificate", "forged_signature", "untrusted_certificate", "broken_image",
    "broken_signature", "broken_certificate",
)  # fmt: skip
"""What a vendor can give for updates: files or URLs of images, files or texts of signatures (base64) and PEM."""


def _firmware(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        raise TypeError(f"expected a mapping of {', '.join(FIRMWARE)} to files")
    if unknown := sorted(set(value) - set(FIRMWARE)):
        raise ValueError(f"{unknown[0]!r} is unknown; expected one of {', '.join(FIRMWARE)}")
    return dict(value)


CONFIGURABLE: dict[str, Callable[[Any], Any]] = {
    "identity": _text,
    "password": _text,
    "security_profile": _level,
    "urls": _urls,
    "secure_urls": _urls,
    "serial_number": _text,
    "organisation": _text,
    "signing_wait_s": _count,
    "responder_url": _text,
    "pki": lambda value: papers.kept(Path(_text(value))),
    "csms_roots": lambda value: Path(_text(value)).read_text(encoding="ascii"),
    "credentials": _credentials,
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
    "outage_s": _count,
    "network_slots": lambda value: tuple(_count(each) for each in value),
    "interface": _text,
    "back_off_s": _count,
    "unsupported_criterion": _text,
    "files_url": _text,
    "firmware": _firmware,
    "firmware_s": _seconds,
    "schedule_s": _seconds,
    "retry_s": _count,
    "customer": _text,
    "monitoring": _monitoring,
    "display": _text,
    "display_states": _texts,
    "display_s": _seconds,
    "rate_unit": _unit,
    "phases": _count,
}
"""What may stand under ``configuration``, and how it is read."""
