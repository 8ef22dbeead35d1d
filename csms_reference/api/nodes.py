"""The HTTP API: the nodes that are this CSMS together."""

from __future__ import annotations

from fastapi import APIRouter

from csms_reference.api.desk import Desk
from csms_reference.api.hal import Page, Resource, path, whole_page
from csms_reference.api.models import AfterKey, Limit, likewise
from csms_reference.front import Front
from csms_reference.instants import show


class NodeOut(Resource):
    """A living node. ``connected``: how many stations it holds; ``answers``: whether it is the one that was asked."""

    name: str
    since: str | None
    connected: int
    version: str
    host: str
    pid: int
    api: str
    answers: bool


def nodes(csms: Front, desk: Desk) -> APIRouter:
    """The nodes of a CSMS, as the one knows them that is asked: of the others what they said a second ago."""
    router = desk(tags=["figures"])

    @router.get("/nodes")
    async def list_nodes(after: AfterKey = "", limit: Limit = 100) -> Page[NodeOut]:
        """Every node that is alive, by name. While Redis is away that is the one that answers."""
        items = [NodeOut(**likewise(NodeOut, member), since=show(member.since_ms)) for member in csms.members()]
        return whole_page(items, path("nodes"), lambda each: each.name, after=after, limit=limit)

    return router
