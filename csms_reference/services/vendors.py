"""What vendors and this CSMS have agreed upon for DataTransfer (2.0.1 block P; 1.6 §4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, select

from csms_reference.store.prepared import Prepared, insert_or_change
from csms_reference.store.vendor_tables import vendor_messages

OURS = "org.chargebench"
"""The vendor that is known here without being registered."""


class Returned(NamedTuple):
    """What the CSMS makes of a transfer (DataTransferStatusEnumType), and the data that go back."""

    status: str
    data: Any = None


Receiver = Callable[[Any], Returned]

VENDORS: dict[tuple[str, str], Receiver] = {}
"""What is understood by code, by vendor and message id; an empty id is for any."""

_TABLE = vendor_messages
_OF_VENDOR = Prepared(select(_TABLE).where(_TABLE.c.vendor_id == bindparam("v")))
_PUT = Prepared(insert_or_change(_TABLE, "status", "data"), _TABLE.c.keys())


def receives(vendor: str, message: str = "") -> Callable[[Receiver], Receiver]:
    """Enter what the CSMS does with a vendor's message. Raises ValueError if it does something already."""

    def enter(receiver: Receiver) -> Receiver:
        if VENDORS.setdefault((vendor, message), receiver) is not receiver:
            raise ValueError(f"two receivers of {vendor} {message}")
        return receiver

    return enter


@receives(OURS, "Echo")
def echo(data: Any) -> Returned:
    """Send back what came; there has to be something."""
    return Returned("Rejected") if data is None else Returned("Accepted", data)


def put(connection: Connection, vendor: str, message: str, status: str, data: Any) -> None:
    """Agree on what a vendor's message is answered; an empty message id is for any."""
    text = None if data is None else orjson.dumps(data).decode()
    _PUT(connection, {"vendor_id": vendor, "message_id": message, "status": status, "data": text})


def remove(connection: Connection, vendor: str, message: str) -> bool:
    """End an agreement; False if there was none."""
    chosen = delete(_TABLE).where(_TABLE.c.vendor_id == vendor).where(_TABLE.c.message_id == message)
    return connection.execute(chosen).rowcount > 0


def every(connection: Connection) -> list[Row[Any]]:
    """What was agreed upon."""
    return list(connection.execute(select(_TABLE).order_by(_TABLE.c.vendor_id, _TABLE.c.message_id)))


def received(connection: Connection, vendor: str, message: str | None, data: Any) -> Returned:
    """P02.FR.06, .07: what a message of a station comes to; what was registered comes before what is built in."""
    names = _TABLE.c.keys()
    agreed = {
        row["message_id"]: row
        for row in (dict(zip(names, each, strict=True)) for each in _OF_VENDOR(connection, {"v": vendor}).rows())
    }
    for wanted in (message or "", ""):
        if (row := agreed.get(wanted)) is not None:
            return Returned(row["status"], None if row["data"] is None else orjson.loads(row["data"]))
        if (receiver := VENDORS.get((vendor, wanted))) is not None:
            return receiver(data)
    known = bool(agreed) or any(vendor == name for name, _ in VENDORS)
    return Returned("UnknownMessageId" if known else "UnknownVendorId")
