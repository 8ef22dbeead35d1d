"""How accounts come to be: what they may be called, and what is drawn for them and shown once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from csms_reference.access.accounts import digest, written
from csms_reference.access.login import COST
from csms_reference.access.scopes import Scope
from csms_reference.settings import is_safe
from protocol.security import hash_password

USERNAME = r"^[a-z0-9][a-z0-9._@-]{0,63}$"
CLIENT = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
OWNER = r"^[A-Za-z0-9][A-Za-z0-9._ -]{0,63}$"
PASSWORD_LEAST = 15
"""Characters, where nothing else is asked for (NIST SP 800-63B-4 §3.1.1.2)."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Where secrets and salts come from."""

    secret: Callable[[], str]
    salt: Callable[[], bytes]


def of_user(
    draw: Draw,
    scopes: Collection[Scope],
    owner: str | None,
    now_ms: int,
    *,
    password: str | None = None,
    email: str | None = None,
) -> tuple[dict[str, Any], str | None]:
    """The columns of a user, and the password where it was drawn."""
    drawn = draw.secret() if password is None else None
    columns = {
        "password_hash": hashed(draw, password or drawn or ""),
        "email": email,
        "scopes": written(scopes),
        "owner": owner,
        "active": True,
        "created_ms": now_ms,
    }
    return columns, drawn


def of_client(
    draw: Draw,
    scopes: Collection[Scope],
    owner: str | None,
    now_ms: int,
    *,
    redirect_uris: Sequence[str] = (),
    public: bool = False,
) -> tuple[dict[str, Any], str | None]:
    """The columns of a client, and its secret; a public one has none."""
    secret = None if public else draw.secret()
    columns = {
        "secret_hash": None if secret is None else digest(secret),
        "scopes": written(scopes),
        "owner": owner,
        "redirect_uris": json.dumps(list(redirect_uris)),
        "active": True,
        "created_ms": now_ms,
    }
    return columns, secret


def hashed(draw: Draw, password: str) -> str:
    """What is kept of a person's password. Takes a quarter of a second, which who guesses pays for each guess."""
    return hash_password(password, salt=draw.salt(), cost=COST)


def redirect_fault(uri: str) -> str | None:
    """What is wrong with a redirect URI: it has no fragment (RFC 6749 §3.1.2), and is https, http on this machine, or
    of an app's own scheme (RFC 8252 §7)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return f"{uri!r} is no URI"
    if not (uri.isascii() and uri.isprintable()) or {'"', "\\", " "} & set(uri) or "#" in uri:
        return f"{uri!r} has characters or a fragment that no redirect URI has"
    if not (is_safe(uri) or "." in parts.scheme):
        return (
            f"{uri!r} is neither https, nor http on a loopback address, nor of an app's own scheme (com.example.app:)"
        )
    return None
