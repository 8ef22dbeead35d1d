"""A CSMS on the ocpp package, as somebody else might write it in a week: nothing of ours is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from ocpp.routing import on
from ocpp.v201 import ChargePoint, call, call_result

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Csms(ChargePoint):
    """The CSMS's end of one station's link. ``tokens`` maps identifications to (status, group)."""

    def __init__(self, identity: str, connection: Any, tokens: dict[str, tuple[str, str]]) -> None:
        super().__init__(identity, connection, response_timeout=30)
        self._tokens = tokens
        self._numbers = count(1)

    def _now(self) -> str:
        at = START + timedelta(seconds=asyncio.get_running_loop().time())
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def _info(self, token: dict[str, Any]) -> dict[str, Any]:
        status, group = self._tokens.get(token["id_token"], ("Unknown", ""))
        info: dict[str, Any] = {"status": status}
        if group:
            info["groupIdToken"] = {"idToken": group, "type": "Central"}
        return info

    # -- what a station says -------------------------------------------------------------------------------------------

    @on("BootNotification")
    def on_boot(self, **_: Any) -> Any:
        return call_result.BootNotification(current_time=self._now(), interval=300, status="Accepted")

    @on("Heartbeat")
    def on_heartbeat(self, **_: Any) -> Any:
        return call_result.Heartbeat(current_time=self._now())

    @on("StatusNotification")
    def on_status(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on("NotifyEvent")
    def on_event(self, **_: Any) -> Any:
        return call_result.NotifyEvent()

    @on("NotifyReport")
    def on_report(self, **_: Any) -> Any:
        return call_result.NotifyReport()

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()

    @on("SecurityEventNotification")
    def on_security_event(self, **_: Any) -> Any:
        return call_result.SecurityEventNotification()

    @on("Authorize")
    def on_authorize(self, id_token: dict[str, Any], **_: Any) -> Any:
        return call_result.Authorize(id_token_info=self._info(id_token))

    @on("TransactionEvent")
    def on_transaction(self, id_token: dict[str, Any] | None = None, **_: Any) -> Any:
        return call_result.TransactionEvent(id_token_info=self._info(id_token) if id_token else None)

    @on("DataTransfer")
    def on_data(self, **_: Any) -> Any:
        return call_result.DataTransfer("UnknownVendorId")

    # -- what its operator wants ---------------------------------------------------------------------------------------

    async def command(self, name: str, **fields: Any) -> None:
        """Send a command. Raises KeyError for one that it does not know."""
        await self.call(COMMANDS[name](self, fields))

    @property
    def next_number(self) -> int:
        """A number that was not given before."""
        return next(self._numbers)


Fields = dict[str, Any]


def _named(name: str) -> dict[str, Any]:
    component, _, variable = name.partition(".")
    return {"component": {"name": component}, "variable": {"name": variable}}


def _evse(fields: Fields) -> dict[str, int] | None:
    if "evse" not in fields:
        return None
    place = {"id": fields["evse"]}
    return place | ({"connectorId": fields["connector"]} if "connector" in fields else {})


def _start(csms: Csms, fields: Fields) -> Any:
    token = {"idToken": fields["id_token"], "type": fields.get("token_type", "Central")}
    return call.RequestStartTransaction(token, csms.next_number, evse_id=fields.get("evse"))


COMMANDS: dict[str, Callable[[Csms, Fields], Any]] = {
    "get_variables": lambda csms, fields: call.GetVariables([_named(name) for name in fields["names"]]),
    "set_variables": lambda csms, fields: call.SetVariables(
        [_named(name) | {"attributeValue": str(value)} for name, value in fields["values"].items()]
    ),
    "get_base_report": lambda csms, fields: call.GetBaseReport(csms.next_number, fields.get("base", "FullInventory")),
    "remote_start": _start,
    "remote_stop": lambda csms, fields: call.RequestStopTransaction(fields["transaction_id"]),
    "reset": lambda csms, fields: call.Reset(fields["kind"], evse_id=fields.get("evse")),
    "trigger": lambda csms, fields: call.TriggerMessage(fields["message"], evse=_evse(fields)),
    "unlock": lambda csms, fields: call.UnlockConnector(fields["evse"], fields.get("connector", 1)),
    "change_availability": lambda csms, fields: call.ChangeAvailability(
        "Operative" if fields["operative"] else "Inoperative", evse=_evse(fields)
    ),
    "clear_cache": lambda csms, fields: call.ClearCache(),
    "get_transaction_status": lambda csms, fields: call.GetTransactionStatus(fields.get("transaction_id")),
}
