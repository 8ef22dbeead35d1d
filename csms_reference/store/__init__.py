"""The CSMS's memory: an SQL database that is migrated on opening and written in grouped commits."""

import pkgutil
from importlib import import_module

from csms_reference.store.errors import StoreError
from csms_reference.store.store import Store

__all__ = ["Store", "StoreError"]

for _module in pkgutil.iter_modules(__path__):
    if _module.name.endswith("tables"):
        import_module(f"{__name__}.{_module.name}")
