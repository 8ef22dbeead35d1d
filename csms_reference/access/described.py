"""How OpenAPI tells what it takes to use each operation (OpenAPI 3.1 §4.8.30)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, APIRouter

from csms_reference.access.guard import Needs
from csms_reference.access.scopes import Scope
from csms_reference.settings import Auth, Settings

Taken = dict[tuple[str, str], Scope | None]
"""The scope that an operation takes, by path and method in lower case; None: whoever proves who they are may do it."""

BESIDES: Taken = {
    ("/conductor", "post"): Scope.OPERATIONS_WRITE,
    ("/metrics", "get"): Scope.OPERATIONS_READ,
}
"""What is no part of the API like the others."""


def scopes_of(router: APIRouter, needs: Needs | None) -> Taken:
    """What the operations of a router take."""
    return {
        (route.path_format, method.lower()): None if needs is None else needs.scope(method)
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def describe(app: FastAPI, settings: Settings, taken: Taken) -> None:
    """Have the application's description say it. Where it is open, nothing is taken."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None and (scheme := _scheme(settings)) is not None:
            document = plain()
            document["components"].setdefault("securitySchemes", {})[settings.guarding.value] = scheme
            _enter(document["paths"], settings, taken)
        return plain()

    app.openapi = described  # type: ignore[method-assign] # FastAPI's own way of extending it


def _enter(paths: Mapping[str, Any], settings: Settings, taken: Taken) -> None:
    scoped = settings.guarding is Auth.OAUTH
    for (path, method), scope in {**BESIDES, **taken}.items():
        if method in paths.get(path, {}):
            words = [scope.value] if scoped and scope is not None else []
            paths[path][method]["security"] = [{settings.guarding.value: words}]


def _scheme(settings: Settings) -> dict[str, Any] | None:
    if settings.guarding is Auth.OPEN:
        return None
    if settings.guarding is Auth.KEY:
        return {"type": "http", "scheme": "bearer", "description": "The setting api_key."}
    if settings.oidc_issuer is not None:
        where = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        return {"type": "openIdConnect", "openIdConnectUrl": where}
    scopes = {scope.value: scope.meaning for scope in Scope}
    token = {"tokenUrl": f"{settings.api_base}/oauth/token", "scopes": scopes}
    code = {**token, "authorizationUrl": f"{settings.api_base}/oauth/authorize", "refreshUrl": token["tokenUrl"]}
    return {"type": "oauth2", "flows": {"clientCredentials": token, "authorizationCode": code}}
