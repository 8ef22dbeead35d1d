"""OCSP answers of V2G certificates: asked for, kept for a week, asked for again (M06)."""

import subprocess
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from protocol.versions import V21, V201
from simulator.flash import Flash
from simulator.keys.commissioning import commissioned
from simulator.keys.memory import Kept
from simulator.keys.statuses import SOON, Statuses, ocsp_data, responder
from tests.simulator.csms import START, World
from tests.simulator.dialects.test_certificates201 import hash_of
from tests.simulator.keys.authority import Authority, key_pem, name, new_key, pem

ROOT = Authority("V2G root")
UPPER = ROOT.sub("CPO Sub-CA 1")
LOWER = UPPER.sub("CPO Sub-CA 2")
SECC = "DECHBE00001"
WEEK_S = 7 * 86_400


def certified() -> tuple[Kept, x509.Certificate]:
    key = new_key()
    leaf = LOWER.leaf(name(SECC), key.public_key())
    chain = pem(leaf) + LOWER.above()
    return commissioned(v2g_roots=ROOT.pem, v2g=[(SECC, chain, key_pem(key))]), leaf


def respond(certificate: x509.Certificate, issuer: Authority, at=START) -> str:
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate,
        issuer.certificate,
        hashes.SHA256(),
        ocsp.OCSPCertStatus.GOOD,
        at,
        at + timedelta(days=7),
        None,
        None,
    )
    made = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate).sign(issuer.key, hashes.SHA256())
    return b64encode(made.public_bytes(Encoding.DER)).decode()


async def started(version=V201, answers=None) -> tuple[World, x509.Certificate]:
    kept, leaf = certified()
    world = World(version, "lab-dc", flash=Flash(memories={Kept: kept}))
    issuers = {f"{found.serial_number:x}": (found, by) for found, by in
               ((leaf, LOWER), (LOWER.certificate, UPPER), (UPPER.certificate, ROOT))}  # fmt: skip

    def answer(ask):
        found, by = issuers[ask["ocspRequestData"]["serialNumber"]]
        return {"status": "Accepted", "ocspResult": respond(found, by)}

    world.csms.answers["GetCertificateStatus"] = answers or answer
    await world.boot()
    return world, leaf


@pytest.mark.proves("station", "GetCertificateStatus", "2.0.1 2.1")
@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_the_leaf_and_each_sub_ca_is_asked_for(version):
    """M06.FR.06, .07 (errata of 2025-06)."""
    world, leaf = await started(version)
    asked = [ask["ocspRequestData"] for ask in world.csms.of("GetCertificateStatus")]
    url = {"responderURL": "http://ocsp.example/"}
    assert asked == [
        hash_of(leaf, LOWER.certificate) | url,
        hash_of(LOWER.certificate, UPPER.certificate) | url,
        hash_of(UPPER.certificate, ROOT.certificate) | url,
    ]
    statuses = world.station.function(Statuses)
    shown = statuses.of(leaf)
    assert ocsp.load_der_ocsp_response(b64decode(shown)).certificate_status is ocsp.OCSPCertStatus.GOOD


def openssl_ocsp(folder, at: float) -> str:
    given = "-respin answer.der -issuer issuer.pem -sha256 -cert leaf.pem -CAfile issuer.pem -partial_chain -no_nonce"
    more = ["-attime", str(int(at)), "-validity_period", "999999999"]
    done = subprocess.run(
        ["openssl", "ocsp", *given.split(), *more], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


async def test_openssl_takes_what_is_kept(tmp_path):
    world, leaf = await started()
    (tmp_path / "answer.der").write_bytes(b64decode(world.station.function(Statuses).of(leaf)))
    (tmp_path / "issuer.pem").write_text(LOWER.pem)
    (tmp_path / "leaf.pem").write_text(pem(leaf))
    said = openssl_ocsp(tmp_path, START.timestamp() + 60)
    assert "Response verify OK" in said
    assert "leaf.pem: good" in said


async def test_once_a_week_they_are_asked_for_again():
    """M06.FR.10."""
    world, leaf = await started()
    world.clear()
    await world.run(WEEK_S - 60)
    assert not world.csms.of("GetCertificateStatus")
    assert world.station.function(Statuses).of(leaf)
    await world.run(WEEK_S + 120)
    assert len(world.csms.of("GetCertificateStatus")) == 3


async def test_what_is_known_survives_the_power_and_is_not_asked_for_again():
    world, leaf = await started()
    world.clear()
    await world.do(world.station.power_off)
    await world.do(world.station.power_on, 60)
    assert not world.csms.of("GetCertificateStatus")
    assert world.station.function(Statuses).of(leaf)


@pytest.mark.parametrize(
    "said",
    [{"status": "Failed"}, {"status": "Accepted"}, {"status": "Accepted", "ocspResult": "AAAA"},
     {"status": "Accepted", "ocspResult": respond(UPPER.certificate, ROOT)}],
    ids=["failed", "without", "nonsense", "another"],
)  # fmt: skip
async def test_what_the_csms_cannot_tell_is_asked_for_later(said):
    """M06.FR.04."""
    world, leaf = await started(answers=said)
    assert world.station.function(Statuses).of(leaf) is None
    before = len(world.csms.of("GetCertificateStatus"))
    await world.run(world.clock.now + SOON.total_seconds() + 60)
    assert len(world.csms.of("GetCertificateStatus")) > before


async def test_after_a_week_an_answer_is_shown_no_more():
    world, leaf = await started()
    world.csms.down()
    await world.run(WEEK_S + 60)
    assert world.station.function(Statuses).of(leaf) is None


def test_a_certificate_may_name_no_responder():
    assert responder(ROOT.certificate) == ""
    assert ocsp_data(UPPER.certificate, ROOT.certificate)["responderURL"] == "http://ocsp.example/"
