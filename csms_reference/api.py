"""The HTTP API: stations, tokens, transactions, commands; errors are problem details (RFC 9457)."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
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
    AfterId,
    CallIn,
    CommandIn,
    ConnectorOut,
    FiguresOut,
    Limit,
    MeterValueOut,
    Name,
    NowIn,
    OrphanOut,
    OutcomeOut,
    Problem,
    ProcessOut,
    QuietOut,
    StationIn,
    StationOut,
    TokenIn,
    TokenOut,
    TransactionOut,
    token_of,
)
from csms_reference.pki.routes import authorities, held
from csms_reference.problems import HTTP_OF, detailed, told
from csms_reference.process import usage
from csms_reference.schedules import schedules
from csms_reference.services import authorization, registration, status, transactions
from csms_reference.slots import slots
from csms_reference.store import StoreError
from csms_reference.store.tables import meter_values, orphans
from csms_reference.store.tables import transactions as transactions_table
from csms_reference.tariffs import tariffs
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
        _tokens,
        _transactions,
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
        app.include_router(router, dependencies=[allowed], responses=_errors(401, 422, 503))
    if conducted is not None:
        app.include_router(_conductor(*conducted), responses=_errors(401, 422, 503))

    @app.get("/health", tags=["health"], responses=_errors(503))
    async def health() -> dict[str, Any]:
        """Whether the database answers, and how many stations are connected."""
        await csms.store.read(lambda database: database.execute(select(1)).scalar())
        return {"status": "ok", "connected": csms.connected(), "now": show(csms.now_ms())}

    _explain_errors(app)
    return app


def _errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes the errors of an endpoint."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {code: {"model": Problem, "description": HTTPStatus(code).phrase, "content": content} for code in codes}


# -- errors and access ----------------------------------------------------------------------------------------------


def _explain_errors(app: FastAPI) -> None:
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


def _missing(what: str) -> HTTPException:
    return HTTPException(404, f"there is no {what}")


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

    @router.get("/{station}", responses=_errors(404))
    async def get_station(station: Name) -> StationOut:
        """One station with its connectors."""

        def read(database: Database) -> tuple[Any, list[Any]]:
            return registration.find(database, station), status.of_station(database, station)

        row, connectors = await csms.store.read(read)
        if row is None:
            raise _missing(f"station {station!r}")
        (found,) = await shown([row])
        found.connectors = [ConnectorOut.of(connector) for connector in connectors]
        return found

    return router


# -- tokens ---------------------------------------------------------------------------------------------------------


def _tokens(csms: Front) -> APIRouter:
    router = APIRouter(prefix="/tokens", tags=["tokens"])

    async def save(token: TokenIn) -> TokenOut:
        await csms.store.write(lambda database: authorization.put(database, token_of(token)))
        return TokenOut.of(await csms.store.read(lambda database: authorization.find(database, token.id_token)))

    @router.get("")
    async def list_tokens(after: str = "", limit: Limit = 100) -> list[TokenOut]:
        """Tokens in the order of their ids in lower case, those after ``after``."""
        key = authorization.key(after)
        return [
            TokenOut.of(row) for row in await csms.store.read(lambda database: authorization.page(database, key, limit))
        ]

    @router.post("", status_code=201)
    async def post_token(token: TokenIn) -> TokenOut:
        """Register a token, or replace it."""
        return await save(token)

    @router.put("/{id_token}")
    async def put_token(id_token: Name, token: TokenIn) -> TokenOut:
        """Register a token, or replace it."""
        if authorization.key(id_token) != authorization.key(token.id_token):
            raise HTTPException(422, "id_token differs between path and body")
        return await save(token)

    @router.get("/{id_token}", responses=_errors(404))
    async def get_token(id_token: Name) -> TokenOut:
        """One token."""
        row = await csms.store.read(lambda database: authorization.find(database, id_token))
        if row is None:
            raise _missing(f"token {id_token!r}")
        return TokenOut.of(row)

    @router.delete("/{id_token}", status_code=204, responses=_errors(404))
    async def delete_token(id_token: Name) -> None:
        """Forget a token."""
        if not await csms.store.write(lambda database: authorization.remove(database, id_token)):
            raise _missing(f"token {id_token!r}")

    return router


# -- transactions ---------------------------------------------------------------------------------------------------


def _transactions(csms: Front) -> APIRouter:
    router = APIRouter(tags=["transactions"])
    table = transactions_table

    @router.get("/transactions")
    async def list_transactions(
        station: str | None = None, state: str | None = None, after: AfterId = 0, limit: Limit = 100
    ) -> list[TransactionOut]:
        """Transactions in the order in which they became known, those after id ``after``."""
        chosen = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if station is not None:
            chosen = chosen.where(table.c.station == station)
        if state is not None:
            chosen = chosen.where(table.c.state == state)
        return [
            TransactionOut.of(row) for row in await csms.store.read(lambda database: list(database.execute(chosen)))
        ]

    @router.get("/transactions/{station}/{transaction_id}", responses=_errors(404))
    async def get_transaction(station: Name, transaction_id: Name) -> TransactionOut:
        """One transaction of one station."""
        chosen = select(table).where(table.c.station == station).where(table.c.transaction_id == transaction_id)
        row = await csms.store.read(lambda database: database.execute(chosen).one_or_none())
        if row is None:
            raise _missing(f"transaction {transaction_id!r} of {station!r}")
        return TransactionOut.of(row)

    @router.get("/transactions/{station}/{transaction_id}/meter-values", responses=_errors(404))
    async def list_meter_values(
        station: Name, transaction_id: Name, after: AfterId = 0, limit: Limit = 100
    ) -> list[MeterValueOut]:
        """The meter readings of a transaction, in the order in which they arrived."""

        def read(database: Database) -> list[Any] | None:
            if transactions.find(database, station, transaction_id) is None:
                return None
            chosen = select(meter_values).where(meter_values.c.station == station)
            chosen = chosen.where(meter_values.c.transaction_id == transaction_id, meter_values.c.id > after)
            return list(database.execute(chosen.order_by(meter_values.c.id).limit(limit)))

        rows = await csms.store.read(read)
        if rows is None:
            raise _missing(f"transaction {transaction_id!r} of {station!r}")
        return [MeterValueOut.of(row) for row in rows]

    @router.get("/orphans")
    async def list_orphans(after: AfterId = 0, limit: Limit = 100) -> list[OrphanOut]:
        """1.6 StopTransactions that belong to no transaction of the station that sent them."""
        chosen = select(orphans).where(orphans.c.id > after).order_by(orphans.c.id).limit(limit)
        return [OrphanOut.of(row) for row in await csms.store.read(lambda database: list(database.execute(chosen)))]

    return router


# -- commands -------------------------------------------------------------------------------------------------------


def _commands(csms: Front) -> APIRouter:
    router = APIRouter(prefix="/stations/{station}", tags=["commands"])

    @router.post("/commands", response_model=OutcomeOut, responses=_errors(*sorted(set(HTTP_OF.values()))))
    async def command(station: Name, order: CommandIn) -> Any:
        """Carry out a command; its fields stand beside ``command``."""
        return told(await csms.command(station, order.command, **(order.model_extra or {})))

    @router.post("/calls", response_model=OutcomeOut, responses=_errors(*sorted(set(HTTP_OF.values()))))
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
