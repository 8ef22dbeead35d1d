"""The HTTP API: where everything begins."""

from __future__ import annotations

from fastapi import APIRouter

from csms_reference.access.guard import Identified
from csms_reference.api.hal import Link, Resource, link, path
from csms_reference.api.problems import errors

PAGED = "after,limit"


class RootOut(Resource):
    """The root: where to go from here, and who is asking."""

    subject: str


def root() -> APIRouter:
    """The root of the API."""
    router = APIRouter(tags=["root"])

    @router.get("/", responses=errors(401))
    async def get_root(who: Identified) -> RootOut:
        """Everything there is can be reached from here."""
        links = {
            "self": Link(href=path("")),
            "describedby": Link(href=path("openapi.json"), type="application/json"),
            "stations": link("stations", title="Charging stations", query=PAGED),
        }
        return RootOut(subject=who.subject, links=links)

    return router
