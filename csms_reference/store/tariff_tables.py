"""The tables of tariffs, whom they are for, and what each transaction is charged.

Money is text, as decimal numbers are written: no database rounds it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from csms_reference.sealing.columns import Blind, Sealed
from csms_reference.store.tables import Identity, metadata

tariffs = Table(
    "tariffs",
    metadata,
    Column("tariff", String(60), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("terms", Text, nullable=False),  # prices and their VAT as JSON, see services.pricing
    Column("text", String(512)),  # what drivers are told; None: made from the terms
    Column("dynamic", Boolean, nullable=False),  # new terms hold for transactions that run already, too
    Column("changed_ms", BigInteger, nullable=False),
)

tariff_assignments = Table(
    "tariff_assignments",
    metadata,
    Column("kind", String(8), primary_key=True),  # token, group, station, or all
    Column("who", Blind("assignee"), primary_key=True),  # tokens and groups in lower case; empty for all
    Column("named", Sealed("tariff_assignments.named"), nullable=False),  # the same, to be read
    Column("tariff", String(60), nullable=False),
    Index(None, "tariff"),
)

charges = Table(
    "charges",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("transaction_id", String(64), primary_key=True),
    Column("tariff", String(60), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("terms", Text, nullable=False),  # JSON [[from_ms, from_wh, terms], …]
    Column("terms_ms", BigInteger, nullable=False),  # when the newest of them was made
    Column("cost", String(32)),  # including VAT, None while it is not known
    Column("parts", Text, nullable=False),  # JSON {part: [net, VAT]}, not rounded
    Column("told_ms", BigInteger),  # when the station was told the cost last
    Column("told_cost", String(32)),
)
