"""The application: every router, and how errors are told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException

from csms_reference.access.described import BESIDES, Taken, describe, scopes_of
from csms_reference.access.entry import entry_to
from csms_reference.access.guard import Needs
from csms_reference.access.reach import Atlas, Operation
from csms_reference.access.scopes import Scope
from csms_reference.api import description
from csms_reference.api.account import account
from csms_reference.api.accounts import accounts
from csms_reference.api.agreements import agreements
from csms_reference.api.alerts import alerts
from csms_reference.api.allowed import allowing
from csms_reference.api.arrangements import arrangements
from csms_reference.api.campaigns import campaigns
from csms_reference.api.certificates import authorities, held
from csms_reference.api.commands import commands
from csms_reference.api.conductor import conducting
from csms_reference.api.desk import Desk
from csms_reference.api.exports import exports
from csms_reference.api.figures import figures
from csms_reference.api.files import files_desk
from csms_reference.api.guests import guests
from csms_reference.api.hal import PREFIX
from csms_reference.api.health import watched
from csms_reference.api.inventory import inventory
from csms_reference.api.lists import lists
from csms_reference.api.live import live
from csms_reference.api.logs import log_routes
from csms_reference.api.nodes import nodes
from csms_reference.api.places import places
from csms_reference.api.problems import detailed, errors
from csms_reference.api.reference import reference
from csms_reference.api.root import root
from csms_reference.api.rounds import rounds
from csms_reference.api.schedules import schedules
from csms_reference.api.secrets import secrets
from csms_reference.api.sessions import sessions
from csms_reference.api.sheets import sheets
from csms_reference.api.slots import slots
from csms_reference.api.stations import stations
from csms_reference.api.streams import streams
from csms_reference.api.tariffs import tariffs
from csms_reference.api.tokens import tokens
from csms_reference.api.transactions import transactions
from csms_reference.conductor import ConductedClock
from csms_reference.csms import Csms
from csms_reference.front import Front
from csms_reference.operations.requests import Counted, Requests
from csms_reference.store import StoreError

log = logging.getLogger(__name__)


class Conducted(NamedTuple):
    """A CSMS and the clock that a simulation sets for it."""

    csms: Csms
    clock: ConductedClock


class Part(NamedTuple):
    """Routes, and what it takes to use them: GET needs ``read``, everything else ``write``; None: to be somebody."""

    routes: Callable[[Front, Desk], APIRouter]
    read: Scope | None = None
    write: Scope | None = None

    @property
    def needs(self) -> Needs | None:
        """The same as a dependency."""
        return None if self.read is None or self.write is None else Needs(self.read, self.write)


PARTS = (
    Part(stations, Scope.STATIONS_READ, Scope.STATIONS_WRITE),
    Part(inventory, Scope.STATIONS_READ, Scope.STATIONS_WRITE),
    Part(slots, Scope.STATIONS_READ, Scope.STATIONS_WRITE),
    Part(arrangements, Scope.STATIONS_READ, Scope.STATIONS_WRITE),
    Part(schedules, Scope.STATIONS_READ, Scope.STATIONS_WRITE),
    Part(live, Scope.TRANSACTIONS_READ, Scope.TRANSACTIONS_WRITE),
    Part(commands, Scope.COMMANDS_READ, Scope.COMMANDS_WRITE),
    Part(campaigns, Scope.COMMANDS_READ, Scope.COMMANDS_WRITE),
    Part(transactions, Scope.TRANSACTIONS_READ, Scope.TRANSACTIONS_WRITE),
    Part(exports, Scope.TRANSACTIONS_READ, Scope.TRANSACTIONS_WRITE),
    *(Part(each, Scope.SESSIONS_READ, Scope.SESSIONS_WRITE) for each in (sessions, sheets, places)),
    Part(tokens, Scope.TOKENS_READ, Scope.TOKENS_WRITE),
    Part(lists, Scope.TOKENS_READ, Scope.TOKENS_WRITE),
    Part(rounds, Scope.TOKENS_READ, Scope.TOKENS_WRITE),
    Part(tariffs, Scope.TARIFFS_READ, Scope.TARIFFS_WRITE),
    Part(held, Scope.CERTIFICATES_READ, Scope.CERTIFICATES_WRITE),
    Part(authorities, Scope.CERTIFICATES_READ, Scope.CERTIFICATES_WRITE),
    Part(files_desk, Scope.FILES_READ, Scope.FILES_WRITE),
    Part(log_routes, Scope.FILES_READ, Scope.FILES_WRITE),
    Part(alerts, Scope.ALERTS_READ, Scope.ALERTS_WRITE),
    Part(accounts, Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE),
    Part(secrets, Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE),
    Part(account),
    Part(agreements, Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE),
    Part(figures, Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE),
    Part(nodes, Scope.OPERATIONS_READ, Scope.OPERATIONS_WRITE),
)
"""What the API consists of."""


def make_app(csms: Front, conducted: Conducted | None = None) -> FastAPI:
    """The API of a CSMS. With ``conducted`` a simulation may conduct it at ``/conductor``."""
    app = FastAPI(title="Chargebench reference CSMS", version="1", openapi_url=None, **description.described())
    app.state.requests = Requests(csms.settings.requests_per_s, csms.settings.requests_burst)
    app.add_middleware(Counted, requests=app.state.requests)
    entry = entry_to(csms)
    app.state.access = entry.access
    if entry.routes is not None:
        app.include_router(entry.routes)
    app.include_router(streams(csms), prefix=PREFIX)
    taken: Taken = {}
    parts = [(part.routes(csms, Desk(part.needs)), part.needs) for part in PARTS]
    app.state.atlas = Atlas()
    for (path, method), scope in BESIDES.items():
        app.state.atlas.put(path, method.upper(), Operation(scope, for_owners=False))
    for router, needs in ((root(Desk(None)), None), *parts):
        taken |= scopes_of(router, needs)
        app.state.atlas.enter((route for route in router.routes if isinstance(route, APIRoute)), needs)
        app.router.routes.extend(router.routes)
    if csms.settings.guests:
        app.include_router(guests(csms))
    if conducted is not None:
        app.include_router(conducting(*conducted), responses=errors(400, 401, 403, 422, 429, 503))

    watched(app, csms, app.state.requests)
    describe(app, csms.settings, taken)
    app.include_router(reference(app))
    _explainerrors(app)
    return app


def _explainerrors(app: FastAPI) -> None:
    allowed = allowing(app)

    @app.exception_handler(StarletteHTTPException)
    async def http(request: Request, problem: StarletteHTTPException) -> Response:
        if problem.status_code == HTTPStatus.NOT_MODIFIED:
            return Response(status_code=problem.status_code, headers=problem.headers)
        answer = detailed(problem.status_code, str(problem.detail))
        answer.headers.update(problem.headers or {})
        if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := allowed(request.url.path)):
            answer.headers["Allow"] = methods
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, problem: RequestValidationError) -> JSONResponse:
        errors = [{"field": ".".join(map(str, error["loc"])), "why": error["msg"]} for error in problem.errors()]
        return detailed(422, f"{errors[0]['field']}: {errors[0]['why']}", errors=errors)

    @app.exception_handler(Exception)
    async def bug(_: Request, _problem_of_ours: Exception) -> JSONResponse:
        return detailed(500, "internal error")  # the server logs it

    @app.exception_handler(StoreError)
    async def store(_: Request, problem: StoreError) -> JSONResponse:
        log.error("the API met a database that fails: %s", problem)
        return detailed(503, "the database is not available")
