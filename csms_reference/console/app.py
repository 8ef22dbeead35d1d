"""The console as an application below ``/console``: its pages, its errors, and what browsers are told to refuse."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from csms_reference.access.guard import Access
from csms_reference.access.login import NotIn
from csms_reference.access.scopes import Scope as Permission
from csms_reference.access.session import cookie_of, drop_cookie, set_cookie
from csms_reference.console import (
    account,
    alerts,
    campaigns,
    fleet,
    gate,
    live,
    orders,
    rounds,
    sessions,
    station,
    tokens,
    transactions,
)
from csms_reference.console.desk import Asked, Page
from csms_reference.console.rendering import HERE, ROOT, at, render
from csms_reference.console.tally import Tally
from csms_reference.console.watch import Watch
from csms_reference.front import Front
from csms_reference.settings import Auth
from csms_reference.store import StoreError

log = logging.getLogger(__name__)

PAGES: tuple[Page, ...] = (
    *fleet.PAGES,
    *station.PAGES,
    *orders.PAGES,
    *campaigns.PAGES,
    *transactions.PAGES,
    *sessions.PAGES,
    *tokens.PAGES,
    *alerts.PAGES,
    *rounds.PAGES,
    *account.PAGES,
    *live.PAGES,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing inline, nothing from elsewhere, and no text that a script may turn into markup."""

HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def make_console(csms: Front, access: Access) -> Starlette:
    """The console of a CSMS, to be mounted at ``/console``."""
    watch = Watch(csms)
    doors = [
        Route("/sign-in", _sign_in(csms, access), methods=["GET", "POST"]),
        Route("/sign-out", _sign_out(access), methods=["POST"]),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    pages = [Route(page.path, _serve(csms, watch, page), methods=[page.method]) for page in PAGES]
    errors: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {HTTPException: _refused, StoreError: _dark}
    app = Starlette(routes=[*doors, *pages], middleware=[Middleware(_Sheltered)], exception_handlers=errors)
    app.state.access = access
    app.state.tally = Tally()
    return app


def open_console(app: FastAPI, csms: Front, access: Access) -> None:
    """Have an application serve the console at ``/console``, where people come who ask for nothing in particular."""
    app.mount(ROOT, make_console(csms, access))
    app.add_route("/", _front_page, include_in_schema=False)


async def _front_page(_: Request) -> Response:
    return RedirectResponse(f"{ROOT}/")


class _Sheltered:
    """Adds what browsers are told to refuse to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = b"no-cache" if "/static/" in scope["path"] else b"no-store"

        async def sheltered(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS.items(), (b"cache-control", kept)]
            await send(message)

        await self._app(scope, receive, sheltered)


Endpoint = Callable[[Request], Awaitable[Response]]


def _serve(csms: Front, watch: Watch, page: Page) -> Endpoint:
    async def serve(request: Request) -> Response:
        visit = await gate.visit(request, csms.settings)
        if visit is None:
            return RedirectResponse(at("sign-in", next=_path_of(request) if page.method == "GET" else None), 303)
        if page.path == "/" and visit.who.drives and visit.who.may(Permission.SESSIONS_READ):
            return RedirectResponse(at("sessions"), 303)
        if page.needs is not None and not visit.who.may(page.needs):
            raise HTTPException(403, f"You may not do this: it takes the scope {page.needs}.")
        form = await gate.posted(request, csms.settings, visit.token) if page.method == "POST" else {}
        asked = Asked(csms, watch, request, visit, form)
        if page.method == "GET" and page.path not in live.STREAMS:
            asked = replace(asked, raised=await alerts.raised(asked))
        return await page.show(asked)

    return serve


def _sign_in(csms: Front, access: Access) -> Endpoint:
    settings = csms.settings

    async def sign_in(request: Request) -> Response:
        if settings.guarding is Auth.OPEN:
            return RedirectResponse(f"{ROOT}/", 303)
        wrong, status, onward = "", 200, request.query_params.get("next", "")
        if request.method == "POST":
            form = await gate.posted(request, settings)
            onward, address = form.get("next", ""), request.client.host if request.client else ""
            try:
                cookie = await access.sessions.begin(form.get("name", ""), form.get("secret", ""), address)
            except NotIn as problem:
                status, wrong = _refusal(problem.wait_s)
            else:
                answer = RedirectResponse(_onward(onward), 303)
                set_cookie(answer, cookie, settings)
                return answer
        by_key = settings.guarding is Auth.KEY
        return HTMLResponse(render("sign_in.html.j2", wrong=wrong, onward=onward, by_key=by_key), status)

    return sign_in


def _sign_out(access: Access) -> Endpoint:
    async def sign_out(request: Request) -> Response:
        visit = await gate.visit(request, access.settings)
        cookie = cookie_of(request, access.settings)
        answer = RedirectResponse(at("sign-in"), 303)
        if visit is not None and cookie is not None:
            await gate.posted(request, access.settings, visit.token)
            await access.sessions.end(cookie)
            drop_cookie(answer, access.settings)
        return answer

    return sign_out


def _refusal(wait_s: int | None) -> tuple[int, str]:
    if wait_s is None:
        return 401, "That is not right."
    return 429, f"Too many failed attempts. Try again in {wait_s} s."


def _path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _onward(where: str | None) -> str:
    """A page of ours, whatever somebody wrote into the address."""
    wanted = urlsplit(where or "")
    ours = not wanted.scheme and not wanted.netloc and wanted.path.startswith(f"{ROOT}/") and "\\" not in wanted.path
    return str(where) if ours else f"{ROOT}/"


async def _refused(_: Request, problem: HTTPException) -> Response:
    return _error(problem.status_code, problem.detail, problem.headers)


async def _dark(_: Request, problem: StoreError) -> Response:
    log.error("the console met a database that fails: %s", problem)
    return _error(503, "The database is not available. Try again in a moment.", {"Retry-After": "5"})


def _error(status: int, why: str, headers: Any = None) -> Response:
    title = HTTPStatus(status).phrase
    return HTMLResponse(render("error.html.j2", title=title, status=status, why=why), status, headers)
