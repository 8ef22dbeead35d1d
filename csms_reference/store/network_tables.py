"""The table of the network connection profiles that stations have taken."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from csms_reference.store.tables import Identity, metadata

network_profiles = Table(
    "network_profiles",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("url", String(2000), nullable=False),
    Column("security_profile", Integer, nullable=False),
    Column("timeout_s", Integer, nullable=False),
    Column("interface", String(16), nullable=False),
    Column("identity", String(48)),  # 2.1: who the station is there
    Column("apn", String(2000)),
    Column("vpn", String(2000)),  # the server's address
    Column("set_ms", BigInteger, nullable=False),
)
"""Passwords and keys are not in it: they are the station's and the other CSMS's."""
