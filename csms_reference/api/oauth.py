"""The HTTP API: the issuer of access tokens (RFC 6749, 7009, 7517, 7662, 8414), and its page for logging in.

Imported where ``auth`` is ``oauth`` alone: Authlib takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, PackageLoader, select_autoescape
from sqlalchemy import Connection

from csms_reference.access import keys
from csms_reference.access.grants import SECRETS
from csms_reference.access.issuer import Asked, Issuer, Terms, Told
from csms_reference.access.login import Login, NotIn
from csms_reference.access.origin import is_own
from csms_reference.access.revocation import Revoked
from csms_reference.access.scopes import Scope
from csms_reference.front import Front
from protocol.security import parse_basic

T = TypeVar("T")
Issuing = Callable[[Callable[[Issuer], Any]], Awaitable[Any]]

LONGEST = 16_384
"""Bytes of a form."""

PAGE = Environment(
    loader=PackageLoader("csms_reference.api"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)
CAREFUL = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""The page is in nobody's frame (RFC 9700 §4.16), and its address, which has the request, goes to nobody."""


class Malformed(Exception):
    """Parameters that are no form, one of them twice (RFC 6749 §3.1, §3.2), or of characters that none has (§A)."""


def oauth(csms: Front, terms: Terms, login: Login, revoked: Revoked) -> APIRouter:
    """The endpoints of the issuer. They describe themselves in the metadata."""

    async def issuer(do: Callable[[Issuer], T]) -> T:
        now_ms = csms.now_ms()
        return await csms.store.write(lambda database: do(Issuer(database, terms, now_ms)))

    router = APIRouter(include_in_schema=False)
    _for_programs(router, csms, issuer, revoked)
    _for_people(router, csms, issuer, login)
    return router


def _for_programs(router: APIRouter, csms: Front, issuer: Issuing, revoked: Revoked) -> None:
    base = csms.settings.api_base

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:
        return await _answer(request, f"{base}/oauth/token", lambda asked: issuer(lambda it: it.tokens(asked)))

    @router.post("/oauth/revoke")
    async def revoke(request: Request) -> Response:
        answer = await _answer(request, f"{base}/oauth/revoke", lambda asked: issuer(lambda it: it.revoked(asked)))
        await revoked.look(at_once=True)
        return answer

    @router.post("/oauth/introspect")
    async def introspect(request: Request) -> Response:
        return await _answer(
            request, f"{base}/oauth/introspect", lambda asked: issuer(lambda it: it.introspected(asked))
        )

    @router.get("/oauth/jwks")
    async def jwks() -> dict[str, Any]:
        def read(database: Connection) -> list[Any]:
            return [key.as_dict(private=False) for key in keys.published(database, csms.now_ms()).values()]

        return {"keys": await csms.store.read(read)}

    @router.get("/.well-known/openid-configuration")
    @router.get("/.well-known/oauth-authorization-server")
    async def metadata() -> dict[str, Any]:
        return _metadata(base)


def _for_people(router: APIRouter, csms: Front, issuer: Issuing, login: Login) -> None:
    base = csms.settings.api_base

    @router.get("/oauth/authorize")
    async def ask(request: Request) -> Response:
        return await _login(request, issuer, base)

    @router.post("/oauth/authorize")
    async def decide(request: Request) -> Response:
        if not is_own(request, csms.settings):
            return _page(403, problem="This form was not sent by our own page.")
        try:
            form = _parameters((await _body(request)).decode())
        except (Malformed, UnicodeDecodeError) as problem:
            return _page(400, problem=str(problem))
        if "deny" in form:
            return await _login(request, issuer, base, done=True)
        try:
            address = "" if request.client is None else request.client.host
            username = await login.check(form.get("username") or " ", form.get("password", ""), address)
        except NotIn as problem:
            return await _login(request, issuer, base, wrong=problem)
        return await _login(request, issuer, base, username=username, done=True)


async def _answer(request: Request, uri: str, do: Callable[[Asked], Any]) -> Response:
    """A client's answer at an endpoint for programs."""
    try:
        asked = Asked("POST", uri, _spelt(_parameters((await _body(request)).decode())), _basic(request))
    except (Malformed, UnicodeDecodeError) as problem:
        told = {"error": "invalid_request", "error_description": str(problem)}
        return JSONResponse(told, 400, {"Cache-Control": "no-store"})
    return _response(await do(asked))


async def _login(
    request: Request,
    issuer: Issuing,
    base: str,
    *,
    username: str | None = None,
    done: bool = False,
    wrong: NotIn | None = None,
) -> Response:
    """The page for logging in; once that is ``done``, the way back to the client."""
    try:
        asked = Asked("GET", f"{base}/oauth/authorize", _spelt(_parameters(request.url.query)), {})
    except Malformed as problem:
        return _page(400, problem=str(problem))

    def run(it: Issuer) -> Told | str:
        try:
            if done:
                return it.authorized(asked, username)
            it.consent(asked)
        except OAuth2Error as problem:
            return it.refused(asked, problem)
        return str(asked.scope)

    told = await issuer(run)
    if isinstance(told, str):
        code, words = (200, None) if wrong is None else (401 if wrong.wait_s is None else 429, str(wrong))
        headers = {} if wrong is None or wrong.wait_s is None else {"Retry-After": str(wrong.wait_s)}
        return _page(code, headers, client=asked.client.name, scopes=told.split(), wrong=words)
    if told.status == 303:
        return _response(told)
    return _page(400, problem=told.body.get("error_description") or told.body["error"])


def _response(told: Told) -> Response:
    if told.status == 303:
        return Response(None, 303, {**told.headers, "Cache-Control": "no-store"})
    return JSONResponse(told.body, told.status, {k: v for k, v in told.headers.items() if k != "Content-Type"})


def _page(code: int, headers: dict[str, str] | None = None, **about: Any) -> HTMLResponse:
    return HTMLResponse(PAGE.get_template("login.html").render(about), code, {**CAREFUL, **(headers or {})})


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Malformed("a form is application/x-www-form-urlencoded")
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > LONGEST:
            raise Malformed(f"a form has at most {LONGEST} bytes")
    return found


def _parameters(text: str) -> dict[str, str]:
    """The parameters, each once; those without a value count as left out (RFC 6749 §3.1). Raises Malformed."""
    try:
        pairs = parse_qsl(text, max_num_fields=40, errors="strict")
    except ValueError as problem:
        raise Malformed("no form of at most 40 fields in UTF-8") from problem
    if len(dict(pairs)) < len(pairs):
        raise Malformed("a parameter came twice")
    return dict(pairs)


def _basic(request: Request) -> dict[str, str]:
    """The header with the client's name and secret, if there are any in it (RFC 6749 §2.3.1)."""
    header = request.headers.get("authorization", "")
    found = parse_basic(header)
    return {"Authorization": header} if found is not None and "".join(found).isascii() else {}


def _spelt(parameters: dict[str, str]) -> dict[str, str]:
    """The same. Raises Malformed where a character is in none of the syntaxes of RFC 6749 §A."""
    for name, value in parameters.items():
        if not (value.isascii() and value.isprintable()) or (name in UNQUOTED and {'"', "\\"} & set(value)):
            raise Malformed("a parameter has characters that it cannot have")
    return parameters


UNQUOTED = frozenset({"response_type", "redirect_uri", "grant_type", "scope", "token_type_hint"})
"""Parameters without quotation marks and backslashes; Authlib would answer with a ValueError."""


def _metadata(base: str) -> dict[str, Any]:
    """RFC 8414 §2."""
    methods = [*SECRETS, "none"]
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "jwks_uri": f"{base}/oauth/jwks",
        "scopes_supported": [str(scope) for scope in Scope],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": [*SECRETS],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
