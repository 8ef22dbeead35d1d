"""Where stations can be sent: the network connection profiles that they have taken (2.0.1 part 2 B09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from csms_reference.store.network_tables import network_profiles
from csms_reference.store.prepared import Prepared, insert_or_change

_COLUMNS = [column.name for column in network_profiles.c]
_PUT = Prepared(insert_or_change(network_profiles, *(name for name in _COLUMNS if name not in ("station", "slot"))),
                _COLUMNS)  # fmt: skip


SECRET = "***"


def bare(url: str) -> str:
    """A URL without the password in it, for whoever reads what was once sent to a station."""
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    who, at, host = authority.rpartition("@")
    name, colon, password = who.partition(":")
    if not at or not colon or not password:
        return url
    return url.replace(authority, f"{name}:{SECRET}@{host}", 1)


@dataclass(frozen=True, slots=True)
class Address:
    """What a slot holds, without what is secret."""

    slot: int
    url: str
    security_profile: int
    timeout_s: int
    interface: str
    identity: str | None = None
    apn: str | None = None
    vpn: str | None = None


def taken(connection: Connection, station: str, address: Address, at_ms: int) -> None:
    """A station has stored it, in the place of what the slot held."""
    row = {"station": station, **asdict(address), "set_ms": at_ms}
    _PUT(connection, row | {"url": bare(address.url)})


def of(connection: Connection, station: str) -> Sequence[Row[Any]]:
    """What is known of a station's slots, by their numbers."""
    mine = select(network_profiles).where(network_profiles.c.station == station)
    return connection.execute(mine.order_by(network_profiles.c.slot)).all()
