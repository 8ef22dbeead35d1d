"""What one node does for all of them, as long as it renews its lease in their database."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from csms_reference.store.alert_tables import leases
from csms_reference.store.prepared import Prepared, insert_new

_ADD = Prepared(insert_new(leases), leases.c.keys())


def take(connection: Connection, name: str, holder: str, now_ms: int, until_ms: int) -> bool:
    """Take or renew a lease; False while it is another's."""
    free = or_(leases.c.holder == holder, leases.c.until_ms < now_ms)
    taken = update(leases).where(leases.c.name == name, free).values(holder=holder, until_ms=until_ms)
    if connection.execute(taken).rowcount:
        return True
    return _ADD(connection, {"name": name, "holder": holder, "until_ms": until_ms}).rowcount > 0


def give_up(connection: Connection, name: str, holder: str) -> None:
    """Let another have it at once."""
    connection.execute(update(leases).where(leases.c.name == name, leases.c.holder == holder).values(until_ms=0))
