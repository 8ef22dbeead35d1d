"""The HTTP API: a simulation sets the clock of a CSMS, and hears when nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, HTTPException, WebSocket, WebSocketDisconnect

from csms_reference.access.guard import guarded
from csms_reference.access.scopes import Scope
from csms_reference.api.models import NowIn, QuietOut
from csms_reference.conductor import ConductedClock
from csms_reference.csms import Csms
from protocol.stamps import parse

QUIET_WITHIN_S = 30.0


def conducting(csms: Csms, clock: ConductedClock) -> APIRouter:
    """Where a simulation tells what time it is."""
    router = APIRouter(tags=["conductor"], dependencies=[guarded(Scope.OPERATIONS_WRITE, Scope.OPERATIONS_WRITE)])

    async def tell(now: datetime) -> QuietOut:
        clock.tell(now)
        quiet = await csms.busy.idle(QUIET_WITHIN_S)
        traffic = csms.traffic
        activity = traffic.received + traffic.sent
        return QuietOut(quiet=quiet, activity=activity, received=traffic.received, sent=traffic.sent)

    @router.post("/conductor")
    async def conduct(step: NowIn) -> QuietOut:
        """Set the CSMS's clock; answered when the CSMS has nothing left to do."""
        try:
            now = parse(step.now)
        except ValueError as problem:
            raise HTTPException(422, f"now: {problem}") from problem
        return await tell(now)

    @router.websocket("/conductor")
    async def many(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await socket.send_text(await _step(message.get("text"), tell))
        except WebSocketDisconnect:
            return

    return router


async def _step(message: str | None, tell: Callable[[datetime], Awaitable[QuietOut]]) -> str:
    try:
        now = parse(json.loads(message or "")["now"])
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        return json.dumps({"error": f'expected {{"now": "<time stamp>"}}: {problem}'})
    return (await tell(now)).model_dump_json()
