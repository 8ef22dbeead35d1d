"""TLS in a scenario: a CSMS that certifies itself, and stations commissioned for it."""

from __future__ import annotations

import ssl

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Connection as Database

from csms_reference.csms import Csms
from csms_reference.pki.endpoint import tls_of
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from protocol.x509 import pem
from scenarios.addresses import HOSTS, Commission
from scenarios.model import Berth
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept


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
