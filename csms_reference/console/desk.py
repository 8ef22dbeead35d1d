"""What a page knows when it is asked for: the CSMS, who asks, and how to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection as Database
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.console.gate import Fields, Visit
from csms_reference.console.rendering import at, render
from csms_reference.console.watch import Watch
from csms_reference.front import Front
from csms_reference.settings import Auth

T = TypeVar("T")
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of somebody who may make it. ``form``: what was posted; ``raised``: alerts that nobody has seen."""

    csms: Front
    watch: Watch
    request: Request
    visit: Visit
    form: Fields = field(default_factory=dict)
    raised: int = 0

    @property
    def who(self) -> Principal:
        """Who asks."""
        return self.visit.who

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """A parameter of the query; empty where it is missing."""
        return self.request.query_params.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A parameter that is a number above zero; None where it is not."""
        given = self.query(name)
        return min(int(given), LARGEST) if given.isascii() and given.isdigit() else None

    async def read(self, fn: Callable[[Database], T]) -> T:
        """Look into the database. Raises StoreError."""
        return await self.csms.store.read(fn)

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page of the console."""
        about = {
            "now": self.csms.now_ms(),
            "who": self.who,
            "token": self.visit.token,
            "here": self.request.url.path,
            "raised": self.raised,
            "may": lambda scope: self.who.may(Scope(scope)),
            "signs_in": self.csms.settings.guarding is not Auth.OPEN,
            "live": None,
        }
        return HTMLResponse(render(template, **{**about, **context}), status)

    def to(self, *segments: str | int, fragment: str = "", **query: Any) -> Response:
        """Go on at another page, after a form."""
        where = at(*segments, **query)
        return RedirectResponse(f"{where}#{fragment}" if fragment else where, 303)


class Page(NamedTuple):
    """A page: where it is, who shows it and what it takes to see it (None: to be signed in)."""

    path: str
    show: Callable[[Asked], Awaitable[Response]]
    needs: Scope | None
    method: str = "GET"


def missing(what: str) -> HTTPException:
    """The error of what does not exist."""
    return HTTPException(404, f"There is no {what}.")
