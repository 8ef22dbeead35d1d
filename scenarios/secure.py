"""TLS in a scenario: a CSMS that certifies itself, stations commissioned for it, and addresses that go away."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Connection as Database

from csms_reference.csms import Csms
from csms_reference.pki.endpoint import tls_of
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from protocol.link import Dialer, Ending, Lost, Receiver, Target
from protocol.x509 import pem
from scenarios.model import Berth
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept

HOSTS = ("csms.invalid", "csms-2.invalid")
"""The names by which stations reach the reference CSMS in process; nobody is at any other."""

NOTHING: Mapping[type, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Commission:
    """What a station is delivered with: where it dials, and what its functions keep."""

    url: str
    memories: Mapping[type, Any] = field(default_factory=lambda: NOTHING)


async def server_tls(csms: Csms) -> ssl.SSLContext:
    """The TLS of a CSMS that has names to certify itself for."""
    context = await tls_of(csms)
    assert context is not None
    return context


async def commission(csms: Csms, berth: Berth) -> Commission:
    """Deliver a station by its security profile (part 2 A00): 2 with the CSMS's root, 3 with a certificate as well."""
    if (berth.security_profile or 0) < 2:
        return Commission(f"ws://{HOSTS[0]}/ocpp")
    kept = await csms.store.write(lambda database: _kept(database, csms, berth))
    return Commission(f"wss://{HOSTS[0]}/ocpp", {Kept: kept})


def _kept(database: Database, csms: Csms, berth: Berth) -> Kept:
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()
    root = pem(hierarchy.root(database, "cso", at))
    if berth.security_profile == 2:
        return commissioned(csms_roots=root)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = named(berth.id, hierarchy)
    made = issue(database, hierarchy, "station", subject, key.public_key(), at=at, station=berth.id)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return commissioned(csms_roots=root, certificate=made.pem, key=secret)


class Addresses:
    """A dialer that knows a few hosts, some of which may be down."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self.remote = dialer.remote
        self.down: set[str] = set()

    def dial(self, target: Target, receiver: Receiver) -> None:
        """As the dialer behind it, where the host is known and up."""
        host = urlsplit(target.url).hostname or ""
        if host not in HOSTS:
            receiver.lost(Lost(Ending.UNREACHABLE, reason=f"no such host: {host}"))
        elif host in self.down:
            receiver.lost(Lost(Ending.UNREACHABLE, reason=f"{host} does not answer"))
        else:
            self._dialer.dial(target, receiver)
