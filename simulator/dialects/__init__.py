"""How a station's domain is said in each OCPP version."""

from __future__ import annotations

from protocol.versions import Version
from simulator.dialects import configuration16, customer201, monitoring201, ocpp16, ocpp201, reports201, variables201
from simulator.dialects.dialect import DIALECTS, Dialect

__all__ = [
    "DIALECTS",
    "Dialect",
    "configuration16",
    "customer201",
    "dialect_of",
    "monitoring201",
    "ocpp16",
    "ocpp201",
    "reports201",
    "variables201",
]


def dialect_of(version: Version) -> Dialect:
    """The dialect of a version. Raises ValueError where the simulator has none yet."""
    if version not in DIALECTS:
        spoken = ", ".join(sorted(known.name for known in DIALECTS))
        raise ValueError(f"stations do not speak OCPP {version.name} (but {spoken})")
    return DIALECTS[version]
