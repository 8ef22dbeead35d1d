"""Orphans, notices, the inbox, and the version of the local list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "digest", name="pk_inbox"),
    )
    op.create_index("ix_inbox_received_ms", "inbox", ["received_ms"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_station_kind_id", "notices", ["station", "kind", "id"], unique=False)
    op.create_table(
        "orphans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orphans"),
        sa.UniqueConstraint("station", "digest", name="uq_orphans_station_digest"),
    )
    op.add_column("stations", sa.Column("local_list_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("stations", "local_list_version")
    op.drop_table("orphans")
    op.drop_index("ix_notices_station_kind_id", table_name="notices")
    op.drop_table("notices")
    op.drop_index("ix_inbox_received_ms", table_name="inbox")
    op.drop_table("inbox")
