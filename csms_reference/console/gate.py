"""Who may see the console, and which forms were sent by its own pages."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from csms_reference.access.guard import principal_of
from csms_reference.access.origin import is_own
from csms_reference.access.principal import Principal
from csms_reference.access.session import cookie_of
from csms_reference.settings import Auth, Settings, is_loopback

FORM_MOST_BYTES = 256 * 1024
FIELDS_MOST = 500

Fields = dict[str, str]


class Visit(NamedTuple):
    """A request of somebody who may be here. ``token`` stands in every form of theirs."""

    who: Principal
    token: str


async def visit(request: Request, settings: Settings) -> Visit | None:
    """Whose request it is; None where somebody has to sign in first. Raises HTTPException 403, 421; StoreError."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if settings.guarding is Auth.OPEN and not is_loopback(host):  # a name that leads here by a trick (DNS rebinding)
        raise HTTPException(421, "This console is open to this machine alone. Ask for it as 127.0.0.1 or localhost.")
    try:
        who = await principal_of(request)
    except HTTPException as problem:
        if problem.status_code == 401:
            return None
        raise
    return Visit(who, sha256(f"form {cookie_of(request, settings)}".encode("utf-8", "replace")).hexdigest())


async def posted(request: Request, settings: Settings, token: str | None = None) -> Fields:
    """What a form of ours holds; ``token``: what it has to bring. Raises HTTPException 403 for one of others, 413."""
    if not is_own(request, settings):
        raise HTTPException(403, "This form was sent by another site.")
    fields = await _form(request)
    given = fields.pop("token", "")
    if token is not None and not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise HTTPException(403, "This form is out of date. Go back, load the page again and send it once more.")
    return fields


async def _form(request: Request) -> Fields:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_MOST_BYTES:
            raise HTTPException(413, "The form is too long.")
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MOST))
    except ValueError:
        raise HTTPException(413, "The form has too many fields.") from None
