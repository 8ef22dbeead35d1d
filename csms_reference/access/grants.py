"""What tokens are given for: a client's secret, a person's login, a refresh token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from sqlalchemy import Row

from csms_reference.access import accounts, issued, revocation
from csms_reference.access.parties import Access, Client, Code, Refresh
from csms_reference.access.scopes import Scope
from csms_reference.store.access_tables import authorization_codes, refresh_tokens

if TYPE_CHECKING:
    from csms_reference.access.issuer import Issuer

SECRETS = ("client_secret_basic", "client_secret_post")


class ClientCredentials(grants.ClientCredentialsGrant):
    """RFC 6749 §4.4."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRETS

    def validate_requested_scope(self) -> None:
        """At least one of the scopes asked for is the client's."""
        if self.request.client.get_allowed_scope(self.request.payload.scope) is None:
            raise InvalidScopeError


class Login(grants.AuthorizationCodeGrant):
    """RFC 6749 §4.1, with PKCE for every client (RFC 9700 §2.1.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = (*SECRETS, "none")
    server: Issuer

    def generate_authorization_code(self) -> str:
        return self.server.secret()

    def save_authorization_code(self, code: str, request: Any) -> None:
        issued.keep(
            self.server.database,
            authorization_codes,
            code,
            self.server.now_ms,
            family=accounts.digest(code),
            client=request.client.name,
            username=request.user.username,
            redirect_uri=request.payload.redirect_uri,
            scopes=request.scope,
            challenge=request.payload.data["code_challenge"],
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """§4.1.2: a code that is used again is refused, and what it was exchanged for ends."""
        row = issued.known(self.server.database, authorization_codes, code, self.server.now_ms)
        if row is None or row.client != client.name:
            return None
        if row.used_ms is not None:
            issued.revoke(self.server.database, row.family, self.server.now_ms)
            return None
        return Code(row)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """It is kept as used, so that it is known when it comes again."""
        issued.use(self.server.database, authorization_codes, authorization_code.row.code_hash, self.server.now_ms)

    def authenticate_user(self, authorization_code: Code) -> Row[Any] | None:
        self.request.family = authorization_code.row.family
        return self.server.person(authorization_code.row.username)


class Refreshing(grants.RefreshTokenGrant):
    """RFC 6749 §6, where each refresh token counts once and brings the next."""

    TOKEN_ENDPOINT_AUTH_METHODS = (*SECRETS, "none")
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Issuer

    def authenticate_refresh_token(self, refresh_token: str) -> Refresh | None:
        """RFC 9700 §4.14.2: when one comes again, one of two who have it has stolen it, and both lose it."""
        row = issued.known(self.server.database, refresh_tokens, refresh_token, self.server.now_ms)
        if row is None:
            return None
        if row.used_ms is not None:
            issued.revoke(self.server.database, row.family, self.server.now_ms)
            return None
        return Refresh(row)

    def authenticate_user(self, refresh_token: Refresh) -> Row[Any] | None:
        self.request.family = refresh_token.row.family
        return self.server.person(refresh_token.row.username)

    def revoke_old_credential(self, refresh_token: Refresh) -> None:
        issued.use(self.server.database, refresh_tokens, refresh_token.row.token_hash, self.server.now_ms)


class Challenge(CodeChallenge):
    """RFC 7636 with S256 and nothing else."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge_method' has to be S256")
        super().validate_code_challenge(grant, redirect_uri)


class Revocation(RevocationEndpoint):
    """RFC 7009: of refresh tokens with all that came of the same login, of access tokens alone."""

    CLIENT_AUTH_METHODS = (*SECRETS, "none")
    server: Issuer

    def query_token(self, token_string: str, token_type_hint: str | None) -> Refresh | Access | None:
        return self.server.token(token_string)

    def revoke_token(self, token: Refresh | Access, request: Any) -> None:
        if isinstance(token, Refresh):
            issued.revoke(self.server.database, token.row.family, self.server.now_ms)
        else:
            revocation.revoke(self.server.database, self.server.now_ms, token.claims["jti"])


class Introspection(IntrospectionEndpoint):
    """RFC 7662: whether a token counts, and for what, told to whom it was issued, and to who may see accounts."""

    CLIENT_AUTH_METHODS = SECRETS
    server: Issuer

    def query_token(self, token_string: str, token_type_hint: str | None) -> Refresh | Access | None:
        return self.server.token(token_string)

    def check_permission(self, token: Refresh | Access, client: Client, request: Any) -> bool:
        if token.check_client(client):
            return True
        owner = client.row.owner
        return Scope.ACCOUNTS_READ in client.scopes and (owner is None or owner == self.server.owner_of(token))

    def introspect_token(self, token: Refresh | Access) -> dict[str, Any]:
        return token.told()
