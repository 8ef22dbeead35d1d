"""A library that is not OpenSSL, on which all of ours rests, takes our certificates, revocation lists and answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from csms_reference.instants import to_ms
from csms_reference.pki.lists import revocation_list
from csms_reference.pki.responder import respond
from csms_reference.services import certificates
from tests.csms_reference.pki.conftest import NOW, Site, gnutls, openssl, write

TODAY = max(NOW, datetime.now(UTC))
"""GnuTLS compares with the machine's clock and takes no other."""


@pytest.fixture
def certtool(require_service) -> Path:
    return require_service("certtool")


@pytest.fixture
def ocsptool(require_service) -> Path:
    return require_service("ocsptool")


@pytest.mark.parametrize(("kind", "authority"), [("station", "cso"), ("v2g", "v2g"), ("contract", "mo")])
def test_chains_lead_to_their_root_and_to_no_other(site: Site, tmp_path: Path, certtool: Path, kind, authority) -> None:
    issued = site.issue("CP-1", kind, at=TODAY)
    chain, root = write(tmp_path, "chain", *issued.chain), write(tmp_path, "root", site.root(authority))
    said = gnutls(certtool, "--verify", "--load-ca-certificate", root, "--infile", chain)
    assert "The certificate is trusted" in said
    other = write(tmp_path, "other", site.root("oem"))
    said = gnutls(certtool, "--verify", "--load-ca-certificate", other, "--infile", chain, good=False)
    assert "The certificate is trusted" not in said


def test_a_list_of_what_is_revoked_is_signed_by_its_authority(site: Site, tmp_path: Path, certtool: Path) -> None:
    bad = site.issue("CP-2")
    site.do(lambda database: certificates.revoke(database, bad.number, "keyCompromise", to_ms(NOW)))
    found = site.do(lambda database: revocation_list(database, "cso", TODAY))
    assert found is not None
    der, pem = tmp_path / "list.der", tmp_path / "list.pem"
    der.write_bytes(found)
    openssl("crl", "-inform", "DER", "-in", der, "-out", pem)
    issuer = write(tmp_path, "sub", *site.chain("cso"))
    said = gnutls(certtool, "--verify-crl", "--load-ca-certificate", issuer, "--infile", pem)
    assert "Verified" in said
    assert f"{bad.chain[0].serial_number:x}" in gnutls(certtool, "--crl-info", "--infile", pem).lower()


def test_answers_about_certificates_are_verified(site: Site, tmp_path: Path, ocsptool: Path) -> None:
    leaf = site.issue("CP-1").chain[0]
    issuer, one = write(tmp_path, "issuer", *site.chain("cso")), write(tmp_path, "leaf", leaf)
    request, answer = tmp_path / "request.der", tmp_path / "answer.der"
    gnutls(
        ocsptool, "--generate-request", "--load-issuer", issuer, "--load-cert", one, "--outfile", request, "--no-nonce"
    )
    answer.write_bytes(site.do(lambda database: respond(database, request.read_bytes(), TODAY)))
    said = gnutls(ocsptool, "--verify-response", "--load-response", answer, "--load-signer", issuer)
    assert "Success" in said
    assert "Certificate Status: good" in gnutls(ocsptool, "--response-info", "--load-response", answer)
    stranger = write(tmp_path, "stranger", site.root("oem"))
    gnutls(ocsptool, "--verify-response", "--load-response", answer, "--load-signer", stranger, good=False)
