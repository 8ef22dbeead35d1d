"""What the functions of blocks A to P keep: charging profiles, certificates, firmware, reservations, messages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

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


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def certificates() -> None:
    """Blocks A and M."""
    op.add_column("stations", sa.Column("admits_expired", sa.Boolean(), nullable=True))
    op.create_table(
        "authorities",
        _text("name", 32),
        _text("parent", 32, nullable=True),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        _instant("created_ms"),
        sa.PrimaryKeyConstraint("name", name="pk_authorities"),
    )
    op.create_table(
        "certificates",
        serial(),
        _text("authority", 32),
        _text("serial", 40),
        _text("kind", 16),
        _text("station", 255, nullable=True),
        _text("subject", 255),
        _text("common_name", 255),
        _text("fingerprint", 64),
        sa.Column("certificate", sa.Text(), nullable=False),
        _instant("not_before_ms"),
        _instant("not_after_ms"),
        _instant("issued_ms"),
        _instant("revoked_ms", nullable=True),
        _text("reason", 32, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("authority", "serial", name="uq_certificates_authority_serial"),
        sa.UniqueConstraint("fingerprint", name="uq_certificates_fingerprint"),
    )
    op.create_index("ix_certificates_station_id", "certificates", ["station", "id"])
    op.create_index("ix_certificates_common_name", "certificates", ["common_name"])
    op.create_table(
        "signing_requests",
        serial(),
        station(),
        _text("type", 32),
        sa.Column("request_id", sa.Integer(), nullable=True),
        _text("digest", 64),
        _text("state", 16),
        _text("why", 255, nullable=True),
        sa.Column("certificate_id", sa.BigInteger(), nullable=True),
        _instant("received_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_signing_requests"),
    )
    op.create_index("ix_signing_requests_station_id", "signing_requests", ["station", "id"])
    op.create_table(
        "installed_certificates",
        serial(),
        station(),
        _text("type", 32),
        _text("hash_algorithm", 8),
        _text("issuer_name_hash", 128),
        _text("issuer_key_hash", 128),
        _text("serial", 40),
        _text("under", 40, nullable=True),
        _instant("noted_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_installed_certificates"),
    )
    op.create_index("ix_installed_certificates_station_id", "installed_certificates", ["station", "id"])
    op.create_table(
        "contracts",
        _text("emaid", 36),
        _text("pcid", 64),
        _instant("created_ms"),
        sa.PrimaryKeyConstraint("emaid", name="pk_contracts"),
    )
    op.create_index("ix_contracts_pcid", "contracts", ["pcid"])
    op.create_table(
        "security_events",
        serial(),
        station(),
        _text("type", 50),
        sa.Column("tech_info", sa.Text(), nullable=True),
        sa.Column("from_station", sa.Boolean(), nullable=False),
        _instant("timestamp_ms", nullable=True),
        _instant("received_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_security_events"),
    )
    op.create_index("ix_security_events_station_id", "security_events", ["station", "id"])


def no_certificates() -> None:
    """The way back."""
    for name in (
        *("security_events", "contracts", "installed_certificates"),
        *("signing_requests", "certificates", "authorities"),
    ):
        op.drop_table(name)
    op.drop_column("stations", "admits_expired")


def _reservations() -> None:
    """Blocks F to H."""
    op.create_table(
        "reservations",
        serial(),
        station(),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("evse", sa.Integer(), nullable=True),
        sa.Column("connector_type", sa.String(length=20), nullable=True),
        sa.Column("id_token", sa.String(length=255), nullable=False),
        sa.Column("group_id", sa.String(length=255), nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("station", "reservation_id", name=op.f("uq_reservations_station_reservation_id")),
    )
    op.create_table(
        "remote_starts",
        serial(),
        station(),
        sa.Column("remote_start_id", sa.BigInteger(), nullable=True),
        sa.Column("evse", sa.Integer(), nullable=True),
        sa.Column("id_token", sa.String(length=255), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_starts")),
        sa.UniqueConstraint("station", "remote_start_id", name=op.f("uq_remote_starts_station_remote_start_id")),
    )
    op.create_table(
        "availability_orders",
        station(),
        sa.Column("evse", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("connector", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("operative", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "evse", "connector", name=op.f("pk_availability_orders")),
    )


def _no_reservations() -> None:
    for table in ("availability_orders", "remote_starts", "reservations"):
        op.drop_table(table)


def _display_and_tariffs() -> None:
    """Blocks I, O and P."""
    op.create_table(
        "display_messages",
        station(),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column("start_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.String(length=64), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("known_by", sa.String(length=8), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("station", "id", name=op.f("pk_display_messages")),
    )
    op.create_table(
        "tariffs",
        sa.Column("tariff", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("text", sa.String(length=512), nullable=True),
        sa.Column("dynamic", sa.Boolean(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tariff", name=op.f("pk_tariffs")),
    )
    op.create_table(
        "tariff_assignments",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("who", sa.String(length=255), nullable=False),
        sa.Column("tariff", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("kind", "who", name=op.f("pk_tariff_assignments")),
    )
    op.create_index(op.f("ix_tariff_assignments_tariff"), "tariff_assignments", ["tariff"])
    op.create_table(
        "charges",
        station(),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("tariff", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("terms_ms", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.String(length=32), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("told_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_cost", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("station", "transaction_id", name=op.f("pk_charges")),
    )
    op.create_table(
        "vendor_messages",
        sa.Column("vendor_id", sa.String(length=255), nullable=False),
        sa.Column("message_id", sa.String(length=50), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("vendor_id", "message_id", name=op.f("pk_vendor_messages")),
    )
    op.add_column("transactions", sa.Column("tariff", sa.String(length=60), nullable=True))


def _no_display_and_tariffs() -> None:
    op.drop_column("transactions", "tariff")
    for table in ("vendor_messages", "charges", "tariff_assignments", "tariffs", "display_messages"):
        op.drop_table(table)


def _files() -> None:
    """Block L, and what is uploaded in blocks L and N."""
    op.create_table(
        "firmware_images",
        serial(),
        _text("name", 128),
        _text("version", 50, nullable=True),
        _text("model", 64, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _text("sha256", 64),
        _text("md5", 32),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        _instant("created_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_firmware_images"),
        sa.UniqueConstraint("name", name="uq_firmware_images_name"),
    )
    op.create_table(
        "firmware_updates",
        serial(),
        station(),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        _instant("retrieve_ms", nullable=True),
        _instant("install_ms", nullable=True),
        _text("answer", 32),
        _text("status", 32, nullable=True),
        _instant("asked_ms"),
        _instant("status_ms", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_firmware_updates"),
    )
    op.create_index("ix_firmware_updates_station_id", "firmware_updates", ["station", "id"])
    op.create_table(
        "firmware_statuses",
        serial(),
        station(),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        _text("status", 32),
        _instant("received_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_firmware_statuses"),
    )
    op.create_index("ix_firmware_statuses_station_id", "firmware_statuses", ["station", "id"])
    op.create_table(
        "uploads",
        serial(),
        _text("address", 64),
        _text("station", 255, nullable=True),
        sa.Column("most_bytes", sa.BigInteger(), nullable=False),
        _instant("created_ms"),
        _instant("expires_ms"),
        _instant("received_ms", nullable=True),
        _text("name", 128, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        _text("sha256", 64, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.UniqueConstraint("address", name="uq_uploads_address"),
    )


def _no_files() -> None:
    for name in ("uploads", "firmware_statuses", "firmware_updates", "firmware_images"):
        op.drop_table(name)


def _addresses() -> None:
    """B09: network connection profiles."""
    op.create_table(
        "network_profiles",
        station(),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        _text("url", 2000),
        sa.Column("security_profile", sa.Integer(), nullable=False),
        sa.Column("timeout_s", sa.Integer(), nullable=False),
        _text("interface", 16),
        _text("identity", 48, nullable=True),
        _text("apn", 2000, nullable=True),
        _text("vpn", 2000, nullable=True),
        _instant("set_ms"),
        sa.PrimaryKeyConstraint("station", "slot", name="pk_network_profiles"),
    )


def _tokens() -> None:
    """Blocks C and D."""
    op.create_table(
        "token_terms",
        _text("token_key", 255),
        _text("languages", 32, nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        _text("message_language", 8, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("places", sa.Text(), nullable=True),
        sa.Column("connector_types", sa.Text(), nullable=True),
        _text("hours", 11, nullable=True),
        sa.PrimaryKeyConstraint("token_key", name="pk_token_terms"),
    )
    op.create_table(
        "local_lists",
        station(),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("sent_ms"),
        sa.PrimaryKeyConstraint("station", name="pk_local_lists"),
    )
    op.create_table(
        "local_list_entries",
        station(),
        _text("token_key", 255),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station", "token_key", name="pk_local_list_entries"),
    )


def _no_tokens() -> None:
    for name in ("local_list_entries", "local_lists", "token_terms"):
        op.drop_table(name)


def _charging() -> None:
    """Block K."""
    op.create_table(
        "charging_profiles",
        station(),
        sa.Column("profile_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evse", sa.Integer(), nullable=False),
        _text("source", 20),
        _text("purpose", 48),
        sa.Column("stack_level", sa.Integer(), nullable=False),
        _text("transaction_id", 64, nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        _text("known_by", 8),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        _instant("confirmed_ms"),
        sa.PrimaryKeyConstraint("station", "profile_id", name="pk_charging_profiles"),
    )
    op.create_index(
        "ix_charging_profiles_station_transaction_id", "charging_profiles", ["station", "transaction_id"], unique=False
    )
    op.create_table(
        "profile_requests",
        station(),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        _instant("asked_ms"),
        sa.PrimaryKeyConstraint("station", "request_id", name="pk_profile_requests"),
    )
    op.create_table(
        "charging_limits",
        station(),
        sa.Column("evse", sa.Integer(), autoincrement=False, nullable=False),
        _text("source", 20),
        sa.Column("critical", sa.Boolean(), nullable=True),
        sa.Column("schedules", sa.Text(), nullable=True),
        _instant("told_ms"),
        sa.PrimaryKeyConstraint("station", "evse", "source", name="pk_charging_limits"),
    )
    _needs()


def _needs() -> None:
    op.create_table(
        "charging_needs",
        station(),
        sa.Column("evse", sa.Integer(), autoincrement=False, nullable=False),
        _text("transaction_id", 64, nullable=True),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("most_periods", sa.Integer(), nullable=True),
        _text("answer", 16),
        _instant("told_ms"),
        sa.Column("plan", sa.Text(), nullable=True),
        _text("plan_status", 32, nullable=True),
        sa.Column("ev_schedule", sa.Text(), nullable=True),
        _text("ev_answer", 16, nullable=True),
        _instant("ev_told_ms", nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("station", "evse", name="pk_charging_needs"),
    )
    op.create_table(
        "composite_schedules",
        station(),
        sa.Column("evse", sa.Integer(), autoincrement=False, nullable=False),
        _instant("start_ms", nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        _text("unit", 1),
        sa.Column("periods", sa.Text(), nullable=False),
        _instant("told_ms"),
        sa.PrimaryKeyConstraint("station", "evse", name="pk_composite_schedules"),
    )


def _no_charging() -> None:
    for name in ("composite_schedules", "charging_needs", "charging_limits", "profile_requests", "charging_profiles"):
        op.drop_table(name)


def _logs() -> None:
    """Block N01, and L03 and L04."""
    op.create_table(
        "log_requests",
        serial(),
        station(),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        _text("kind", 32),
        sa.Column("location", sa.Text(), nullable=False),
        _text("address", 64, nullable=True),
        _instant("oldest_ms", nullable=True),
        _instant("latest_ms", nullable=True),
        _text("answer", 32),
        _text("filename", 255, nullable=True),
        _text("status", 32, nullable=True),
        _instant("asked_ms"),
        _instant("status_ms", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_log_requests"),
    )
    op.create_table(
        "publications",
        serial(),
        station(),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("location", sa.Text(), nullable=False),
        _text("checksum", 32),
        _text("answer", 32),
        _text("status", 32, nullable=True),
        sa.Column("places", sa.Text(), nullable=True),
        _instant("asked_ms"),
        _instant("status_ms", nullable=True),
        _instant("unpublished_ms", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
    )
    for name in ("log_statuses", "publication_statuses"):
        op.create_table(
            name,
            serial(),
            station(),
            sa.Column("request_id", sa.BigInteger(), nullable=True),
            _text("status", 32),
            _instant("received_ms"),
            sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        )
    for name in _LOGS:
        op.create_index(f"ix_{name}_station_id", name, ["station", "id"])


_LOGS = ("log_requests", "log_statuses", "publications", "publication_statuses")


def _wider_measurands() -> None:
    """2.1 has some of 45 characters, and older databases 40. SQLite never minded."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("meter_values", "measurand", type_=sa.String(length=64), existing_nullable=False)


def upgrade() -> None:
    """Every block adds its tables."""
    _wider_measurands()
    _display_and_tariffs()
    _reservations()
    certificates()
    _files()
    _addresses()
    _tokens()
    _charging()
    _logs()


def downgrade() -> None:
    """In the opposite order."""
    for name in _LOGS:
        op.drop_table(name)
    _no_charging()
    _no_tokens()
    _no_reservations()
    no_certificates()
    _no_display_and_tariffs()
    _no_files()
    op.drop_table("network_profiles")
