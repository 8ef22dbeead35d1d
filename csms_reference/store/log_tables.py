"""The tables of logs that stations upload, and of firmware that local controllers publish, with how both went."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from csms_reference.store.tables import Identity, Serial, metadata

log_requests = Table(
    "log_requests",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),  # None: 1.6's GetDiagnostics, which has none
    Column("kind", String(32), nullable=False),  # LogEnumType
    Column("location", Text, nullable=False),
    Column("address", String(64)),  # of ours, where the file goes to one
    Column("oldest_ms", BigInteger),
    Column("latest_ms", BigInteger),
    Column("answer", String(32), nullable=False),
    Column("filename", String(255)),
    Column("status", String(32)),
    Column("asked_ms", BigInteger, nullable=False),
    Column("status_ms", BigInteger),
    Index(None, "station", "id"),
)

log_statuses = Table(
    "log_statuses",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),
    Column("status", String(32), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)

publications = Table(
    "publications",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),
    Column("location", Text, nullable=False),
    Column("checksum", String(32), nullable=False),  # MD5
    Column("answer", String(32), nullable=False),
    Column("status", String(32)),
    Column("places", Text),  # JSON: where stations fetch it
    Column("asked_ms", BigInteger, nullable=False),
    Column("status_ms", BigInteger),
    Column("unpublished_ms", BigInteger),
    Index(None, "station", "id"),
)

publication_statuses = Table(
    "publication_statuses",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),
    Column("status", String(32), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)
