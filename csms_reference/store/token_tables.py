"""The tables of what tokens may do beyond charging at all, and of the local lists that stations were sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Token, metadata

token_terms = Table(
    "token_terms",
    metadata,
    Column("token_key", Token, primary_key=True),
    Column("languages", String(32)),  # RFC 5646 tags, at most two
    Column("message", Text),
    Column("message_language", String(8)),
    Column("priority", Integer),
    Column("places", Text),  # JSON: {station: [EVSE, …]}, an empty list for every EVSE; None: everywhere
    Column("connector_types", Text),  # JSON list of ConnectorEnumType; None: at all
    Column("hours", String(11)),  # HH:MM-HH:MM, UTC; None: always
)

local_lists = Table(
    "local_lists",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sent_ms", BigInteger, nullable=False),
)

local_list_entries = Table(
    "local_list_entries",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("token_key", Token, primary_key=True),
    Column("entry", Sealed("local_list_entries.entry"), nullable=False),  # JSON: as the station was told
)
