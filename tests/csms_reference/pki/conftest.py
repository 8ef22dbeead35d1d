"""Authorities in a store of their own, keys and requests as stations make them, and the judges: OpenSSL and GnuTLS."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from csms_reference.pki.authority import distinguished
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import Issued, issue
from csms_reference.pki.responder import respond
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.x509 import pem

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
"""The time of the benches."""

T = TypeVar("T")
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Site:
    """A database, and the authorities in it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hierarchy = Hierarchy.of(Settings(public_port=8080))

    def do(self, work: Callable[[Connection], T]) -> T:
        """Work on the database."""
        done = self.store.write(work)
        try:
            done.send(None)
        except StopIteration as end:
            value: T = end.value
            return value
        raise AssertionError("the store waits")

    def issue(self, name: str = "CP-1", kind: str = "station", *, key: Key | None = None, **more: Any) -> Issued:
        """Issue a certificate for a name."""
        public = (key or ec.generate_private_key(ec.SECP256R1())).public_key()
        subject = distinguished(name, "Chargebench")
        at = more.pop("at", NOW)
        return self.do(lambda database: issue(database, self.hierarchy, kind, subject, public, at=at, **more))

    def root(self, name: str) -> x509.Certificate:
        """The root above an authority."""
        return self.do(lambda database: self.hierarchy.root(database, name, NOW))

    def chain(self, name: str) -> list[x509.Certificate]:
        """An authority and those above it, without the root."""
        return self.do(lambda database: self.hierarchy.chain(database, name, NOW))


@pytest.fixture
def site() -> Iterator[Site]:
    store = Store.open(inline=True)
    yield Site(store)
    store.close()


class Responder:
    """Somebody else's responder on a socket of loopback, which may misbehave."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.head = "HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"
        self.body: bytes | None = None
        self.asked = 0
        self.server: asyncio.Server | None = None

    async def open(self) -> str:
        self.server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/ocsp"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        request = await reader.readexactly(length)
        self.asked += 1
        body = self.body if self.body is not None else self.site.do(lambda database: respond(database, request, NOW))
        writer.write(f"{self.head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()


@pytest.fixture
async def theirs(site: Site) -> AsyncIterator[Responder]:
    responder = Responder(site)
    yield responder
    await responder.close()


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def csr(name: str = "CP-1", owner: str = "Chargebench", key: Key | None = None) -> str:
    """A PKCS#10 request in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(distinguished(name, owner))
    return builder.sign(key or new_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def openssl(*words: str | Path, good: bool = True, given: bytes | None = None) -> str:
    """What the openssl program says, both its outputs; it has to succeed, or to fail."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False, input=given)
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert (done.returncode == 0) is good, said
    return said


def gnutls(program: Path, *words: str | Path, good: bool = True) -> str:
    """What a program of GnuTLS says, which shares no code with OpenSSL; it has to succeed, or to fail."""
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is good, done.stdout + done.stderr
    return done.stdout + done.stderr


def at(moment: datetime = NOW) -> tuple[str, str]:
    """Words that have openssl judge at a moment."""
    return ("-attime", str(int(moment.timestamp())))


def write(folder: Path, name: str, *certificates: x509.Certificate) -> Path:
    """Certificates as a PEM file."""
    file = folder / f"{name}.pem"
    file.write_text(pem(*certificates))
    return file
