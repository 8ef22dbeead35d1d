"""A station's password on its way to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the hash of a password that a station may have been given."""
    op.add_column("stations", sa.Column("intended_hash", sa.String(length=255), nullable=True))


def downgrade() -> None:
    """None is on its way any more."""
    op.drop_column("stations", "intended_hash")
