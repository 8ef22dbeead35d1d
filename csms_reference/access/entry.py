"""How a CSMS guards its API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter

from csms_reference.access.guard import Access, Guard, KeyGuard, OpenGuard
from csms_reference.access.login import Login
from csms_reference.access.revocation import Revoked
from csms_reference.access.session import Sessions
from csms_reference.front import Front
from csms_reference.process import fresh_secret
from csms_reference.settings import Auth

if TYPE_CHECKING:
    from joserfc.jwk import Key

    from csms_reference.access.bearer import TokenGuard


@dataclass(frozen=True, slots=True)
class Entry:
    """The access to an API, and the routes that it takes."""

    access: Access
    routes: APIRouter | None = None


def entry_to(csms: Front) -> Entry:
    """The entry that the settings say."""
    settings, login = csms.settings, Login(csms)
    sessions = Sessions(csms, login, fresh_secret)
    revoked = Revoked(csms.store, csms.now_ms)
    guards: Mapping[Auth, type[OpenGuard | KeyGuard]] = {Auth.OPEN: OpenGuard, Auth.KEY: KeyGuard}
    if settings.guarding in guards:
        guard: Guard = guards[settings.guarding](settings)
        return Entry(Access(settings, csms.store, guard, sessions, login, revoked))
    if settings.oidc_issuer is not None:
        return Entry(Access(settings, csms.store, _foreign(csms), sessions, login, revoked))
    guard, routes = _own(csms, login, revoked)
    return Entry(Access(settings, csms.store, guard, sessions, login, revoked), routes)


FRESH_MS = 60_000
"""How long our own keys are taken from memory; that one counts no more is known sooner (``revocation``)."""


def _own(csms: Front, login: Login, revoked: Revoked) -> tuple[TokenGuard, APIRouter]:
    from csms_reference.access import keys  # noqa: PLC0415 -- these take a tenth of a second, see api.oauth
    from csms_reference.access.bearer import TokenGuard, own_tokens  # noqa: PLC0415
    from csms_reference.access.issuer import Terms  # noqa: PLC0415
    from csms_reference.access.keyring import Keyring  # noqa: PLC0415
    from csms_reference.api.oauth import oauth  # noqa: PLC0415

    base = csms.settings.api_base
    terms = Terms(base, f"{base}/v1", fresh_secret)

    async def published() -> Mapping[str, Key]:
        return await csms.store.glance(lambda database: keys.published(database, csms.now_ms()))

    ring = Keyring(published, csms.now_ms, fresh_ms=FRESH_MS, again_ms=1000)
    guard = TokenGuard(ring, own_tokens(terms.issuer, terms.audience), csms.now_ms, revoked)
    return guard, oauth(csms, terms, login, revoked)


def _foreign(csms: Front) -> TokenGuard:
    from csms_reference.access.bearer import FOREIGN_ALGORITHMS, FOREIGN_TYPES, Expected, TokenGuard  # noqa: PLC0415
    from csms_reference.access.discovery import Discovery  # noqa: PLC0415
    from csms_reference.access.keyring import Keyring  # noqa: PLC0415

    settings = csms.settings
    issuer, audience = settings.oidc_issuer or "", settings.oidc_audience or ""
    ring = Keyring(Discovery(issuer).keys, csms.now_ms, fresh_ms=300_000, again_ms=10_000)
    expected = Expected(issuer, audience, FOREIGN_ALGORITHMS, FOREIGN_TYPES, settings.oidc_claims)
    return TokenGuard(ring, expected, csms.now_ms)
