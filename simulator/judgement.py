"""What is known of a token, and who says so: local list, cache, CSMS, or nobody (block C)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered
from simulator.tokens import ACCEPTED, NOBODY, UNCACHED, Contract, Token, TokenInfo

if TYPE_CHECKING:
    from simulator.station import Station

Judgement = tuple[TokenInfo, str]
"""What is known of a token, and who says so: csms, cache, list, offline, remote, button or nobody."""

KEEPERS = {"cache": "AuthCacheCtrlr", "list": "LocalAuthListCtrlr"}
"""Whose word on a token it is, by who says so."""

OFFLINE = TokenInfo("Offline")
"""What becomes of a token that nobody can be asked about."""


def judge(station: Station, token: Token, *, remote: bool = False) -> Generator[simpy.Event, Any, Judgement]:
    """May this token charge? Returns what is known of it and who says so (C01, C07, C10–C15)."""
    if not station.variables.flag("AuthCtrlr.Enabled"):
        return TokenInfo(ACCEPTED), "nobody"  # part 2 §2.3.1
    if token.type == NOBODY:
        return TokenInfo(ACCEPTED), "button"  # C02: nobody is asked, the first event says that it was one
    if station.online:
        final = _without_asking(station, token, remote=remote)
        if final is not None:
            return final
        reply = yield station.line.call(*station.dialect.authorize(station, token))
        if isinstance(reply, Answered):
            info = station.dialect.read_authorize(reply.payload)
            learn(station, token, info)
            return info.undated, "csms"  # cacheExpiryDateTime is about the cache alone (C10.FR.13)
    return _offline(station, token)


def _without_asking(station: Station, token: Token, *, remote: bool) -> Judgement | None:
    """What needs no Authorize while the station is online; None where the CSMS is to be asked."""
    info, by = known(station, token)
    if station.variables.flag("AuthCtrlr.DisableRemoteAuthorization"):
        return (TokenInfo("Unknown"), "list") if info is None else (info, by)  # §2.3.8
    if info is None or token.contract is not None:
        return None  # C07.FR.01
    if info.accepted(station.now):
        early = remote or station.variables.flag("AuthCtrlr.LocalPreAuthorize")
        return (info, by) if early else None  # C12.FR.02, C14.FR.02
    # C10.FR.03, C14.FR.03: ask again, but where DisablePostAuthorize makes the refusal final (§2.4.6, §2.5.7)
    return (info, by) if station.variables.flag(f"{KEEPERS[by]}.DisablePostAuthorize") else None


def _offline(station: Station, token: Token) -> Judgement:
    """What counts where the CSMS cannot be asked (C12, C13, C15; C07.FR.07–.12)."""
    variables = station.variables
    if token.contract is not None and not _trusted(station, token.contract):
        return OFFLINE, "offline"
    info, by = known(station, token)
    if info is not None:
        return (info, by) if variables.flag("AuthCtrlr.LocalAuthorizeOffline") else (OFFLINE, "offline")
    if variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled") and not _listed(station, token):
        return TokenInfo(ACCEPTED), "offline"  # C13.FR.06: what is listed is not unknown, even if it is out of date
    return OFFLINE, "offline"


def _trusted(station: Station, contract: Contract) -> bool:
    """C07.FR.07, C07.FR.08: whether a contract may count that the station itself has found valid."""
    return contract.verified and plugs_and_charges(station, contract, "ContractValidationOffline")


def plugs_and_charges(station: Station, contract: Contract, how: str) -> bool:
    """Whether the ISO 15118 controller that was shown a contract may do something, by its variable; where nobody knows
    which it was, whether any may."""
    numbers = (contract.evse,) if contract.evse else (evse.id for evse in station.evses)
    keys = (f"ISO15118Ctrlr({number}).{how}" for number in numbers)
    return any(key in station.variables.model and station.variables.flag(key) for key in keys)


def _listed(station: Station, token: Token) -> bool:
    if not station.variables.flag("LocalAuthListCtrlr.Enabled") or not station.flash.has_local_list:
        return False
    return station.flash.local_list.lookup(token) is not None


def known(station: Station, token: Token) -> tuple[TokenInfo | None, str]:
    """What list and cache say; the list wins (C13.FR.01, C14.FR.01)."""
    variables = station.variables
    if variables.flag("LocalAuthListCtrlr.Enabled") and station.flash.has_local_list:
        listed = station.flash.local_list.lookup(token)
        dated = variables.flag("LocalAuthListCtrlr.SupportsExpiryDateTime")
        if listed is not None and not (dated and listed.expired(station.now)):
            return (listed if dated else listed.undated), "list"  # C13.FR.02–.06, C14.FR.02–.05
    if variables.flag("AuthCacheCtrlr.Enabled") and station.flash.has_cache:
        lifetime_s = variables.number("AuthCacheCtrlr.LifeTime")
        return station.flash.cache.lookup(token, station.now, lifetime_s), "cache"
    return None, ""


def learn(station: Station, token: Token, info: TokenInfo) -> None:
    """C10.FR.01, C10.FR.04, C10.FR.05: what the CSMS says of a token goes to the cache (C03.FR.02: not of one that it
    made up itself; nor of a button's)."""
    variables = station.variables
    if token.type not in UNCACHED and variables.flag("AuthCacheCtrlr.Enabled"):
        policy, most = variables.text("AuthCacheCtrlr.Policy"), variables.model["AuthCacheCtrlr.Storage"].high
        station.flash.cache.remember(token, info, station.now, policy=policy, most_bytes=most)
