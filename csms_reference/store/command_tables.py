"""The table of what clients of the API have stations do."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Serial, metadata

commands = Table(
    "commands",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("command", String(64), nullable=False),  # a command's name; of a raw CALL its action
    Column("fields", Sealed("commands.fields"), nullable=False),  # JSON
    Column("state", String(8), nullable=False),  # queued, sent, accepted, rejected, failed
    Column("status", String(64)),  # the station's word, or ours where it said none
    Column("answer", Sealed("commands.answer")),  # JSON: the payload of its answer
    Column("error", Sealed("commands.error")),
    Column("node", String(255), nullable=False),  # who carries it out
    Column("client", Identity, nullable=False),
    Column("idempotency_key", Identity),
    Column(
        "digest", Sealed("commands.digest"), nullable=False
    ),  # of the request, to tell a repetition from another one
    Column("asked_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Column("ended_ms", BigInteger),
    UniqueConstraint("client", "idempotency_key"),
    Index(None, "station", "id"),
    Index(None, "node", "state"),
)
