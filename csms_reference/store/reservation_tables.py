"""The tables of what was arranged with stations: reservations, remote starts, and how available they are to be."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, UniqueConstraint

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Serial, Token, metadata

reservations = Table(
    "reservations",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("reservation_id", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # Accepted, Used, Expired, Cancelled, Removed
    Column("evse", Integer),  # None: any
    Column("connector_type", String(20)),
    Column("id_token", Sealed("reservations.id_token"), nullable=False),
    Column("group_id", Sealed("reservations.group_id")),
    Column("expires_ms", BigInteger, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("transaction_id", String(64)),
    UniqueConstraint("station", "reservation_id"),
)

remote_starts = Table(
    "remote_starts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("remote_start_id", BigInteger),  # None in 1.6, which has none
    Column("evse", Integer),
    Column("id_token", Sealed("remote_starts.id_token"), nullable=False),
    Column("token_key", Token),
    Column("asked_ms", BigInteger, nullable=False),
    Column("transaction_id", String(64)),
    UniqueConstraint("station", "remote_start_id"),
)

availability_orders = Table(
    "availability_orders",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("connector", Integer, primary_key=True, autoincrement=False),
    Column("operative", Boolean, nullable=False),
    Column("answer", String(16), nullable=False),  # Accepted, Scheduled
    Column("asked_ms", BigInteger, nullable=False),
)
