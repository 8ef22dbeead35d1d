"""How commands name variables: ``Component[instance](evse,connector).Variable.instance``, or OCPP's long form."""

from __future__ import annotations

import re

from csms_reference.dialects.registry import Payload

_COMPONENT = r"(?P<component>[^.\[\](),]+)(?:\[(?P<instance>[^\]]+)\])?(?:\((?P<evse>\d+)(?:,(?P<connector>\d+))?\))?"
_NAME = re.compile(_COMPONENT + r"(?:\.(?P<variable>[^.\[]+)(?:\.(?P<dotted>.+)|\[(?P<bracketed>[^\]]+)\])?)?")


def component_variable(name: str | Payload) -> Payload:
    """ComponentVariableType; without a variable it means each of the component's. Raises ValueError."""
    if isinstance(name, dict):
        return name
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not of the form Component[instance](evse,connector).Variable.instance")
    part = found.groupdict()
    component: Payload = {"name": part["component"]}
    if part["instance"]:
        component["instance"] = part["instance"]
    if part["evse"]:
        component["evse"] = {"id": int(part["evse"])}
        if part["connector"]:
            component["evse"]["connectorId"] = int(part["connector"])
    if not part["variable"]:
        return {"component": component}
    variable: Payload = {"name": part["variable"]}
    if instance := part["dotted"] or part["bracketed"]:
        variable["instance"] = instance
    return {"component": component, "variable": variable}


def named_variable(name: str | Payload) -> Payload:
    """A component and its variable. Raises ValueError where there is no variable."""
    named = component_variable(name)
    if isinstance(name, str) and "variable" not in named:
        raise ValueError(f"{name!r} is not of the form Component.Variable")
    return named
