"""A 2.0.1 station is kept for a token."""

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states.connectors import connector_is
from conformance.vocabulary import Script, Subject, Token, ago, ask


def reserve(
    number: int,
    token: Token,
    status: str,
    *,
    group: str = "",
    expires_s: float = 3600.0,
    rule: str = "",
    **more: Any,
) -> Script:
    """A wish to reserve gets this answer. ``more`` goes into the request as it is (``evseId``, ``connectorType``)."""
    request = {
        "id": number,
        "idToken": token.payload,
        "expiryDateTime": ago(-expires_s),
        **({"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}),
        **more,
    }
    yield ask("ReserveNow", request, having={"status": status}, rule=rule)


def reserved(
    station: Subject,
    number: int,
    token: Token,
    *,
    evse: int | None = None,
    reports: bool = True,
    rule: str = "H01.FR.23",
    **more: Any,
) -> Script:
    """Reserved: the EVSE under test (``evse`` 0: any) is kept for a token, or its group, for an hour or ``expires_s``.

    ``reports``: whether its connectors have to be told as Reserved. ``more``: see ``reserve``.
    """
    place = station.evse if evse is None else evse
    at: dict[str, Any] = {"evseId": place} if place else {}
    yield from reserve(number, token, "Accepted", rule=rule, **at, **more)
    for on, connector in station.connectors:
        if reports and on == place:
            yield connector_is(station, "Reserved", evse=on, connector=connector, rule=rule)
