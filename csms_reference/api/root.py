"""The HTTP API: where everything begins."""

from __future__ import annotations

from fastapi import APIRouter

from csms_reference.access.guard import Identified
from csms_reference.api.desk import Desk
from csms_reference.api.hal import Link, Resource, link, path
from csms_reference.events.kinds import KINDS

COLLECTIONS = {
    "stations": ("Charging stations", "connected,registration,vendor,version,text"),
    "commands": ("What stations were asked to do", "station,state,command"),
    "campaigns": ("What many stations are to do, a few first and then the others", "state"),
    "transactions": ("Transactions", "station,state,token,since,until"),
    "sessions": ("Charging sessions: who charged where, how much, at what cost", "user,station,state,since,until"),
    "places": ("Where you may charge", ""),
    "orphans": ("Ends of transactions that nobody began", "station"),
    "tokens": ("Who may charge", "status,type"),
    "local-list-synchronisations": ("Local lists brought up to date", ""),
    "authorization-cache-clearances": ("Authorization caches cleared", ""),
    "tariffs": ("Tariffs", ""),
    "tariff-assignments": ("Whom tariffs are for", ""),
    "reservations": ("Reservations of all stations", "station,status"),
    "pki/authorities": ("Authorities of our own", ""),
    "pki/certificates": ("Certificates that they issued", "station,kind,authority"),
    "pki/contracts": ("Contracts of drivers", ""),
    "firmware": ("Firmware images", ""),
    "uploads": ("Addresses that take a file", "station"),
    "nodes": ("The nodes that are this CSMS together", ""),
    "vendors": ("What vendors' messages are answered", ""),
    "alerts": ("What to look at", "state,kind,severity,station,since"),
    "owners": ("Whose stations there are", ""),
    "users": ("People who may use the API and the console", ""),
    "clients": ("Programs that may use the API", ""),
    "signing-keys": ("Keys that sign access tokens", ""),
}
"""Every collection that is not of one station, and what it is narrowed by."""


class RootOut(Resource):
    """The root: where to go from here, and who is asking."""

    subject: str


def root(desk: Desk) -> APIRouter:
    """The root of the API."""
    router = desk(tags=["root"])

    @router.get("/")
    async def get_root(who: Identified) -> RootOut:
        """Everything there is can be reached from here."""
        links = {
            "self": Link(href=path("")),
            "describedby": Link(href=path("openapi.json"), type="application/json"),
            "events": Link(
                href=f"{path('events')}{{?station,kind,after}}",
                templated=True,
                title="Live events, described by asyncapi",
                type="text/event-stream",
            ),
            "asyncapi": Link(href=path("asyncapi.json"), type="application/json"),
            "account": link("account", title="Who you are, and what you may do"),
            "health": Link(href="/health", title="Whether all is well"),
            "ready": Link(href="/ready", title="Whether stations may come"),
            "metrics": Link(href="/metrics", title="Figures for Prometheus", type="text/plain"),
            "figures": link("figures", title="What every process has done and takes"),
        }
        wanted = {"title": "Meter values as a Parquet file", "query": "from,to,station"}
        links["meter-values"] = link("meter-values.parquet", **wanted)
        for name, (title, query) in COLLECTIONS.items():
            paged = ",".join(filter(None, (query, "after,limit")))
            links[name.rpartition("/")[2]] = link(*name.split("/"), title=title, query=paged)
        if not any(who.may(kind.scope) for kind in KINDS.values() if not kind.asked):
            del links["events"]
        return RootOut(subject=who.subject, links=links)

    return router
