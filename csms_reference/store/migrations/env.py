"""Alembic's entry: runs the migrations on the connection that ``Store.open`` hands in."""

from __future__ import annotations

from alembic import context

from csms_reference.store.tables import metadata

VERSION_TABLE = "chargebench_version"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
