"""The tables of campaigns: one thing that many stations are to do, and how far each of them is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import Identity, Serial, metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("name", Identity, nullable=False),
    Column("owner", Identity),  # whose stations alone it may touch; None: the operator's, who may touch all
    Column("client", Identity, nullable=False),  # who made it
    Column("plan", Sealed("campaigns.plan"), nullable=False),  # JSON, see campaigns.plan
    Column("pins", Text, nullable=False),  # JSON: the SHA-256 of each image as it was at the start
    Column("state", String(10), nullable=False),  # Draft, Scheduled, Running, Paused, Completed, Cancelled
    Column("why", String(255)),  # it is paused, or was cancelled
    Column("phase", String(10), nullable=False),  # enrolling, rolling, soaking, approval
    Column("wave", Integer, nullable=False),  # counted from 0
    Column("until_ms", BigInteger),  # soaking: until when
    Column("enrolled_to", Identity, nullable=False),  # enrolling: the last station looked at
    Column("forgiven", Integer, nullable=False),  # failures that had happened when it was last resumed
    Column("holder", Identity),  # the node that runs it
    Column("fence", BigInteger, nullable=False),  # grows with each holder
    Column("lease_ms", BigInteger, nullable=False),  # until when the holder may be sure of it
    Column("created_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger),
    Column("ended_ms", BigInteger),  # nothing more will happen
    Index(None, "ended_ms"),
)

campaign_stations = Table(
    "campaign_stations",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("campaign", BigInteger, nullable=False),
    Column("station", Identity, nullable=False),
    Column("rank", BigInteger, nullable=False),  # its turn: drawn by hash, so that a wave is a sample of the whole
    Column("wave", Integer),  # None: not begun
    Column("state", String(10), nullable=False),  # Pending, Waiting, Sent, InProgress, Succeeded, Failed, Skipped
    Column("why", String(255)),
    Column("attempt", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("command", BigInteger),  # the id of the last attempt's
    Column("asking", BigInteger),  # the id of the command that finds out what came of it
    Column("request_id", BigInteger),  # under which it tells of an update
    Column("sent_ms", BigInteger),
    Column("waiting_ms", BigInteger),  # since when it waits, for the first time
    Column("rests_ms", BigInteger),  # until when it is left alone after a failure
    Column("due_ms", BigInteger),  # when it is to be looked at without news
    Column("changed_ms", BigInteger, nullable=False),
    UniqueConstraint("campaign", "station"),
    Index(None, "station"),
    Index(None, "campaign", "state", "rank"),
    Index(None, "campaign", "wave", "state"),
    Index(None, "campaign", "due_ms"),
)
