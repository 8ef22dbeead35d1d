"""The public routes of the authorities: OCSP (RFC 6960 appendix A), revocation lists, their own certificates."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, HTTPException, Path, Request, Response
from sqlalchemy import Connection as Database

from csms_reference.front import Front
from csms_reference.instants import from_ms
from csms_reference.pki import hierarchy
from csms_reference.pki.lists import revocation_list
from csms_reference.pki.responder import respond
from protocol.x509 import der

REQUEST_BYTES_MOST = 4096
"""No OCSP request about one certificate is as long."""

Name = Annotated[str, Path(max_length=32, pattern="^[a-z0-9-]+$")]


def revocation(csms: Front) -> APIRouter:
    """What anybody may ask about the certificates of this CSMS's authorities."""
    router = APIRouter()

    async def answered(request: bytes) -> Response:
        at = from_ms(csms.now_ms())
        answer = await csms.store.read(lambda database: respond(database, request, at))
        return Response(answer, media_type="application/ocsp-response")

    @router.post("/ocsp")
    async def post(request: Request) -> Response:
        """RFC 6960 §A.1: a request as the body."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > REQUEST_BYTES_MOST:
                raise HTTPException(413, f"more than {REQUEST_BYTES_MOST} bytes")
        return await answered(body)

    @router.get("/ocsp/{encoded:path}")
    async def get(encoded: str) -> Response:
        """RFC 6960 §A.1: a request in base64, URL-encoded, as the path."""
        try:
            request = base64.b64decode(unquote(encoded), validate=True)
        except (ValueError, binascii.Error) as problem:
            raise HTTPException(400, "no base64") from problem
        return await answered(request[: REQUEST_BYTES_MOST + 1])

    @router.get("/crl/{name}.crl")
    async def crl(name: Name) -> Response:
        """The list of what an authority has revoked."""
        at = from_ms(csms.now_ms())
        found = await csms.store.read(lambda database: revocation_list(database, name, at))
        if found is None:
            raise HTTPException(404, f"there is no authority {name}")
        return Response(found, media_type="application/pkix-crl")

    @router.get("/ca/{name}.crt")
    async def certificate(name: Name) -> Response:
        """An authority's own certificate."""

        def read(database: Database) -> bytes | None:
            authority = hierarchy.find(database, name)
            return None if authority is None else der(authority.certificate)

        found = await csms.store.read(read)
        if found is None:
            raise HTTPException(404, f"there is no authority {name}")
        return Response(found, media_type="application/pkix-cert")

    return router
