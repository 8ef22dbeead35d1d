"""The public routes over real HTTP, asked by the openssl program."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from csms_reference.api.public import ROUTERS, make_public
from csms_reference.pki.revocation import REQUEST_BYTES_MOST, revocation
from tests.csms_reference.pki.conftest import csr, openssl, write
from tests.csms_reference.test_server import running


@pytest.fixture
def client(bench):
    app = make_public(bench().front)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://public")


def test_it_is_public() -> None:
    assert revocation in ROUTERS


async def test_openssl_asks_over_http_what_became_of_a_certificate(tmp_path: Path) -> None:
    """From the CSR to the revocation, with the wall's clock: nothing is told to openssl but the URL."""
    async with running(tmp_path, public_port=0) as server:
        public, api = (f"http://127.0.0.1:{port}" for port in (server.public_port, server.api_port))
        async with httpx.AsyncClient(base_url=f"{api}/v1") as client:
            made = (await client.post("/pki/certificates", json={"kind": "station", "csr": csr("CP-1")})).json()
            leaf, sub = x509.load_pem_x509_certificates(made["chain"].encode())
            root = x509.load_pem_x509_certificate((await client.get("/pki/authorities/cso-root.pem")).content)
            files = [write(tmp_path, *named) for named in (("leaf", leaf), ("sub", sub), ("root", root))]
            url = (await asyncio.to_thread(openssl, "x509", "-in", files[0], "-noout", "-ocsp_uri")).strip()
            assert url == f"{public}/ocsp"
            words = ("ocsp", "-issuer", files[1], "-cert", files[0], "-url", url, "-CAfile", files[2])
            said = await asyncio.to_thread(openssl, *words)
            assert "Response verify OK" in said
            assert "leaf.pem: good" in said
            path = f"/pki/certificates/{made['id']}/revoke"
            assert (await client.post(path, json={"reason": "keyCompromise"})).json()["revoked"]
            assert "leaf.pem: revoked" in await asyncio.to_thread(openssl, *words)
        async with httpx.AsyncClient() as anybody:
            listed = await anybody.get(f"{public}/crl/cso.crl")
            assert listed.headers["content-type"] == "application/pkix-crl"
            (tmp_path / "crl.der").write_bytes(listed.content)
            chain = tmp_path / "chain.pem"
            chain.write_bytes(files[1].read_bytes() + files[2].read_bytes())
            openssl("crl", "-inform", "DER", "-in", tmp_path / "crl.der", "-out", tmp_path / "crl.pem")
            refused = openssl("verify", "-crl_check", "-CRLfile", tmp_path / "crl.pem", "-CAfile", chain, files[0],
                              good=False)  # fmt: skip
            assert "certificate revoked" in refused
            assert (await anybody.get(f"{public}/ca/cso.crt")).content == sub.public_bytes(Encoding.DER)


async def test_a_request_may_stand_in_the_path(client):
    """RFC 6960 §A.1."""
    issuer = csr()  # any bytes will do for hashes of nobody's
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        issuer.encode()[:32], issuer.encode()[32:64], 5, hashes.SHA256()
    )
    encoded = quote(base64.b64encode(request.build().public_bytes(Encoding.DER)).decode(), safe="")
    answer = await client.get(f"/ocsp/{encoded}")
    read = ocsp.load_der_ocsp_response(answer.content)
    assert read.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
    assert answer.headers["content-type"] == "application/ocsp-response"


async def test_nonsense_is_answered(client):
    assert (await client.get("/ocsp/§§")).status_code == 400
    assert (await client.post("/ocsp", content=b"0" * (REQUEST_BYTES_MOST + 1))).status_code == 413
    malformed = await client.post("/ocsp", content=b"nonsense")
    assert ocsp.load_der_ocsp_response(malformed.content).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("path", ["/crl/cso.crl", "/ca/cso.crt", "/crl/nobody.crl"])
async def test_who_does_not_exist_is_not_found(client, path):
    assert (await client.get(path)).status_code == 404
