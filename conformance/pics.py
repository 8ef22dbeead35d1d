"""What the certification profiles ask of a feature declaration itself (2.0.1 part 5, errata 2025-09).

A declaration may be short of something, which is a gap and told, or contradict itself, which is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from conformance.vocabulary import STATION, Role

ADVANCED_UI = "Advanced UI"
LOCAL_LIST = "Local Auth List"


class Subtype(StrEnum):
    """The kinds of charging station that some cases tell apart."""

    NORMAL = "normal"
    MODE12 = "mode 1/2 only"
    WIRELESS = "wireless"


SUBTYPES = {Subtype.MODE12: "SUBTYPE-MODE12", Subtype.WIRELESS: "SUBTYPE-WIRELESS"}
"""The features that conditions know a subtype by."""
SUB_OPTIONS = {
    "C-06": ("C-06.1", "C-06.2"),
    "C-09": tuple(f"C-09.{number}" for number in range(1, 7)),
    "C-10": tuple(f"C-10.{number}" for number in range(1, 6)),
    "C-12": ("C-12.1", "C-12.2"),
    "C-29": tuple(f"C-29.{number}" for number in range(1, 7)),
    "C-40": tuple(f"C-40.{number}" for number in range(1, 6)),
    "C-48": ("C-48.1", "C-48.2"),
    "C-50": ("C-50.1", "C-50.2"),
    "SC-2": ("SC-2.1", "SC-2.2"),
    "UI-1": ("UI-1.1", "UI-1.2", "UI-1.3"),
    "UI-2": ("UI-2.1", "UI-2.2", "UI-2.3", "UI-2.4"),
}
"""A feature with sub-options is there if one of them is."""
_AT_LEAST_ONE = ("C-06", "C-09", "C-10", "C-12", "C-48")
_LOCAL = ("C-30", "C-31", "C-32", "C-34")
_REMOTE = ("C-36", "C-37", "C-38", "C-39")
_EVERY_CSMS = ("C-30", "C-31", "C-35", "C-36", "C-37")
_SUITES = (
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
)
Features = Mapping[str, Any]


def derived(features: Features) -> dict[str, Any]:
    """The features that follow from what is declared of their sub-options."""
    return {
        whole: any(features.get(part) for part in parts)
        for whole, parts in SUB_OPTIONS.items()
        if whole not in features and any(part in features for part in parts)
    }


def contradictions(role: Role, profiles: frozenset[str], features: Features) -> Iterator[tuple[str, str]]:
    """What cannot be true together: the feature that is at fault, and what would be right."""
    for whole, parts in SUB_OPTIONS.items():
        said = [features[part] for part in parts if part in features]
        if features.get(whole) is True and said and not any(said):
            yield whole, f"{whole} is yes, but no sub-option of it; expected yes for one of {_either(parts)}"
        if features.get(whole) is False and (claimed := [part for part in parts if features.get(part)]):
            yield whole, f"{whole} is no, but {claimed[0]} is yes; expected both or neither"
    if role is STATION:
        yield from _of_station(profiles, features)


def _of_station(profiles: frozenset[str], features: Features) -> Iterator[tuple[str, str]]:
    if features.get("C-01") is True and not _authorizes_offline(profiles, features):
        yield "C-01", "C-01 needs C-35, or a local identification (C-30 to C-34) with the local list, C-49 or C-02"
    for feature in ("C-53", "C-54", "C-59"):
        if features.get(feature) and features.get("C-49") is False:
            yield feature, f"{feature} is about the authorization cache; expected C-49: yes"
    if "C-23" in features and "Heartbeat" not in _listed(features["C-23"]):
        yield "C-23", "C-23 lists time sources; Heartbeat has to be among them"
    if "C-41" in features and not any(set(pair) <= set(_listed(features["C-41"])) for pair in _SUITES):
        yield "C-41", f"C-41 lists cipher suites; expected {' or '.join(' with '.join(pair) for pair in _SUITES)}"


def _authorizes_offline(profiles: frozenset[str], features: Features) -> bool:
    known = any(features.get(each) for each in _LOCAL)
    unknown = bool(features.get("C-02")) and (known or bool(features.get("C-33")))
    return bool(features.get("C-35")) or unknown or (known and (LOCAL_LIST in profiles or bool(features.get("C-49"))))


def gaps(role: Role, profiles: frozenset[str], features: Features) -> Iterator[str]:
    """What the profiles demand of a declaration, and this one does not say."""
    if role is not STATION:
        yield from (
            f"{each} is required of every CSMS, and not declared" for each in _EVERY_CSMS if not features.get(each)
        )
    elif not any(features.get(each) for each in _REMOTE):
        yield f"at least one kind of remote start has to be supported: {_either(_REMOTE)}"
    wanted = (*_AT_LEAST_ONE, *(("UI-1", "UI-2") if ADVANCED_UI in profiles else ())) if role is STATION else ("C-50",)
    for whole in wanted:
        if not any(features.get(part) for part in SUB_OPTIONS[whole]):
            yield f"{whole}: at least one has to be supported of {_either(SUB_OPTIONS[whole])}"
    if role is STATION:
        yield from _unlisted(features)


def _unlisted(features: Features) -> Iterator[str]:
    lists = ["C-23", *SUB_OPTIONS["C-40"], "C-41", *(["C-54"] if features.get("C-49") else [])]
    missing = [each for each in lists if not _listed(features.get(each))]
    if missing:
        yield f"lists of values are missing: {', '.join(missing)}"


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else []


def _either(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
