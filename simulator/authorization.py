"""A driver's right to charge at an EVSE."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.tokens import Token


@dataclass(slots=True)
class Authorization:
    """A driver's right to charge here. ``reported``: the transaction's events have carried the token already.

    ``reservation_id``: the reservation that is used with it. ``refused``: the CSMS has withdrawn it already.
    """

    token: Token
    group: str | None = None
    remote_start_id: int | None = None
    reported: bool = False
    reservation_id: int | None = None
    refused: bool = False
