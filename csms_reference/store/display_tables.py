"""The table of messages on stations' displays."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from csms_reference.store.tables import Identity, metadata

display_messages = Table(
    "display_messages",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("priority", String(16), nullable=False),
    Column("state", String(16)),
    Column("start_ms", BigInteger),
    Column("end_ms", BigInteger),
    Column("transaction_id", String(64)),
    Column("payload", Text, nullable=False),  # MessageInfoType as it was set or told last
    Column("known_by", String(8), nullable=False),  # set: the station has accepted it; told: the station has said so
    Column("request_id", Integer),  # of the report that told of it last
    Column("confirmed_ms", BigInteger, nullable=False),
)
