"""Access tokens: JWTs that are checked in full before a word of them is believed (RFC 8725, RFC 9068 §4)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from fastapi import HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from starlette.requests import HTTPConnection

from csms_reference.access.accounts import scopes_of
from csms_reference.access.guard import credentials, unproven
from csms_reference.access.keyring import Keyring, KeysAway
from csms_reference.access.keys import ALGORITHM
from csms_reference.access.principal import Principal
from csms_reference.access.revocation import Revoked

LEEWAY_S = 30
"""How far the issuer's clock may be from ours."""

LONGEST = 8192
"""Characters of a token; what is longer is not looked at."""

OWN_TYPES = frozenset({"at+jwt", "application/at+jwt"})
FOREIGN_TYPES = OWN_TYPES | {"jwt", None}
"""``typ`` of access tokens (RFC 9068 §2.1). Keycloak says JWT, Cognito nothing: see ``_is_access``."""

FOREIGN_ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512", "EdDSA")


class Untrue(Exception):
    """A token that proves nothing; the message says why, without a word of the token."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say. ``claims``: how the issuer spells it, as in the setting ``oidc_claims``."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    types: frozenset[str | None]
    claims: Mapping[str, str] = field(default_factory=dict)


def own_tokens(issuer: str, audience: str) -> Expected:
    """What a token of our own issuer has to say."""
    return Expected(issuer, audience, (ALGORITHM,), OWN_TYPES)


class TokenGuard:
    """Lets in who has an access token that is not ``revoked``, as far as its issuer says that here."""

    def __init__(
        self, keyring: Keyring, expected: Expected, now_ms: Callable[[], int], revoked: Revoked | None = None
    ) -> None:
        self._keyring = keyring
        self._expected = expected
        self._now_ms = now_ms
        self._revoked = revoked

    async def principal(self, connection: HTTPConnection) -> Principal:
        given = credentials(connection)
        if given is None:
            raise unproven("an access token is needed", None)
        try:
            return await self.holder(given)
        except Untrue as problem:
            raise unproven(str(problem), given) from problem
        except KeysAway as problem:
            raise HTTPException(503, str(problem), {"Retry-After": "10"}) from problem

    async def holder(self, token: str) -> Principal:
        """Who holds the token. Raises Untrue, KeysAway, StoreError."""
        header = header_of(token, self._expected)
        claims = proven(token, header, await self._keyring.find(header["kid"]))
        who = believed(claims, self._expected, self._now_ms() / 1000)
        if self._revoked is not None and await self._revoked.has(marks_of(header, claims)):
            raise Untrue("revoked")
        return who


def header_of(token: str, expected: Expected) -> dict[str, Any]:
    """What a token says of how it is signed, where that is acceptable and names a key. Raises Untrue."""
    header = _header(token)
    if header.get("alg") not in expected.algorithms:
        raise Untrue("signed in no way that is taken here")
    kind = header.get("typ")
    if (kind.lower() if isinstance(kind, str) else kind) not in expected.types:
        raise Untrue("no access token")
    if not isinstance(header.get("kid"), str):
        raise Untrue("signed with an unknown key")
    return header


def proven(token: str, header: Mapping[str, Any], key: Key | None) -> dict[str, Any]:
    """The claims of a token, if it is signed with the key that its header names. Raises Untrue."""
    if key is None:
        raise Untrue("signed with an unknown key")
    try:
        return dict(jwt.decode(token, key, algorithms=[header["alg"]]).claims)
    except (JoseError, ValueError) as problem:
        raise Untrue("the signature is wrong") from problem


def marks_of(header: Mapping[str, Any], claims: Mapping[str, Any]) -> list[str]:
    """The marks of what a token of ours came of (see ``revocation``)."""
    return [*_words(claims.get("marks")), *_words(claims.get("jti")), header["kid"]]


def believed(claims: Mapping[str, Any], expected: Expected, now_s: float) -> Principal:
    """Who the claims of a token with a good signature are about. Raises Untrue."""
    if claims.get("iss") != expected.issuer:
        raise Untrue("of another issuer")
    spelt = expected.claims
    if expected.audience not in _words(_claim(claims, spelt.get("audience", "aud"))):
        raise Untrue("for another audience")
    if not _is_access(claims):
        raise Untrue("no access token")
    if _instant(claims, "exp") + LEEWAY_S <= now_s:
        raise Untrue("expired")
    if "nbf" in claims and _instant(claims, "nbf") - LEEWAY_S > now_s:
        raise Untrue("not valid yet")
    subject = claims.get("sub")
    if not _is_name(subject):
        raise Untrue("of nobody")
    prefix = spelt.get("scope_prefix", "")
    words = _words(_claim(claims, spelt.get("scope", "scope")), split=True)
    scopes = scopes_of(" ".join(word.removeprefix(prefix) for word in words if word.startswith(prefix)))
    return Principal(subject, scopes, _owner(claims, spelt))


def _owner(claims: Mapping[str, Any], spelt: Mapping[str, str]) -> str | None:
    """Whose stations it is about. Where an issuer is said to name owners, a token without one is for no stations."""
    owner = _claim(claims, spelt.get("owner", "owner"))
    if _is_name(owner):
        return owner
    if owner is None and "owner" not in spelt:
        return None
    raise Untrue("without an owner")


def _is_name(value: Any) -> TypeGuard[str]:
    """Whether it is a name that every database can keep."""
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def _is_access(claims: Mapping[str, Any]) -> bool:
    """Whether it is no ID token: Cognito says so in ``token_use``, Keycloak in ``typ``."""
    return (claims.get("token_use", "access"), claims.get("typ", "Bearer")) == ("access", "Bearer")


def _claim(claims: Mapping[str, Any], where: str) -> Any:
    """A claim by its name, or by its path with dots, such as Keycloak's realm_access.roles."""
    if where in claims:
        return claims[where]
    found: Any = claims
    for name in where.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _words(value: Any, *, split: bool = False) -> list[str]:
    """A claim that is a text or a list of texts."""
    if isinstance(value, str):
        return value.split() if split else [value]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise Untrue(f"{name} is no time")
    return value


def _header(token: str) -> dict[str, Any]:
    """What the token says of itself, to be believed by nobody. Raises Untrue."""
    if len(token) > LONGEST or token.count(".") != 2:
        raise Untrue("no access token")
    first = token.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError) as problem:
        raise Untrue("no access token") from problem
    if not isinstance(header, dict):
        raise Untrue("no access token")
    return header
