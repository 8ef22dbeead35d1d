"""Signs a run's directory, and tells whether it is still what was signed (Ed25519, RFC 8032).

What is signed is the SHA-256 of every file in the directory. Whoever has the signer's public key can verify that
nothing was changed, added to it or taken away; without it, only that the directory is as its signature says.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from reports.layout import SUMMARY, write_atomically

FILE = "signature.json"
FORMAT = 1
ALGORITHM = "Ed25519"
CHUNK_BYTES = 1 << 20


class SignatureError(Exception):
    """A run that cannot be signed, or a key or signature that cannot be read; the text is one clear line."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of a signature. ``signer`` is the fingerprint of its public key.

    ``changed``, ``missing``: signed files that are otherwise, or gone. ``unsigned``: files that came later and prove
    nothing. ``trusted`` is None where no public key was given to compare the signer with.
    """

    signer: str
    genuine: bool
    trusted: bool | None
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unsigned: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the directory is what the signer signed; with no key to compare it with, whoever that is."""
        return self.genuine and self.trusted is not False and not self.changed and not self.missing


def sign(run: Path, key: Ed25519PrivateKey) -> Path:
    """Write ``signature.json`` into a finished run's directory; returns its path. Raises SignatureError, OSError."""
    if not (run / SUMMARY).is_file():
        raise SignatureError(f"{run}: only a finished run can be signed, and there is no {SUMMARY}")
    files = digests(run)
    document = {
        "format": FORMAT,
        "algorithm": ALGORITHM,
        "public_key": _text(_raw(key.public_key())),
        "files": files,
        "signature": _text(key.sign(_message(files))),
    }
    write_atomically(run / FILE, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    return run / FILE


def verify(run: Path, signer: Ed25519PublicKey | None = None) -> Verification:
    """Compare a run's directory with its signature. Raises SignatureError where there is none that can be read."""
    public, files, signature = _read(run / FILE)
    now = digests(run)
    try:
        public.verify(signature, _message(files))
        genuine = True
    except InvalidSignature:
        genuine = False
    return Verification(
        fingerprint(public),
        genuine,
        None if signer is None else _raw(signer) == _raw(public),
        tuple(name for name, digest in files.items() if name in now and now[name] != digest),
        tuple(name for name in files if name not in now),
        tuple(name for name in now if name not in files),
    )


def digests(run: Path) -> dict[str, str]:
    """SHA-256, in hexadecimal, of every file below a directory by its path in it, but for the signature itself."""
    found: dict[str, str] = {}
    for folder, _, names in os.walk(run):
        for name in names:
            path = Path(folder, name)
            relative = path.relative_to(run).as_posix()
            if relative != FILE and path.is_file():
                found[relative] = _digest(path)
    return dict(sorted(found.items()))


def fingerprint(public: Ed25519PublicKey) -> str:
    """What a key is known by: SHA-256 of its 32 bytes, in groups of four hexadecimal digits."""
    digest = hashlib.sha256(_raw(public)).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def private_key(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """Read a PEM file with a private key. Raises SignatureError."""
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except OSError as wrong:
        raise SignatureError(f"{path}: {wrong.strerror or wrong}") from None
    except TypeError as wrong:  # a passphrase too many, or one that is lacking
        raise SignatureError(f"{path}: {wrong}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureError(f"{path}: no private key in PEM, or another passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{path}: not an Ed25519 key; openssl genpkey -algorithm ed25519 makes one")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Read a PEM file with a public key. Raises SignatureError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as wrong:
        raise SignatureError(f"{path}: {wrong.strerror or wrong}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureError(f"{path}: no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{path}: not an Ed25519 key")
    return key


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a private key in a new file that nobody else may read. Raises SignatureError where there is a file."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as wrong:
        raise SignatureError(f"{path}: {wrong.strerror or wrong}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
    return key


def pem_of(public: Ed25519PublicKey) -> bytes:
    """A public key in PEM, to be handed out."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _read(path: Path) -> tuple[Ed25519PublicKey, Mapping[str, str], bytes]:
    try:
        document: Any = json.loads(path.read_bytes())
        if document["format"] != FORMAT or document["algorithm"] != ALGORITHM:
            raise ValueError(f"neither format {FORMAT} nor {ALGORITHM}")
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(document["public_key"], validate=True))
        files = {str(name): str(digest) for name, digest in document["files"].items()}
        return public, files, base64.b64decode(document["signature"], validate=True)
    except FileNotFoundError:
        raise SignatureError(f"{path.parent}: the run is not signed") from None
    except OSError as wrong:
        raise SignatureError(f"{path}: {wrong.strerror or wrong}") from None
    except (LookupError, TypeError, ValueError, AttributeError, binascii.Error, RecursionError) as wrong:
        raise SignatureError(f"{path}: unusable ({wrong!r})") from None


def _message(files: Mapping[str, str]) -> bytes:
    """The bytes that are signed: what they are, then the files in the order of their names."""
    listed = json.dumps(dict(sorted(files.items())), separators=(",", ":"), ensure_ascii=True)
    return f"chargebench run {FORMAT}\n{listed}".encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
