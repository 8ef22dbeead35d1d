"""Clients, codes and refresh tokens as Authlib's server asks for them."""

from __future__ import annotations

import hmac
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from sqlalchemy import Row

from csms_reference.access.accounts import digest, redirect_uris, scopes_of, written
from csms_reference.access.scopes import Scope


class Client(ClientMixin):
    """A program that asks for tokens: for itself with its secret, for people where it has redirect URIs."""

    def __init__(self, row: Row[Any]) -> None:
        self.row = row
        self.name: str = row.client
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
        kept = self.row.secret_hash
        return kept is not None and hmac.compare_digest(kept, digest(client_secret))

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


def allowed(scopes: frozenset[Scope], asked: str | None) -> str:
    """What there is of the scopes that were asked for; where none were, all."""
    return written(scopes if not asked else scopes & scopes_of(asked))
