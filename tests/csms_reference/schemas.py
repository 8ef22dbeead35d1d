"""The same tests on PostgreSQL: what opens a store in memory gets one in a schema of this process instead.

Schemas are migrated once and emptied after use. Two stores that are open at once have one each.
"""

import os
from urllib.parse import quote

from sqlalchemy import create_engine, make_url, text

from csms_reference.store import Store
from csms_reference.store import store as module
from csms_reference.store.database import VERSION_TABLE, newest, parse_url
from csms_reference.store.patience import PATIENCE_S

CHOSEN = os.environ.get("CHARGEBENCH_TEST_DATABASE") or "sqlite"
KEYS = ("sealing_keys", "index_keys")
ALWAYS = {VERSION_TABLE, *KEYS}
"""Tables that are filled when a database is made."""


class Schemas:
    """Opens stores as ``Store.open`` does, but not in memory."""

    def __init__(self, server):
        self._server = make_url(server).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._server)
        self._open = Store.open
        self._free = []
        self._made = []
        self._ring = None

    def open(self, url="sqlite://", *, inline=False, patience_s=PATIENCE_S, keys_file=None):
        """A store; one in memory is in a schema, and empty."""
        if url != "sqlite://":
            return self._open(url, inline=inline, patience_s=patience_s, keys_file=keys_file)
        name = self._free.pop() if self._free else self._make()
        return self._lent(name, self._at(name), inline=inline, patience_s=patience_s)

    def _lent(self, name, url, *, inline, patience_s):
        parsed = parse_url(url)
        engines = [module._engine(parsed, self._ring, module.BEGIN, patience_s) for _ in range(1 if inline else 3)]
        if inline:
            store = Store(engines[0], *[module.Inline(engines[0])] * 3, inline=True)
        else:
            reader, glancer = module.Reader(engines[1]), module.Counter(engines[2], "store-glance")
            store = Store(engines[0], module.Writer(engines[0]), reader, glancer, inline=False)
        close, given_back = store.close, []

        def close_and_empty():
            close()
            if not given_back:
                given_back.append(name)
                self._empty(name)
                self._free.append(name)

        store.close = close_and_empty
        return store

    def _make(self):
        name = f"chargebench_same_{os.getpid()}_{len(self._made)}"
        with self._engine.begin() as connection:
            connection.execute(text(f"drop schema if exists {name} cascade"))
            connection.execute(text(f"create schema {name}"))
        self._made.append(name)
        ring = module._migrate(parse_url(self._at(name)), None)
        self._ring = self._ring or ring
        with self._engine.begin() as connection:  # the same text has the same hash in all of them
            for table in KEYS if len(self._made) > 1 else ():
                connection.execute(text(f"truncate {name}.{table}"))
                connection.execute(text(f"insert into {name}.{table} select * from {self._made[0]}.{table}"))
        return name

    def _at(self, name):
        options = quote(f"-csearch_path={name} -csynchronous_commit=off")
        return f"{self._server.set(drivername='postgresql').render_as_string(hide_password=False)}?options={options}"

    def _empty(self, name):
        with self._engine.begin() as connection:
            tables = set(connection.scalars(text("select tablename from pg_tables where schemaname = :n"), {"n": name}))
            looks = [f"select '{each}' where exists (select 1 from {name}.{each})" for each in sorted(tables - ALWAYS)]
            if filled := list(connection.scalars(text(" union all ".join(looks)))):
                named = ", ".join(f"{name}.{each}" for each in filled)
                connection.execute(text(f"truncate {named} restart identity cascade"))
            # Tables whose rows were deleted again have counted on.
            used = "select sequencename from pg_sequences where schemaname = :n and last_value is not null"
            for sequence in connection.scalars(text(used), {"n": name}):
                connection.execute(text(f"alter sequence {name}.{sequence} restart"))
            connection.execute(text(f"update {name}.{VERSION_TABLE} set version_num = :it"), {"it": newest()})

    def close(self):
        """Drop every schema."""
        for name in self._made:
            with self._engine.begin() as connection:
                connection.execute(text(f"drop schema {name} cascade"))
        self._engine.dispose()
