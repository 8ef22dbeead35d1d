"""What a 2.0.1 station is set to, as far as its states depend on it."""

from __future__ import annotations

from typing import Any

from conformance.vocabulary import Reply, Script, Subject, ask, one_of


def start_points(station: Subject) -> Script:
    """The station's TxStartPoint: as declared, else as the station says."""
    if station.tx_start is not None:
        return station.tx_start
    return (yield from points_of(station, "TxStartPoint"))


def points_of(station: Subject, name: str) -> Script:
    """TxStartPoint or TxStopPoint, as the station says now."""
    value = yield from variable(station, "TxCtrlr", name)
    return frozenset(part.strip() for part in str(value).split(","))


def stop_points(station: Subject) -> Script:
    """The station's TxStopPoint, as it says."""
    return (yield from points_of(station, "TxStopPoint"))


def variable(station: Subject, component: str, name: str, *, instance: str = "") -> Script:
    """Read one variable; None where the station has none."""
    reply: Reply = yield ask("GetVariables", {"getVariableData": [_named(component, name, instance)]})
    return reply.get("getVariableResult.0.attributeValue")


def _named(component: str, name: str, instance: str = "", **more: Any) -> dict[str, Any]:
    variable = {"name": name, "instance": instance} if instance else {"name": name}
    return {"component": {"name": component}, "variable": variable, **more}


def configured(
    station: Subject, component: str, name: str, value: object, *, instance: str = "", optional: bool = False
) -> Script:
    """Set one variable; with ``optional`` a station that lacks it, or has it fixed, goes on as it is."""
    wanted = one_of("Accepted", "RebootRequired")
    if optional:
        wanted = one_of("Accepted", "RebootRequired", "Rejected", "UnknownComponent", "UnknownVariable")
    data = _named(component, name, instance, attributeValue=str(value))
    yield ask("SetVariables", {"setVariableData": [data]}, having={"setVariableResult.0.attributeStatus": wanted})


def held(station: Subject, component: str, name: str, value: object) -> Script:
    """A variable has this value, by itself or from now on."""
    now = yield from variable(station, component, name)
    if str(now).lower() != str(value).lower():
        yield from configured(station, component, name, value)
