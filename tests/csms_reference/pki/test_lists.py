"""Revocation lists, judged by openssl and by Java."""

from __future__ import annotations

from pathlib import Path

from csms_reference.instants import to_ms
from csms_reference.pki.lists import revocation_list
from csms_reference.services import certificates
from tests.csms_reference.pki.conftest import NOW, Site, at, openssl, write


def crl(site: Site, folder: Path, name: str = "cso") -> Path:
    found = site.do(lambda database: revocation_list(database, name, NOW))
    assert found is not None
    (folder / f"{name}.der").write_bytes(found)
    openssl("crl", "-inform", "DER", "-in", folder / f"{name}.der", "-out", folder / f"{name}.crl.pem")
    return folder / f"{name}.crl.pem"


def test_openssl_refuses_what_is_on_the_list_and_takes_the_rest(site: Site, tmp_path: Path) -> None:
    good, bad = site.issue("CP-1"), site.issue("CP-2")
    site.do(lambda database: certificates.revoke(database, bad.number, "superseded", to_ms(NOW)))
    root, sub = write(tmp_path, "root", site.root("cso")), write(tmp_path, "sub", *site.chain("cso"))
    file = crl(site, tmp_path)
    words = ("verify", *at(), "-crl_check", "-CRLfile", file, "-CAfile", root, "-untrusted", sub)
    assert "OK" in openssl(*words, write(tmp_path, "good", good.chain[0]))
    assert "certificate revoked" in openssl(*words, write(tmp_path, "bad", bad.chain[0]), good=False)


def test_the_signature_and_the_reason_are_read_by_others(site: Site, tmp_path: Path) -> None:
    bad = site.issue("CP-2")
    site.do(lambda database: certificates.revoke(database, bad.number, "keyCompromise", to_ms(NOW)))
    file = crl(site, tmp_path)
    said = openssl("crl", "-in", file, "-noout", "-text", "-CAfile", write(tmp_path, "sub", *site.chain("cso")))
    assert "verify OK" in said
    assert "Key Compromise" in said


def test_an_empty_list_and_one_without_reasons_are_lists(site: Site, tmp_path: Path) -> None:
    issued = site.issue("CP-1")
    assert "No Revoked Certificates" in openssl("crl", "-in", crl(site, tmp_path), "-noout", "-text")
    site.do(lambda database: certificates.revoke(database, issued.number, "unspecified", to_ms(NOW)))
    assert "Reason Code" not in openssl("crl", "-in", crl(site, tmp_path), "-noout", "-text")


def test_who_does_not_exist_has_no_list(site: Site) -> None:
    assert site.do(lambda database: revocation_list(database, "cso", NOW)) is None
