"""The HTTP API, put together from its routers; here stations, commands and figures. Errors are problem details
(RFC 9457)."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import Connection as Database
from sqlalchemy import select
from starlette.exceptions import HTTPException as StarletteHTTPException

from csms_reference.agreements import agreements
from csms_reference.arrangements import arrangements
from csms_reference.conductor import ConductedClock
from csms_reference.csms import Csms
from csms_reference.files.desk import files_desk
from csms_reference.front import Front, total_of
from csms_reference.instants import show
from csms_reference.inventory import inventory
from csms_reference.lists import lists
from csms_reference.logs import log_routes
from csms_reference.models import (
    CallIn,
    CommandIn,
    ConnectorOut,
    FiguresOut,
    Limit,
    Name,
    NowIn,
    OutcomeOut,
    Problem,
    ProcessOut,
    QuietOut,
    StationIn,
    StationOut,
)
from csms_reference.pki.routes import authorities, held
from csms_reference.problems import HTTP_OF, detailed, errors, missing, told
from csms_reference.process import usage
from csms_reference.schedules import schedules
from csms_reference.services import registration, status
from csms_reference.slots import slots
from csms_reference.store import StoreError
from csms_reference.tariffs import tariffs
from csms_reference.tokens import tokens
from csms_reference.transactions import transactions
from protocol.stamps import parse

log = logging.getLogger(__name__)


QUIET_WITHIN_S = 30.0


class Conducted(NamedTuple):
    """A CSMS and the clock that a simulation sets for it."""

    csms: Csms
    clock: ConductedClock


def make_app(csms: Front, conducted: Conducted | None = None) -> FastAPI:
    """The API of a CSMS. With ``conducted`` a simulation may conduct it at ``/conductor``."""
    app = FastAPI(title="Chargebench reference CSMS", version="1", dependencies=[])
    allowed = Depends(_guard(csms.settings.api_key))
    routers = (
        _stations,
        tokens,
        transactions,
        inventory,
        files_desk,
        log_routes,
        held,
        authorities,
        agreements,
        tariffs,
        arrangements,
        lists,
        slots,
        schedules,
        _commands,
        _figures,
    )
    for router in (routes(csms) for routes in routers):
        app.include_router(router, dependencies=[allowed], responses=errors(401, 422, 503))
    if conducted is not None:
        app.include_router(_conductor(*conducted), responses=errors(401, 422, 503))

    described = {code: {"model": Problem, **error} for code, error in errors(503).items()}  # once, and all refer to it

    @app.get("/health", tags=["health"], responses=described)
    async def health() -> dict[str, Any]:
        """Whether the database answers, and how many stations are connected."""
        await csms.store.read(lambda database: database.execute(select(1)).scalar())
        return {"status": "ok", "connected": csms.connected(), "now": show(csms.now_ms())}

    _explainerrors(app)
    return app


def _explainerrors(app: FastAPI) -> None:
    @app.exception_handler(StarletteHTTPException)
    async def http(_: Request, problem: StarletteHTTPException) -> JSONResponse:
        answer = detailed(problem.status_code, str(problem.detail))
        answer.headers.update(problem.headers or {})
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


def _right_key(api_key: str | None, header: str | None) -> bool:
    given = (header or "").encode("utf-8", "surrogateescape")
    return api_key is None or hmac.compare_digest(given, f"Bearer {api_key}".encode())


def _guard(api_key: str | None) -> Callable[[Request], None]:
    def guard(request: Request) -> None:
        if not _right_key(api_key, request.headers.get("authorization")):
            raise HTTPException(401, "wrong or missing API key", {"WWW-Authenticate": "Bearer"})

    return guard


# -- stations -------------------------------------------------------------------------------------------------------


def _stations(csms: Front) -> APIRouter:
    router = APIRouter(prefix="/stations", tags=["stations"])

    async def shown(rows: list[Any]) -> list[StationOut]:
        seen = await csms.seen([row.station for row in rows])
        return [StationOut.of(row, connected=row.station in seen, seen_ms=seen.get(row.station)) for row in rows]

    @router.get("")
    async def list_stations(after: str = "", limit: Limit = 100) -> list[StationOut]:
        """Stations in the order of their ids, those after ``after``."""
        return await shown(await csms.store.read(lambda database: registration.page(database, after, limit)))

    @router.post("", status_code=201)
    async def put_station(station: StationIn) -> StationOut:
        """Register a station, or change one: only what is given is changed."""
        given = station.model_dump(exclude_unset=True, exclude={"id"})
        await csms.register(station.id, **given)
        (made,) = await shown([await csms.store.read(lambda database: registration.find(database, station.id))])
        return made

    @router.get("/{station}", responses=errors(404))
    async def get_station(station: Name) -> StationOut:
        """One station with its connectors."""

        def read(database: Database) -> tuple[Any, list[Any]]:
            return registration.find(database, station), status.of_station(database, station)

        row, connectors = await csms.store.read(read)
        if row is None:
            raise missing(f"station {station!r}")
        (found,) = await shown([row])
        found.connectors = [ConnectorOut.of(connector) for connector in connectors]
        return found

    return router


# -- commands -------------------------------------------------------------------------------------------------------


def _commands(csms: Front) -> APIRouter:
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


# -- figures --------------------------------------------------------------------------------------------------------


def _figures(csms: Front) -> APIRouter:
    router = APIRouter(tags=["figures"])

    @router.get("/figures")
    async def figures() -> FiguresOut:
        """What every process has done and takes, and the sums of that."""
        processes = await csms.processes()
        workers = [ProcessOut.model_validate(process) for process in processes]
        return FiguresOut(connected=csms.connected(), total=total_of(processes), workers=workers, parent=usage())

    return router


# -- the conductor --------------------------------------------------------------------------------------------------


def _conductor(csms: Csms, clock: ConductedClock) -> APIRouter:
    router = APIRouter(tags=["conductor"])

    async def tell(now: datetime) -> QuietOut:
        clock.tell(now)
        quiet = await csms.busy.idle(QUIET_WITHIN_S)
        traffic = csms.traffic
        activity = traffic.received + traffic.sent
        return QuietOut(quiet=quiet, activity=activity, received=traffic.received, sent=traffic.sent)

    @router.post("/conductor", dependencies=[Depends(_guard(csms.settings.api_key))])
    async def once(step: NowIn) -> QuietOut:
        """Set the CSMS's clock; answered when the CSMS has nothing left to do."""
        try:
            now = parse(step.now)
        except ValueError as problem:
            raise HTTPException(422, f"now: {problem}") from problem
        return await tell(now)

    @router.websocket("/conductor")
    async def many(socket: WebSocket) -> None:
        if not _right_key(csms.settings.api_key, socket.headers.get("authorization")):
            await socket.close(1008)
            return
        await socket.accept()
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await socket.send_text(await _step(message.get("text"), tell))
        except WebSocketDisconnect:
            return

    return router


async def _step(message: str | None, tell: Callable[[datetime], Awaitable[QuietOut]]) -> str:
    try:
        now = parse(json.loads(message or "")["now"])
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        return json.dumps({"error": f'expected {{"now": "<time stamp>"}}: {problem}'})
    return (await tell(now)).model_dump_json()
