"""Clients, codes and refresh tokens as Authlib's server asks for them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from sqlalchemy import Row

from csms_reference.access.accounts import digest, redirect_uris, scopes_of, written
from csms_reference.access.scopes import Scope


class Client(ClientMixin):
    """A program that asks for tokens: for itself with its secret, for people where it has redirect URIs."""

    def __init__(self, row: Row[Any], now_ms: int) -> None:
        self.row = row
        self.name: str = row.client
        self._now_ms = now_ms
        self.scopes = scopes_of(row.scopes)

    def get_client_id(self) -> str:
        return self.name

    def get_default_redirect_uri(self) -> None:
        """It has to say which (RFC 9700 §4.1)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What it may have of what it asks for; None where that is nothing (RFC 6749 §3.3)."""
        return allowed(self.scopes, scope) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Letter by letter (RFC 9700 §2.1)."""
        return redirect_uri in redirect_uris(self.row)

    def check_client_secret(self, client_secret: str) -> bool:
        """The secret, or the one before while that counts."""
        given, row = digest(client_secret), self.row
        if row.secret_hash is None:
            return False
        before = row.former_hash if row.former_hash and self._now_ms < row.former_until_ms else row.secret_hash
        return hmac.compare_digest(row.secret_hash, given) | hmac.compare_digest(before, given)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") is (self.row.secret_hash is None)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(redirect_uris(self.row))

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == "client_credentials":
            return self.row.secret_hash is not None
        return bool(redirect_uris(self.row))


class Code(AuthorizationCodeMixin):
    """An authorization code that was issued."""

    code_challenge_method = "S256"

    def __init__(self, row: Row[Any]) -> None:
        self.row = row
        self.code_challenge: str = row.challenge

    def get_redirect_uri(self) -> str:
        return str(self.row.redirect_uri)

    def get_scope(self) -> str:
        return str(self.row.scopes)


class Refresh(TokenMixin):
    """A refresh token that was issued."""

    def __init__(self, row: Row[Any]) -> None:
        self.row = row

    def check_client(self, client: Client) -> bool:
        return bool(self.row.client == client.name)

    def get_scope(self) -> str:
        return str(self.row.scopes)

    def is_expired(self) -> bool:
        """Those that are too old are not found any more."""
        return False

    def is_revoked(self) -> bool:
        """Whether it has been exchanged for its successor."""
        return self.row.used_ms is not None

    def told(self) -> dict[str, Any]:
        """What an introspection tells of it (RFC 7662 §2.2)."""
        row = self.row
        return {
            "client_id": row.client,
            "username": row.username,
            "sub": f"user:{row.username}",
            "scope": row.scopes,
            "exp": row.expires_ms // 1000,
        }


class Access(TokenMixin):
    """An access token that was issued and counts."""

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self.claims = claims

    def check_client(self, client: Client) -> bool:
        return bool(self.claims.get("client_id") == client.name)

    def is_expired(self) -> bool:
        """Those that are too old are none."""
        return False

    def is_revoked(self) -> bool:
        """Nor are those that are revoked."""
        return False

    def told(self) -> dict[str, Any]:
        """What an introspection tells of it (RFC 7662 §2.2): what is in it."""
        person = str(self.claims["sub"]).removeprefix("user:")
        username = {"username": person} if person != self.claims["sub"] else {}
        return {"token_type": "Bearer", **{k: v for k, v in self.claims.items() if k != "marks"}, **username}


def allowed(scopes: frozenset[Scope], asked: str | None) -> str:
    """What there is of the scopes that were asked for; where none were, all."""
    return written(scopes if not asked else scopes & scopes_of(asked))
