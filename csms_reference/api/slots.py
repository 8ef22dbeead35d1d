"""The HTTP API: where a station can be sent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, Resource, link, path, rank, whole_page
from csms_reference.api.models import AfterKey, Limit, Name, likewise
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.services import addresses


class NetworkProfileOut(Resource):
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
        return cls(**likewise(cls, row), set=show(row.set_ms))


def slots(csms: Front, desk: Desk) -> APIRouter:
    """The endpoints of a CSMS."""
    router = desk(tags=["stations"])

    @router.get("/stations/{station}/network-profiles")
    async def list_network_profiles(station: Name, after: AfterKey = "", limit: Limit = 100) -> Page[NetworkProfileOut]:
        """What the station has been given by ``set_network_profile``; its first own profile is not among it."""
        rows = await csms.store.read(lambda database: addresses.of(database, station))
        items = [NetworkProfileOut.of(row) for row in rows]
        where, links = path("stations", station, "network-profiles"), {"station": link("stations", station)}
        return whole_page(items, where, lambda item: rank(item.slot), after=after, limit=limit, links=links)

    return router
