"""OCSP: asked and understood by openssl."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from csms_reference.instants import to_ms
from csms_reference.pki import responder
from csms_reference.pki.responder import FRESH, Question, Status, respond
from csms_reference.services import certificates
from protocol.x509 import hash_data
from tests.csms_reference.pki.conftest import NOW, Site, at, openssl, write

ALGORITHMS = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512(), "SHA1": hashes.SHA1()}


def revoke(site: Site, number: int, reason: str = "keyCompromise") -> None:
    assert site.do(lambda database: certificates.revoke(database, number, reason, to_ms(NOW)))


def asked(site: Site, folder: Path, leaf: x509.Certificate, *words: str) -> str:
    """What openssl makes of the answer to its own request; its clock is of another day than ours."""
    issuer, one = write(folder, "issuer", *site.chain("cso")), write(folder, "leaf", leaf)
    request, answer = folder / "request.der", folder / "answer.der"
    about = (*words, "-no_nonce", "-issuer", issuer, "-cert", one)
    openssl("ocsp", *about, "-reqout", request)
    answer.write_bytes(site.do(lambda database: respond(database, request.read_bytes(), NOW)))
    root = write(folder, "root", site.root("cso"))
    return openssl("ocsp", *about, "-respin", answer, "-CAfile", root, *at(), "-validity_period", "1000000000")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_a_good_certificate_is_called_good(site: Site, tmp_path: Path, algorithm: str) -> None:
    said = asked(site, tmp_path, site.issue("CP-1").chain[0], f"-{algorithm}")
    assert "leaf.pem: good" in said
    assert "Response verify OK" in said


def test_a_revoked_certificate_is_called_revoked_and_why(site: Site, tmp_path: Path) -> None:
    issued = site.issue("CP-1")
    revoke(site, issued.number)
    said = asked(site, tmp_path, issued.chain[0])
    assert "leaf.pem: revoked" in said
    assert "Reason: keyCompromise" in said
    assert "Response verify OK" in said


def test_what_was_never_issued_is_unknown(site: Site, tmp_path: Path) -> None:
    leaf = site.issue("CP-1").chain[0]
    site.do(lambda database: database.exec_driver_sql("DELETE FROM certificates"))
    assert "leaf.pem: unknown" in asked(site, tmp_path, leaf)


def test_an_authority_is_answered_for_by_the_one_above(site: Site, tmp_path: Path) -> None:
    (sub,) = site.chain("v2g")
    root = site.root("v2g")
    data = hash_data(sub, root)
    question = Question.of(data)
    issuer = site.do(lambda database: responder.issuer_of(database, question))
    assert issuer is not None
    assert issuer.name == "v2g-root"
    found = site.do(lambda database: responder.look_up(database, issuer, question, NOW))
    assert found.status is Status.GOOD
    answer = responder.answer(issuer, question, found, NOW, None)
    read = ocsp.load_der_ocsp_response(answer)
    assert read.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert (read.this_update_utc, read.next_update_utc) == (NOW, NOW + FRESH)
    assert read.serial_number == sub.serial_number


def test_what_has_run_out_is_known_to_us_but_good_to_ocsp(site: Site) -> None:
    issued = site.issue("CP-1", days=1)
    (sub,) = site.chain("cso")
    question = Question.of(hash_data(issued.chain[0], sub))
    issuer = site.do(lambda database: responder.issuer_of(database, question))
    assert issuer is not None
    later = NOW + FRESH
    found = site.do(lambda database: responder.look_up(database, issuer, question, later))
    assert found.status is Status.EXPIRED


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_nonce_comes_back(site: Site, algorithm: str) -> None:
    leaf, sub = site.issue("CP-1").chain
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, sub, ALGORITHMS[algorithm])
    request = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()
    answer = site.do(lambda database: respond(database, request.public_bytes(Encoding.DER), NOW))
    read = ocsp.load_der_ocsp_response(answer)
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"


@pytest.mark.parametrize("request_", [b"", b"nonsense", b"\x30\x00"])
def test_what_is_no_request_is_called_malformed(site: Site, request_: bytes) -> None:
    read = ocsp.load_der_ocsp_response(site.do(lambda database: respond(database, request_, NOW)))
    assert read.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_nonce_may_not_be_of_any_size(site: Site) -> None:
    leaf, sub = site.issue("CP-1").chain
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, sub, hashes.SHA256())
    request = builder.add_extension(x509.OCSPNonce(b"x" * 129), critical=False).build().public_bytes(Encoding.DER)
    read = ocsp.load_der_ocsp_response(site.do(lambda database: respond(database, request, NOW)))
    assert read.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_others_certificates_are_not_ours_to_judge(site: Site) -> None:
    site.root("cso")
    other = Site(site.store.__class__.open(inline=True))
    leaf, sub = other.issue("CP-1").chain
    other.store.close()
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, sub, hashes.SHA256()).build()
    answer = site.do(lambda database: respond(database, request.public_bytes(Encoding.DER), NOW))
    assert ocsp.load_der_ocsp_response(answer).response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_hash_data_that_is_no_hexadecimal_is_a_value_error() -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever it says
        Question.of({"hashAlgorithm": "SHA256", "issuerNameHash": "x", "issuerKeyHash": "00", "serialNumber": "1"})
