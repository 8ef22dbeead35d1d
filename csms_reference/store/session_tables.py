"""The table of charging sessions that somebody asked for; every other session is its transaction alone.

(``sessions`` is another: of people at the console.)
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, UniqueConstraint, text

from csms_reference.sealing.columns import Sealed
from csms_reference.store.access_tables import Hash
from csms_reference.store.tables import Identity, Serial, Token, metadata

CAPPED = text("capped")
"""Said literally, see ``tables.ACTIVE``."""

charging_sessions = Table(
    "charging_sessions",
    metadata,
    Column("id", Serial, primary_key=True),  # its remoteStartId, too
    Column("place", BigInteger, nullable=False),  # the last transaction's id when it was asked for: where it is listed
    Column("station", Identity, nullable=False),
    Column("evse", Integer),  # None: any
    Column("begun", String(8), nullable=False),  # App, Guest
    Column("username", Identity),  # whose it is; None: nobody's whom we know
    Column("client", Identity, nullable=False),  # who asked
    Column("id_token", Sealed("charging_sessions.id_token"), nullable=False),
    Column("token_key", Token, nullable=False),
    Column("one_time", Boolean, nullable=False),  # the token was made for this session and is good for nothing else
    Column("key", Sealed("charging_sessions.key")),  # what a guest sees and stops it by
    Column("key_hash", Hash),
    Column("idempotency_key", Identity),
    Column("digest", Sealed("charging_sessions.digest"), nullable=False),  # of what was asked for
    Column("most_wh", Float),  # None: no limit
    Column("most_cost", String(32)),  # with VAT, in the currency of the tariff
    Column("asked_ms", BigInteger, nullable=False),
    Column("deadline_ms", BigInteger, nullable=False),  # a session whose transaction has not come by then has failed
    Column("failed", String(64)),  # why it did before
    Column("command", BigInteger),  # the last that its station was sent for it
    Column("capped", Boolean, nullable=False),  # it has a limit, and may still reach it
    Column("stopped_ms", BigInteger),  # when its station was told last to end it because of that
    Column("transaction_id", String(64)),
    UniqueConstraint("client", "idempotency_key"),
    UniqueConstraint("station", "transaction_id"),
    UniqueConstraint("key_hash"),
    Index(None, "place", "id"),
    Index(None, "token_key"),
    Index(None, "username"),
    Index("ix_charging_sessions_capped", "id", sqlite_where=CAPPED, postgresql_where=CAPPED),
)
