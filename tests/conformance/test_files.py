"""The file server of the bench: what it serves, takes, and offers of what a vendor declares."""

import asyncio
import base64
import ftplib
import io
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from conformance.papers import load, secret
from conformance.rigs import Unable
from conformance.rigs.files import CODE_SIGNING, Files, Ftp, declared, made_by, signed
from conformance.vocabulary import STATION, Image, Subject


@pytest.fixture(scope="module")
def subject():
    return Subject(STATION, "2.0.1")


def maker(subject):
    return made_by(subject.pki.manufacturer, subject.pki.nobody, lambda image: str(image).encode())


@pytest.fixture
async def files(subject):
    server = Files(maker(subject), url="http://127.0.0.1")

    def opened(port):
        server._url = f"http://127.0.0.1:{port}"

    server._opened = opened
    yield server
    await server.close()


def holds(content, offer):
    key = load(offer["signingCertificate"])[0].public_key()
    signature = base64.b64decode(offer["signature"])
    try:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


async def test_firmware_is_served_with_a_signature_that_holds(files):
    offer = await files.offer_firmware("sound")
    async with httpx.AsyncClient() as client:
        got = await client.get(offer["location"], headers={"Range": "bytes=1-2"})
    assert (got.status_code, got.content) == (206, b"ou")
    assert holds(b"sound", offer)


async def test_forged_firmware_has_the_signature_of_something_else(files):
    assert not holds(b"forged", await files.offer_firmware("forged"))


async def test_missing_firmware_is_not_there(files):
    offer = await files.offer_firmware("missing")
    async with httpx.AsyncClient() as client:
        assert (await client.get(offer["location"])).status_code == 404


async def test_what_is_left_at_a_place_is_counted_there_alone(files):
    here, there = await files.open_upload(), await files.open_upload()
    async with httpx.AsyncClient() as client:
        assert (await client.put(here + "log.gz", content=b"12345")).is_success
        nowhere = await files.open_upload(exists=False)
        assert (await client.put(nowhere + "log.gz", content=b"1")).is_client_error
    assert files.uploaded(here) == [5]
    assert files.uploaded(there) == []


async def test_a_log_may_come_in_chunks_and_after_a_question(files):
    async def chunks():
        yield b"123"
        yield b"45678"

    here, there = await files.open_upload(), await files.open_upload()
    async with httpx.AsyncClient() as client:
        assert (await client.post(here + "log", content=chunks())).status_code == 201
        headers = {"Expect": "100-continue"}
        assert (await client.put(there, content=b"12", headers=headers)).status_code == 201
    assert (files.uploaded(here), files.uploaded(there)) == ([8], [2])


async def test_files_over_ftp(subject):
    """For stations that speak nothing newer: the user stands in the URL."""
    pytest.importorskip("pyftpdlib")
    ports = []
    server = Files(
        maker(subject), url="ftp://bench:secret@127.0.0.1", counter=Ftp("bench", "secret"), opened=ports.append
    )
    try:
        offer, here = await server.offer_firmware("sound"), await server.open_upload()
        nowhere = await server.open_upload(exists=False)

        def station():
            with ftplib.FTP() as ftp:
                ftp.connect("127.0.0.1", ports[0])
                ftp.login("bench", "secret")
                found = []
                ftp.retrbinary("RETR " + urlsplit(offer["location"]).path, found.append)
                ftp.storbinary(f"STOR {urlsplit(here).path}log", io.BytesIO(b"123"))
                with pytest.raises(ftplib.error_perm):
                    ftp.storbinary(f"STOR {urlsplit(nowhere).path}log", io.BytesIO(b"123"))
                return b"".join(found)

        assert await asyncio.to_thread(station) == b"sound"
        assert server.uploaded(here) == [3]
    finally:
        await server.close()


async def test_without_a_declared_address_nothing_can_be_offered(subject):
    with pytest.raises(Unable, match="files_url"):
        await Files(maker(subject), url="").open_upload()


def given(tmp_path, subject, kind):
    """What a vendor gives who signs with such a key."""
    signer = subject.pki.manufacturer.certifies("Vendor", usages=[CODE_SIGNING], kind=kind)
    image, certificate, signature = tmp_path / "a.bin", tmp_path / "a.pem", tmp_path / "a.sig"
    image.write_bytes(b"image")
    certificate.write_text(signer.chain)
    signature.write_text(signed(b"image", signer.key))
    return {"image": str(image), "signature": str(signature), "certificate": str(certificate)}


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_vendors_firmware_is_offered_as_it_was_given_and_spoilt_by_the_bench(subject, tmp_path, kind):
    subject.firmware = given(tmp_path, subject, kind)
    make = declared(subject)
    sound, forged, untrusted, missing = map(make, (Image.SOUND, Image.FORGED, Image.UNTRUSTED, Image.MISSING))
    assert (sound.content, sound.url) == (b"image", "")
    assert forged.signature != sound.signature
    assert len(base64.b64decode(forged.signature)) >= 64
    assert forged.certificate == sound.certificate
    assert load(untrusted.certificate) != load(sound.certificate)
    assert missing.content is None
    with pytest.raises(Unable, match="broken_image"):
        make(Image.BROKEN)


def test_a_vendors_firmware_may_lie_at_a_url(subject, tmp_path):
    subject.firmware = given(tmp_path, subject, "EC") | {"image": "ftp://files.example/a.bin"}
    assert declared(subject)(Image.SOUND).url == "ftp://files.example/a.bin"
    assert declared(subject)(Image.MISSING).url == "ftp://files.example/a.bin_does_not_exist"


def test_a_file_that_is_not_there_is_told(subject):
    subject.firmware = {"image": "/no/such/file"}
    with pytest.raises(Unable, match="/no/such/file"):
        declared(subject)(Image.SOUND)


def test_rsa_signs_with_pss():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    key.public_key().verify(base64.b64decode(signed(b"x", secret(key))), b"x", pss, hashes.SHA256())
