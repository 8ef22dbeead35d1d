"""DataTransfer: what a station and a vendor's CSMS have agreed upon beyond OCPP (2.0.1 block P; 1.6 §4.3, §5.6).

``VENDORS`` is what the firmware comes with, ``Transfers.agree`` what somebody adds to one station. Handlers are plain
functions of the station and the data; what they return goes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from protocol.session import Answered
from simulator import facts
from simulator.function import Function, function
from simulator.snapshot import snapshot

if TYPE_CHECKING:
    from simulator.line import Reply
    from simulator.station import Station

OURS = "org.chargebench"
"""The vendor that every simulated station has an agreement with."""

ANY = None
"""The message id of a handler for messages without one, and for all that have no handler of their own."""


class Returned(NamedTuple):
    """What the recipient makes of a transfer (DataTransferStatusEnumType), and the data that go back."""

    status: str
    data: Any = None


Receiver = Callable[["Station", Any], Returned]
Agreements = Mapping[tuple[str, str | None], Receiver]

VENDORS: dict[tuple[str, str | None], Receiver] = {}
"""What every station understands, by vendor and message id."""

_NONE: Agreements = MappingProxyType({})


def receives(vendor: str, message: str | None = ANY) -> Callable[[Receiver], Receiver]:
    """Enter what stations do with a vendor's message. Raises ValueError if they do something already."""

    def enter(receiver: Receiver) -> Receiver:
        if VENDORS.setdefault((vendor, message), receiver) is not receiver:
            raise ValueError(f"two receivers of {vendor} {message}")
        return receiver

    return enter


@function
class Transfers(Function):
    """What one station has agreed upon with vendors, and what it tells them."""

    __slots__ = ("_agreed", "replies")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._agreed: Agreements = _NONE
        self.replies: tuple[Returned | None, ...] = ()

    def agree(self, vendor: str, receiver: Receiver, message: str | None = ANY) -> None:
        """Understand one more message in this life of the firmware, or understand it otherwise."""
        self._agreed = {**self._agreed, (vendor, message): receiver}

    def send(self, vendor: str, message: str | None = None, data: Any = None) -> None:
        """P02: tell the CSMS something; its reply is the last of ``replies`` (None: no answer) and a fact.

        ``data``: any JSON in 2.x; what 1.6 sends is text, so anything else becomes its JSON there.
        """
        action, payload = self.station.dialect.data_transfer(vendor, message, data)
        self.station.line.ask(action, payload, partial(self._replied, vendor, message))

    def received(self, vendor: str, message: str | None, data: Any) -> Returned:
        """P01.FR.05, .06: what a message of the CSMS comes to."""
        known: Agreements = {**VENDORS, **self._agreed} if self._agreed else VENDORS
        receiver = known.get((vendor, message)) or known.get((vendor, ANY))
        if receiver is not None:
            return receiver(self.station, data)
        return Returned("UnknownMessageId" if any(vendor == name for name, _ in known) else "UnknownVendorId")

    def _replied(self, vendor: str, message: str | None, reply: Reply) -> None:
        returned = None
        if isinstance(reply, Answered):
            returned = Returned(reply.payload["status"], reply.payload.get("data"))
        self.replies = (*self.replies, returned)
        status = type(reply).__name__ if returned is None else returned.status
        self.station.tell(facts.DataTransferred(vendor, message or "", status))


@receives(OURS, "Echo")
def echo(_station: Station, data: Any) -> Returned:
    """Send back what came; there has to be something."""
    return Returned("Rejected") if data is None else Returned("Accepted", data)


@receives(OURS, "Snapshot")
def tell_state(station: Station, _data: Any) -> Returned:
    """The station's state, as ``Station.snapshot`` has it."""
    return Returned("Accepted", json.loads(json.dumps(snapshot(station))))
