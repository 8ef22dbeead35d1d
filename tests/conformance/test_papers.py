"""The bench's certificates: what it makes is what it says, and ours reads the same in them."""

from __future__ import annotations

import pytest

from conformance import papers
from protocol import x509

PKI = papers.bench_pki()


@pytest.mark.parametrize("algorithm", papers.ALGORITHMS)
def test_hash_data_is_that_of_ocsp(algorithm):
    issuer = PKI.cpo.above
    told = papers.hash_data(PKI.cpo.pem, issuer.pem, algorithm)
    assert told == x509.hash_data(PKI.cpo.certificate, issuer.certificate, algorithm)
    rsa = papers.load(papers.bench_pki().server(papers.VALID, ["bench"])[1].chain)[0]
    assert papers.hash_data(papers.pem(rsa), PKI.csms.pem, algorithm) == x509.hash_data(
        rsa, PKI.csms.certificate, algorithm
    )


def test_the_same_certificate_is_known_in_any_spelling():
    told = papers.hash_data(PKI.csms.pem)
    shouted = {**told, "issuerNameHash": told["issuerNameHash"].upper(), "serialNumber": "0" + told["serialNumber"]}
    assert papers.same(told, shouted)
    assert not papers.same(told, papers.hash_data(PKI.v2g.pem))
    assert not papers.same(told, None)


def test_a_csr_is_signed_as_it_asks():
    asked, _ = papers.request("CP-1", organisation="Acme")
    fact = papers.read_request(asked)
    assert (fact.name, fact.organisation, fact.key, fact.bits, fact.strong) == ("CP-1", "Acme", "EC", 256, True)
    chain = PKI.cpo.signs(asked)
    leaf, *others = papers.read_chain(chain)
    assert (leaf.name, leaf.fingerprint) == ("CP-1", fact.fingerprint)
    assert [each.name for each in others] == ["Bench CPO Sub-CA 2", "Bench CPO Sub-CA 1"]
    assert papers.leads_to(chain, PKI.v2g.pem)
    assert not papers.leads_to(chain, PKI.csms.pem)


def test_what_is_no_csr_is_none():
    assert papers.read_request("nothing") is None
    asked, _ = papers.request("CP-1")
    other, _ = papers.request("CP-1")
    half = asked.splitlines()[:3] + other.splitlines()[3:]
    assert papers.read_request("\n".join(half)) is None


def test_what_is_no_certificate_is_none():
    assert papers.read_chain("nothing") == []
    assert papers.from_der(None) is None
    assert not papers.leads_to("nothing", PKI.csms.pem)


def test_authorities_can_be_kept(tmp_path):
    """A station of others has to trust them before it is tested, and still does so the next day."""
    first, again = papers.kept(tmp_path), papers.kept(tmp_path)
    assert [each.certificate for each in (first.csms, first.cpo, first.cpo.above)] == [
        each.certificate for each in (again.csms, again.cpo, again.cpo.above)
    ]
    assert papers.leads_to(again.cpo.certifies("CP-1").chain, first.v2g.pem)


def test_what_is_no_authority_is_said(tmp_path):
    papers.kept(tmp_path)
    (tmp_path / "bench-v2g-root.pem").write_text("nothing")
    with pytest.raises(ValueError, match="PEM"):
        papers.kept(tmp_path)


def test_an_authority_may_name_another_responder():
    moved = papers.told_by(PKI.mo, "http://here/")
    assert (moved.name, moved.key, moved.root) == (PKI.mo.name, PKI.mo.key, PKI.mobility)
    shown = moved.certifies("NLBENC00000001", responder="http://here/")
    certificates = [papers.pem(each) for each in papers.load(shown.chain)]
    assert [papers.responder(each) for each in certificates] == ["http://here/"] * 3
    assert papers.leads_to(shown.chain, PKI.mobility.pem)
    assert papers.leads_to(shown.chain, PKI.mo.pem)
    assert papers.responder(PKI.mo.pem) == papers.OCSP_URL
