"""The status of somebody else's certificates: OCSP requests to responders that the settings allow, and no others."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from csms_reference.pki.responder import Question

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ANSWER_BYTES_MOST = 16_384
WITHIN_S = 4.0
"""An EV waits for 5 s in all (ISO 15118-2, PaymentDetailsReq)."""

Post = Callable[[str, bytes], Awaitable[bytes]]
"""Takes an OCSP request to a URL and returns the answer, both DER. Raises ValueError where there is none."""


def allowed(url: str, responders: Sequence[str]) -> bool:
    """Whether a URL that somebody else chose may be asked: only scheme, host and port that the operator has named."""
    try:
        return _place(url) in {_place(each) for each in responders}
    except ValueError:
        return False


def _place(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url!r} is no http or https URL of a host")
    return parts.scheme, parts.hostname.lower(), parts.port or (443 if parts.scheme == "https" else 80)


async def over_http(url: str, request: bytes) -> bytes:
    """Ask a responder. Raises ValueError where there is no answer."""
    # Here, so that a CSMS which asks nobody does not load it.
    import httpx  # noqa: PLC0415

    headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    try:
        async with (
            httpx.AsyncClient(timeout=WITHIN_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=request, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"HTTP {response.status_code}")
            return await _read(response)
    except httpx.HTTPError as problem:
        raise ValueError(repr(problem)) from problem


async def ask(url: str, question: Question, post: Post = over_http) -> bytes | None:
    """Return a responder's answer (DER) to a question; None where there is none that is about this certificate."""
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        question.issuer_name_hash, question.issuer_key_hash, question.serial, question.algorithm
    )
    request = builder.build().public_bytes(Encoding.DER)
    try:
        body = await post(url, request)
        check(body, question)
    except ValueError as problem:
        log.warning("%s does not say what became of certificate %x: %r", url, question.serial, problem)
        return None
    return body


async def _read(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > ANSWER_BYTES_MOST:
            raise ValueError(f"an answer of more than {ANSWER_BYTES_MOST} bytes")
    return body


def check(answer: bytes, question: Question) -> ocsp.OCSPResponse:
    """Read an answer that is about this certificate. Raises ValueError."""
    read = ocsp.load_der_ocsp_response(answer)
    if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"the responder says {read.response_status.name}")
    about = (read.issuer_name_hash, read.issuer_key_hash, read.serial_number)
    if about != (question.issuer_name_hash, question.issuer_key_hash, question.serial):
        raise ValueError("the answer is about another certificate")
    return read
