"""TLS contexts made of a station's own roots and certificate, with dates compared to the station's own clock."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509

from protocol.security import POLICIES
from protocol.x509 import Untrusted, check_dates, der, load_der

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: its own comparison is with the machine's clock, which need not be ours."""

NO_WILDCARDS = 0x2
"""X509_CHECK_FLAG_NO_WILDCARDS of OpenSSL."""

Verified = Callable[[tuple[x509.Certificate, ...]], None]
"""Told of the CSMS's chain when it has proven itself, the leaf first, the root last."""


class Handshake(ssl.SSLObject):
    """One handshake of a ``Trust``, after which dates are compared."""

    def do_handshake(self) -> None:
        """Shake hands. Raises SSLCertVerificationError for a chain outside its dates."""
        super().do_handshake()
        context = self.context
        assert isinstance(context, Trust)
        context.check(_chain(self))


class BlockingHandshake(ssl.SSLSocket):
    """The same on a socket that blocks, as FTP has them."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands. Raises SSLCertVerificationError for a chain outside its dates."""
        super().do_handshake(block)
        context = self.context
        assert isinstance(context, Trust)
        context.check(_chain(self))


class Trust(ssl.SSLContext):
    """A station's context. ``at``: what its clock shows; ``verified`` hears of each chain that was good, up to the
    first of the ``roots``; None: they are the operating system's.
    """

    sslobject_class = Handshake
    sslsocket_class = BlockingHandshake
    at: Callable[[], datetime]
    verified: Verified
    roots: tuple[x509.Certificate, ...] | None

    def check(self, chain: tuple[x509.Certificate, ...]) -> None:
        """Compare the dates of a chain that OpenSSL has found good otherwise. Raises SSLCertVerificationError."""
        now = self.at()
        if self.roots is not None:  # what stands above the first that is trusted does not count
            end = next((at for at, found in enumerate(chain, 1) if found in self.roots), len(chain))
            chain = chain[:end]
        for certificate in chain:
            try:
                check_dates(certificate, now)
            except Untrusted as problem:
                error = ssl.SSLCertVerificationError(1, f"certificate verify failed: {problem.why}")
                error.verify_message = f"certificate {problem.flaw}: {problem.why}"
                raise error from problem
        self.verified(chain)


def trust(
    roots: Iterable[x509.Certificate] | None,
    at: Callable[[], datetime],
    verified: Verified,
    *,
    wildcards: bool = False,
) -> Trust:
    """Return a context for a CSMS whose chain ends in one of the roots; None: in one of the operating system's.

    TLS 1.2 or newer (A00.FR.313), forward secrecy (A00.FR.319), no compression (A00.FR.320); host names without
    ``wildcards`` unless they are allowed.
    """
    context = Trust(ssl.PROTOCOL_TLS_CLIENT)
    context.at, context.verified = at, verified
    context.roots = None if roots is None else tuple(roots)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(POLICIES["modern-ocpp"])
    context.verify_flags |= NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN  # a root's successor is signed by it
    if not wildcards:
        context._host_flags |= NO_WILDCARDS  # type: ignore[attr-defined]  # noqa: SLF001  # there is no other door
    if context.roots is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    for root in context.roots or ():
        context.load_verify_locations(cadata=der(root))
    return context


def present(context: ssl.SSLContext, chain: str, key: str) -> None:
    """Have a context show a certificate (PEM, the leaf first; its key PKCS#8 in PEM) to whom it connects to."""
    with TemporaryDirectory(prefix="station-") as folder:  # which nobody else may enter; Python's ssl reads files only
        pair = Path(folder, "pair.pem")
        pair.write_text(key + chain, encoding="ascii")
        context.load_cert_chain(pair)


def anchors(context: ssl.SSLContext) -> tuple[x509.Certificate, ...]:
    """The roots that a context made by somebody else trusts."""
    return tuple(load_der(found) for found in context.get_ca_certs(binary_form=True))


def _chain(handshake: ssl.SSLObject | ssl.SSLSocket) -> tuple[x509.Certificate, ...]:
    """What OpenSSL has verified. Python has a public name for it from 3.13 on; without any it is the leaf alone."""
    if (public := getattr(handshake, "get_verified_chain", None)) is not None:
        return tuple(load_der(found) for found in public())
    inner = getattr(handshake, "_sslobj", None)
    if (hidden := getattr(inner, "get_verified_chain", None)) is not None:
        return tuple(load_der(bytes(found.public_bytes(2))) for found in hidden())
    leaf = handshake.getpeercert(binary_form=True)
    return () if leaf is None else (load_der(leaf),)
