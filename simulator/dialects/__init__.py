"""How a station's domain is said in each OCPP version."""

from __future__ import annotations

from functools import cache

from protocol.versions import Version
from simulator.dialects.dialect import DIALECTS, Dialect


@cache
def dialect_of(version: Version) -> Dialect:
    """The dialect of a version. Raises ValueError where the simulator has none yet."""
    import simulator.dialects.ocpp16
    import simulator.dialects.ocpp201  # noqa: F401  # they enter themselves in DIALECTS

    if version not in DIALECTS:
        spoken = ", ".join(sorted(known.name for known in DIALECTS))
        raise ValueError(f"stations do not speak OCPP {version.name} (but {spoken})")
    return DIALECTS[version]
