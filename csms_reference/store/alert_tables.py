"""The tables of alerts, and of who judges them and how far that has come."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from csms_reference.store.tables import Identity, Serial, metadata

OPEN = text("state <> 'Cleared'")
"""Alerts that are not over: said literally, as ``store.tables.ACTIVE`` is."""

alerts = Table(
    "alerts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("key", String(64), nullable=False),  # SHA-256 of what names its condition
    Column("kind", String(24), nullable=False),
    Column("reason", String(50), nullable=False),  # which rule of its kind
    Column("severity", String(8), nullable=False),
    Column("state", String(12), nullable=False),  # Raised, Acknowledged, Cleared
    Column("station", Identity),
    Column("evse", Integer),
    Column("connector", Integer),
    Column("transaction_id", String(64)),
    Column("certificate", BigInteger),  # a number of ``certificates``
    Column("details", Text, nullable=False),  # JSON
    Column("times", Integer, nullable=False),  # how often it was noticed
    Column("mark", BigInteger),  # the last row of what stations told that was counted
    Column("since_ms", BigInteger, nullable=False),  # since when its condition holds
    Column("raised_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("acknowledged_by", Identity),
    Column("acknowledged_ms", BigInteger),
    Column("note", Text),
    Column("cleared_ms", BigInteger),
    Column("closed_by", Identity),  # None: its condition has ended
    Column("closing_note", Text),
    Index("uq_alerts_open", "key", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_alerts_kind_open", "kind", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    Index(None, "key", "id"),
    Index(None, "station", "id"),
    Index(None, "cleared_ms"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),  # of what one node does for all
    Column("holder", Identity, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(32), primary_key=True),  # of who reads a table in the order of its ids
    Column("position", BigInteger, nullable=False),
)
