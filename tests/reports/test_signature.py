"""A signed run: what still proves it, and what gives a forger away."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports import render, signature
from reports.signature import SignatureError
from tests.reports.made_certification import made


@pytest.fixture
def run(tmp_path: Path) -> Path:
    made(tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def key(run: Path) -> Ed25519PrivateKey:
    made_key = Ed25519PrivateKey.generate()
    render(run)
    signature.sign(run, made_key)
    return made_key


def test_what_was_signed_verifies(run: Path, key: Ed25519PrivateKey) -> None:
    found = signature.verify(run, key.public_key())
    assert found.holds
    assert found.trusted
    assert (found.changed, found.missing, found.unsigned) == ((), (), ())
    assert signature.verify(run).trusted is None


def test_documents_made_anew_are_the_same_and_still_verify(run: Path, key: Ed25519PrivateKey) -> None:
    render(run)
    assert signature.verify(run, key.public_key()).holds


@pytest.mark.parametrize("name", ["run.json", "messages.jsonl", "report.html", "samples.parquet"])
def test_a_changed_file_is_named(run: Path, key: Ed25519PrivateKey, name: str) -> None:
    path = run / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    found = signature.verify(run, key.public_key())
    assert (found.holds, found.changed) == (False, (name,))


def test_a_file_that_is_gone_is_named(run: Path, key: Ed25519PrivateKey) -> None:
    (run / "events.jsonl").unlink()
    found = signature.verify(run)
    assert (found.holds, found.missing) == (False, ("events.jsonl",))


def test_a_file_that_came_later_proves_nothing_and_harms_nothing(run: Path, key: Ed25519PrivateKey) -> None:
    (run / "notes").mkdir()
    (run / "notes" / "mine.txt").write_text("hello")
    found = signature.verify(run, key.public_key())
    assert (found.holds, found.unsigned) == (True, ("notes/mine.txt",))


def test_another_signer_is_not_trusted(run: Path, key: Ed25519PrivateKey) -> None:
    forger = Ed25519PrivateKey.generate()
    signature.sign(run, forger)
    found = signature.verify(run, key.public_key())
    assert (found.holds, found.genuine, found.trusted) == (False, True, False)
    assert found.signer == signature.fingerprint(forger.public_key())


def test_digests_that_were_put_right_afterwards_are_not_what_was_signed(run: Path, key: Ed25519PrivateKey) -> None:
    (run / "run.json").write_text((run / "run.json").read_text().replace('"fail"', '"pass"'))
    document = json.loads((run / "signature.json").read_text())
    document["files"] = signature.digests(run)
    (run / "signature.json").write_text(json.dumps(document))
    found = signature.verify(run, key.public_key())
    assert (found.genuine, found.holds, found.changed) == (False, False, ())


def test_openssl_agrees(run: Path, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    document = json.loads((run / "signature.json").read_text())
    listed = json.dumps(document["files"], separators=(",", ":"), sort_keys=True)
    (tmp_path / "message").write_text(f"chargebench run 1\n{listed}")
    (tmp_path / "public.pem").write_bytes(signature.pem_of(key.public_key()))
    decoded = subprocess.run(
        ["openssl", "base64", "-d", "-A"], input=document["signature"].encode(), capture_output=True, check=True
    )
    (tmp_path / "signature").write_bytes(decoded.stdout)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message"]
    subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path, check=True, capture_output=True)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format":2}', '{"format":1,"algorithm":"Ed25519","public_key":"!"}']
)
def test_a_signature_that_is_none_is_refused(run: Path, text: str) -> None:
    (run / "signature.json").write_text(text)
    with pytest.raises(SignatureError, match="unusable"):
        signature.verify(run)


def test_a_run_without_signature_and_one_that_did_not_finish(run: Path) -> None:
    with pytest.raises(SignatureError, match="not signed"):
        signature.verify(run)
    (run / "run.json").unlink()
    with pytest.raises(SignatureError, match="only a finished run"):
        signature.sign(run, Ed25519PrivateKey.generate())


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made_key = signature.make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signature.fingerprint(signature.private_key(path).public_key()) == signature.fingerprint(
        made_key.public_key()
    )
    with pytest.raises(SignatureError, match="File exists"):
        signature.make_key(path)
    (tmp_path / "public.pem").write_bytes(signature.pem_of(made_key.public_key()))
    assert signature.public_key(tmp_path / "public.pem") == made_key.public_key()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret"], "assword was not given"),
        (["genpkey", "-algorithm", "RSA"], "not an Ed25519 key"),
    ],
)
def test_keys_that_cannot_sign(tmp_path: Path, arguments: list[str], why: str) -> None:
    path = tmp_path / "key.pem"
    subprocess.run(["openssl", *arguments, "-out", str(path)], check=True, capture_output=True)
    with pytest.raises(SignatureError, match=why):
        signature.private_key(path)
    if "-aes256" in arguments:
        assert signature.private_key(path, "secret")
        with pytest.raises(SignatureError, match="another passphrase"):
            signature.private_key(path, "wrong")


def test_what_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for read in (signature.private_key, signature.public_key):
        with pytest.raises(SignatureError, match=r"no p.* key in PEM"):
            read(tmp_path / "text")
        with pytest.raises(SignatureError, match="No such file"):
            read(tmp_path / "none")
