"""What stations report of their variables, monitors, events and customers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAMED = ("component", "component_instance", "evse", "connector", "variable", "variable_instance")


def _named() -> list[sa.Column[Any]]:
    return [
        sa.Column(name, sa.Integer() if name in ("evse", "connector") else sa.String(length=50), nullable=False)
        for name in NAMED
    ]


def _serial() -> sa.Column[Any]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _station() -> sa.Column[Any]:
    return sa.Column("station", sa.String(length=255), nullable=False)


def upgrade() -> None:
    op.create_table(
        "variables",
        _serial(),
        _station(),
        *_named(),
        sa.Column("attribute", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("mutability", sa.String(length=16), nullable=True),
        sa.Column("persistent", sa.Boolean(), nullable=True),
        sa.Column("constant", sa.Boolean(), nullable=True),
        sa.Column("data_type", sa.String(length=16), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=True),
        sa.Column("min_limit", sa.Float(), nullable=True),
        sa.Column("max_limit", sa.Float(), nullable=True),
        sa.Column("values_list", sa.Text(), nullable=True),
        sa.Column("monitored", sa.Boolean(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("reported_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_variables"),
        sa.UniqueConstraint("station", *NAMED, "attribute", name="uq_variables_station_name"),
    )
    op.create_table(
        "monitors",
        _station(),
        sa.Column("id", sa.BigInteger(), nullable=False),
        *_named(),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("transaction", sa.Boolean(), nullable=False),
        sa.Column("reported_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "id", name="pk_monitors"),
    )
    op.create_table(
        "events",
        _serial(),
        _station(),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("said_at", sa.String(length=64), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        *_named(),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("notification_type", sa.String(length=24), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.Column("monitor", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("tech_code", sa.String(length=50), nullable=True),
        sa.Column("tech_info", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("station", "event_id", "said_at", name="uq_events_station_event_id_said_at"),
    )
    op.create_index("ix_events_station_id", "events", ["station", "id"], unique=False)
    op.create_table(
        "customer_information",
        _serial(),
        _station(),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("seq_no", sa.Integer(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("generated_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_information"),
        sa.UniqueConstraint(
            "station", "request_id", "seq_no", name="uq_customer_information_station_request_id_seq_no"
        ),
    )


def downgrade() -> None:
    op.drop_table("customer_information")
    op.drop_index("ix_events_station_id", table_name="events")
    op.drop_table("events")
    op.drop_table("monitors")
    op.drop_table("variables")
