"""How a station's domain is said in each OCPP version; importing this fills the tables of handlers."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from protocol.versions import Version
from simulator.dialects.dialect import DIALECTS, Dialect

__all__ = ["DIALECTS", "Dialect", "dialect_of"]

for _module in pkgutil.iter_modules(__path__):
    if _module.name != "manual":
        import_module(f"{__name__}.{_module.name}")


def dialect_of(version: Version) -> Dialect:
    """The dialect of a version. Raises ValueError where the simulator has none yet."""
    if version not in DIALECTS:
        spoken = ", ".join(sorted(known.name for known in DIALECTS))
        raise ValueError(f"stations do not speak OCPP {version.name} (but {spoken})")
    return DIALECTS[version]
