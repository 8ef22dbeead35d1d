"""The way of a database of older versions: what stands in it in clear is sealed and hashed, and back.

It is a part of the migration 0005: what is sealed since then is none of its business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from csms_reference.sealing.opening import settle
from csms_reference.sealing.rewriting import Row, Rows, rewrite
from csms_reference.sealing.ring import Ring


class Secrets(NamedTuple):
    """The secret columns of a table: those that are ``sealed``, those that are ``packed``, and those ``hashed``, with
    their domains. ``made``: of these, the ones that there were not before, and what they are made of."""

    table: str
    key: tuple[str, ...]
    sealed: tuple[str, ...] = ()
    hashed: Mapping[str, str] = {}
    made: Mapping[str, str] = {}
    packed: tuple[str, ...] = ()

    @property
    def rows(self) -> Rows:
        """For batches."""
        return Rows(self.table, self.key, (*self.sealed, *self.packed, *self.hashed))


SECRETS = (
    Secrets("tokens", ("token_key",), ("id_token", "group_id"), {"token_key": "token"}),
    Secrets("token_terms", ("token_key",), (), {"token_key": "token"}),
    Secrets("local_list_entries", ("station", "token_key"), ("entry",), {"token_key": "token"}),
    Secrets("tariff_assignments", ("kind", "who"), ("named",), {"who": "assignee"}, {"named": "who"}),
    Secrets(
        *("transactions", ("id",), ("id_token", "stop_token")),
        {"token_key": "token", "digest": "digest"},
        {"token_key": "id_token"},
    ),
    Secrets("remote_starts", ("id",), ("id_token",), {"token_key": "token"}, {"token_key": "id_token"}),
    Secrets("contracts", ("contract_key",), ("emaid",), {"contract_key": "token"}, {"emaid": "contract_key"}),
    Secrets(
        *("certificates", ("id",), ("subject", "common_name", "certificate")),
        {"name_key": "name"},
        {"name_key": "common_name"},
    ),
    Secrets("reservations", ("id",), ("id_token", "group_id")),
    Secrets("transaction_events", ("id",), packed=("payload",)),
    Secrets("orphans", ("id",), hashed={"digest": "digest"}, packed=("payload",)),
    Secrets("notices", ("id",), packed=("payload",)),
    Secrets("inbox", ("station", "digest"), (), {"digest": "digest"}),
    Secrets("variables", ("id",), ("value",)),
    Secrets("events", ("id",), ("value",)),
    Secrets("customer_information", ("id",), ("data",)),
    Secrets("vendor_messages", ("vendor_id", "message_id"), ("data",)),
    Secrets("authorities", ("name",), ("private_key",)),
)


def widen(connection: sa.Connection) -> None:
    """Make columns of text such of bytes, as UTF-8. SQLite keeps either in a column of whatever type."""
    _retype(connection, "BYTEA", "convert_to")


def narrow(connection: sa.Connection) -> None:
    """The way back of ``widen``."""
    _retype(connection, "TEXT", "convert_from")


def _retype(connection: sa.Connection, kind: str, how: str) -> None:
    if connection.dialect.name == "postgresql":
        for secrets in SECRETS:
            for name in secrets.packed:
                change = f"ALTER TABLE {secrets.table} ALTER {name} TYPE {kind} USING {how}({name}, 'UTF8')"
                connection.execute(sa.text(change))


def seal(connection: sa.Connection, ring: Ring) -> None:
    """Seal and hash what is there."""
    settle(connection, ring)
    for secrets in SECRETS:
        wanted = [sa.column(name).not_like(f"{len(ring.index)}=%") for name in secrets.key if name in secrets.hashed]
        rewrite(connection, secrets.rows, partial(_sealed, ring, secrets), *wanted)


def unseal(connection: sa.Connection, ring: Ring) -> None:
    """Open what was sealed. Hashes of messages stay, as nobody knows what they are of: those are not known again."""
    kept: Callable[[str], str | bytes] = str.encode if connection.dialect.name == "postgresql" else str
    names = {row["token_key"]: _folded(ring.open("tokens.id_token", row["id_token"])) for row in _tokens(connection)}
    for secrets in SECRETS:
        wanted = [sa.column(name).like("%=%") for name in secrets.key if name in {"token_key", "who", "contract_key"}]
        rewrite(connection, secrets.rows, partial(_opened, ring, secrets, names, kept), *wanted)


def _sealed(ring: Ring, secrets: Secrets, row: Row) -> Row:
    was = {**row, **{column: row[source] for column, source in secrets.made.items()}}
    new: dict[str, Any] = {}
    for column in secrets.sealed:
        if was[column] is not None:
            new[column] = ring.seal(f"{secrets.table}.{column}", was[column])
    for column in secrets.packed:
        text = was[column] if isinstance(was[column], str) else was[column].decode()
        new[column] = ring.pack(f"{secrets.table}.{column}", text)
    for column, domain in secrets.hashed.items():
        if was[column] is not None:
            new[column] = ring.blind(domain, _folded(was[column]) if domain == "token" else was[column])
    return new


def _opened(
    ring: Ring, secrets: Secrets, names: Mapping[str, str], kept: Callable[[str], str | bytes], row: Row
) -> Row:
    new: dict[str, Any] = {
        column: ring.open(f"{secrets.table}.{column}", row[column])
        for column in secrets.sealed
        if row[column] is not None
    }
    for column in secrets.packed:
        new[column] = kept(ring.unpack(f"{secrets.table}.{column}", row[column]))
    if secrets.table in {"tokens", "token_terms"}:
        new["token_key"] = names[row["token_key"]]
    elif secrets.table == "local_list_entries":
        new["token_key"] = _folded(orjson.loads(new["entry"])["id_token"])
    elif secrets.table == "tariff_assignments":
        new["who"] = new["named"]
    elif secrets.table == "contracts":
        new["contract_key"] = new["emaid"]
    return new


def _tokens(connection: sa.Connection) -> list[Row]:
    return [dict(row) for row in connection.execute(sa.text("SELECT token_key, id_token FROM tokens")).mappings()]


def _folded(id_token: str) -> str:
    """Identifiers ignore the case of ASCII letters."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in id_token)
