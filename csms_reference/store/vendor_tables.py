"""The table of what vendors and this CSMS have agreed upon for DataTransfer."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from csms_reference.sealing.columns import Sealed
from csms_reference.store.tables import metadata

vendor_messages = Table(
    "vendor_messages",
    metadata,
    Column("vendor_id", String(255), primary_key=True),
    Column("message_id", String(50), primary_key=True),  # empty: any, and none
    Column("status", String(16), nullable=False),  # Accepted or Rejected
    Column("data", Sealed("vendor_messages.data")),  # JSON that goes back; None: nothing
)
