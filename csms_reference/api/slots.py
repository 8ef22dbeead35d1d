"""The HTTP API: where a station can be sent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from csms_reference.api.models import Name
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import addresses


class NetworkProfileOut(BaseModel):
    """A network connection profile that the station has taken, without its passwords."""

    slot: int
    url: str
    security_profile: int
    timeout_s: int
    interface: str
    identity: str | None
    apn: str | None
    vpn: str | None
    set: str | None

    @classmethod
    def of(cls, row: Any) -> NetworkProfileOut:
        """From its row."""
        plain = {name: getattr(row, name) for name in cls.model_fields if name != "set"}
        return cls(**plain, set=show(row.set_ms))


def slots(csms: Front) -> APIRouter:
    """The endpoints of a CSMS."""
    router = APIRouter(tags=["stations"])

    @router.get("/stations/{station}/network-profiles")
    async def list_network_profiles(station: Name) -> list[NetworkProfileOut]:
        """What the station has been given by ``set_network_profile``; its first own profile is not among it."""
        rows = await csms.store.read(lambda database: addresses.of(database, station))
        return [NetworkProfileOut.of(row) for row in rows]

    return router
