"""Signatures that openssl made and checks: RSA-PSS and ECDSA with SHA-256."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from protocol.x509 import Untrusted, fingerprint, load_chain
from simulator.firmware.signature import Revoked, check_signer, is_signed
from tests.simulator.firmware.maker import START, Maker, image

PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)


@pytest.fixture(params=["rsa", "ec"])
def signer(request, tmp_path):
    maker = Maker(request.param)
    key, public, file = tmp_path / "key.pem", tmp_path / "public.pem", tmp_path / "firmware.bin"
    key.write_bytes(
        maker.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public.write_bytes(
        maker.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    file.write_bytes(image())
    return maker, key, public, file, PSS if request.param == "rsa" else ()


def test_what_openssl_has_signed_is_believed(signer, tmp_path):
    maker, key, _, file, options = signer
    done = openssl("dgst", "-sha256", "-sign", key, *options, "-out", tmp_path / "sig", file)
    assert done.returncode == 0, done.stderr
    signature = base64.b64encode((tmp_path / "sig").read_bytes()).decode()
    assert is_signed(image(), signature, maker.certificate)
    assert not is_signed(image() + b"x", signature, maker.certificate)
    assert not is_signed(image(), signature, Maker().certificate)


def test_openssl_believes_what_the_maker_has_signed(signer, tmp_path):
    maker, _, public, file, options = signer
    (tmp_path / "sig").write_bytes(base64.b64decode(maker.sign(image())))
    done = openssl("dgst", "-sha256", "-verify", public, *options, "-signature", tmp_path / "sig", file)
    assert b"Verified OK" in done.stdout, done.stderr


def test_openssl_follows_the_chain_too(tmp_path):
    maker = Maker()
    (tmp_path / "root.pem").write_text(maker.root_pem)
    (tmp_path / "leaf.pem").write_text(maker.certificate)
    at = int(START.timestamp())
    done = openssl("verify", "-attime", at, "-CAfile", tmp_path / "root.pem", tmp_path / "leaf.pem")
    assert done.returncode == 0, done.stderr
    check_signer(maker.certificate, [maker.root], at=START)


def test_rsa_without_pss_is_not_enough():
    maker = Maker()
    signature = base64.b64encode(maker.key.sign(image(), padding.PKCS1v15(), hashes.SHA256())).decode()
    assert not is_signed(image(), signature, maker.certificate)


def test_who_is_not_believed():
    maker = Maker()
    with pytest.raises(Untrusted):
        check_signer(maker.certificate, [], at=START)
    with pytest.raises(Revoked):
        check_signer(maker.certificate, [maker.root], at=START, revoked=[fingerprint(load_chain(maker.certificate)[0])])
