"""What the platform around the CSMS keeps."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from csms_reference.sealing import conversion
from csms_reference.sealing.columns import ring_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every part adds its tables."""
    _commands()
    _access()
    _sealing()
    _durability()


def downgrade() -> None:
    """In the opposite order."""
    _no_durability()
    _no_sealing()
    _no_access()
    op.drop_table("commands")


LATER = (
    ("transactions", "abandoned", sa.String(length=24)),
    ("transactions", "last_ms", sa.BigInteger()),
    ("meter_values", "received_ms", sa.BigInteger()),
)


def _durability() -> None:
    """What tells for how long something has been silent, or is kept."""
    for table, column, kind in LATER:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    active = sa.text("state = 'Active'")
    op.create_index("ix_transactions_active", "transactions", ["id"], sqlite_where=active, postgresql_where=active)


def _no_durability() -> None:
    op.drop_index("ix_transactions_active", "transactions")
    for table, column, _ in LATER:
        op.drop_column(table, column)


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
        sa.Column("digest", sa.Text(), nullable=False),
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


LONGER = (
    ("tokens", {"id_token": False, "group_id": True}),
    ("transactions", {"id_token": True, "stop_token": True}),
    ("remote_starts", {"id_token": False}),
    ("reservations", {"id_token": False, "group_id": True}),
    ("certificates", {"subject": False, "common_name": False}),
)
"""Columns that hold more than the 255 characters that they held, and whether they may be null."""

MADE: tuple[tuple[str, str, Any], ...] = (
    ("tariff_assignments", "named", sa.Text()),
    ("contracts", "emaid", sa.Text()),
    ("certificates", "name_key", sa.String(length=255)),
)
"""Columns that every row has a value for, which is made of another column."""

OF_TRANSACTIONS = (("transaction_id",), ("digest",), ("station", "state"))
"""The indexes that a table which is made anew needs again, in a certain order."""


def _sealing() -> None:
    """What is secret is encrypted; what is looked up by it has a keyed hash."""
    for name, column in (("sealing_keys", "proof"), ("index_keys", "key")):
        op.create_table(
            name,
            sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(column, sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("number", name=op.f(f"pk_{name}")),
        )
    _drop_indexes(("id_token", "state"))
    op.drop_index(op.f("ix_certificates_common_name"), "certificates")
    for table, columns in LONGER:
        with op.batch_alter_table(table) as batch:
            for column, nullable in columns.items():
                batch.alter_column(column, type_=sa.Text(), existing_nullable=nullable)
    for table in ("transactions", "remote_starts"):
        op.add_column(table, sa.Column("token_key", sa.String(length=255), nullable=True))
    _create_indexes(("token_key", "state"))
    with op.batch_alter_table("contracts") as batch:
        batch.alter_column(
            "emaid", new_column_name="contract_key", type_=sa.String(length=255), existing_nullable=False
        )
    for table, column, kind in MADE:
        op.add_column(table, sa.Column(column, kind, nullable=False, server_default=""))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, server_default=None)
    op.create_index(op.f("ix_certificates_name_key"), "certificates", ["name_key"])
    if (ring := ring_of(op.get_bind().dialect)) is not None:
        conversion.seal(op.get_bind(), ring)


def _drop_indexes(of_tokens: tuple[str, str]) -> None:
    for columns in (*OF_TRANSACTIONS, of_tokens):
        op.drop_index(op.f(f"ix_transactions_{'_'.join(columns)}"), "transactions")


def _create_indexes(of_tokens: tuple[str, str]) -> None:
    for columns in (*OF_TRANSACTIONS, of_tokens):
        op.create_index(op.f(f"ix_transactions_{'_'.join(columns)}"), "transactions", list(columns))


def _no_sealing() -> None:
    if (ring := ring_of(op.get_bind().dialect)) is not None:
        conversion.unseal(op.get_bind(), ring)
    op.drop_index(op.f("ix_certificates_name_key"), "certificates")
    for table, column, _ in MADE:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    with op.batch_alter_table("contracts") as batch:
        batch.alter_column("contract_key", new_column_name="emaid", type_=sa.String(length=36), existing_nullable=False)
    op.create_index(op.f("ix_certificates_common_name"), "certificates", ["common_name"])
    _drop_indexes(("token_key", "state"))
    for table, columns in LONGER:
        with op.batch_alter_table(table) as batch:
            if table in {"transactions", "remote_starts"}:
                batch.drop_column("token_key")
            for column, nullable in columns.items():
                batch.alter_column(column, type_=sa.String(length=255), existing_nullable=nullable)
    _create_indexes(("id_token", "state"))
    for name in ("sealing_keys", "index_keys"):
        op.drop_table(name)
