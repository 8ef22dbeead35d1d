"""What a 2.0.1 station knows of tokens: its cache and its local list."""

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states.authorization import authorized
from conformance.cases.station201.states.bay import bay_left, bay_occupied
from conformance.cases.station201.states.ending import disconnected, post_session, stopped_locally
from conformance.cases.station201.states.energy import energized
from conformance.cases.station201.states.transaction import new_session
from conformance.cases.station201.states.variables import configured
from conformance.vocabulary import Payload, Reply, Script, Subject, Token, ask, expect, present, satisfying


def known_offline(station: Subject, *tokens: Token) -> Script:
    """IdTokenCached, IdTokenLocalAuthList: the station will take these tokens without asking the CSMS."""
    yield from configured(station, "AuthCtrlr", "OfflineTxForUnknownIdEnabled", "true", optional=True)
    yield from configured(station, "AuthCtrlr", "LocalAuthorizeOffline", "true", optional=True)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    entries = [{"idToken": each.payload, "idTokenInfo": _info(each)} for each in tokens]
    request = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": entries}
    listed: Reply = yield ask("SendLocalList", request, or_error=satisfying("any error", bool))
    if listed.get("status") == "Accepted":
        return
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    for token in tokens:
        tx = yield from new_session(station)
        yield from authorized(station, tx, asks=None, token=token)
        yield from energized(station, tx)
        yield present(station, token)
        yield from disconnected(station, tx, ends=None)


def cached(station: Subject, token: Token | None = None, *, accepted: bool = True) -> Script:
    """IdTokenCached: the station has seen what the CSMS says of a token, after a session if it was ``accepted``.

    While it learns the CSMS is asked in any case: what the cache says counts where LocalPreAuthorize is set after this.
    """
    token = token or station.tokens.valid
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    tx = yield from new_session(station)
    if accepted:
        yield from authorized(station, tx, token=token)
        yield from energized(station, tx)
        yield from stopped_locally(station, tx, token=token)
        yield from post_session(station, tx)
        yield from disconnected(station, tx, ends=None)
        yield from bay_left(station, tx)
    else:
        yield from bay_occupied(station, tx)
        yield present(station, token)
        yield expect("Authorize", station.message_s, where={"idToken.idToken": token.id})
        yield from bay_left(station, tx, refused=True)


LIST_VERSION = 7
"""The version of the local list that ``listed`` leaves behind."""


def entry(token: Token, status: str = "Accepted") -> Payload:
    """What a local list says of a token (AuthorizationData)."""
    return {"idToken": token.payload, "idTokenInfo": {**_info(token), "status": status}}


def listed(station: Subject, *entries: Payload) -> Script:
    """IdTokenLocalAuthList: these entries, and no others, are the local list."""
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    request = {"versionNumber": LIST_VERSION, "updateType": "Full", "localAuthorizationList": list(entries)}
    yield ask("SendLocalList", request, having={"status": "Accepted"})


def forgotten(station: Subject) -> Script:
    """Neither cache nor local list know any token, whatever was before."""
    anything = satisfying("any error", bool)
    yield ask("ClearCache", or_error=anything)
    yield ask("SendLocalList", {"versionNumber": LIST_VERSION, "updateType": "Full"}, or_error=anything)


def _info(token: Token) -> dict[str, Any]:
    group = {"groupIdToken": token.group_payload} if token.group else {}
    return {"status": "Accepted", **group}
