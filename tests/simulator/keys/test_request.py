"""Key pairs and CSRs, judged by openssl and by another reader than the one that made them."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulator.keys.request import belongs, new_key, request
from tests.simulator.keys.authority import Authority, name


@pytest.mark.parametrize(
    ("kind", "made", "bits"), [("EC", ec.EllipticCurvePrivateKey, 256), ("RSA", rsa.RSAPrivateKey, 2048)]
)
def test_each_kind_is_strong_enough_and_openssl_takes_its_csr(kind, made, bits):
    """A00.FR.501-.506."""
    text = new_key(kind)
    key = load_pem_private_key(text.encode(), None)
    assert isinstance(key, made)
    assert key.key_size == bits
    csr = request(text, name="CP-1", organisation="CPO AG", country="DE", domain="CPO")
    done = subprocess.run(
        ["openssl", "req", "-verify", "-noout", "-subject"], input=csr, capture_output=True, text=True, check=True
    )
    assert "verify OK" in done.stdout + done.stderr
    assert "C = DE, O = CPO AG, CN = CP-1, DC = CPO" in done.stdout.replace("subject=", "")
    assert x509.load_pem_x509_csr(csr.encode()).is_signature_valid
    assert text not in csr


def test_rsa_signs_with_pss():
    """A00.FR.505."""
    csr = x509.load_pem_x509_csr(request(new_key("RSA"), name="x", organisation="y").encode())
    assert isinstance(csr.signature_algorithm_parameters, padding.PSS)


def test_no_two_keys_are_the_same():
    """A02.FR.02."""
    assert new_key("EC") != new_key("EC")


def test_whose_certificate_it_is():
    mine, other = new_key("EC"), new_key("EC")
    public = load_pem_private_key(mine.encode(), None).public_key()
    leaf = Authority("CA").leaf(name("CP-1"), public)
    assert belongs(leaf, mine)
    assert not belongs(leaf, other)


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_library_that_is_not_openssl_takes_the_request(kind: str, tmp_path, require_service) -> None:
    file = tmp_path / "request.pem"
    file.write_text(request(new_key(kind), name="CP-1", organisation="Chargebench"))
    done = subprocess.run(
        [require_service("certtool"), "--crq-info", "--infile", file], capture_output=True, text=True, check=True
    )
    assert "Self signature: verified" in done.stdout
    assert "CN=CP-1" in done.stdout
