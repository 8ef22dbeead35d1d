"""Which charging sessions somebody sees and stops, and at which stations they may begin one.

Operators see all, owners those at their stations. Whoever may do nothing but charge, such as a driver or a payment
terminal, sees those that they hold the token of or have asked for; the rest is as if it were not there.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, true

from csms_reference.access.principal import Principal
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import stations, transactions


def may_see(who: Principal, *, asked: bool) -> ColumnElement[bool]:
    """Narrows sessions that somebody asked for (``asked``), or the transactions of the others, to what they see."""
    table = charging_sessions if asked else transactions
    if who.drives:
        return _asked_by(who) if asked else _held_by(who)
    if who.owner is not None:
        return table.c.station.in_(select(stations.c.station).where(stations.c.owner == who.owner))
    return true()


def may_begin_at(who: Principal | None) -> ColumnElement[bool]:
    """Narrows stations to those where somebody may begin a session; None: a guest without an account."""
    public = stations.c.public.is_(True)
    if who is None:
        return public
    if who.owner is not None:
        return or_(public, stations.c.owner == who.owner)
    return public if who.drives else true()


def _held_by(who: Principal) -> ColumnElement[bool]:
    return false() if who.username is None else transactions.c.holder == who.username


def _asked_by(who: Principal) -> ColumnElement[bool]:
    """Of a user by their name, which is taken out where they are forgotten; of a program by who asked."""
    column = charging_sessions.c
    return column.client == who.subject if who.username is None else column.username == who.username
