"""The bench's file server: where a station under test fetches firmware, and where it leaves its logs.

It is opened when a case first asks for it. What is served and taken goes over real HTTP, HTTPS or FTP; the operations
are those of ``conformance.operations``, so that an operator who has a server of his own may do them instead.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from conformance.papers import Authority, load, new_key, secret
from conformance.rigs import Unable
from conformance.vocabulary import Image, Subject
from csms_reference.files.ftp import Account, FtpServer, NoFtp
from simulator.courier.shelf import Shelf

CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
LEFT = "/left/"
NOWHERE = "/nowhere/"
PORTS = {"http": 80, "https": 443, "ftp": 21}


@dataclass(frozen=True, slots=True)
class Update:
    """A firmware as it is offered: a file, or a URL where it lies already; signature in base64, certificate in PEM."""

    content: bytes | None
    signature: str
    certificate: str
    url: str = ""


FILES = ("offer_firmware", "open_upload", "uploaded")
"""The operations that a file server does."""

Maker = Callable[[Image], Update]
"""Makes the firmware that is asked for. Raises Unable where there is none such."""


class Counter(Protocol):
    """A server of files by their paths; stations may write below ``LEFT``."""

    def put(self, path: str, content: bytes) -> None:
        """Have a file there."""

    def make_room(self, path: str) -> None:
        """Have a folder there."""

    def sizes(self, path: str) -> list[int]:
        """Of every file in a folder (bytes)."""

    def serve(self, host: str, port: int) -> AbstractAsyncContextManager[int]:
        """Serve as long as the context is open; yields the port. Raises OSError, Unable."""


class Web:
    """A counter that speaks HTTP, or HTTPS with ``tls``."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.shelf = Shelf(writable=(LEFT,))
        self._tls = tls

    def put(self, path: str, content: bytes) -> None:
        """Have a file there."""
        self.shelf.files[path] = content

    def make_room(self, path: str) -> None:
        """Nothing is to be done: folders are there with their files."""

    def sizes(self, path: str) -> list[int]:
        """Of every file in a folder (bytes)."""
        return [len(content) for name, content in self.shelf.files.items() if name.startswith(path)]

    def serve(self, host: str, port: int) -> AbstractAsyncContextManager[int]:
        """Serve as long as the context is open; yields the port. Raises OSError."""
        return self.shelf.serve(host, port, self._tls)


class Ftp:
    """A counter that speaks FTP to one user, or to anybody."""

    def __init__(self, user: str | None = None, password: str | None = None) -> None:
        self._account = Account(user or "anonymous", password or "")
        self._folder = Path()

    def put(self, path: str, content: bytes) -> None:
        """Have a file there."""
        at = self._at(path)
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content)

    def make_room(self, path: str) -> None:
        """Have a folder there."""
        self._at(path).mkdir(parents=True, exist_ok=True)

    def sizes(self, path: str) -> list[int]:
        """Of every file in a folder (bytes)."""
        return [each.stat().st_size for each in self._at(path).rglob("*") if each.is_file()]

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[int]:
        """Serve as long as the context is open; yields the port. Raises OSError, Unable."""
        with TemporaryDirectory(prefix="chargebench-bench-") as folder:
            self._folder = Path(folder)
            try:
                server = FtpServer(self._folder, self._account, host=host, port=port)
            except NoFtp as problem:
                raise Unable(str(problem)) from None
            try:
                yield server.port
            finally:
                await server.close()

    def _at(self, path: str) -> Path:
        return self._folder / path.strip("/")


class Files:
    """One server of the bench, and what it does for a case.

    ``url`` is how stations reach it, ``at`` the address that it listens at; ``opened`` is told the port.
    """

    def __init__(
        self,
        maker: Maker,
        *,
        url: str,
        at: tuple[str, int] = ("127.0.0.1", 0),
        counter: Counter | None = None,
        opened: Callable[[int], None] = lambda _port: None,
    ) -> None:
        self.counter = counter or Web()
        self._maker = maker
        self._url = url.rstrip("/")
        self._at = at
        self._opened = opened
        self._stack: AsyncExitStack | None = None
        self._count = 0

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        found: Callable[..., Any] | None = getattr(self, name) if name in FILES else None
        return found

    async def offer_firmware(self, image: str) -> dict[str, str]:
        """Put a firmware on the server: its URL, signature and certificate."""
        made = self._maker(Image(image))
        return {
            "location": made.url or await self._put(made.content),
            "signature": made.signature,
            "signingCertificate": made.certificate,
        }

    async def open_upload(self, exists: bool = True) -> str:
        """The URL of a folder that takes files, or of one that there is not."""
        await self._open()
        self._count += 1
        path = f"{LEFT if exists else NOWHERE}{self._count}/"
        if exists:
            self.counter.make_room(path)
        return self._url + path

    def uploaded(self, location: str) -> list[int]:
        """The size of each file that came there."""
        return self.counter.sizes(urlsplit(location).path)

    async def close(self) -> None:
        """Serve no more."""
        if self._stack is not None:
            await self._stack.aclose()
            self._stack = None

    async def _put(self, content: bytes | None) -> str:
        await self._open()
        self._count += 1
        path = f"/firmware/{self._count}.bin"
        if content is not None:
            self.counter.put(path, content)
        return self._url + path

    async def _open(self) -> None:
        if self._stack is not None:
            return
        if not self._url:
            raise Unable("no files_url is declared, where the station would find files of the bench")
        self._stack = AsyncExitStack()
        try:
            self._opened(await self._stack.enter_async_context(self.counter.serve(*self._at)))
        except OSError as problem:
            self._stack = None
            raise Unable(f"files cannot be served at port {self._at[1]}: {problem.strerror}") from None


def declared_files(subject: Subject, tls: ssl.SSLContext | None = None) -> Files:
    """The server for a station of others: the address and the firmware are as declared."""
    parts = urlsplit(subject.files_url)
    port = parts.port or PORTS.get(parts.scheme, 80)
    counter: Counter = Web(tls if parts.scheme == "https" else None)
    if parts.scheme == "ftp":
        counter = Ftp(parts.username, parts.password)
    return Files(declared(subject), url=subject.files_url, at=("0.0.0.0", port), counter=counter)  # noqa: S104


# -- firmware ----------------------------------------------------------------------------------------------------------


def signed(content: bytes, key_pem: str) -> str:
    """A signature in base64: ECDSA or RSA-PSS over the SHA-256 of a file (L01.FR.04)."""
    key = load_pem_private_key(key_pem.encode(), None)
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        return base64.b64encode(key.sign(content, pss, hashes.SHA256())).decode()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return base64.b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()
    raise ValueError("a firmware is signed with RSA or a curve")


def made_by(authority: Authority, nobody: Authority, build: Callable[[Image], bytes]) -> Maker:
    """Firmware of a manufacturer whose key the bench has: everything is made as it is asked for."""

    def make(image: Image) -> Update:
        content = build(image)
        signer = (nobody if image is Image.UNTRUSTED else authority).certifies("Firmware", usages=[CODE_SIGNING])
        other = content + b"another file"
        signature = signed(other if image is Image.FORGED else content, signer.key)
        return Update(None if image is Image.MISSING else content, signature, signer.chain)

    return make


def declared(subject: Subject) -> Maker:
    """Firmware that the vendor gave: ``image``, ``signature`` and ``certificate``, and those of a ``broken_`` one."""
    given = subject.firmware

    def make(image: Image) -> Update:
        broken = image is Image.BROKEN
        content, url = _file(given, "broken_image" if broken else "image")
        signature = _text(given, "broken_signature" if broken else "signature")
        certificate = _text(given, "broken_certificate" if broken and "broken_certificate" in given else "certificate")
        if image is Image.FORGED:
            signature = _text(given, "forged_signature") if "forged_signature" in given else _forged(certificate)
        if image is Image.UNTRUSTED and "untrusted_certificate" in given:
            certificate = _text(given, "untrusted_certificate")
        elif image is Image.UNTRUSTED:
            certificate = subject.pki.nobody.certifies("Firmware", usages=[CODE_SIGNING]).chain
        if image is Image.MISSING:
            content, url = None, f"{url}_does_not_exist" if url else ""
        return Update(content, signature, certificate, url)

    return make


def _file(given: Mapping[str, str], name: str) -> tuple[bytes | None, str]:
    """What is in a file; or the URL where it lies."""
    if name not in given:
        raise Unable(f"no firmware.{name} is declared")
    if "://" in given[name]:
        return None, given[name]
    try:
        return Path(given[name]).read_bytes(), ""
    except OSError as problem:
        raise Unable(f"firmware.{name}: {given[name]}: {problem.strerror}") from None


def _text(given: Mapping[str, str], name: str) -> str:
    """A text that stands there itself, or in the file of that name."""
    if name not in given:
        raise Unable(f"no firmware.{name} is declared")
    path = Path(given[name]) if len(given[name]) < 256 else None
    try:
        return path.read_text(encoding="ascii").strip() if path is not None and path.is_file() else given[name]
    except (OSError, UnicodeDecodeError) as problem:
        raise Unable(f"firmware.{name}: {given[name]}: {problem}") from None


def _forged(certificate: str) -> str:
    """A real signature by a key of the same kind, which is not the certificate's."""
    found = load(certificate)
    kind = "RSA" if found and isinstance(found[0].public_key(), rsa.RSAPublicKey) else "EC"
    return signed(b"another file", secret(new_key(kind)))
