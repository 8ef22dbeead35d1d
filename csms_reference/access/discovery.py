"""The keys of another issuer (OpenID Connect Discovery 1.0, RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from csms_reference.access.keyring import KeysAway
from csms_reference.settings import is_safe

WITHIN_S = 5.0
PUBLIC = frozenset({"EC", "OKP", "RSA"})


class Discovery:
    """Finds an issuer's keys by its URL."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    async def keys(self) -> Mapping[str, Key]:
        """Its signing keys by their ids. Raises KeysAway."""
        import httpx  # noqa: PLC0415 -- for those who have such an issuer

        try:
            async with httpx.AsyncClient(timeout=WITHIN_S) as client:
                about = await _told(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self._issuer:  # Discovery §4.3
                    raise KeysAway(f"{self._issuer} calls itself {about.get('issuer')!r}")
                where = about.get("jwks_uri")
                if not isinstance(where, str) or not is_safe(where):
                    raise KeysAway(f"{self._issuer} has its keys at {where!r}, which is no https URL")
                return keys_of(await _told(client, where))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            raise KeysAway(f"{self._issuer}: {problem}") from problem


def keys_of(told: Mapping[str, Any]) -> dict[str, Key]:
    """The keys of a JWK set that sign; those that are of no known kind are passed over (RFC 7517 §5)."""
    found: dict[str, Key] = {}
    for each in told.get("keys") or ():
        if not isinstance(each, dict) or each.get("kty") not in PUBLIC or each.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if key.kid is not None:
            found[key.kid] = key
    return found


async def _told(client: Any, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    told = answer.json()
    if not isinstance(told, dict):
        raise ValueError(f"{url} tells no JSON object")  # noqa: TRY004 -- bad content, as any other
    return told
