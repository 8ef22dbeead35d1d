"""The bench's OCSP responder (RFC 6960): what a CSMS under test asks about certificates of the bench.

It answers for every authority of the bench. The operations are those of ``conformance.operations``; it is opened when
a case first asks for it, and tells afterwards what it was asked about.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from conformance.papers import ALWAYS, Authority, Pki
from conformance.rigs import Hands, Table, Unable

OPERATIONS = ("open_responder", "asked_responder")
"""The operations that a responder does."""

REVOKED_AT = datetime(2025, 1, 1, tzinfo=UTC)
MOST_BYTES = 16_384
PATIENCE_S = 10.0
TYPE = "application/ocsp-response"


class Responder:
    """One responder of the bench. ``url`` is where a CSMS finds it; ``serves`` whether it listens there itself.

    Its operations are among those of ``operator``, who may do them instead.
    """

    def __init__(self, pki: Pki, url: str, *, serves: bool = True, operator: Hands | None = None) -> None:
        self._authorities = tuple(_authorities(pki))
        self._url = url
        self._serves = serves
        self._operator = operator or Table()
        self._revoked: set[int] = set()
        self._asked: list[int] = []
        self._server: asyncio.Server | None = None

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        found = self._operator.find(name)
        if found is None and name in OPERATIONS:
            found = getattr(self, name)
        return found

    async def open_responder(self, revoked: Sequence[str] = ()) -> str:
        """Answer from now on; the URL. ``revoked``: serial numbers in hexadecimal. Raises Unable."""
        self._revoked = {int(each, 16) for each in revoked}
        self._asked.clear()
        if self._serves and self._server is None:
            place = urlsplit(self._url)
            try:
                self._server = await asyncio.start_server(self._talk, port=place.port or 80, limit=MOST_BYTES)
            except OSError as problem:
                raise Unable(f"the OCSP responder cannot listen at port {place.port}: {problem.strerror}") from None
        return self._url

    def asked_responder(self) -> list[str]:
        """The serial numbers that it was asked about since it was opened, in hexadecimal."""
        return [f"{each:x}" for each in self._asked]

    async def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def answer(self, request: bytes) -> bytes:
        """The answer to an OCSP request, both DER; for what nobody can read, and for others' certificates, an error."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            issuer = next((each for each in self._authorities if _is_of(asked, each)), None)
        except (ValueError, UnsupportedAlgorithm):
            return _failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if issuer is None:
            return _failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        self._asked.append(asked.serial_number)
        gone = asked.serial_number in self._revoked
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash,
            asked.issuer_key_hash,
            asked.serial_number,
            asked.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
            *ALWAYS,
            REVOKED_AT if gone else None,
            None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate)
        for each in asked.extensions:
            if isinstance(each.value, x509.OCSPNonce):
                builder = builder.add_extension(each.value, critical=False)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request over HTTP, by POST or by GET (RFC 6960 A.1)."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                content = self.answer(await _asked_over_http(reader))
                head = f"HTTP/1.1 200 OK\r\nContent-Type: {TYPE}\r\nContent-Length: {len(content)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode("ascii") + content)
                await writer.drain()
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        finally:
            writer.close()


async def _asked_over_http(reader: asyncio.StreamReader) -> bytes:
    """The OCSP request in an HTTP request. Raises ValueError and what reading raises."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, *_ = f"{first}  ".split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if method == "POST":
        return await reader.readexactly(min(int(headers.get("content-length", "0")), MOST_BYTES))
    if method == "GET":
        try:
            return base64.b64decode(unquote(target.rpartition("/")[2]), validate=True)
        except binascii.Error as problem:
            raise ValueError("no base64") from problem
    raise ValueError(f"{method} is no way to ask")


def _authorities(pki: Pki) -> Iterator[Authority]:
    for each in fields(pki):
        authority: Authority | None = getattr(pki, each.name)
        while authority is not None:
            yield authority
            authority = authority.above


def _is_of(asked: ocsp.OCSPRequest, issuer: Authority) -> bool:
    """Whether the question is about a certificate of this authority, by the hashes of its name and key."""
    certificate, algorithm = issuer.certificate, asked.hash_algorithm
    by_key = ocsp.OCSPRequestBuilder().add_certificate(certificate, certificate, algorithm).build()
    name = hashes.Hash(algorithm)
    name.update(certificate.subject.public_bytes())
    return (name.finalize(), by_key.issuer_key_hash) == (asked.issuer_name_hash, asked.issuer_key_hash)


def _failure(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
