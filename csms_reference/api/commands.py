"""The HTTP API: what stations are asked to do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from csms_reference.api.models import CallIn, CommandIn, Name, OutcomeOut
from csms_reference.api.problems import HTTP_OF, errors, told
from csms_reference.front import Front


def commands(csms: Front) -> APIRouter:
    """What the stations of a CSMS can be asked."""
    router = APIRouter(prefix="/stations/{station}", tags=["commands"])

    @router.post("/commands", response_model=OutcomeOut, responses=errors(*sorted(set(HTTP_OF.values()))))
    async def command(station: Name, order: CommandIn) -> Any:
        """Carry out a command; its fields stand beside ``command``."""
        return told(await csms.command(station, order.command, **(order.model_extra or {})))

    @router.post("/calls", response_model=OutcomeOut, responses=errors(*sorted(set(HTTP_OF.values()))))
    async def call(station: Name, order: CallIn) -> Any:
        """Send a raw CALL of the station's version."""
        return told(await csms.call(station, order.action, order.payload, validate=order.validated))

    return router
