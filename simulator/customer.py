"""What a station holds about one customer, and how it forgets it (2.0.1 part 2 N09, N10).

It knows people only by their tokens: in the authorization cache, in the local list, in transactions, and in messages
that still wait for the CSMS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol.stamps import stamp
from simulator.reservation import Reserved
from simulator.tokens import ACCEPTED, Token, TokenInfo, id_of

if TYPE_CHECKING:
    from simulator.station import Station


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom the CSMS asks about: ``id`` is a token's, or where ``any_id`` the name of a group of tokens, too."""

    id: str
    any_id: bool = False

    def owns(self, key: str, info: TokenInfo | None = None) -> bool:
        """Whether a token, by its key and what is known of it, is this customer's."""
        wanted = self.id.lower()
        group = info.group if info is not None else None
        return id_of(key) == wanted or (self.any_id and group is not None and group.lower() == wanted)

    def is_(self, token: Token | None) -> bool:
        """Whether a presented token is this customer's."""
        return token is not None and self.owns(token.key)


def known(station: Station, customer: Customer) -> list[str]:
    """What the station holds about a customer, in lines for people."""
    return [*_cached(station, customer), *_listed(station, customer), *_reserved(station, customer),
            *_charging(station, customer), *_waiting(station, customer)]  # fmt: skip


def forget(station: Station, customer: Customer) -> None:
    """N10.FR.03, .06: remove it, but for the local list and reservations, which only the CSMS changes.

    A running transaction and messages on their way keep the token they were begun with: the station needs it to let
    the driver stop, and the CSMS to bill; it goes with them.
    """
    if station.flash.has_cache:
        entries = station.flash.cache.entries
        for key in [key for key, entry in entries.items() if customer.owns(key, entry.info)]:
            del entries[key]


def _cached(station: Station, customer: Customer) -> Iterator[str]:
    if not station.flash.has_cache:
        return
    for key, entry in station.flash.cache.entries.items():
        if customer.owns(key, entry.info):
            yield f"authorization cache: {key}: {_said(entry.info)}, last used {stamp(entry.used)}"


def _listed(station: Station, customer: Customer) -> Iterator[str]:
    if not station.flash.has_local_list:
        return
    for key, info in station.flash.local_list.entries.items():
        if customer.owns(key, info):
            yield f"local authorization list: {key}: {_said(info)}"


def _said(info: TokenInfo) -> str:
    parts = [info.status]
    if info.group is not None:
        parts.append(f"group {info.group}")
    if info.expires is not None:
        parts.append(f"expires {stamp(info.expires)}")
    if info.evses:
        parts.append(f"EVSE {', '.join(map(str, info.evses))}")
    return ", ".join(parts)


def _reserved(station: Station, customer: Customer) -> Iterator[str]:
    for one in station.flash.memory(Reserved).standing:
        if customer.owns(one.token.key, TokenInfo(ACCEPTED, group=one.group)):
            place = f"EVSE {one.evse}" if one.evse else "any EVSE"
            yield f"reservation {one.id} of {place}, until {stamp(one.expires)}"


def _charging(station: Station, customer: Customer) -> Iterator[str]:
    for evse in station.evses:
        if evse.tx is not None and customer.is_(evse.tx.token):
            yield f"transaction {evse.tx.id} at EVSE {evse.id}, running, from {evse.tx.start_wh:.0f} Wh"
        elif evse.authorization is not None and customer.is_(evse.authorization.token):
            yield f"authorized at EVSE {evse.id}"


def _waiting(station: Station, customer: Customer) -> Iterator[str]:
    counts: dict[str, int] = {}
    for event in station.flash.journal:
        if customer.is_(event.tx.token) or customer.is_(event.token):
            counts[event.tx.id] = counts.get(event.tx.id, 0) + 1
    for transaction, count in counts.items():
        yield f"transaction {transaction}, {count} messages on their way"
