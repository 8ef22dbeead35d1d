"""A station that says anything is answered each time; and the CSMS serves it, and others, afterwards."""

from functools import cache
from typing import Any

import pytest

from protocol.errors import Code
from protocol.session import Answered, Refused
from protocol.versions import V16, V21, V201, Side, Version
from tests.extremes import Payloads

VERSIONS = (V16, V201, V21)
EACH = 12
"""Payloads of each action beside the smallest and the largest."""

POOLS: dict[str, tuple[Any, ...]] = {
    "idTag": ("TAG", "nobody"),
    "idToken": ("TAG", "nobody"),
    "evseId": (1, 0, -1, 99),
    "connectorId": (1, 0, 2, -1, 99),
    "id": (1, 0, -1),
    "requestId": (1, 0, -1),
    "reservationId": (1, 0),
    "transactionId": ("tx-1", 1, -1),
    "seqNo": (0, 1, 2, -1),
    "tbc": (True, False),
    "value": ("1", "true", "-1e400", "12345678901234567890123", "0.1"),
    "csr": ("x", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"),
    "certificate": ("x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
    "hashAlgorithm": ("SHA256",),
    "serialNumber": ("1", "-1", "zz", "F" * 40),
    "responderURL": ("http://127.0.0.1:1/", "file:///etc/passwd"),
}


@cache
def payloads(version: Version, action: str) -> Payloads:
    return Payloads(version, action, POOLS)


def said(version: Version, action: str) -> list[dict[str, Any]]:
    kind = payloads(version, action)
    return [kind.least(), kind.whole(), *(kind.any(seed) for seed in range(EACH))]


@pytest.mark.parametrize("version", VERSIONS, ids=str)
async def test_whatever_a_station_says_it_is_answered(bench, version):
    """With what fits the schema (the session sees to that), or with an error that says what is wrong."""
    here = bench()
    await here.token("TAG")
    station = await here.station("CP-1", version.name)
    for action in sorted(version.calls[Side.STATION]):
        for payload in said(version, action):
            here.forward(10)
            event = await station.event(action, payload)
            assert isinstance(event, Answered | Refused), (action, payload, event)
            if isinstance(event, Refused):
                assert event.code not in (Code.INTERNAL_ERROR, Code.GENERIC_ERROR), (action, payload, event)
    other = await here.station("CP-2", version.name)
    assert "currentTime" in await other.ask("Heartbeat", {})
    assert "currentTime" in await station.ask("Heartbeat", {})
