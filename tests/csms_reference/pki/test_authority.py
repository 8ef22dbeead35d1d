"""Authorities and what they sign, judged by openssl and by Java."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from csms_reference.pki.authority import AGO, Authority, distinguished, for_end, found_below, found_root
from protocol.x509 import Purpose, common_name, organisation, pem, verify
from tests.csms_reference.pki.conftest import NOW, Site, at, new_key, openssl, write

YEAR = timedelta(days=365)


def root(until: timedelta = YEAR) -> Authority:
    return found_root("root", distinguished("Root", "Acme"), at=NOW, until=NOW + until)


def below(parent: Authority) -> Authority:
    return found_below(parent, "sub", distinguished("Sub", "Acme"), at=NOW, until=NOW + YEAR, places=None)


def test_openssl_accepts_the_whole_path(tmp_path: Path) -> None:
    top = root()
    sub = below(top)
    leaf = sub.issue(
        distinguished("CP-1", "Acme"), new_key().public_key(), at=NOW, until=NOW + YEAR, extensions=for_end(),
        places=None,
    )  # fmt: skip
    files = [write(tmp_path, *named) for named in (("root", top.certificate), ("sub", sub.certificate), ("leaf", leaf))]
    for purpose in ("sslclient", "sslserver", "any"):
        said = openssl("verify", "-x509_strict", *at(), "-purpose", purpose, "-CAfile", files[0],
                       "-untrusted", files[1], files[2])  # fmt: skip
        assert "OK" in said
    verify(leaf, [sub.certificate], [top.certificate], at=NOW, purpose=Purpose.CLIENT)


def test_a_leaf_is_what_ocpp_wants(site: Site) -> None:
    """A00.FR.508 to FR.514: serial number, O, CN, key usage, no extended key usage, no DNS name of its own."""
    leaf = site.issue("CP-1").chain[0]
    assert leaf.serial_number > 0
    assert (organisation(leaf.subject), common_name(leaf.subject)) == ("Chargebench", "CP-1")
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).critical
    for absent in (x509.ExtendedKeyUsage, x509.SubjectAlternativeName):
        with pytest.raises(x509.ExtensionNotFound):
            leaf.extensions.get_extension_for_class(absent)


def test_a_certificate_counts_from_before_it_is_made_and_no_longer_than_its_issuer() -> None:
    short = root(timedelta(days=10))
    leaf = short.issue(
        distinguished("CP-1", "Acme"), new_key().public_key(), at=NOW, until=NOW + YEAR, extensions=for_end(),
        places=None,
    )  # fmt: skip
    assert leaf.not_valid_before_utc == NOW - AGO
    assert leaf.not_valid_after_utc == short.certificate.not_valid_after_utc


def test_an_authority_survives_being_written_down() -> None:
    top = root()
    again = Authority.of("root", None, pem(top.certificate), top.private_pem)
    assert again.certificate == top.certificate
    assert again.key.private_numbers() == top.key.private_numbers()
    assert "PRIVATE" not in repr(top)
    assert "key" not in repr(top)


def test_rsa_keys_are_certified_too(site: Site, tmp_path: Path) -> None:
    """A00.FR.421: stations with either kind of key."""
    leaf = site.issue("CP-2", key=rsa.generate_private_key(65537, 2048)).chain[0]
    file = write(tmp_path, "leaf", leaf)
    openssl("verify", *at(), "-CAfile", write(tmp_path, "root", site.root("cso")),
            "-untrusted", write(tmp_path, "sub", *site.chain("cso")), file)  # fmt: skip


def test_certificates_say_where_to_ask_about_them(site: Site, tmp_path: Path) -> None:
    file = write(tmp_path, "leaf", site.issue("CP-1").chain[0])
    assert openssl("x509", "-in", file, "-noout", "-ocsp_uri").strip() == "http://127.0.0.1:8080/ocsp"
    assert "URI:http://127.0.0.1:8080/crl/cso.crl" in openssl("x509", "-in", file, "-noout", "-text")
