"""What anybody may fetch without a key: the status of certificates, revocation lists, files for stations.

It has an application and a port of its own (``public_port``), so that what is behind the API's key stays there.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request

from csms_reference.files.counter import counter
from csms_reference.front import Front
from csms_reference.pki.revocation import revocation
from csms_reference.store import StoreError

ROUTERS: tuple[Callable[[Front], APIRouter], ...] = (revocation, counter)
"""What is public. Each makes its routes for one CSMS."""


def make_public(csms: Front) -> FastAPI:
    """The public application of a CSMS: it describes itself to nobody, and errors are one line of text."""
    app = FastAPI(title="Chargebench public files", docs_url=None, redoc_url=None, openapi_url=None)
    for routes in ROUTERS:
        app.include_router(routes(csms))

    @app.exception_handler(StarletteHTTPException)
    async def http(_: Request, problem: StarletteHTTPException) -> PlainTextResponse:
        return PlainTextResponse(f"{problem.detail}\n", problem.status_code, problem.headers)

    @app.exception_handler(StoreError)
    async def store(_: Request, _problem: StoreError) -> PlainTextResponse:
        return PlainTextResponse("the database is not available\n", 503)

    return app
