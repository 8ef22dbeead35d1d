"""The tables of files: firmware images, updates of stations with their history, and places to upload to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from csms_reference.store.tables import Identity, Serial, metadata

firmware_images = Table(
    "firmware_images",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("name", String(128), nullable=False),  # of its file
    Column("version", String(50)),
    Column("model", String(64)),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("md5", String(32), nullable=False),  # what PublishFirmware wants
    Column("signature", Text),  # base64
    Column("certificate", Text),  # PEM
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("name"),
)

firmware_updates = Table(
    "firmware_updates",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),  # None: 1.6's UpdateFirmware, which has none
    Column("location", Text, nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("retrieve_ms", BigInteger),
    Column("install_ms", BigInteger),
    Column("answer", String(32), nullable=False),
    Column("status", String(32)),
    Column("asked_ms", BigInteger, nullable=False),
    Column("status_ms", BigInteger),
    Index(None, "station", "id"),
)

firmware_statuses = Table(
    "firmware_statuses",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger),
    Column("status", String(32), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("address", String(64), nullable=False),  # what makes its URL one that nobody guesses
    Column("station", Identity),
    Column("most_bytes", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger),  # None: it can still be used
    Column("name", String(128)),  # as the station called it
    Column("size", BigInteger),
    Column("sha256", String(64)),
    Column("attempts", Integer, nullable=False),
    UniqueConstraint("address"),
)
