"""A charging station on the ocpp package, as somebody else might write it in a week: nothing of ours is in it.

One EVSE with one socket, local and remote start, TxStartPoint EVConnected and TxStopPoint EVConnected.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ocpp.routing import after, on
from ocpp.v201 import ChargePoint, call, call_result

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
Token = dict[str, str]

VARIABLES: dict[tuple[str, str], tuple[str, bool]] = {
    ("TxCtrlr", "TxStartPoint"): ("EVConnected", False),
    ("TxCtrlr", "TxStopPoint"): ("EVConnected", False),
    ("TxCtrlr", "EVConnectionTimeOut"): ("60", True),
    ("TxCtrlr", "StopTxOnInvalidId"): ("true", False),
    ("TxCtrlr", "StopTxOnEVSideDisconnect"): ("true", False),
    ("OCPPCommCtrlr", "HeartbeatInterval"): ("300", True),
    ("OCPPCommCtrlr", "OfflineThreshold"): ("60", True),
    ("OCPPCommCtrlr", "MessageTimeout"): ("30", False),
    ("AuthCtrlr", "Enabled"): ("true", False),
    ("AuthCtrlr", "AuthorizeRemoteStart"): ("true", True),
    ("AuthCtrlr", "LocalPreAuthorize"): ("false", True),
    ("DeviceDataCtrlr", "ItemsPerMessage"): ("20", False),
    ("AlignedDataCtrlr", "Interval"): ("0", True),
    ("SampledDataCtrlr", "TxUpdatedInterval"): ("60", True),
}
"""Component and variable to value and whether it may be written."""


class Offline(Exception):
    """There is no link."""


class Link:
    """What the ocpp package wants of a connection: ``recv`` and ``send``."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue()

    def heard(self, text: str | None) -> None:
        """A text came, or None: the link is gone."""
        self._inbox.put_nowait(text)

    async def recv(self) -> str:
        """The next text. Raises Offline at the end."""
        text = await self._inbox.get()
        if text is None:
            raise Offline
        return text

    async def send(self, text: str) -> None:
        """Send a text."""
        self._send(text)


class Transaction:
    """A running transaction."""

    def __init__(self) -> None:
        self.id = str(uuid.uuid4())
        self.number = -1
        self.token: Token | None = None
        self.remote: int | None = None
        self.wh = 0.0


class Station(ChargePoint):
    """The station; ``dial`` makes a link or raises Offline."""

    def __init__(self, identity: str, dial: Callable[[Station], Awaitable[Link]]) -> None:
        super().__init__(identity, None, response_timeout=30)
        self._dial = dial
        self._variables = dict(VARIABLES)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: list[dict[str, Any]] = []
        self._reason = "PowerUp"
        self._online = self._accepted = self._flushing = False
        self._plugged = self._operative = False
        self._operative = True
        self._allowed: Token | None = None
        self._remote: int | None = None
        self._running: Transaction | None = None
        self._wanted_reset = ""

    # -- power and link ------------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Begin."""
        if not self._tasks:
            self._spawn(self._live())

    def power_off(self) -> None:
        """End, at once."""
        for task in self._tasks:
            task.cancel()
        self._online = self._accepted = False

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _live(self) -> None:
        wait_s = 5.0
        while True:
            with contextlib.suppress(Offline):
                self._connection = await self._dial(self)
                self._online, wait_s = True, 5.0
                talk = self._spawn(self._greet())
                try:
                    await self.start()
                finally:
                    talk.cancel()
                    self._online = False
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, 60.0)

    async def _greet(self) -> None:
        if not self._accepted:
            await self._boot()
        await self._flush()
        while True:
            await asyncio.sleep(int(self._value("OCPPCommCtrlr", "HeartbeatInterval")))
            await self._say(call.Heartbeat())

    async def _boot(self) -> None:
        while not self._accepted:
            about = {"model": "Other", "vendorName": "Somebody"}
            answer = await self._say(call.BootNotification(charging_station=about, reason=self._reason))
            self._accepted = answer is not None and answer.status == "Accepted"
            if not self._accepted:
                await asyncio.sleep(answer.interval if answer is not None and answer.interval else 30)
            elif answer.interval:
                self._variables["OCPPCommCtrlr", "HeartbeatInterval"] = (str(answer.interval), True)
        self._reason = "PowerUp"
        await self._status()

    async def _say(self, payload: Any) -> Any:
        if not self._online:
            return None
        with contextlib.suppress(asyncio.TimeoutError):
            return await self.call(payload)
        return None

    # -- hands ---------------------------------------------------------------------------------------------------------

    async def plug(self) -> None:
        """The cable goes in."""
        self._plugged = True
        self._spawn(self._went_in())

    async def unplug(self) -> None:
        """The cable comes out."""
        self._plugged = False
        self._spawn(self._came_out())

    async def present(self, token: Token) -> None:
        """A card is held to the reader."""
        self._spawn(self._presented(token))

    async def _went_in(self) -> None:
        await self._status()
        self._running = Transaction()
        self._take_over()
        await self._event("Started", "RemoteStart" if self._running.remote else "CablePluggedIn")
        await self._begin()

    def _take_over(self) -> None:
        assert self._running is not None
        self._running.token, self._allowed = self._allowed, None
        self._running.remote, self._remote = self._remote, None

    async def _begin(self) -> None:
        if self._running and self._running.token:
            await self._event("Updated", "ChargingStateChanged")

    async def _came_out(self) -> None:
        await self._status()
        if self._running:
            reason = "EVDisconnected" if self._running.token else "Local"
            await self._event("Ended", "EVCommunicationLost", stopped=reason)
            self._running = None

    async def _presented(self, token: Token) -> None:
        running = self._running
        if running and running.token == token:
            running.token = None
            await self._event("Updated", "StopAuthorized", token=token)
            return
        answer = await self._say(call.Authorize(id_token=token))
        if answer is None or answer.id_token_info["status"] != "Accepted":
            return
        if running and running.token is None:
            running.token = token
            await self._event("Updated", "Authorized", token=token)
            await self._begin()
        elif running is None:
            self._allowed = token
            self._spawn(self._give_up(token))

    async def _give_up(self, token: Token) -> None:
        await asyncio.sleep(int(self._value("TxCtrlr", "EVConnectionTimeOut")))
        if self._allowed == token:
            self._allowed = None

    # -- telling -------------------------------------------------------------------------------------------------------

    async def _status(self) -> None:
        state = "Unavailable" if not self._operative else "Occupied" if self._plugged else "Available"
        told = {"timestamp": self._now(), "connector_status": state, "evse_id": 1, "connector_id": 1}
        await self._say(call.StatusNotification(**told))

    async def _event(self, kind: str, why: str, *, token: Token | None = None, stopped: str | None = None) -> None:
        running = self._running
        assert running is not None
        running.number += 1
        running.wh += 10.0
        charging = bool(running.token and self._plugged and kind != "Ended")
        state = "Charging" if charging and why != "Authorized" else "EVConnected" if self._plugged else "Idle"
        info: dict[str, Any] = {"transactionId": running.id, "chargingState": state}
        if stopped:
            info["stoppedReason"] = stopped
        if running.remote is not None:
            info["remoteStartId"] = running.remote
        event = {
            "event_type": kind,
            "timestamp": self._now(),
            "trigger_reason": why,
            "seq_no": running.number,
            "transaction_info": info,
            "evse": {"id": 1, "connectorId": 1},
            "id_token": token or (running.token if kind == "Started" else None),
            "meter_value": [{"timestamp": self._now(), "sampledValue": [{"value": running.wh}]}],
            "offline": not self._online,
        }
        self._waiting.append(event)
        await self._flush()

    async def _flush(self) -> None:
        if self._flushing:
            return
        self._flushing = True
        try:
            while self._waiting and self._online and self._accepted:
                answer = await self._say(call.TransactionEvent(**self._waiting[0]))
                if answer is None:
                    return
                self._waiting.pop(0)
        finally:
            self._flushing = False

    def _now(self) -> str:
        at = START + timedelta(seconds=asyncio.get_running_loop().time())
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def _value(self, component: str, variable: str) -> str:
        return self._variables[component, variable][0]

    # -- what a CSMS asks ----------------------------------------------------------------------------------------------

    @on("GetVariables")
    def on_get(self, get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        return call_result.GetVariables([self._read(item) for item in get_variable_data])

    def _read(self, item: dict[str, Any]) -> dict[str, Any]:
        name = item["component"]["name"], item["variable"]["name"]
        told = {"component": item["component"], "variable": item["variable"]}
        if name in self._variables:
            return told | {"attributeStatus": "Accepted", "attributeValue": self._variables[name][0]}
        known = any(component == name[0] for component, _ in self._variables)
        return told | {"attributeStatus": "UnknownVariable" if known else "UnknownComponent"}

    @on("SetVariables")
    def on_set(self, set_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        return call_result.SetVariables([self._write(item) for item in set_variable_data])

    def _write(self, item: dict[str, Any]) -> dict[str, Any]:
        name = item["component"]["name"], item["variable"]["name"]
        told = {"component": item["component"], "variable": item["variable"]}
        if name not in self._variables:
            return told | {"attributeStatus": self._read(item)["attributeStatus"]}
        value, writable = self._variables[name]
        if not writable and value != item["attribute_value"]:
            return told | {"attributeStatus": "Rejected"}
        self._variables[name] = item["attribute_value"], writable
        return told | {"attributeStatus": "Accepted"}

    @on("GetBaseReport")
    def on_report(self, report_base: str, **_: Any) -> Any:
        return call_result.GetBaseReport("Accepted" if report_base == "FullInventory" else "NotSupported")

    @after("GetBaseReport")
    async def report(self, request_id: int, report_base: str, **_: Any) -> None:
        if report_base != "FullInventory":
            return
        rows = [
            {
                "component": {"name": component},
                "variable": {"name": variable},
                "variableAttribute": [{"value": value, "mutability": "ReadWrite" if writable else "ReadOnly"}],
                "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
            }
            for (component, variable), (value, writable) in self._variables.items()
        ]
        await self._say(call.NotifyReport(request_id=request_id, generated_at=self._now(), seq_no=0, report_data=rows))

    @on("RequestStartTransaction")
    def on_start(self, id_token: Token, remote_start_id: int, **_: Any) -> Any:
        if self._running and self._running.token:
            return call_result.RequestStartTransaction("Rejected")
        known = self._running.id if self._running else None
        return call_result.RequestStartTransaction("Accepted", transaction_id=known)

    @after("RequestStartTransaction")
    async def started(self, id_token: Token, remote_start_id: int, **_: Any) -> None:
        if self._running and self._running.token:
            return
        if self._value("AuthCtrlr", "AuthorizeRemoteStart") == "true":
            answer = await self._say(call.Authorize(id_token=id_token))
            if answer is None or answer.id_token_info["status"] != "Accepted":
                return
        if self._running:
            self._running.token, self._running.remote = id_token, remote_start_id
            await self._event("Updated", "RemoteStart", token=id_token)
            await self._begin()
        else:
            self._allowed, self._remote = id_token, remote_start_id
            self._spawn(self._give_up(id_token))

    @on("RequestStopTransaction")
    def on_stop(self, transaction_id: str, **_: Any) -> Any:
        running = self._running is not None and self._running.id == transaction_id
        return call_result.RequestStopTransaction("Accepted" if running else "Rejected")

    @after("RequestStopTransaction")
    async def stopped(self, transaction_id: str, **_: Any) -> None:
        if self._running and self._running.id == transaction_id:
            self._running.token = None
            await self._event("Updated", "RemoteStop")

    @on("UnlockConnector")
    def on_unlock(self, evse_id: int, connector_id: int, **_: Any) -> Any:
        if (evse_id, connector_id) != (1, 1):
            return call_result.UnlockConnector("UnknownConnector")
        busy = self._running is not None and self._running.token is not None
        return call_result.UnlockConnector("OngoingAuthorizedTransaction" if busy else "Unlocked")

    @on("ChangeAvailability")
    def on_availability(self, operational_status: str, **_: Any) -> Any:
        return call_result.ChangeAvailability("Scheduled" if self._running else "Accepted")

    @after("ChangeAvailability")
    async def changed(self, operational_status: str, **_: Any) -> None:
        self._operative = operational_status == "Operative"
        if not self._running:
            await self._status()

    @on("TriggerMessage")
    def on_trigger(self, requested_message: str, **_: Any) -> Any:
        known = requested_message in ("Heartbeat", "StatusNotification", "BootNotification")
        return call_result.TriggerMessage("Accepted" if known else "NotImplemented")

    @after("TriggerMessage")
    async def triggered(self, requested_message: str, **_: Any) -> None:
        if requested_message == "Heartbeat":
            await self._say(call.Heartbeat())
        elif requested_message == "StatusNotification":
            await self._status()

    @on("Reset")
    def on_reset(self, type: str, evse_id: int | None = None, **_: Any) -> Any:
        if evse_id is not None:
            return call_result.Reset("Rejected")
        return call_result.Reset("Scheduled" if self._running and type == "OnIdle" else "Accepted")

    @after("Reset")
    async def reset(self, type: str, evse_id: int | None = None, **_: Any) -> None:
        if evse_id is not None or (self._running and type == "OnIdle"):
            return
        if self._running:
            await self._event("Ended", "ResetCommand", stopped="ImmediateReset")
            self._running = None
        self._reason, self._accepted = "RemoteReset", False
        self._spawn(self._boot())

    @on("GetTransactionStatus")
    def on_transaction_status(self, transaction_id: str | None = None, **_: Any) -> Any:
        if transaction_id is None:
            return call_result.GetTransactionStatus(messages_in_queue=bool(self._waiting))
        ongoing = self._running is not None and self._running.id == transaction_id
        return call_result.GetTransactionStatus(messages_in_queue=bool(self._waiting), ongoing_indicator=ongoing)

    @on("ClearCache")
    def on_clear_cache(self, **_: Any) -> Any:
        return call_result.ClearCache("Rejected")

    @on("DataTransfer")
    def on_data(self, **_: Any) -> Any:
        return call_result.DataTransfer("UnknownVendorId")
