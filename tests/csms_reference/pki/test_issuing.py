"""What each kind of certificate is, and from whom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from csms_reference.pki.hierarchy import PLANS
from csms_reference.pki.issuing import KINDS, named
from csms_reference.services import certificates
from protocol.x509 import Purpose, common_name, fingerprint, load_chain, serial, verify
from tests.csms_reference.pki.conftest import NOW, Site, at, openssl, write


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leads_to_the_root_of_its_authority(site: Site, tmp_path: Path, kind: str) -> None:
    issued = site.issue("somebody", kind)
    leaf, *between = issued.chain
    root = site.root(KINDS[kind].authority)
    verify(leaf, between, [root], at=NOW, purpose=Purpose.ANY)
    openssl("verify", "-x509_strict", *at(), "-CAfile", write(tmp_path, "root", root),
            "-untrusted", write(tmp_path, "between", *between), write(tmp_path, "leaf", leaf))  # fmt: skip
    others = {site.root(name) for name, plan in PLANS.items() if plan.parent is None} - {root}
    for other in others:
        file = write(tmp_path, "other", other)
        openssl("verify", *at(), "-CAfile", file, "-untrusted", tmp_path / "between.pem", tmp_path / "leaf.pem",
                good=False)  # fmt: skip


def test_what_is_issued_is_noted(site: Site) -> None:
    issued = site.issue("CP-1", station="CP-1", days=10)
    row = site.do(lambda database: certificates.find(database, issued.number))
    leaf = issued.chain[0]
    assert row is not None
    assert (row.authority, row.serial, row.kind, row.station) == ("cso", serial(leaf), "station", "CP-1")
    assert (row.common_name, row.fingerprint) == ("CP-1", fingerprint(leaf))
    assert leaf.not_valid_after_utc == NOW + timedelta(days=10)
    assert load_chain(issued.pem) == list(issued.chain)


def test_a_server_has_names_and_addresses(site: Site) -> None:
    leaf = site.issue("csms", "server", hosts=("csms.example", "127.0.0.1")).chain[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["csms.example"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_an_unknown_kind_is_none(site: Site) -> None:
    with pytest.raises(KeyError):
        site.issue("CP-1", "passport")


def test_the_operators_own_subjects(site: Site) -> None:
    assert common_name(named("x" * 80, site.hierarchy)) == "x" * 64
