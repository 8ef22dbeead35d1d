"""What a database says of its keys when it is opened."""

from __future__ import annotations

from base64 import b64decode, b64encode

from sqlalchemy import Connection, insert, inspect, select

from csms_reference.sealing.ring import KEY_BYTES, Ring
from csms_reference.store.errors import SealError, StoreError
from csms_reference.store.sealing_tables import index_keys, sealing_keys

PLACE, PROOF = "sealing_keys.proof", "chargebench"


def in_use(connection: Connection) -> frozenset[int]:
    """The numbers of the keys under which there may be values."""
    if not inspect(connection).has_table(sealing_keys.name):
        return frozenset()
    return frozenset(connection.scalars(select(sealing_keys.c.number)))


def settle(connection: Connection, ring: Ring) -> None:
    """See that the ring has this database's keys, note its newest, and give it the keys of hashes.

    Raises StoreError; then nothing is changed.
    """
    noted = list(connection.execute(select(sealing_keys)))
    for number, proof in noted:
        try:
            ring.open(PLACE, proof)
        except SealError:
            raise StoreError(f"key {number} is not the one under which this database was sealed") from None
    if ring.newest not in (number for number, _ in noted):
        connection.execute(insert(sealing_keys), {"number": ring.newest, "proof": ring.seal(PLACE, PROOF)})
    if not (found := index(connection)):
        found = (add_index(connection, 1, ring.random(KEY_BYTES)),)
    ring.index = found


def index(connection: Connection) -> tuple[bytes, ...]:
    """The keys of hashes, in the order in which they are applied."""
    return tuple(b64decode(key) for key in connection.scalars(select(index_keys.c.key).order_by(index_keys.c.number)))


def add_index(connection: Connection, number: int, key: bytes) -> bytes:
    """Keep a key of hashes."""
    connection.execute(insert(index_keys), {"number": number, "key": b64encode(key).decode()})
    return key
