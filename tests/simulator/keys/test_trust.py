"""TLS contexts: dates at the station's clock, roots, names, and what the station shows."""

import ssl
from datetime import timedelta

import pytest

from simulator.keys.trust import anchors, present, trust
from tests.simulator.csms import START
from tests.simulator.keys.authority import YEAR, Authority, key_pem, name, new_key, pem, server

ROOT = Authority("root")
SUB = ROOT.sub("intermediate")


def shake(client, served, host="localhost"):
    """Both ends in memory; returns the server's end."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname=host)
    far = served.wrap_bio(to_server, to_client, server_side=True)
    done = set()
    for _ in range(10):
        for end in (near, far):
            if end in done:
                continue
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
    assert len(done) == 2
    return far


def context(at=START, roots=(ROOT.certificate,), met=None, **options):
    met = [] if met is None else met
    return trust(roots, lambda: at, met.append, **options)


def test_a_good_chain_is_told_up_to_its_root(tmp_path):
    met = []
    shake(context(met=met), server(tmp_path, SUB))
    assert [found.subject for found in met[0]][1:] == [SUB.certificate.subject, ROOT.certificate.subject]


@pytest.mark.parametrize("at", [START - 2 * YEAR, START + 2 * YEAR], ids=["before", "after"])
def test_dates_are_those_of_the_stations_clock_and_not_of_the_machine(tmp_path, at):
    served = server(tmp_path, SUB)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"valid before|expired"):
        shake(context(at), served)


def test_a_chain_that_is_over_for_the_machine_is_good_in_its_time(tmp_path):
    old = Authority("old", begins=START - 20 * YEAR, ends=START - 9 * YEAR)
    served = server(tmp_path, old, begins=START - 19 * YEAR, ends=START - 10 * YEAR)
    shake(context(START - 15 * YEAR, (old.certificate,)), served)


def test_another_root_is_not_trusted(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate"):
        shake(context(roots=(Authority("other").certificate,)), server(tmp_path, SUB))


def test_no_root_at_all_trusts_nobody(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(context(roots=()), server(tmp_path, SUB))


def test_a_root_that_another_has_signed_is_trusted_by_itself(tmp_path):
    """What stands above it may be over: whitepaper §7.1, partial chains."""
    old = Authority("old root", ends=START + timedelta(days=1))
    successor = old.sub("new root")
    served = server(tmp_path, successor)
    later = START + timedelta(days=30)
    met = []
    shake(context(later, (successor.certificate,), met), served)
    assert met[0][-1] == successor.certificate
    shake(context(later, (successor.certificate, old.certificate), met), served)
    assert met[1][-1] == successor.certificate


def test_another_name_is_not_the_csms(tmp_path):
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(?i)hostname"):
        shake(context(), server(tmp_path, SUB), "elsewhere")


def test_wildcards_are_refused_unless_they_are_allowed(tmp_path):
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(*SUB.serve(tmp_path, "*.example.org"))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(context(), served, "csms.example.org")
    shake(context(wildcards=True), served, "csms.example.org")


def test_the_station_shows_its_certificate(tmp_path):
    key = new_key()
    mine = SUB.leaf(name("CP-1"), key.public_key())
    client = context()
    present(client, pem(mine) + SUB.above(), key_pem(key))
    far = shake(client, server(tmp_path, SUB, ROOT))
    assert far.getpeercert()["subject"][-1] == (("commonName", "CP-1"),)


def test_the_roots_of_a_context_from_outside_can_be_read(tmp_path):
    outer = ssl.create_default_context(cadata=ROOT.pem)
    assert anchors(outer) == (ROOT.certificate,)


def test_old_tls_and_compression_are_off():
    made = context()
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2
    assert made.options & ssl.OP_NO_COMPRESSION
    assert made.options & ssl.OP_NO_RENEGOTIATION
