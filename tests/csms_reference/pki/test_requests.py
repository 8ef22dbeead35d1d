"""What may be signed, and what not."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from csms_reference.pki.authority import distinguished
from csms_reference.pki.requests import Unsignable, check_names, digest, key_of, read
from tests.csms_reference.pki.conftest import csr, new_key, openssl


def test_a_request_of_openssl_is_read(tmp_path) -> None:
    key = tmp_path / "key.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    openssl("req", "-new", "-key", key, "-subj", "/O=Chargebench/CN=CP-1", "-out", tmp_path / "csr.pem")
    asked = read((tmp_path / "csr.pem").read_text())
    check_names(asked, ["CP-1"], ["Chargebench"])
    assert isinstance(key_of(asked), ec.EllipticCurvePublicKey)


def forged() -> str:
    """A request with another's key."""
    lines = csr().splitlines()
    good = x509.load_pem_x509_csr("\n".join(lines).encode())
    der = bytearray(good.public_bytes(Encoding.DER))
    der[-1] ^= 1

    body = base64.encodebytes(bytes(der)).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no PKCS#10"),
        ("nonsense", "no PKCS#10"),
        ("ü", "no PKCS#10"),
        ("x" * 5501, "5500"),
        ("forged", "signature"),
        ("weak", "RSA key of 1024"),
        ("small", "curve of 192"),
    ],
)
def test_what_is_not_signed(text: str, why: str) -> None:
    made = {
        "forged": forged,
        "weak": lambda: csr(key=rsa.generate_private_key(65537, 1024)),
        "small": lambda: csr(key=ec.generate_private_key(ec.SECP192R1())),
    }
    with pytest.raises(Unsignable, match=why):
        read(made.get(text, lambda: text)())


@pytest.mark.parametrize(
    ("name", "owner", "good"),
    [
        ("CP-1", "Chargebench", True),
        ("SN-1", "Chargebench", True),
        ("CP-2", "Chargebench", False),
        ("CP-1", "Somebody", False),
    ],
)
def test_names_have_to_be_the_stations_and_the_operators(name: str, owner: str, good: bool) -> None:
    asked = read(csr(name, owner))
    if good:
        check_names(asked, ["CP-1", "SN-1"], ["Chargebench"])
    else:
        with pytest.raises(Unsignable, match="expected"):
            check_names(asked, ["CP-1", "SN-1"], ["Chargebench"])


def test_any_name_will_do_where_none_is_known_but_there_must_be_one() -> None:
    check_names(read(csr("SECC-1")), None, ["Chargebench"])
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name(list(distinguished("x", "Chargebench"))[:1])
    )
    nameless = builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    with pytest.raises(Unsignable, match="CN"):
        check_names(read(nameless), None, ["Chargebench"])


def test_line_ends_make_no_other_request() -> None:
    text = csr()
    assert digest(text) == digest(text.replace("\n", "\r\n")) == digest(text + "\n")
    assert digest(text) != digest(csr())
