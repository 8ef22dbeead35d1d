"""The tables of smart charging: stations' charging profiles, who else limits them, what EVs want (block K)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from csms_reference.store.tables import Identity, metadata

charging_profiles = Table(
    "charging_profiles",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("profile_id", BigInteger, primary_key=True, autoincrement=False),
    Column("evse", Integer, nullable=False),  # 0: the grid connection, or all EVSEs
    Column("source", String(20), nullable=False),  # CSO, EMS, SO, Other
    Column("purpose", String(48), nullable=False),
    Column("stack_level", Integer, nullable=False),
    Column("transaction_id", String(64)),
    Column("payload", Text, nullable=False),  # the profile in the words of 2.0.1, as JSON
    Column("known_by", String(8), nullable=False),  # set or reported
    Column("request_id", BigInteger),  # of the report that told of it last
    Column("confirmed_ms", BigInteger, nullable=False),
    Index(None, "station", "transaction_id"),
)

profile_requests = Table(
    "profile_requests",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("request_id", BigInteger, primary_key=True, autoincrement=False),
    Column("criteria", Text, nullable=False),  # JSON: what a report of it is about
    Column("asked_ms", BigInteger, nullable=False),
)

charging_limits = Table(
    "charging_limits",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("source", String(20), primary_key=True),
    Column("critical", Boolean),  # for the grid's sake
    Column("schedules", Text),  # JSON, where the station tells them
    Column("told_ms", BigInteger, nullable=False),
)

charging_needs = Table(
    "charging_needs",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("transaction_id", String(64)),
    Column("needs", Text, nullable=False),  # ChargingNeedsType as JSON
    Column("most_periods", Integer),
    Column("answer", String(16), nullable=False),  # Accepted, Rejected, Processing
    Column("told_ms", BigInteger, nullable=False),
    Column("plan", Text),  # the profile that was sent, as JSON
    Column("plan_status", String(32)),  # how the station answered
    Column("ev_schedule", Text),  # JSON: what the EV is going to do
    Column("ev_answer", String(16)),
    Column("ev_told_ms", BigInteger),
    Column("refusals", Integer, nullable=False),  # schedules of the EV's in a row that were refused
)

composite_schedules = Table(
    "composite_schedules",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("start_ms", BigInteger),
    Column("duration_s", Integer),
    Column("unit", String(1), nullable=False),
    Column("periods", Text, nullable=False),  # JSON
    Column("told_ms", BigInteger, nullable=False),
)
