"""The versions of OCPP as this CSMS speaks them; importing this fills the registry."""

import pkgutil
from importlib import import_module

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
