"""The issuer of access tokens that is part of the CSMS: Authlib's server over one transaction of the database.

It is made for one request and runs where transactions do, in the thread that writes: nothing in it waits for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidScopeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from joserfc import jwt
from sqlalchemy import Connection, Row

from csms_reference.access import accounts, issued, keys
from csms_reference.access.accounts import scopes_of
from csms_reference.access.bearer import Untrue, believed, header_of, marks_of, own_tokens, proven
from csms_reference.access.grants import Challenge, ClientCredentials, Introspection, Login, Refreshing, Revocation
from csms_reference.access.parties import Access, Client, Refresh, allowed
from csms_reference.access.revocation import is_revoked
from csms_reference.store.access_tables import clients, refresh_tokens, users

ACCESS_LASTS_S = 600
"""How long an access token lasts; ``revocation`` keeps what has ended before for longer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the issuer is called, whom its tokens are for, and how secrets are drawn."""

    issuer: str
    audience: str
    secret: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its body is JSON, or nothing where it sends a browser on."""

    status: int
    body: Any
    headers: dict[str, str]


class Asked(OAuth2Request):
    """A request: its parameters, each of which came once."""

    def __init__(self, method: str, uri: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(dict(parameters))
        self.family: str | None = None

    @property
    def form(self) -> dict[str, str]:
        """What was posted."""
        found: dict[str, str] = self.payload.data
        return found


class Issuer(AuthorizationServer):
    """Answers at the token, the authorization, the revocation and the introspection endpoint (RFC 6749, 7009, 7636,
    7662, 9068, 9207)."""

    def __init__(self, database: Connection, terms: Terms, now_ms: int) -> None:
        super().__init__()
        self.database = database
        self.terms = terms
        self.now_ms = now_ms
        self.secret = terms.secret
        self._asked: Asked | None = None
        self.register_grant(ClientCredentials)
        self.register_grant(Login, [Challenge(required=True)])
        self.register_grant(Refreshing)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_token_generator("default", self._token)

    def tokens(self, asked: Asked) -> Told:
        """The token endpoint."""
        self._asked = asked
        return self._finished(self.create_token_response(asked))

    def revoked(self, asked: Asked) -> Told:
        """The revocation endpoint."""
        return self._finished(self.create_endpoint_response("revocation", asked))

    def introspected(self, asked: Asked) -> Told:
        """The introspection endpoint."""
        return self._finished(self.create_endpoint_response("introspection", asked))

    def token(self, text: str) -> Refresh | Access | None:
        """A token of ours that counts; a refresh token also when it has been used."""
        if (row := issued.known(self.database, refresh_tokens, text, self.now_ms)) is not None:
            return Refresh(row)
        expected = own_tokens(self.terms.issuer, self.terms.audience)
        try:
            header = header_of(text, expected)
            claims = proven(text, header, keys.published(self.database, self.now_ms).get(header["kid"]))
            believed(claims, expected, self.now_ms / 1000)
        except Untrue:
            return None
        return None if is_revoked(self.database, self.now_ms, marks_of(header, claims)) else Access(claims)

    def owner_of(self, token: Refresh | Access) -> str | None:
        """Whose stations a token is about; None: everybody's."""
        if isinstance(token, Access):
            owner: str | None = token.claims.get("owner")
            return owner
        parties = ((clients, token.row.client), (users, token.row.username))
        found = [accounts.find(self.database, kind, name) for kind, name in parties]
        return next((row.owner for row in found if row is not None and row.owner is not None), None)

    def consent(self, asked: Asked) -> Any:
        """The grant of an authorization request that is as it should be. Raises OAuth2Error."""
        return self.get_consent_grant(asked)

    def authorized(self, asked: Asked, username: str | None) -> Told:
        """Where to send the browser once somebody has logged in (None: they would not). Raises OAuth2Error."""
        grant = self.consent(asked)
        person = None if username is None else self.person(username)
        if person is not None:
            asked.scope = allowed(scopes_of(person.scopes), asked.scope)
            if not asked.scope or not _fits(asked.client, person):
                person = None
        told: Told = self.create_authorization_response(asked, person, grant)
        return self.sent_on(told)

    def refused(self, asked: Asked, problem: OAuth2Error) -> Told:
        """What to do about an authorization request that is not as it should be."""
        return self.sent_on(self.handle_error_response(asked, problem))

    def sent_on(self, told: Told) -> Told:
        """The same, with who says so (RFC 9207), and by a way on which the form is not sent again (RFC 9700 §4.12)."""
        where = told.headers.get("Location")
        if where is None:
            return told
        return Told(303, None, {**told.headers, "Location": add_params_to_uri(where, [("iss", self.terms.issuer)])})

    def person(self, username: str) -> Row[Any] | None:
        """A user who may log in."""
        row = accounts.find(self.database, users, username)
        return row if row is not None and row.active else None

    # -- what Authlib asks of its server ------------------------------------------------------------------------

    def query_client(self, client_id: str) -> Client | None:
        row = accounts.find(self.database, clients, client_id) if client_id.isprintable() else None
        return Client(row, self.now_ms) if row is not None and row.active else None

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Keep the refresh token. The access token is kept by nobody but its holder."""
        if "refresh_token" in token:
            issued.keep(
                self.database,
                refresh_tokens,
                token["refresh_token"],
                self.now_ms,
                family=request.family,
                client=request.client.name,
                username=request.user.username,
                scopes=token["scope"],
            )

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Told:
        return Told(status, body, dict(headers))

    def _token(
        self,
        *,
        client: Client,
        user: Row[Any] | None = None,
        scope: str | None = None,
        include_refresh_token: bool = True,
        **_: Any,
    ) -> dict[str, Any]:
        """What the client gets: of the scopes that it may have now, for itself or for a user."""
        scopes = allowed(client.scopes, scope)
        if user is not None:
            if not _fits(client, user):
                raise AccessDeniedError
            scopes = allowed(scopes_of(user.scopes), scopes) if scopes else ""
        if not scopes:
            raise InvalidScopeError
        token = {
            "token_type": "Bearer",
            "access_token": self._access(client, user, scopes),
            "expires_in": ACCESS_LASTS_S,
            "scope": scopes,
        }
        return {**token, "refresh_token": self.secret()} if include_refresh_token else token

    def _access(self, client: Client, user: Row[Any] | None, scopes: str) -> str:
        """RFC 9068 §2.2; ``owner``: whose stations alone it is about; ``marks``: of all that it came of."""
        now_s = self.now_ms // 1000
        family = None if self._asked is None else self._asked.family
        marks = [client.row.mark, None if user is None else user.mark, family]
        owner = client.row.owner or (None if user is None else user.owner)
        claims: dict[str, Any] = {
            "iss": self.terms.issuer,
            "aud": self.terms.audience,
            "sub": client.name if user is None else f"user:{user.username}",
            "client_id": client.name,
            "iat": now_s,
            "exp": now_s + ACCESS_LASTS_S,
            "jti": self.secret(),
            "scope": scopes,
            "marks": [mark for mark in marks if mark is not None],
            **({} if owner is None else {"owner": owner}),
        }
        key = keys.signing(self.database, self.now_ms)
        return jwt.encode({"alg": keys.ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key, [keys.ALGORITHM])

    def _finished(self, told: Told) -> Told:
        """RFC 6749 §5.1, §5.2: nobody keeps a copy, and who has to prove who they are is told how."""
        challenge = {"WWW-Authenticate": "Basic"} if told.status == 401 else {}
        return Told(told.status, told.body, {**told.headers, "Cache-Control": "no-store", **challenge})


def _fits(client: Client, user: Row[Any]) -> bool:
    """Whether the program may act for the person: not where it is another owner's."""
    return client.row.owner is None or user.owner in {None, client.row.owner}
