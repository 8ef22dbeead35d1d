"""What the platform around the CSMS keeps."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every part adds its tables."""
    _commands()
    _access()


def downgrade() -> None:
    """In the opposite order."""
    _no_access()
    op.drop_table("commands")


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("station", sa.String(length=255), nullable=False),
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("client", sa.String(length=255), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commands")),
        sa.UniqueConstraint("client", "idempotency_key", name=op.f("uq_commands_client_idempotency_key")),
    )
    op.create_index(op.f("ix_commands_station_id"), "commands", ["station", "id"])
    op.create_index(op.f("ix_commands_node_state"), "commands", ["node", "state"])


ACCESS = ("owners", "users", "clients", "sessions", "authorization_codes", "refresh_tokens", "signing_keys")
OWNED = ("stations", "tokens")


def _access() -> None:
    identity, hashed, instant = sa.String(length=255), sa.String(length=64), sa.BigInteger()

    def made(name: str, key: sa.Column[str], *columns: sa.Column[Any]) -> None:
        op.create_table(name, key, *columns, sa.PrimaryKeyConstraint(key.name, name=op.f(f"pk_{name}")))

    def must(name: str, kind: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=False)

    def may(name: str, kind: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=True)

    made("owners", must("owner", identity), may("name", identity), must("created_ms", instant))
    made(
        "users",
        must("username", identity),
        must("password_hash", identity),
        may("email", sa.Text()),
        must("scopes", sa.Text()),
        may("owner", identity),
        must("active", sa.Boolean()),
        must("created_ms", instant),
    )
    made(
        "clients",
        must("client", identity),
        may("secret_hash", hashed),
        must("scopes", sa.Text()),
        may("owner", identity),
        must("redirect_uris", sa.Text()),
        must("active", sa.Boolean()),
        must("created_ms", instant),
    )
    made(
        "sessions",
        must("session_hash", hashed),
        may("username", identity),
        must("created_ms", instant),
        must("expires_ms", instant),
    )
    issued = ("client", "username")
    made(
        "authorization_codes",
        must("code_hash", hashed),
        must("family", hashed),
        *(must(name, identity) for name in issued),
        must("redirect_uri", sa.Text()),
        must("scopes", sa.Text()),
        must("challenge", sa.String(length=128)),
        must("expires_ms", instant),
        may("used_ms", instant),
    )
    made(
        "refresh_tokens",
        must("token_hash", hashed),
        must("family", hashed),
        *(must(name, identity) for name in issued),
        must("scopes", sa.Text()),
        must("expires_ms", instant),
        may("used_ms", instant),
    )
    made("signing_keys", must("kid", hashed), must("private_key", sa.Text()), must("created_ms", instant))
    for name, column in INDEXED:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    for name in OWNED:
        op.add_column(name, may("owner", identity))
        op.create_index(op.f(f"ix_{name}_owner"), name, ["owner"])


INDEXED = (
    ("sessions", "expires_ms"),
    ("authorization_codes", "expires_ms"),
    ("refresh_tokens", "family"),
    ("refresh_tokens", "expires_ms"),
)


def _no_access() -> None:
    for name in OWNED:
        op.drop_index(op.f(f"ix_{name}_owner"), name)
        op.drop_column(name, "owner")
    for name in ACCESS:
        op.drop_table(name)
