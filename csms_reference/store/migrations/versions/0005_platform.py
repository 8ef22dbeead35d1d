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
    _revocations()
    _sealing()
    _campaigns()
    _durability()
    _alerts()
    _sessions()
    _rounds()


def downgrade() -> None:
    """In the opposite order."""
    _no_rounds()
    _no_sessions()
    _no_alerts()
    _no_durability()
    _no_campaigns()
    _no_sealing()
    _no_revocations()
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


def _campaigns() -> None:
    serial, instant = sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.BigInteger()
    identity, words = sa.String(length=255), sa.Text()

    def made(name: str, must: dict[str, Any], may: dict[str, Any], *more: Any) -> None:
        columns = [sa.Column("id", serial, nullable=False)]
        columns += [sa.Column(column, kind, nullable=False) for column, kind in must.items()]
        columns += [sa.Column(column, kind, nullable=True) for column, kind in may.items()]
        op.create_table(name, *columns, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), *more)

    made(
        "campaigns",
        {"name": identity, "client": identity, "plan": words, "pins": words, "state": sa.String(length=10)}
        | {"phase": sa.String(length=10), "wave": sa.Integer(), "enrolled_to": identity, "forgiven": sa.Integer()}
        | {"fence": instant, "lease_ms": instant, "created_ms": instant},
        {"owner": identity, "why": identity, "until_ms": instant, "holder": identity}
        | {"started_ms": instant, "ended_ms": instant},
    )
    op.create_index(op.f("ix_campaigns_ended_ms"), "campaigns", ["ended_ms"])
    made(
        "campaign_stations",
        {"campaign": instant, "station": identity, "rank": instant, "state": sa.String(length=10)}
        | {"attempt": sa.Integer(), "failures": sa.Integer(), "changed_ms": instant},
        {"wave": sa.Integer(), "why": identity, "command": instant, "asking": instant, "request_id": instant}
        | {f"{name}_ms": instant for name in ("sent", "waiting", "rests", "due")},
        sa.UniqueConstraint("campaign", "station", name=op.f("uq_campaign_stations_campaign_station")),
    )
    for columns in CAMPAIGN_STATIONS:
        op.create_index(op.f(f"ix_campaign_stations_{'_'.join(columns)}"), "campaign_stations", list(columns))


CAMPAIGN_STATIONS = (
    ("station",),
    ("campaign", "state", "rank"),
    ("campaign", "wave", "state"),
    ("campaign", "due_ms"),
)
"""How the stations of campaigns are looked for."""


def _no_campaigns() -> None:
    for name in ("campaign_stations", "campaigns"):
        op.drop_table(name)


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
        must("mark", hashed),
    )
    made(
        "clients",
        must("client", identity),
        may("secret_hash", hashed),
        may("former_hash", hashed),
        may("former_until_ms", instant),
        must("scopes", sa.Text()),
        may("owner", identity),
        must("redirect_uris", sa.Text()),
        must("active", sa.Boolean()),
        must("created_ms", instant),
        must("mark", hashed),
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
    made(
        "signing_keys",
        must("kid", hashed),
        must("private_key", sa.Text()),
        must("created_ms", instant),
        may("ends_ms", instant),
    )
    for name, column in INDEXED:
        op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    for name in OWNED:
        op.add_column(name, may("owner", identity))
        op.create_index(op.f(f"ix_{name}_owner"), name, ["owner"])


def _revocations() -> None:
    """What counts no more before its time."""
    op.create_table(
        "revocations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index(op.f("ix_revocations_expires_ms"), "revocations", ["expires_ms"])


def _no_revocations() -> None:
    op.drop_table("revocations")


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
    conversion.widen(op.get_bind())
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
    conversion.narrow(op.get_bind())
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


def _alerts() -> None:
    """What operators are to look at, who finds that out, and how far they have read."""
    instant, identity = sa.BigInteger(), sa.String(length=255)
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("station", identity, nullable=True),
        sa.Column("evse", sa.Integer(), nullable=True),
        sa.Column("connector", sa.Integer(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("certificate", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=True),
        sa.Column("since_ms", instant, nullable=False),
        sa.Column("raised_ms", instant, nullable=False),
        sa.Column("last_ms", instant, nullable=False),
        sa.Column("acknowledged_by", identity, nullable=True),
        sa.Column("acknowledged_ms", instant, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("cleared_ms", instant, nullable=True),
        sa.Column("closed_by", identity, nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    still = sa.text("state <> 'Cleared'")
    op.create_index("uq_alerts_open", "alerts", ["key"], unique=True, sqlite_where=still, postgresql_where=still)
    op.create_index("ix_alerts_kind_open", "alerts", ["kind", "id"], sqlite_where=still, postgresql_where=still)
    for columns in (("key", "id"), ("station", "id"), ("cleared_ms",)):
        op.create_index(op.f(f"ix_alerts_{'_'.join(columns)}"), "alerts", list(columns))
    for table, columns in (("leases", ("holder", "until_ms")), ("cursors", ("position",))):
        op.create_table(
            table,
            sa.Column("name", sa.String(length=32), nullable=False),
            *(sa.Column(each, identity if each == "holder" else instant, nullable=False) for each in columns),
            sa.PrimaryKeyConstraint("name", name=op.f(f"pk_{table}")),
        )
    op.create_index(op.f("ix_certificates_not_after_ms"), "certificates", ["not_after_ms"])
    op.add_column("events", sa.Column("severity", sa.Integer(), nullable=True))


def _no_alerts() -> None:
    op.drop_column("events", "severity")
    op.drop_index(op.f("ix_certificates_not_after_ms"), "certificates")
    for table in ("cursors", "leases", "alerts"):
        op.drop_table(table)


HOLDING = (
    ("stations", "public", sa.Boolean()),
    ("tokens", "holder", sa.String(255)),
    ("transactions", "holder", sa.String(255)),
)


def _sessions() -> None:
    """Charging sessions that somebody asked for, and whose those are that nobody did."""
    instant, identity, hashed = sa.BigInteger(), sa.String(length=255), sa.String(length=64)
    op.create_table(
        "charging_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", instant, nullable=False),
        sa.Column("station", identity, nullable=False),
        sa.Column("evse", sa.Integer(), nullable=True),
        sa.Column("begun", sa.String(length=8), nullable=False),
        sa.Column("username", identity, nullable=True),
        sa.Column("client", identity, nullable=False),
        sa.Column("id_token", sa.Text(), nullable=False),
        sa.Column("token_key", identity, nullable=False),
        sa.Column("one_time", sa.Boolean(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("key_hash", hashed, nullable=True),
        sa.Column("idempotency_key", identity, nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("most_wh", sa.Float(), nullable=True),
        sa.Column("most_cost", sa.String(length=32), nullable=True),
        sa.Column("asked_ms", instant, nullable=False),
        sa.Column("deadline_ms", instant, nullable=False),
        sa.Column("failed", hashed, nullable=True),
        sa.Column("command", instant, nullable=True),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("stopped_ms", instant, nullable=True),
        sa.Column("transaction_id", hashed, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charging_sessions")),
        *(
            sa.UniqueConstraint(*columns, name=op.f(f"uq_charging_sessions_{'_'.join(columns)}"))
            for columns in (("client", "idempotency_key"), ("station", "transaction_id"), ("key_hash",))
        ),
    )
    for columns in (("place", "id"), ("token_key",), ("username",)):
        op.create_index(op.f(f"ix_charging_sessions_{'_'.join(columns)}"), "charging_sessions", list(columns))
    capped, held = sa.text("capped"), sa.text("holder IS NOT NULL")
    op.create_index(
        "ix_charging_sessions_capped", "charging_sessions", ["id"], sqlite_where=capped, postgresql_where=capped
    )
    for table, column, kind in HOLDING:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    op.create_index(op.f("ix_tokens_holder"), "tokens", ["holder"])
    op.create_index(
        "ix_transactions_holder", "transactions", ["holder", "id"], sqlite_where=held, postgresql_where=held
    )


def _no_sessions() -> None:
    op.drop_index("ix_transactions_holder", "transactions")
    op.drop_index(op.f("ix_tokens_holder"), "tokens")
    for table, column, _ in HOLDING:
        op.drop_column(table, column)
    op.drop_table("charging_sessions")


def _rounds() -> None:
    """What many stations are asked for, and the changes of tokens that lead to it."""
    instant, identity = sa.BigInteger(), sa.String(length=255)

    def serial() -> sa.Column[int]:
        return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)

    def must(name: str, kind: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=False)

    def may(name: str, kind: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, nullable=True)

    op.create_table(
        "rounds",
        serial(),
        must("work", sa.String(length=24)),
        may("owner", identity),
        must("client", identity),
        must("automatic", sa.Boolean()),
        must("full", sa.Boolean()),
        must("asked_ms", instant),
        must("until_ms", instant),
        may("ended_ms", instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
    )
    op.create_index(op.f("ix_rounds_owner"), "rounds", ["owner"])
    op.create_index(op.f("ix_rounds_work_id"), "rounds", ["work", "id"])
    op.create_table(
        "visits",
        sa.Column("round", sa.BigInteger(), autoincrement=False, nullable=False),
        must("station", identity),
        must("work", sa.String(length=24)),
        must("state", sa.String(length=8)),
        may("claim", sa.String(length=300)),
        may("node", identity),
        must("tries", sa.Integer()),
        must("due_ms", instant),
        may("status", sa.String(length=64)),
        may("error", sa.Text()),
        may("version", sa.Integer()),
        may("sent_ms", instant),
        may("ended_ms", instant),
        sa.PrimaryKeyConstraint("round", "station", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_round_state_station"), "visits", ["round", "state", "station"])
    still = sa.text("state in ('pending', 'sent')")
    op.create_index("ix_visits_open", "visits", ["station", "work"], sqlite_where=still, postgresql_where=still)
    op.create_table(
        "token_changes",
        serial(),
        must("token_key", identity),
        may("owner", identity),
        must("kind", sa.String(length=12)),
        must("at_ms", instant),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_changes")),
    )
    op.create_index(op.f("ix_token_changes_at_ms"), "token_changes", ["at_ms"])
    op.create_index(op.f("ix_token_changes_token_key_kind"), "token_changes", ["token_key", "kind"])


def _no_rounds() -> None:
    for table in ("token_changes", "visits", "rounds"):
        op.drop_table(table)
