"""What the functions of blocks A to P keep: charging profiles, certificates, firmware, reservations, messages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def serial() -> sa.Column[Any]:
    """A growing number."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def station() -> sa.Column[Any]:
    """Whose row it is."""
    return sa.Column("station", sa.String(length=255), nullable=False)


def upgrade() -> None:
    """Every block adds its tables."""


def downgrade() -> None:
    """In the opposite order."""
