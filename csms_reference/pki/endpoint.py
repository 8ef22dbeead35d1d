"""The CSMS's own side of TLS: which CAs stations' certificates come from, and a certificate of its own making."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Connection as Database

from csms_reference.csms import Csms
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from protocol.security import SecurityError, ask_for_certificates, server_tls
from protocol.x509 import pem


async def tls_of(csms: Csms) -> ssl.SSLContext | None:
    """The TLS context of an endpoint as the settings have it; None: without TLS. Raises SecurityError, StoreError."""
    settings = csms.settings
    if settings.tls_cert is not None and settings.tls_key is not None:
        context = server_tls(settings.tls_cert, settings.tls_key)
    elif settings.tls_names:
        context = await own_tls(csms, settings.tls_names)
    else:
        return None
    if settings.client_certificates:
        ask_for_certificates(context, await client_ca(csms))
    return context


async def own_tls(csms: Csms, hosts: Sequence[str]) -> ssl.SSLContext:
    """A context with a new certificate of our own authority for these hosts (A00.FR.510); its key is kept nowhere."""
    key = ec.generate_private_key(ec.SECP256R1())
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()

    def write(database: Database) -> str:
        subject = named(hosts[0], hierarchy)
        return issue(database, hierarchy, "server", subject, key.public_key(), at=at, hosts=hosts).pem

    chain = await csms.store.write(write)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with TemporaryDirectory(prefix="csms-") as folder:  # Python's ssl reads files only
        cert, secret = Path(folder, "cert.pem"), Path(folder, "key.pem")
        cert.write_text(chain, encoding="ascii")
        secret.touch(mode=0o600)
        secret.write_bytes(private)
        return server_tls(cert, secret)


async def client_ca(csms: Csms) -> str:
    """The CAs of stations' certificates, PEM: our own, and those of the file ``client_ca``. Raises SecurityError."""
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()

    def write(database: Database) -> str:
        return pem(hierarchy.root(database, "cso", at), *hierarchy.chain(database, "cso", at))

    own, file = await csms.store.write(write), csms.settings.client_ca
    if file is None:
        return own
    try:
        return own + Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as problem:
        raise SecurityError(f"{file}: cannot read the stations' CAs: {problem}") from problem
