"""The tables: one schema that fits SQLite and PostgreSQL.

Instants are integers, milliseconds since 1970 UTC (``…_ms``): they sort, compare and survive every database alike.
Energy is in Wh (``…_wh``). ``rank`` orders the events of a transaction: see ``csms_reference.services.fold``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from csms_reference.sealing.columns import Blind, Packed, Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only a column that is called INTEGER, which holds 64 bits there.
Serial = BigInteger().with_variant(Integer, "sqlite")
Identity = String(255)
Token = Blind("token")
"""By what a token is looked up: its id in lower case, as identifiers ignore case."""

Digest = Blind("digest", 64)
"""By what a message is known again. The ids of tokens are short: a plain hash would tell them to whoever tries all."""

stations = Table(
    "stations",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("version", String(8)),
    Column("vendor", String(64)),
    Column("model", String(64)),
    Column("serial", String(64)),
    Column("firmware", String(64)),
    Column("password_hash", String(255)),
    Column("intended_hash", String(255)),  # of a password on its way to the station
    Column("security_profile", Integer),
    Column("admits_expired", Boolean),  # A00.FR.429: an expired certificate lets it in, to get another
    Column("registration", String(16), nullable=False),
    Column("told", String(16)),  # the status in our last answer to a BootNotification
    Column("boot_reason", String(32)),
    Column("last_boot_ms", BigInteger),
    Column("last_seen_ms", BigInteger),
    Column("local_list_version", Integer),
    Column("created_ms", BigInteger, nullable=False),
    Column("owner", Identity, index=True),  # the account whose it is; None: the operator's
    Column("public", Boolean),  # whoever has an account may charge there, and guests where they are let in
)

connectors = Table(
    "connectors",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("connector", Integer, primary_key=True, autoincrement=False),
    Column("status", String(32), nullable=False),
    Column("error_code", String(64)),
    Column("since_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(["station"], ["stations.station"], ondelete="CASCADE"),
)

status_history = Table(
    "status_history",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("evse", Integer, nullable=False),
    Column("connector", Integer, nullable=False),
    Column("status", String(32), nullable=False),
    Column("error_code", String(64)),
    Column("info", String(255)),
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_key", Token, primary_key=True),
    Column("id_token", Sealed("tokens.id_token"), nullable=False),
    Column("type", String(20)),  # None: whatever type the station says
    Column("status", String(20), nullable=False),
    Column("expires_ms", BigInteger),
    Column("group_id", Sealed("tokens.group_id")),
    Column("owner", Identity, index=True),  # as of stations
    Column("holder", Identity, index=True),  # the user who charges with it
)

ACTIVE = text("state = 'Active'")
"""Transactions that run: said literally, or SQLite does not see that their index serves."""

HELD = text("holder IS NOT NULL")
"""Transactions of a user of ours: the index of these costs the others nothing."""

transactions = Table(
    "transactions",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("transaction_id", String(64), nullable=False),
    Column("version", String(8), nullable=False),
    Column("digest", Digest),  # 1.6: what makes two StartTransactions the same
    Column("state", String(16), nullable=False),  # Active, Ended, Abandoned
    Column("abandoned", String(24)),  # why it counts as over although its end has not come
    Column("evse", Integer),
    Column("connector", Integer),
    Column("id_token", Sealed("transactions.id_token")),
    Column("token_key", Token),
    Column("token_type", String(20)),
    Column("holder", Identity),  # the user whose token it was when it began
    Column("stop_token", Sealed("transactions.stop_token")),
    Column("remote_start_id", Integer),
    Column("reservation_id", Integer),
    Column("charging_state", String(20)),
    Column("started_ms", BigInteger),
    Column("stopped_ms", BigInteger),
    Column("meter_start_wh", Float),
    Column("meter_stop_wh", Float),
    Column("energy_wh", Float),  # None while unknown or implausible, never below zero
    Column("stop_reason", String(32)),
    Column("offline", Boolean, nullable=False, default=False),
    Column("has_start", Boolean, nullable=False, default=False),
    Column("has_end", Boolean, nullable=False, default=False),
    Column("complete", Boolean, nullable=False, default=False),  # start, end and everything between arrived
    Column("seen", Text, nullable=False, default="[]"),  # sequence numbers as JSON ranges [[first, last], …]
    Column("gaps", Text, nullable=False, default="[]"),
    Column("flags", Text, nullable=False, default="[]"),  # what is implausible, JSON list of sorted words
    Column("ranks", Text, nullable=False, default="{}"),  # which event each field above came from
    Column("tariff", String(60)),  # what it is charged by, None: by nothing that is known here
    Column("received_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger),  # when something new of it was received last
    UniqueConstraint("station", "transaction_id"),
    Index(None, "transaction_id"),
    Index(None, "digest"),
    Index(None, "token_key", "state"),
    Index(None, "station", "state"),
    Index("ix_transactions_active", "id", sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    Index("ix_transactions_holder", "holder", "id", sqlite_where=HELD, postgresql_where=HELD),
)

transaction_events = Table(
    "transaction_events",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("transaction_id", String(64), nullable=False),
    Column("seq_no", Integer, nullable=False),
    Column("event_type", String(16), nullable=False),
    Column("trigger", String(32)),
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Column("payload", Packed("transaction_events.payload"), nullable=False),
    UniqueConstraint("station", "transaction_id", "seq_no", "event_type"),
)

meter_values = Table(
    "meter_values",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("transaction_id", String(64)),
    Column("evse", Integer),
    Column("connector", Integer),
    Column("timestamp_ms", BigInteger),
    Column("measurand", String(64), nullable=False),
    Column("context", String(24), nullable=False),
    Column("phase", String(8)),
    Column("location", String(16)),
    Column("unit", String(32)),
    Column("value", Float),  # in ``unit``, k prefixes and multipliers resolved; None if it is not a finite number
    Column("text", Text),  # the value as it came, where it is not a finite number
    Column("received_ms", BigInteger),
    Index(None, "station", "transaction_id", "id"),
)

orphans = Table(
    "orphans",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("transaction_id", String(64), nullable=False),
    Column("why", String(32), nullable=False),
    Column("digest", Digest, nullable=False),
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Column("payload", Packed("orphans.payload"), nullable=False),
    UniqueConstraint("station", "digest"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("kind", String(48), nullable=False),  # the action that brought it
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Column("payload", Packed("notices.payload"), nullable=False),
    Index(None, "station", "kind", "id"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("digest", Digest, primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "received_ms"),
)


def _named() -> list[Column[Any]]:
    """How OCPP 2.x names a variable; what is not there is empty or 0, so that names can be unique."""
    return [
        Column("component", String(50), nullable=False),
        Column("component_instance", String(50), nullable=False),
        Column("evse", Integer, nullable=False),
        Column("connector", Integer, nullable=False),
        Column("variable", String(50), nullable=False),
        Column("variable_instance", String(50), nullable=False),
    ]


NAMED = tuple(column.name for column in _named())
"""The columns that name a variable."""

variables = Table(
    "variables",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    *_named(),
    Column("attribute", String(8), nullable=False),  # Actual, Target, MinSet, MaxSet
    Column("value", Sealed("variables.value")),
    Column("mutability", String(16)),
    Column("persistent", Boolean),
    Column("constant", Boolean),
    Column("data_type", String(16)),
    Column("unit", String(16)),
    Column("min_limit", Float),
    Column("max_limit", Float),
    Column("values_list", Text),
    Column("monitored", Boolean),
    Column("request_id", Integer, nullable=False),  # of the report that told of it last
    Column("reported_ms", BigInteger, nullable=False),
    UniqueConstraint("station", *NAMED, "attribute", name="uq_variables_station_name"),
)

monitors = Table(
    "monitors",
    metadata,
    Column("station", Identity, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    *_named(),
    Column("type", String(24), nullable=False),
    Column("value", Float, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("transaction", Boolean, nullable=False),
    Column("reported_ms", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("said_at", String(64), nullable=False),  # the time stamp as it came: it tells ids apart that are used again
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    *_named(),
    Column("trigger", String(16), nullable=False),
    Column("notification_type", String(24), nullable=False),
    Column("value", Sealed("events.value"), nullable=False),
    Column("cleared", Boolean, nullable=False),
    Column("cause", BigInteger),
    Column("monitor", BigInteger),
    Column("transaction_id", String(64)),
    Column("tech_code", String(50)),
    Column("tech_info", Text),
    Column("severity", Integer),  # 2.1; before that only its monitor tells
    UniqueConstraint("station", "event_id", "said_at"),
    Index(None, "station", "id"),
)

customer_information = Table(
    "customer_information",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("request_id", BigInteger, nullable=False),
    Column("seq_no", Integer, nullable=False),
    Column("more", Boolean, nullable=False),
    Column("data", Sealed("customer_information.data"), nullable=False),
    Column("generated_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    UniqueConstraint("station", "request_id", "seq_no"),
)
