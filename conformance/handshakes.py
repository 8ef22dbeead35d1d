"""TLS as the bench speaks it: as a server that may be asked to be wrong, and as a client that tells what it saw.

A context hands each handshake to an object that tells how it went, over a wire or without one: both
``protocol.transports.greeting`` and asyncio make their ends with ``wrap_bio``.
"""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conformance.papers import Credentials

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: dates are the case's business, and its time need not be the machine's."""

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}

OLD = ("1.0", "1.1")
"""Versions that nobody may speak any more, and that not every OpenSSL still can."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"
"""What the bench speaks in TLS 1.2 unless a case says otherwise: all that OCPP asks for (A00.FR.318)."""

ANCIENT = "ALL:@SECLEVEL=0"
"""What it takes to speak TLS below 1.2."""


@dataclass(frozen=True, slots=True)
class Shaken:
    """How a handshake ended: ``why`` it failed, empty for one that came through; our ``end`` of it.

    ``begun`` is told of one that has only been begun: who goes without a word is never heard of again.
    """

    end: ssl.SSLObject
    why: str = ""
    begun: bool = False

    @property
    def version(self) -> str:
        """As OCPP and people write it: 1.2 or 1.3; empty where none was agreed."""
        return (self.end.version() or "").removeprefix("TLSv") if not self.why else ""

    @property
    def cipher(self) -> str:
        """The cipher suite in OpenSSL's spelling; empty where none was agreed."""
        found = self.end.cipher() if not self.why else None
        return found[0] if found else ""


Told = Callable[[Shaken], None]


class _Handshake(ssl.SSLObject):
    """One end of one handshake."""

    def do_handshake(self) -> None:
        """Shake hands, and tell of the end of it."""
        context = self.context
        assert isinstance(context, _Context)
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            context.told(Shaken(self, getattr(error, "verify_message", "") or str(error)))
            raise
        context.told(Shaken(self))


class _Context(ssl.SSLContext):
    sslobject_class = _Handshake
    told: Told

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:
        """Begin a handshake."""
        end = super().wrap_bio(*args, **more)
        self.told(Shaken(end, begun=True))
        return end


class Reception(ssl.SSLContext):
    """A server's context whose manners can change between two handshakes: ``hand`` has the one for the next."""

    hand: Callable[[], ssl.SSLContext]

    def wrap_bio(self, *args: Any, **more: Any) -> ssl.SSLObject:
        """Leave the handshake to the context of the day. Raises SSLError where there is none."""
        return self.hand().wrap_bio(*args, **more)


def reception(hand: Callable[[], ssl.SSLContext]) -> Reception:
    """A context that takes each of its handshakes from ``hand``, which may raise SSLError."""
    context = Reception(ssl.PROTOCOL_TLS_SERVER)
    context.hand = hand
    return context


def server(
    shown: Sequence[Credentials],
    told: Told,
    *,
    client_roots: str = "",
    at_least: str = "1.2",
    at_most: str = "1.3",
    ciphers: str = "",
) -> ssl.SSLContext:
    """The bench as CSMS. ``client_roots`` (PEM): stations are asked for a certificate of these, and need not have one.

    ``ciphers`` are those of TLS 1.2, in OpenSSL's spelling.
    """
    context = _made(ssl.PROTOCOL_TLS_SERVER, told, at_least, at_most, ciphers)
    for each in shown:
        show(context, each)
    if client_roots:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=client_roots)
    return context


def client(
    roots: str,
    told: Told,
    *,
    shown: Credentials | None = None,
    at_least: str = "1.2",
    at_most: str = "1.3",
    ciphers: str = "",
) -> ssl.SSLContext:
    """The bench as station, who trusts ``roots`` (PEM; empty: those of the operating system)."""
    context = _made(ssl.PROTOCOL_TLS_CLIENT, told, at_least, at_most, ciphers)
    context.verify_flags |= NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
    if roots:
        context.load_verify_locations(cadata=roots)
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if shown is not None:
        show(context, shown)
    return context


def show(context: ssl.SSLContext, shown: Credentials) -> None:
    """Have a context show a certificate."""
    with TemporaryDirectory(prefix="bench-") as folder:  # which nobody else may enter; Python's ssl reads files only
        pair = Path(folder, "pair.pem")
        pair.write_text(shown.key + shown.chain, encoding="ascii")
        context.load_cert_chain(pair)


def _made(side: int, told: Told, at_least: str, at_most: str, ciphers: str) -> ssl.SSLContext:
    context = _Context(side)
    context.told = told
    old = at_most in OLD
    context.set_ciphers(ciphers or (ANCIENT if old else CIPHERS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked for
        context.minimum_version = VERSIONS["1.0" if old else at_least]
        context.maximum_version = VERSIONS[at_most]
    context.options |= ssl.OP_NO_COMPRESSION
    return context
