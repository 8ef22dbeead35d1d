"""Monitoring as a CSMS orders it in OCPP 2.0.1 (N02–N06), and the report of what is watched."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

import simpy

from protocol.errors import Code
from protocol.session import Answered
from simulator.dialects.dialect import Payload, handles, size_of
from simulator.dialects.events201 import component, variable
from simulator.dialects.ocpp201 import HANDLERS
from simulator.dialects.reports201 import Wanted
from simulator.dialects.variables201 import find, unknown
from simulator.line import CallRefused
from simulator.monitoring import orders
from simulator.monitoring.monitor import PERIODICS, THRESHOLDS, Monitor, MonitorType

if TYPE_CHECKING:
    from simulator.station import Station

CRITERIA = {
    "ThresholdMonitoring": THRESHOLDS,
    "DeltaMonitoring": frozenset({MonitorType.DELTA}),
    "PeriodicMonitoring": PERIODICS,
}
"""Which monitors a criterion covers (N02.FR.12–.14)."""

TYPES = frozenset(MonitorType)


@handles(HANDLERS, "SetVariableMonitoring")
def set_variable_monitoring(station: Station, ask: Payload) -> Payload:
    """N04.FR.01: each monitor on its own."""
    _check_size(station, ask, ask["setMonitoringData"], "SetVariableMonitoring")
    return {"setMonitoringResult": [_set(station, wanted) for wanted in ask["setMonitoringData"]]}


def _check_size(station: Station, ask: Payload, items: list[Any], action: str) -> None:
    """N04.FR.09, N06.FR.06, N06.FR.07."""
    variables = station.variables
    if len(items) > (most := variables.number(f"MonitoringCtrlr.ItemsPerMessage.{action}")):
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {most} items")
    if size_of(ask) > (most := variables.number(f"MonitoringCtrlr.BytesPerMessage.{action}")):
        raise CallRefused(Code.FORMAT_VIOLATION, f"more than {most} bytes")


def _set(station: Station, wanted: Payload) -> Payload:
    """N04.FR.02: the result names component and variable as the request does."""
    outcome = _outcome(station, wanted)
    result = {"status": outcome.status, **{key: wanted[key] for key in ("type", "severity", "component", "variable")}}
    if outcome.id is not None:
        result["id"] = outcome.id
    if outcome.reason is not None:
        result["statusInfo"] = {"reasonCode": outcome.reason}
    return result


def _outcome(station: Station, wanted: Payload) -> orders.Outcome:
    """N04.FR.03, N04.FR.04."""
    found = find(station, wanted)
    if found is None:
        return orders.Outcome(unknown(station, wanted))
    if wanted["type"] not in TYPES:
        return orders.Outcome("UnsupportedMonitorType")  # 2.1 has others, which compare with a target
    wish = orders.Wish(
        MonitorType(wanted["type"]),
        float(wanted["value"]),
        wanted["severity"],
        wanted.get("transaction", False),
        wanted.get("id"),
    )
    return orders.set_monitor(station, found, wish)


@handles(HANDLERS, "ClearVariableMonitoring")
def clear_variable_monitoring(station: Station, ask: Payload) -> Payload:
    """N06.FR.05."""
    _check_size(station, ask, ask["id"], "ClearVariableMonitoring")
    return {
        "clearMonitoringResult": [
            {"id": number, "status": orders.clear_monitor(station, number)} for number in ask["id"]
        ]
    }


@handles(HANDLERS, "SetMonitoringBase")
def set_monitoring_base(station: Station, ask: Payload) -> Payload:
    """N03."""
    return {"status": orders.set_base(station, ask["monitoringBase"])}


@handles(HANDLERS, "SetMonitoringLevel")
def set_monitoring_level(station: Station, ask: Payload) -> Payload:
    """N05."""
    return {"status": orders.set_level(station, ask["severity"])}


@handles(HANDLERS, "GetMonitoringReport")
def get_monitoring_report(station: Station, ask: Payload) -> Payload:
    """N02."""
    named = ask.get("componentVariable")
    most = station.variables.number("DeviceDataCtrlr.ItemsPerMessage.GetReport")
    if named is not None and len(named) > most:
        raise CallRefused(Code.OCCURRENCE_CONSTRAINT_VIOLATION, f"more than {most} component variables")  # N02.FR.07
    if any(criterion not in CRITERIA for criterion in ask.get("monitoringCriteria", ())):
        return {"status": "NotSupported"}
    wanted = [monitor for monitor in orders.monitors(station) if _asked_for(station, monitor, ask)]
    if not wanted:
        return {"status": "EmptyResultSet"}
    station.later(lambda: station.errand(_notify(station, ask["requestId"], _by_variable(station, wanted))))
    return {"status": "Accepted"}


def _asked_for(station: Station, monitor: Monitor, ask: Payload) -> bool:
    """N02.FR.05, .06, .08, .11: what is absent does not narrow the choice."""
    criteria, named = ask.get("monitoringCriteria"), ask.get("componentVariable")
    if criteria is not None and not any(monitor.type in CRITERIA[criterion] for criterion in criteria):
        return False
    watched = station.variables.model[monitor.key]
    return named is None or any(Wanted.of(item).covers(watched) for item in named)  # N02.FR.16–.21


def _by_variable(station: Station, monitors: Iterable[Monitor]) -> list[Payload]:
    """One MonitoringData for each variable."""
    model = station.variables.model
    places = {key: number for number, key in enumerate(model)}
    found = []
    for key, group in groupby(sorted(monitors, key=lambda monitor: places[monitor.key]), lambda monitor: monitor.key):
        watched = model[key]
        found.append(
            {
                "component": component(watched.component, watched.component_instance, watched.place),
                "variable": variable(watched.name, watched.instance),
                "variableMonitoring": [
                    {
                        "id": monitor.id,
                        "transaction": monitor.transaction,
                        "value": monitor.value,
                        "type": monitor.type.value,
                        "severity": monitor.severity,
                        **station.dialect.monitor_traits(monitor),
                    }
                    for monitor in group
                ],
            }
        )
    return found


def _notify(station: Station, request_id: int, entries: list[Payload]) -> Generator[simpy.Event, Any, None]:
    """N02.FR.03, .04, .09: in parts, numbered from 0; it ends where a part gets no answer."""
    size = station.variables.number("DeviceDataCtrlr.ItemsPerMessage.GetReport")
    generated = station.stamp()
    parts = [entries[at : at + size] for at in range(0, len(entries), size)]
    for number, part in enumerate(parts):
        payload: Payload = {"requestId": request_id, "generatedAt": generated, "seqNo": number, "monitor": part}
        if number < len(parts) - 1:
            payload["tbc"] = True
        reply = yield station.line.call("NotifyMonitoringReport", payload)
        if not isinstance(reply, Answered):
            return
