"""Guises: how a faulty peer connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Guise:
    """How a faulty peer connects: facts of ``Arrival`` (a station) or ``Connected`` (a CSMS) that differ from ours.

    ``credulous``: a station that takes whatever it is shown in TLS, so that it is shown something good.
    """

    arrives: Mapping[str, Any] = field(default_factory=dict)
    connects: Mapping[str, Any] = field(default_factory=dict)
    credulous: bool = False
    on_wire: Mapping[str, Any] = field(default_factory=dict)
    """Facts of ``conformance.wire.Outcome`` that differ."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """HTTP statuses that identities are refused with in the place of the right ones."""


NO_GUISE = Guise()
CREDULOUS = Guise(credulous=True)


def arrives(**facts: Any) -> Guise:
    """A station that connects otherwise: facts of ``Arrival``."""
    return Guise(arrives=facts)


def lets_in(**facts: Any) -> Guise:
    """A CSMS that shows itself otherwise: facts of ``Connected``."""
    return Guise(connects=facts)


def on_wire(**facts: Any) -> Guise:
    """Do otherwise below OCPP: facts of ``conformance.wire.Outcome``."""
    return Guise(on_wire=facts)


def refuses_with(statuses: Mapping[str, int]) -> Guise:
    """Refuse these identities with these HTTP statuses."""
    return Guise(statuses=statuses)
