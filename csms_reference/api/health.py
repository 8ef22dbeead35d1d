"""Whether the CSMS is alive, whether it is ready, and its metrics: what machines ask who look after it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from csms_reference.access.guard import guarded
from csms_reference.access.scopes import Scope
from csms_reference.api.models import Problem
from csms_reference.api.problems import detailed, errors
from csms_reference.front import Front
from csms_reference.instants import show
from csms_reference.operations.readiness import Readiness
from csms_reference.operations.requests import Requests

DESCRIBED: dict[int | str, dict[str, Any]] = {code: {"model": Problem, **error} for code, error in errors(503).items()}
"""The model stands here once, and all other errors refer to it."""

METRICS: dict[int | str, dict[str, Any]] = {200: {"description": "Metrics", "content": {"text/plain": {}}}}


def health(csms: Front) -> APIRouter:
    """Both need no key: they say nothing but whether there is something to do."""
    router = APIRouter(tags=["health"])
    readiness = Readiness(csms)

    @router.get("/health")
    async def get_health() -> dict[str, Any]:
        """That this process lives, and how many stations are connected. Asks nobody else, not even the database."""
        return {"status": "ok", "connected": csms.connected(), "now": show(csms.now_ms())}

    @router.get("/ready", responses=DESCRIBED, response_model=None)
    async def get_ready() -> dict[str, Any] | JSONResponse:
        """Whether it can do its work: the database answers and is migrated, all workers serve, and it is not ending."""
        faults = await readiness.faults()
        if faults:
            return detailed(503, f"not ready: {', '.join(faults)}", faults=faults)
        return {"status": "ready"}

    return router


def metrics(csms: Front, requests: Requests) -> APIRouter:
    """The metrics of every process."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics", response_class=Response, responses=METRICS)
    async def get_metrics(request: Request) -> Response:
        """All metrics in the text format of Prometheus, or as OpenMetrics."""
        from csms_reference.operations.prometheus import expose  # noqa: PLC0415 -- who is not asked needs no library

        content, media_type = expose(await csms.processes(), csms, requests, request.headers.get("accept"))
        return Response(content, headers={"Content-Type": media_type})

    return router


def watched(app: FastAPI, csms: Front, requests: Requests) -> None:
    """Enter all of that, with the metrics guarded like the rest of the API."""
    app.include_router(health(csms))
    app.include_router(
        metrics(csms, requests),
        dependencies=[guarded(Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE)],
        responses=errors(401, 403, 429, 503),
    )


def make_watch(csms: Front, requests: Requests) -> FastAPI:
    """An application of its own for ``metrics_port``, where nobody is asked who it is."""
    app = FastAPI(title="Chargebench reference CSMS: operations", openapi_url=None)
    app.include_router(health(csms))
    app.include_router(metrics(csms, requests))
    return app
