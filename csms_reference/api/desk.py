"""Routers of which an application takes the routes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fastapi import APIRouter, Depends, HTTPException, Request

from csms_reference.access.guard import Needs, identified
from csms_reference.api.description import operation_id
from csms_reference.api.hal import PREFIX, HalResponse
from csms_reference.api.late import LateRoute
from csms_reference.api.problems import errors


async def legible(request: Request) -> None:
    """Nobody looks for NUL: PostgreSQL has no text with it. Raises HTTPException 400."""
    if b"%00" in request.scope["query_string"]:
        raise HTTPException(400, "a query has no NUL")


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes routers under the API's prefix whose routes ask for what they need (None: that somebody is known).

    Were that said only when a router is included, FastAPI would analyse every endpoint twice: once for the router,
    and at the first request once more for the application.
    """

    needs: Needs | None

    def __call__(self, *, prefix: str = "", tags: list[str | Enum]) -> APIRouter:
        """A router for the paths below ``prefix``."""
        return APIRouter(
            prefix=f"{PREFIX}{prefix}",
            tags=tags,
            dependencies=[Depends(self.needs or identified), Depends(legible)],
            responses=errors(400, 401, 403, 422, 429, 503),
            default_response_class=HalResponse,
            generate_unique_id_function=operation_id,
            route_class=LateRoute,
        )
