"""OCPP 2.0.1: commands about reports, monitors and customers, and what the CSMS makes of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csms_reference.dialects.device201 import named
from csms_reference.dialects.names201 import component_variable, named_variable
from csms_reference.dialects.portions import MONITORING, joined, worst
from csms_reference.dialects.registry import Ask, Payload, afterwards, commands
from csms_reference.outcome import Outcome
from csms_reference.services import devicemodel
from csms_reference.services.devicemodel import Monitor
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

DEFAULT_SEVERITY = 5
"""Alert: the severity of a monitor unless said otherwise (SetMonitoringLevelRequest)."""


@commands("get_report", V201)
async def get_report(
    ask: Ask,
    *,
    criteria: list[str] | None = None,
    names: list[str | Payload] | None = None,
    request_id: int | None = None,
) -> Outcome:
    """B08. What it tells is read at ``/stations/{station}/variables``."""
    number = ask.next_number() if request_id is None else request_id
    return await ask("GetReport", _report(number, "componentCriteria", criteria, names))


def _report(number: int, by: str, criteria: list[str] | None, names: list[str | Payload] | None) -> Payload:
    """What a report is to tell: ``by`` is what its message calls criteria; without any it tells everything."""
    payload: Payload = {"requestId": number}
    if criteria:
        payload[by] = criteria
    if names:
        payload["componentVariable"] = [component_variable(name) for name in names]
    return payload


@commands("set_variable_monitoring", V201)
async def set_variable_monitoring(ask: Ask, *, monitors: list[Payload]) -> Outcome:
    """N04. The status is the first that is not Accepted."""
    lists = ("setMonitoringData", "setMonitoringResult")
    end = await joined(ask, "SetVariableMonitoring", *lists, _wishes(monitors), teller=MONITORING)  # N04.FR.09
    return worst(end, lists[1])


def _wishes(monitors: list[Payload]) -> list[Payload]:
    return [_wish(**monitor) for monitor in monitors]


def _wish(
    *,
    type: str,
    value: float,
    name: str | None = None,
    component: Payload | None = None,
    variable: Payload | None = None,
    severity: int = DEFAULT_SEVERITY,
    transaction: bool = False,
    id: int | None = None,
) -> Payload:
    """SetMonitoringDataType; the variable by ``name``, or by ``component`` and ``variable`` as OCPP has them."""
    if (name is None) is (component is None or variable is None):
        raise ValueError("a monitor needs either a name, or a component and a variable")
    where = {"component": component, "variable": variable} if name is None else named_variable(name)
    wish: Payload = {**where, "type": type, "value": value, "severity": severity}
    if transaction:
        wish["transaction"] = True
    return wish if id is None else wish | {"id": id}


@afterwards("set_variable_monitoring")
async def monitors_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note the monitors that the station has set, under the ids that it gave them (N04.FR.11)."""
    wishes, said = _wishes(fields["monitors"]), []
    for result in end.answer["setMonitoringResult"] if end.answer else ():
        wish = next((wish for wish in wishes if all(wish[key] == result[key] for key in _SAME)), None)
        if wish is not None:  # the results may come in another order
            wishes.remove(wish)
            if result["status"] == "Accepted" and "id" in result:
                said.append(_monitor(wish, result["id"]))
    await csms.store.write(lambda database: devicemodel.monitored(database, station, said, asked_ms))


_SAME = ("component", "variable", "type", "severity")


def _monitor(wish: Payload, number: int) -> Monitor:
    return Monitor(named(wish), number, wish["type"], wish["value"], wish["severity"], wish.get("transaction", False))


@commands("clear_variable_monitoring", V201)
async def clear_variable_monitoring(ask: Ask, *, ids: list[int]) -> Outcome:
    """N06. The status is the first that is not Accepted."""
    told = "clearMonitoringResult"
    return worst(await joined(ask, "ClearVariableMonitoring", "id", told, ids, teller=MONITORING), told)  # N06.FR.04


@afterwards("clear_variable_monitoring")
async def monitors_cleared(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Forget those that are gone, or never were."""
    del fields, asked_ms
    results = end.answer["clearMonitoringResult"] if end.answer else ()
    gone = [result["id"] for result in results if result["status"] in ("Accepted", "NotFound")]
    await csms.store.write(lambda database: devicemodel.forget_monitors(database, station, ids=gone))


@commands("set_monitoring_base", V201)
async def set_monitoring_base(ask: Ask, *, base: str) -> Outcome:
    """N03."""
    return await ask("SetMonitoringBase", {"monitoringBase": base})


@afterwards("set_monitoring_base")
async def base_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """N03.FR.04, N03.FR.05: which monitors are left only the next report tells."""
    if end.status == "Accepted" and fields["base"] != "All":
        await csms.store.write(lambda database: devicemodel.forget_monitors(database, station, before_ms=asked_ms))


@commands("set_monitoring_level", V201)
async def set_monitoring_level(ask: Ask, *, severity: int) -> Outcome:
    """N05."""
    return await ask("SetMonitoringLevel", {"severity": severity})


@commands("get_monitoring_report", V201)
async def get_monitoring_report(
    ask: Ask,
    *,
    criteria: list[str] | None = None,
    names: list[str | Payload] | None = None,
    request_id: int | None = None,
) -> Outcome:
    """N02. What it tells is read at ``/stations/{station}/monitors``."""
    number = ask.next_number() if request_id is None else request_id
    return await ask("GetMonitoringReport", _report(number, "monitoringCriteria", criteria, names))


@afterwards("get_monitoring_report")
async def monitors_reported(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """N02.FR.11: a report of all tells of each that there is; those it does not tell of are gone."""
    whole = not fields.get("criteria") and not fields.get("names")
    if whole and end.status in ("Accepted", "EmptyResultSet"):
        await csms.store.write(lambda database: devicemodel.forget_monitors(database, station, before_ms=asked_ms))


@commands("customer_information", V201)
async def customer_information(
    ask: Ask,
    *,
    report: bool = True,
    clear: bool = False,
    id_token: str | None = None,
    token_type: str | None = None,
    customer_identifier: str | None = None,
    certificate: Payload | None = None,
    request_id: int | None = None,
) -> Outcome:
    """N09, N10. What it tells is read at ``/stations/{station}/customer-information``."""
    payload: Payload = {"report": report, "clear": clear}
    payload["requestId"] = ask.next_number() if request_id is None else request_id
    if id_token is not None:
        payload["idToken"] = {"idToken": id_token, "type": token_type or "Central"}
    if customer_identifier is not None:
        payload["customerIdentifier"] = customer_identifier
    if certificate is not None:
        payload["customerCertificate"] = certificate
    if (given := sum(key in payload for key in ("idToken", "customerIdentifier", "customerCertificate"))) != 1:
        raise ValueError(f"{given} customers are named, N09.FR.04 wants one")
    return await ask("CustomerInformation", payload)


@afterwards("customer_information")
async def customer_cleared(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """N10.FR.02: the local list is the CSMS's to clear; a station without one has version 0."""
    del asked_ms
    token = fields.get("id_token")
    if end.status != "Accepted" or not fields.get("clear") or token is None:
        return
    listed = await csms.command(station, "get_local_list_version")
    version = (listed.answer or {}).get("versionNumber", 0)
    if version > 0:
        entry: dict[str, Any] = {"id_token": token, "type": fields.get("token_type") or "Central", "status": None}
        await csms.command(station, "send_local_list", version=version + 1, entries=[entry], update="Differential")
