"""The HTTP API: what every process has done and takes."""

from __future__ import annotations

from fastapi import APIRouter

from csms_reference.api.desk import Desk
from csms_reference.api.hal import link
from csms_reference.api.models import FiguresOut, ProcessOut
from csms_reference.front import Front, total_of
from csms_reference.process import usage


def figures(csms: Front, desk: Desk) -> APIRouter:
    """The figures of a CSMS."""
    router = desk(tags=["figures"])

    @router.get("/figures")
    async def get_figures() -> FiguresOut:
        """What every process has done and takes, and the sums of that."""
        processes = await csms.processes()
        workers = [ProcessOut.model_validate(process) for process in processes]
        return FiguresOut(
            connected=csms.connected(),
            total=total_of(processes),
            workers=workers,
            parent=usage(),
            links={"self": link("figures")},
        )

    return router
