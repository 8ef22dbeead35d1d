"""The tables of the keys that the database was sealed under, and of those that make its hashes."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import metadata

sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("proof", Text, nullable=False),  # a known text, sealed under it
)

index_keys = Table(
    "index_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Sealed("index_keys.key"), nullable=False),  # base64
)
