"""The tables of rounds: what many stations are asked for, each when it can be; and of tokens that have changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, text

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Serial, Token, metadata

OPEN = text("state in ('pending', 'sent')")
"""Visits that are not over: said literally, as ``store.tables.ACTIVE`` is."""

rounds = Table(
    "rounds",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("work", String(24), nullable=False),  # the command that each station is asked to carry out
    Column("owner", Identity, index=True),  # whose stations; None: stations of several owners, or the operator's
    Column("client", Identity, nullable=False),  # who asked for it
    Column("automatic", Boolean, nullable=False),  # nobody asked: tokens have changed
    Column("full", Boolean, nullable=False),  # whole lists, also where a few changes would do
    Column("asked_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),  # who has not been there by then is not waited for
    Column("ended_ms", BigInteger),
    Index(None, "work", "id"),
)

visits = Table(
    "visits",
    metadata,
    Column("round", BigInteger, primary_key=True, autoincrement=False),
    Column("station", Identity, primary_key=True),
    Column("work", String(24), nullable=False),  # that of its round
    Column("state", String(8), nullable=False),  # pending, sent, done, failed
    Column("claim", String(300)),  # who does it, the last time that it was begun
    Column("node", Identity),  # which of the nodes that is
    Column("tries", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=False),  # not before then
    Column("status", String(64)),  # the station's word, or ours where it said none
    Column("error", Sealed("visits.error")),
    Column("version", Integer),  # of the station's list, once it is up to date
    Column("sent_ms", BigInteger),
    Column("ended_ms", BigInteger),
    Index(None, "round", "state", "station"),
    Index("ix_visits_open", "station", "work", sqlite_where=OPEN, postgresql_where=OPEN),
)

token_changes = Table(
    "token_changes",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("token_key", Token, nullable=False),
    Column("owner", Identity),  # whose it is, or was; None: the operator's
    Column("kind", String(12), nullable=False),  # changed, withdrawn, expired
    Column("at_ms", BigInteger, nullable=False),  # of what expires in the future
    Index(None, "at_ms"),
    Index(None, "token_key", "kind"),
)
