"""The CSMS's own side of TLS: which CAs stations' certificates come from, and a certificate of its own making."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import Connection as Database

from csms_reference.csms import Csms
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from protocol.security import SecurityError, ask_for_certificates, server_tls
from protocol.x509 import pem

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


async def tls_of(csms: Csms) -> ssl.SSLContext | None:
    """The TLS context of an endpoint as the settings have it; None: without TLS. Raises SecurityError, StoreError."""
    settings = csms.settings
    if settings.tls_cert is not None and settings.tls_key is not None:
        second, its_key = settings.tls_second_cert, settings.tls_second_key
        more = () if second is None or its_key is None else ((second, its_key),)
        context = server_tls(settings.tls_cert, settings.tls_key, *more, policy=settings.tls_policy)
    elif settings.tls_names:
        context = await own_tls(csms, settings.tls_names)
    else:
        return None
    if settings.client_certificates:
        ask_for_certificates(context, await client_ca(csms))
    return context


async def own_tls(csms: Csms, hosts: Sequence[str]) -> ssl.SSLContext:
    """A context with new certificates of our own authority for these hosts (A00.FR.510); their keys are kept nowhere.

    One is on a curve and one of RSA, because the suites that a CSMS has to support ask for both (A00.FR.318).
    """
    keys: tuple[Key, ...] = (
        ec.generate_private_key(ec.SECP256R1()),
        await asyncio.to_thread(rsa.generate_private_key, public_exponent=65537, key_size=2048),
    )
    hierarchy, at = Hierarchy.of(csms.settings), csms.now()

    def write(database: Database) -> list[str]:
        subject = named(hosts[0], hierarchy)
        return [issue(database, hierarchy, "server", subject, key.public_key(), at=at, hosts=hosts).pem for key in keys]

    chains = await csms.store.write(write)
    with TemporaryDirectory(prefix="csms-") as folder:  # Python's ssl reads files only
        first, second = (_pair(Path(folder), chain, key) for chain, key in zip(chains, keys, strict=True))
        return server_tls(*first, second, policy=csms.settings.tls_policy)


def _pair(folder: Path, chain: str, key: Key) -> tuple[Path, Path]:
    name = type(key).__name__
    cert, secret = folder / f"{name}-cert.pem", folder / f"{name}-key.pem"
    cert.write_text(chain, encoding="ascii")
    secret.touch(mode=0o600)
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert, secret


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
