"""The bench's OCSP responder."""

import base64
import socket
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from conformance.papers import bench_pki, load
from conformance.rigs import Unable
from conformance.rigs.responder import Responder

PKI = bench_pki()
SHOWN = load(PKI.mo.certifies("NLBENC00000001").chain)
SERIAL = f"{SHOWN[0].serial_number:x}"


def question(of=0):
    built = ocsp.OCSPRequestBuilder().add_certificate(SHOWN[of], SHOWN[of + 1], SHA256()).build()
    return built.public_bytes(Encoding.DER)


def answered(responder, request):
    return ocsp.load_der_ocsp_response(responder.answer(request))


@pytest.mark.parametrize(("revoked", "status"), [((), "GOOD"), ((SERIAL,), "REVOKED")])
async def test_it_answers_for_the_bench_and_remembers(revoked, status):
    responder = Responder(PKI, "http://here/", serves=False)
    assert await responder.open_responder(revoked) == "http://here/"
    said = answered(responder, question())
    assert said.certificate_status.name == status
    assert said.serial_number == SHOWN[0].serial_number
    assert answered(responder, question(1)).certificate_status.name == "GOOD"
    assert responder.asked_responder() == [SERIAL, f"{SHOWN[1].serial_number:x}"]
    await responder.open_responder()
    assert responder.asked_responder() == []


def test_it_says_nothing_of_others_and_of_nonsense():
    other = Responder(bench_pki.__wrapped__(), "http://here/", serves=False)
    assert answered(other, question()).response_status.name == "UNAUTHORIZED"
    assert answered(other, b"nonsense").response_status.name == "MALFORMED_REQUEST"
    assert other.asked_responder() == []


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def test_it_is_asked_over_http():
    responder = Responder(PKI, f"http://127.0.0.1:{free_port()}/")
    url = await responder.open_responder()
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            posted = await client.post(url, content=question())
            got = await client.get(url + quote(base64.b64encode(question()).decode(), safe=""))
            wrong = await client.put(url, content=b"x")
        assert ocsp.load_der_ocsp_response(posted.content).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert ocsp.load_der_ocsp_response(got.content).certificate_status is ocsp.OCSPCertStatus.GOOD
        assert wrong.status_code == 400
        with pytest.raises(Unable, match="cannot listen"):
            await Responder(PKI, url).open_responder()
    finally:
        await responder.close()
